"""Which runner runs a job: the one that was asked for, or the one that stands by its image."""

from collections.abc import Callable, Iterator, Mapping

from sagepipe.contract.runners import CONTAINER, PROCESS, RUNNERS, SANDBOX
from sagepipe.local import functions
from sagepipe.local.errors import LocalError
from sagepipe.local.launch.launch import FUNCTION, Command, Launch, Launcher, Started
from sagepipe.local.launch.warm import WarmLauncher
from sagepipe.local.settings import LocalSettings


def _process(settings: LocalSettings) -> Launcher:
    return WarmLauncher(settings)


def _sandbox(settings: LocalSettings) -> Launcher:
    from sagepipe.local.launch.sandbox import SandboxLauncher

    return SandboxLauncher(settings)


def _container(settings: LocalSettings) -> Launcher:
    from sagepipe.local.launch.container import ContainerLauncher

    return ContainerLauncher(settings)


_LAUNCHERS: Mapping[str, Callable[[LocalSettings], Launcher]] = {
    PROCESS: _process,
    SANDBOX: _sandbox,
    CONTAINER: _container,
}


class ChosenLauncher:
    """Starts each host with the runner of its image.

    Args:
        settings: The run's settings.

    Raises:
        LocalError: The runner is unknown, or this machine hasn't what it needs.
    """

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._made: dict[str, Launcher] = {}
        self._runner(settings.runner)

    @property
    def name(self) -> str:
        """How jobs are run, for the record; several where images have runners of their own."""
        return ", ".join(launcher.name for launcher in self._made.values())

    def faults(self, command: Command) -> Iterator[str]:
        """Find what can't be run, or what its runner lacks.

        Args:
            command: What a job asks for.

        Yields:
            Each fault as one line.
        """
        if command.arguments == (FUNCTION,):
            yield from functions.faults(command.image, self._settings)
            return
        try:
            launcher = self._of(command)
        except LocalError as error:
            yield f"image {command.image}: {error}"
        else:
            yield from launcher.faults(command)

    def overlays(self, command: Command) -> bool:
        """Say whether a command's hosts can have overlays.

        Args:
            command: What a job asks for.

        Returns:
            Whether its runner can make them.
        """
        return self._of(command).overlays(command)

    def start(self, launch: Launch) -> Started:
        """Start a host.

        Args:
            launch: The host.

        Returns:
            What was started.

        Raises:
            StepError: It can't be started.
        """
        return self._of(launch.command).start(launch)

    def undo(self, launch: Launch) -> list[str]:
        """Say how a host is ended by somebody else.

        Args:
            launch: The host.

        Returns:
            A command, or nothing.
        """
        return self._of(launch.command).undo(launch)

    def close(self) -> None:
        """End what was kept for further hosts."""
        for launcher in self._made.values():
            if isinstance(launcher, WarmLauncher):
                launcher.close()

    def _of(self, command: Command) -> Launcher:
        return self._runner(self._settings.stand_in(command.image).runner)

    def _runner(self, name: str) -> Launcher:
        if name not in _LAUNCHERS:
            raise LocalError(f"runner {name!r} is unknown; there are {', '.join(RUNNERS)}")
        if name not in self._made:
            self._made[name] = _LAUNCHERS[name](self._settings)
        return self._made[name]
