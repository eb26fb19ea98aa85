"""What the kinds of job have in common: name, tree, environment, command, failure reasons."""

import codecs
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sagepipe.contract import limits
from sagepipe.local import identity, state
from sagepipe.local.control import MAX_RUNTIME_EXCEEDED, Control
from sagepipe.local.events import FAILED, STOPPED, SUCCEEDED
from sagepipe.local.jobs import logs
from sagepipe.local.jobs.hosts import ONE_GROUP, Cluster, Ending, Group, Host, hosts
from sagepipe.local.launch.launch import Command, Launch
from sagepipe.local.settings import arn
from sagepipe.local.steps.kind import StepRun
from sagepipe.local.storage import Storage

HOST = "algo-1"
_ALONE = Group(ONE_GROUP, "local", 1)


@dataclass(frozen=True)
class Job:
    """A job that is about to run.

    Attributes:
        name: Its name.
        kind: ``processing-job`` or ``training-job``, as in its ARN.
        request: The step's arguments, all expressions resolved.
        folder: The step's folder.
        log: Where standard output and error of all hosts go.
        hosts: Its instances.
        storage: The run's objects.
        control: Runs its processes.
        executing: Called once they run.
        given: Which pipeline parameter a URI is the value of.
    """

    name: str
    kind: str
    request: Mapping[str, Any]
    folder: Path
    log: Path
    hosts: tuple[Host, ...]
    storage: Storage
    control: Control
    executing: Callable[[], None]
    given: Mapping[str, str] = field(default_factory=dict)
    created: datetime = field(default_factory=state.now)

    @classmethod
    def of(cls, run: StepRun, kind: str, groups: Sequence[Group] = (_ALONE,)) -> "Job":
        """Make the job that a step starts.

        Args:
            run: The step.
            kind: ``processing-job`` or ``training-job``.
            groups: Its instances; one where not given.

        Returns:
            The job.
        """
        assert run.job_name and run.log
        return cls(
            name=run.job_name,
            kind=kind,
            request=run.request,
            folder=run.folder,
            log=run.log,
            hosts=hosts(groups, run.folder, run.log),
            storage=run.storage,
            control=run.control,
            executing=run.executing,
            given=run.given,
        )

    @property
    def arn(self) -> str:
        """The job's ARN."""
        return arn(f"{self.kind}/{self.name}")

    def place(self, path: str) -> Path:
        """Say where a path of SageMaker's lies on the first host.

        Args:
            path: A path under ``/opt/ml``.

        Returns:
            The same under the host's folder.
        """
        return self.hosts[0].place(path)

    def run(
        self,
        command: Command,
        variables: Mapping[str, str],
        read_only: Sequence[str] = (),
        overlaid: Mapping[str, Sequence[str]] = MappingProxyType({}),
        network: bool = True,
        max_runtime: float = limits.DEFAULT_MAX_RUNTIME_SECONDS,
        interruption: tuple[float, str] | None = None,
    ) -> Ending:
        """Run the job's hosts to their end.

        Args:
            command: What each container is told to run.
            variables: What the request and the platform set.
            read_only: What they may not write to.
            overlaid: For each host, by its name, what has to be an overlay.
            network: Whether they may reach the network.
            max_runtime: Seconds after which they are stopped.
            interruption: After how many seconds they are stopped all the same, and as what.

        Returns:
            How they ended.

        Raises:
            StepError: The program can't be started.
        """
        names = tuple(host.name for host in self.hosts)

        def launch(host: Host) -> Launch:
            return Launch(
                command=command,
                environment=variables,
                folder=host.folder,
                log=host.log,
                host=host.name,
                hosts=names,
                network=network,
                job=self.name,
                read_only=[path for path in read_only if host.place(path).is_dir()],
                overlaid=overlaid.get(host.name, ()),
            )

        for host in self.hosts:
            host.folder.mkdir(exist_ok=True)
        cluster = Cluster(self.control, self.hosts)
        with logs.merged(self.hosts, self.log):
            return cluster.run(launch, max_runtime, self.executing, interruption)

    def ending(self, ending: Ending, text: str) -> tuple[str, str | None]:
        """Say how the job ended, in SageMaker's words.

        Args:
            ending: What ``run`` returned.
            text: What the job itself said of it.

        Returns:
            The step's status and its failure reason.
        """
        if ending.stopped == MAX_RUNTIME_EXCEEDED:
            limit = round(max_runtime(self.request))
            return FAILED, (
                f"ClientError: {MAX_RUNTIME_EXCEEDED}: the job ran for longer than "
                f"StoppingCondition.MaxRuntimeInSeconds ({limit} s) and was stopped"
            )
        if ending.stopped or ending.status is None:
            return STOPPED, None
        if ending.status == 0:
            return SUCCEEDED, None
        code = ending.status if ending.status > 0 else 128 - ending.status
        host = "" if len(self.hosts) == 1 else f"{ending.host.name}: "
        said = text or _signal_text(code)
        return FAILED, f"AlgorithmError: {host}{said}, exit code: {code}"

    def note(self, text: str) -> None:
        """Add a line of the runner's own to the job's log.

        Args:
            text: The line.
        """
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(f"[sagepipe] {text}\n")


def new_name(execution_id: str, step: str) -> str:
    """Name a job as SageMaker Pipelines does.

    Args:
        execution_id: The execution's id.
        step: The step's name.

    Returns:
        ``pipelines-<execution id>-<step>-<10 characters>``, the step cut to 20 characters.
    """
    short = step.replace("_", "-")[: limits.JOB_NAME_STEP].strip("-") or "step"
    return f"pipelines-{execution_id}-{short}-{identity.random(10, identity.MIXED)}"


def first_characters(path: Path, count: int) -> str:
    """Read the beginning of a file that a job may have left.

    Args:
        path: The file.
        count: How many characters.

    Returns:
        They, without blanks around; nothing where there is no such file.
    """
    if not path.is_file():
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read(count).strip()


def first_bytes(path: Path, count: int) -> str:
    """Read the beginning of a UTF-8 file that a job may have left.

    Args:
        path: The file.
        count: How many bytes.

    Returns:
        Their text; nothing where there is no such file.

    Raises:
        UnicodeDecodeError: They are no UTF-8.
    """
    if not path.is_file():
        return ""
    with open(path, "rb") as file:
        return codecs.getincrementaldecoder("utf-8")().decode(file.read(count))


def _signal_text(code: int) -> str:
    try:
        name = signal.Signals(code - 128).name
    except ValueError:
        return ""
    hint = ", often for lack of memory" if name == "SIGKILL" else ""
    return f"the process was killed by signal {code - 128} ({name}{hint})"


def known(words: Any) -> tuple[str, ...]:
    """Leave out of a command what isn't known yet.

    Args:
        words: ``ContainerEntrypoint`` or ``ContainerArguments``, if given.

    Returns:
        Its words; one that a step has yet to produce is shown as such.
    """
    return tuple(str(word) for word in words or ())


def max_runtime(request: Mapping[str, Any]) -> float:
    """Say how long a job may run.

    Args:
        request: The step's arguments.

    Returns:
        Seconds.
    """
    stopping = request.get("StoppingCondition") or {}
    return float(stopping.get("MaxRuntimeInSeconds") or limits.DEFAULT_MAX_RUNTIME_SECONDS)
