"""A small process beside each run, which ends the jobs if the runner itself is killed.

It holds one end of a pipe whose other end closes with the runner, however that ends. It is told of
a job before the job starts, so that no moment is left in which a job could be lost.
"""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from threading import Lock
from typing import Any

from sagepipe.contract import paths
from sagepipe.local import lock
from sagepipe.local.launch import orphans
from sagepipe.local.launch.launch import Launch, Launcher, Started

# Python is not started until the runner is gone: the runner's first step needs the processor.
_WAIT = 'told=$(cat); printf "%s\\n" "$told" | exec "$@"'
_PROGRAM = """\
import sys
sys.path.insert(0, sys.argv[1])
import orphans
orphans.finish(sys.stdin.read())
"""


class Guardian:
    """Watches over what one run has started."""

    def __init__(self) -> None:
        self._watched: set[str] = set()
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self, folder: Path) -> None:
        """Start the process; nothing waits for it. Without it the run goes on unwatched.

        An earlier one may still be ending what a killed runner left of the same run. It would take
        what starts now for that, so its end is waited for.

        Args:
            folder: The run's folder.
        """
        program = os.path.dirname(orphans.__file__)
        finish = [sys.executable, "-I", "-S", "-B", "-c", _PROGRAM, program]
        with suppress(OSError), lock.guarded(folder) as descriptor:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _WAIT, "guardian", *finish],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                pass_fds=(descriptor,),
                start_new_session=True,  # out of reach of the terminal's Ctrl-C
            )

    def close(self) -> None:
        """Let it go: it ends, together with what it still watches over."""
        if self._process is None or self._process.stdin is None:
            return
        if not self._watched:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, SIGKILL)
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def guard(self, launcher: Launcher) -> Launcher:
        """Watch over all that a launcher starts.

        Args:
            launcher: It.

        Returns:
            A launcher that does the same, watched.
        """
        return _Guarded(launcher, self)

    def tell(self, mark: str, **facts: Any) -> None:
        """Tell the process of a job.

        Args:
            mark: What all of the job's processes have in their environment.
            facts: As ``orphans.main`` understands them.
        """
        if self._process is None or self._process.stdin is None:
            return
        line = json.dumps({"mark": mark, **facts}).encode() + b"\n"
        with self._lock, suppress(BrokenPipeError, ValueError):  # it is gone, or was let go
            if facts.get("over"):
                self._watched.discard(mark)
            else:
                self._watched.add(mark)
            self._process.stdin.write(line)
            self._process.stdin.flush()


class _Guarded:
    """A launcher whose jobs are watched over.

    Args:
        launcher: What starts them.
        guardian: What watches.
    """

    def __init__(self, launcher: Launcher, guardian: Guardian) -> None:
        self._launcher = launcher
        self._guardian = guardian
        self.faults = launcher.faults
        self.overlays = launcher.overlays
        self.undo = launcher.undo

    @property
    def name(self) -> str:
        return self._launcher.name

    def start(self, launch: Launch) -> "_GuardedStarted":
        mark = f"{paths.BASE_DIR_VARIABLE}={launch.folder / paths.ML_ROOT.lstrip('/')}"
        self._guardian.tell(mark, log=os.fspath(launch.log), undo=self.undo(launch))
        try:
            started = self._launcher.start(launch)
        except BaseException:
            self._guardian.tell(mark, over=True)
            raise
        self._guardian.tell(mark, group=started.group)
        return _GuardedStarted(started, mark, self._guardian)


class _GuardedStarted:
    """A host that is watched over.

    Args:
        started: It.
        mark: What all of its processes have in their environment.
        guardian: What watches.
    """

    def __init__(self, started: Started, mark: str, guardian: Guardian) -> None:
        self._started = started
        self._mark = mark
        self._guardian = guardian
        self.group = started.group

    def wait(self) -> None:
        self._started.wait()

    def signal(self, number: int) -> None:
        self._started.signal(number)

    def close(self) -> int:
        self._started.signal(SIGKILL)
        orphans.end(self._mark)
        # Before it is reaped: from then on its number may be another's.
        self._guardian.tell(self._mark, over=True)
        return self._started.close()
