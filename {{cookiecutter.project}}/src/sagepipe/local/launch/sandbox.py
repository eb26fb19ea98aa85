"""Hosts in a sandbox of bubblewrap's (Linux): true ``/opt/ml`` paths on this machine's own system.

What a host sees: this machine's files, read-only; its own ``/opt/ml``; an empty ``/tmp``, which is
its ``HOME`` too; the project's folder of programs at ``/opt/program``; no network but its own
loopback, unless it is asked for. It may write to ``/opt/ml``, to its working folder, to ``/tmp``
and to the MLflow store. It protects from mistakes, not from malice.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sagepipe.contract import paths
from sagepipe.contract.runners import SANDBOX
from sagepipe.local.errors import LocalError, StepError
from sagepipe.local.launch import machine, mounts, names, overlays, record
from sagepipe.local.launch.launch import Command, Launch
from sagepipe.local.launch.loopback import Loopbacks
from sagepipe.local.launch.mounts import Mount
from sagepipe.local.settings import LocalSettings, StandIn

_BWRAP = "bwrap"
_INSTALL = "install bubblewrap (apt-get install bubblewrap, dnf install bubblewrap)"
_OTHERWISE = "or run with --runner container or --runner process"
_OWN_NETWORK = "--unshare-net"
_APART = ("--unshare-pid", "--unshare-uts", "--unshare-ipc")
_SYSTEM = ("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp")


class SandboxLauncher:
    """Starts hosts in sandboxes.

    Args:
        settings: The run's settings.

    Raises:
        LocalError: This machine can't make sandboxes; the text says what would help.

    Attributes:
        name: How it runs them, for the record.
    """

    name = f"{SANDBOX} ({_BWRAP})"

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._bwrap = _working()
        self._loopbacks = Loopbacks(self._bwrap)

    def faults(self, command: Command) -> Iterator[str]:
        """Find what needs the image itself.

        Args:
            command: What a job asks for.

        Yields:
            Each fault as one line.
        """
        yield from machine.faults(command, self._settings.stand_in(command.image))

    def overlays(self, command: Command) -> bool:
        """Say whether a host can have overlays.

        Args:
            command: What a job asks for.

        Returns:
            Whether this machine allows them.
        """
        return overlays.possible(self._settings.root)

    def start(self, launch: Launch) -> "StartedSandbox":
        """Start a host.

        Args:
            launch: The host.

        Returns:
            Its sandbox.

        Raises:
            StepError: The program can't be started.
        """
        image = self._settings.stand_in(launch.command.image)
        environment = self._environment(launch, image)
        work = launch.folder / "work"
        work.mkdir(exist_ok=True)
        network = self._reaches_network(launch)
        shown = [self._bwrap, *self._options(launch, image, environment)]
        entering = overlays.entering(launch)
        alone = [*shown, *(() if network else (_OWN_NETWORK,)), "--"]
        inside = [*entering, *alone]
        command = machine.words(_found(launch.command, image), image, environment["PATH"])
        whole = [*alone, *command]
        record.write(
            launch.folder,
            runner=self.name,
            command=[*inside, *command],
            inside=inside,
            environment=environment,
            folder=work,
        )
        if network or len(launch.hosts) == 1:
            return _start(entering, whole, environment, launch, self._loopbacks)
        before = self._loopbacks.join(launch)
        try:
            before += entering
            return _start(before, [*shown, "--", *command], environment, launch, self._loopbacks)
        except StepError:
            self._loopbacks.leave(launch)
            raise

    def undo(self, launch: Launch) -> list[str]:
        """Leave nothing but processes.

        Returns:
            No command.
        """
        return []

    def _environment(self, launch: Launch, image: StandIn) -> dict[str, str]:
        found = machine.environment(self._settings, launch, image)
        if "TMPDIR" not in launch.environment:
            found.pop("TMPDIR", None)
        found.pop(paths.BASE_DIR_VARIABLE, None)
        found["PATH"] = f"{paths.SERVING_PROGRAM}{os.pathsep}{found['PATH']}"
        if "HOME" in found and "PYTHONUSERBASE" not in found:
            found["PYTHONUSERBASE"] = f"{found['HOME']}/.local"
        found["HOME"] = launch.environment.get("HOME", "/tmp")
        return found

    def _options(self, launch: Launch, image: StandIn, environment: Mapping[str, str]) -> list[str]:
        hosts = names.write(launch, alone=not self._reaches_network(launch))
        return [
            *_SYSTEM,
            *_opt(image),
            *_arguments(self._needed(image, environment)),
            *_arguments(mounts.tracking(environment)),
            *_arguments(
                [
                    Mount(launch.folder / paths.ML_ROOT.lstrip("/"), paths.ML_ROOT),
                    *mounts.read_only(launch),
                    Mount(launch.folder / "work", os.fspath(launch.folder / "work")),
                    Mount(hosts, names.HOSTS_FILE, read_only=True),
                ]
            ),
            *_APART,
            *("--hostname", launch.host),
            *("--chdir", os.fspath(launch.folder / "work")),
            *("--unsetenv", paths.BASE_DIR_VARIABLE),
            "--die-with-parent",
            "--new-session",
        ]

    def _reaches_network(self, launch: Launch) -> bool:
        """Say whether a host shares this machine's network; one that serves has to be reached."""
        return launch.port is not None or (self._settings.network and launch.network)

    def _needed(self, image: StandIn, environment: Mapping[str, str]) -> Iterator[Mount]:
        """List what a host needs of the machine's /tmp: the project, programs, Python, modules."""
        settings = self._settings
        found = {settings.project, settings.root, *_prefixes(image.python)}
        found |= {_neighbours(file) for file in (image.train, image.serve) if file}
        found |= {Path(entry) for entry in environment.get("PYTHONPATH", "").split(os.pathsep)}
        for path in sorted(found):
            if path.is_relative_to("/tmp") and path.exists():
                yield Mount(path, os.fspath(path), read_only=True)


