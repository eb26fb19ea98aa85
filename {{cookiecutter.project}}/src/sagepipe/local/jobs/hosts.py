"""The hosts of a job: instances that stand as processes of this machine, each with its own tree.

A job's only host has the step's folder and log to itself; each of several has a folder and a log of
its own in there. Where SageMaker doesn't say what it does: when one host fails the others are
stopped as the whole job would be, SIGTERM first, and the reason is that of the host that failed
first.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread, Timer
from typing import Any

from sagepipe.local.control import Control, JobProcess
from sagepipe.local.history import LOG
from sagepipe.local.launch.launch import Launch

ONE_GROUP = "homogeneousCluster"  # what SageMaker calls the group where none are asked for
PEER_FAILED = "PeerFailed"


@dataclass(frozen=True)
class Group:
    """Instances of one type.

    Attributes:
        name: Its name.
        instance_type: Such as ``ml.m5.large``.
        count: How many.
    """

    name: str
    instance_type: str
    count: int


@dataclass(frozen=True)
class Host:
    """One instance.

    Attributes:
        name: ``algo-1`` and so on.
        folder: Where it lives; ``opt/ml`` in it stands for ``/opt/ml``.
        log: What its container prints.
        group: The instances of its type.
    """

    name: str
    folder: Path
    log: Path
    group: Group

    def place(self, path: str) -> Path:
        """Say where a path of SageMaker's lies on this host.

        Args:
            path: A path under ``/opt/ml``.

        Returns:
            The same under the host's folder.
        """
        return self.folder / path.lstrip("/")

    def left(self, path: str) -> Path | None:
        """Say where a folder lies that the job was given, if it is still one.

        Args:
            path: Its path under ``/opt/ml``.

        Returns:
            The folder; ``None`` if it is gone, or a link stands in its place or on the way to it.
        """
        place = self.place(path)
        true = self.folder.resolve() / place.relative_to(self.folder)
        return place if place.is_dir() and place.resolve() == true else None

    def write_json(self, path: str, content: Any) -> None:
        """Write one of SageMaker's config files.

        Args:
            path: Its path under ``/opt/ml``.
            content: What it says.
        """
        place = self.place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(content, indent=2), encoding="utf-8")


@dataclass(frozen=True)
class Ending:
    """How the hosts of a job ended.

    Attributes:
        status: The exit status of the host that failed first, 0 if none did; ``None`` if the job
            was stopped before it began.
        host: The host that failed first, or else the first host.
        stopped: Why the job was stopped, if it was.
    """

    status: int | None
    host: Host
    stopped: str | None


def hosts(groups: Sequence[Group], folder: Path, log: Path) -> tuple[Host, ...]:
    """Name hosts and say where they live.

    Args:
        groups: What was asked for.
        folder: The step's folder.
        log: The step's log.

    Returns:
        They, sorted by name as SageMaker sorts them: as text.
    """
    numbered = enumerate((group for group in groups for _ in range(group.count)), start=1)
    found = {f"algo-{number}": group for number, group in numbered}
    if len(found) == 1:
        return tuple(Host(name, folder, log, group) for name, group in found.items())
    return tuple(
        Host(name, folder / name, folder / name / LOG, found[name]) for name in sorted(found)
    )


class Cluster:
    """Runs the hosts of a job together.

    Args:
        control: Starts and stops processes.
        hosts: The hosts.
    """

    def __init__(self, control: Control, hosts: Sequence[Host]) -> None:
        self._hosts = tuple(hosts)
        self._processes = {host.name: control.process() for host in hosts}

    def run(
        self,
        launch: Callable[[Host], Launch],
        max_runtime: float,
        executing: Callable[[], None],
        interruption: tuple[float, str] | None = None,
    ) -> Ending:
        """Run all hosts to their end.

        Args:
            launch: Says what a host runs.
            max_runtime: Seconds after which they are stopped.
            executing: Called once the first host runs.
            interruption: After how many seconds they are stopped all the same, and as what.

        Returns:
            How they ended.

        Raises:
            StepError: The program can't be started.
        """
        timer = Timer(interruption[0], self._stop, [interruption[1]]) if interruption else None

        def started() -> None:
            if timer:
                timer.daemon = True
                timer.start()
            executing()

        try:
            if len(self._hosts) == 1:
                (host,) = self._hosts
                status = self._process(host).run(launch(host), max_runtime, started)
                return Ending(status, host, self._process(host).stopped)
            return self._together(launch, max_runtime, started)
        finally:
            if timer:
                timer.cancel()

    def _together(
        self, launch: Callable[[Host], Launch], max_runtime: float, executing: Callable[[], None]
    ) -> Ending:
        ended: SimpleQueue[tuple[Host, int | BaseException | None]] = SimpleQueue()

        def go(host: Host) -> None:
            started = executing if host is self._hosts[0] else _nothing
            try:
                ended.put((host, self._process(host).run(launch(host), max_runtime, started)))
            except BaseException as error:
                ended.put((host, error))

        for host in self._hosts:
            Thread(target=go, args=[host], name=host.name, daemon=True).start()
        first: tuple[Host, int | None] | None = None
        fault: BaseException | None = None
        for _ in self._hosts:
            host, status = ended.get()
            if isinstance(status, BaseException):
                fault = fault or status
            elif status != 0:
                first = first or (host, status)
            if fault or first:
                self._stop(PEER_FAILED)
        if fault:
            raise fault
        host, status = first or (self._hosts[0], 0)
        return Ending(status, host, self._stopped(host if first else None))

    def _stopped(self, failed: Host | None) -> str | None:
        """Say why the job was stopped: one that failed by itself wasn't."""
        if failed:
            return self._process(failed).stopped
        reasons = {process.stopped for process in self._processes.values()}
        return next((reason for reason in reasons if reason), None)

    def _stop(self, reason: str) -> None:
        for process in self._processes.values():
            process.terminate(reason)

    def _process(self, host: Host) -> JobProcess:
        return self._processes[host.name]


def _nothing() -> None:
    pass
