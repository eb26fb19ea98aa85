"""Hosts that are forked from a process which has imported what they need.

A fork is to give the same results as a cold start. So only what our compiler emits is forked: a
component, run by the one Python that the template runs under; and only with the variables that the
template was started with, but for those below. Whatever else is asked for starts cold, and so does
every host where there is no safe fork: that is, anywhere but on Linux.
"""

import os
import sys
import threading

from sagepipe.contract import names, paths
from sagepipe.local.launch.launch import Launch, Started
from sagepipe.local.launch.process import Prepared, ProcessLauncher
from sagepipe.local.launch.template import ROOM, Request, Template
from sagepipe.local.settings import LocalSettings

IMPORTS_FILE = "imports.json"
_RUNTIME = ("-m", "sagepipe.runtime")

# Variables that a step has to itself: nothing reads them before the component runs.
_OWN = frozenset(
    {
        paths.BASE_DIR_VARIABLE,
        names.COMPONENT_VARIABLE,
        names.STEP_VARIABLE,
        names.IMAGE_VARIABLE,
        "TRAINING_JOB_NAME",
        "TRAINING_JOB_ARN",
        "AWS_REGION",
    }
)


class WarmLauncher:
    """Starts hosts as processes of this machine, warm where that is safe.

    Args:
        settings: The run's settings.

    Attributes:
        name: How it runs them, for the record.
    """

    name = ProcessLauncher.name

    def __init__(self, settings: LocalSettings) -> None:
        self._processes = ProcessLauncher(settings)
        # All but the start is as for any process.
        self.faults = self._processes.faults
        self.overlays = self._processes.overlays
        self.undo = self._processes.undo
        self._root = settings.root
        self._off = settings.cold or not _is_supported()
        self._lock = threading.Lock()
        self._template: Template | None = None

    def start(self, launch: Launch) -> Started:
        """Start a host; the first that may be forked starts the template.

        Args:
            launch: The host.

        Returns:
            Its process.

        Raises:
            StepError: The program can't be started.
        """
        prepared = self._processes.prepare(launch)
        component = "" if self._off or launch.overlaid else _component(prepared)
        shared = {key: value for key, value in prepared.environment.items() if key not in _OWN}
        if component and len(prepared.environment[paths.BASE_DIR_VARIABLE]) <= len(ROOM):
            template = self._at_hand(prepared.command[0], shared)
            if template.fits(prepared.command[0], shared):
                imports = os.fspath(launch.folder / IMPORTS_FILE)
                return template.fork(
                    _request(prepared, component, imports),
                    launch.log,
                    lambda: self._processes.start_prepared(prepared, launch.log),
                )
        return self._processes.start_prepared(prepared, launch.log)

    def close(self) -> None:
        """End the template, once no host runs any more."""
        with self._lock:
            if self._template is not None:
                self._template.close()
            self._template, self._off = None, True

    def _at_hand(self, program: str, shared: dict[str, str]) -> Template:
        with self._lock:
            if self._template is None:
                self._template = Template(program, shared, self._root)
            return self._template


def _is_supported() -> bool:
    """Say whether this is a Linux that has all that is needed."""
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return os.path.exists("/proc/self/task")


def _component(prepared: Prepared) -> str:
    """Name the component that a command runs; empty if it is another command."""
    arguments = prepared.command[1:]
    if tuple(arguments[:2]) == _RUNTIME and len(arguments) > 2:
        return arguments[2]
    if len(arguments) == 1 and arguments[0].endswith(".py"):
        return prepared.environment.get(names.COMPONENT_VARIABLE, "")
    return ""


def _request(prepared: Prepared, component: str, imports: str) -> Request:
    return Request(
        command=prepared.command,
        component=component,
        environment=prepared.environment,
        folder=os.fspath(prepared.folder),
        imports=imports,
    )