class StartedSandbox:
    """A sandbox, by the process that made it and that ends with it.

    Args:
        process: The process.
        session: The first process in the sandbox; the host's session has its number.
        alive: A pipe that is at its end when the last process in the sandbox is gone.
        launch: The host.
        loopbacks: The networks of jobs.

    Attributes:
        group: The process group of the one that made it.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        session: int,
        alive: int,
        launch: Launch,
        loopbacks: Loopbacks,
    ) -> None:
        self._process = process
        self._session = session
        self._alive = alive
        self._launch = launch
        self._loopbacks = loopbacks
        self.group: int | None = process.pid

    def wait(self) -> None:
        """Wait until the host's first process has ended."""
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)

    def signal(self, number: int) -> None:
        """Send a signal to the host's processes.

        The sandbox's own two processes are left alone but by SIGKILL: they would end at any signal,
        and all others with them.

        Args:
            number: The signal.
        """
        if os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            return
        if number != signal.SIGKILL and _has_children(self._session):
            with suppress(ProcessLookupError):
                os.killpg(self._session, number)
            return
        # Asked to end before anything of the job's has begun, it ends at once.
        with suppress(ProcessLookupError):
            os.kill(self._session, signal.SIGKILL)  # the first process in the sandbox, and so all
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> int:
        """Reap it, and wait until all that it left is gone.

        Returns:
            Its exit status, 128 + n where signal n ended the host's first process.
        """
        status = self._process.wait()
        with suppress(OSError):
            os.read(self._alive, 1)
        os.close(self._alive)
        self._loopbacks.leave(self._launch)
        return status


def _working() -> str:
    """Find a bubblewrap that can make a sandbox."""
    program = shutil.which(_BWRAP)
    if sys.platform != "linux":
        raise LocalError(f"--runner {SANDBOX} needs Linux; run with --runner container or process")
    if program is None:
        raise LocalError(f"--runner {SANDBOX} needs the command {_BWRAP}: {_INSTALL}, {_OTHERWISE}")
    tried = subprocess.run(
        [program, *_SYSTEM, *_APART, _OWN_NETWORK, "true"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if tried.returncode != 0:
        said = (tried.stderr.strip().splitlines() or [f"exit status {tried.returncode}"])[-1]
        raise LocalError(
            f"--runner {SANDBOX}: {program} can't make a sandbox on this machine ({said}): allow "
            "user namespaces (Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0; in a "
            f"container: more privileges), {_OTHERWISE}"
        )
    return program


def _start(
    before: list[str],
    command: list[str],
    environment: Mapping[str, str],
    launch: Launch,
    loopbacks: Loopbacks,
) -> StartedSandbox:
    # By this entry the guardian finds what it has to end; the job itself doesn't get to see it.
    mark = {paths.BASE_DIR_VARIABLE: os.fspath(launch.folder / paths.ML_ROOT.lstrip("/"))}
    told, telling = os.pipe()
    alive, living = os.pipe()
    fds = ["--info-fd", str(telling), "--sync-fd", str(living)]
    try:
        with open(launch.log, "ab") as output:
            process = subprocess.Popen(
                [*before, command[0], *fds, *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**environment, **mark},
                start_new_session=True,
                pass_fds=(telling, living),
            )
    except OSError as error:
        os.close(told)
        os.close(alive)
        raise StepError(f"{command[0]} can't be started: {error}") from None
    finally:
        os.close(telling)
        os.close(living)
    with open(told, "rb") as reader:
        info = reader.read()
    session = json.loads(info)["child-pid"] if info else process.pid
    return StartedSandbox(process, session, alive, launch, loopbacks)


def _has_children(parent: int) -> bool:
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError):
                stat = Path("/proc", entry, "stat").read_text()
                if int(stat.rpartition(")")[2].split()[1]) == parent:
                    return True
    return False


def _opt(image: StandIn) -> Iterator[str]:
    """Show ``/opt`` with an ``/opt/ml`` and an ``/opt/program`` of its own."""
    yield from ("--tmpfs", "/opt")
    taken = {paths.ML_ROOT, paths.SERVING_PROGRAM}
    for entry in sorted(Path("/opt").glob("*")):
        if os.fspath(entry) in taken:
            continue
        if entry.is_symlink():
            yield from ("--symlink", os.readlink(entry), os.fspath(entry))
        else:
            yield from _arguments([Mount(entry, os.fspath(entry), read_only=True)])
    if programs := _programs(image):
        yield from _arguments([Mount(programs, paths.SERVING_PROGRAM, read_only=True)])


def _programs(image: StandIn) -> Path | None:
    """Say what is seen as ``/opt/program``."""
    program = image.train or image.serve
    return program.parent if program and program.parent.is_dir() else None


def _found(command: Command, image: StandIn) -> Command:
    """Look for a program in ``/opt/program`` first, as the image's ``PATH`` has it."""
    programs = _programs(image)
    if not programs or not command.entrypoint or "/" in command.entrypoint[0]:
        return command
    name, *words = command.entrypoint
    if shutil.which(name, path=programs) is None:
        return command
    return replace(command, entrypoint=(f"{paths.SERVING_PROGRAM}/{name}", *words))


def _arguments(found: Iterable[Mount]) -> Iterator[str]:
    for mount in found:
        yield from (
            "--ro-bind-try" if mount.read_only else "--bind",
            os.fspath(mount.source),
            mount.target,
        )


def _neighbours(program: Path) -> Path:
    """Say what a program is seen with: its folder, unless that is what the sandbox has itself."""
    return program if program.parent == Path("/tmp") else program.parent


def _prefixes(python: Path) -> Iterator[Path]:
    """List the folders that an interpreter needs: its environment's, and the one it is made of."""
    for program in (python, python.resolve()):
        yield program.parent.parent
