"""One log of several hosts: each line says who printed it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import BinaryIO

from sagepipe.local.jobs.hosts import Host

_INTERVAL = 0.1  # seconds: what a person takes for at once
_BLOCK = 1024 * 1024
_LONGEST = 16 * 1024  # bytes of a line without an end that are waited for


@contextmanager
def merged(hosts: Sequence[Host], log: Path) -> Iterator[None]:
    """Add what hosts print to a job's log while they run; nothing to do for the only host.

    Args:
        hosts: The hosts, each with a log of its own.
        log: The job's log.

    Yields:
        Nothing.
    """
    if len(hosts) == 1:
        yield
        return
    for host in hosts:
        host.log.touch()
    over = Event()
    thread = Thread(target=_follow, args=[hosts, log, over], name="logs", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def prefix(host: str) -> str:
    """Say what a host's lines begin with.

    Args:
        host: Its name.

    Returns:
        The beginning.
    """
    return f"[{host}] "


def _follow(hosts: Sequence[Host], log: Path, over: Event) -> None:
    with ExitStack() as stack, suppress(OSError):  # the hosts' own logs say all of it
        tails = [stack.enter_context(closing(_Tail(host))) for host in hosts]
        output = stack.enter_context(open(log, "ab"))
        while not over.is_set():
            if not any([tail.copy(output) for tail in tails]):
                over.wait(_INTERVAL)
        while any([tail.copy(output) for tail in tails]):
            pass
        for tail in tails:
            tail.end(output)


class _Tail:
    """What a host has printed since the last time."""

    def __init__(self, host: Host) -> None:
        self._prefix = prefix(host.name).encode()
        self._file = open(host.log, "rb")  # noqa: SIM115
        self._file.seek(0, 2)
        self._rest = b""

    def copy(self, output: BinaryIO) -> bool:
        """Add the lines that are whole; one that doesn't end is cut."""
        new = self._file.read(_BLOCK)
        if not new:
            return False
        head, newline, self._rest = (self._rest + new).rpartition(b"\n")
        if newline:
            self._write(head, output)
        if len(self._rest) > _LONGEST:
            self.end(output)
        return True

    def end(self, output: BinaryIO) -> None:
        """Add a last line that has no end."""
        if self._rest:
            self._write(self._rest, output)
            self._rest = b""

    def close(self) -> None:
        self._file.close()

    def _write(self, lines: bytes, output: BinaryIO) -> None:
        output.write(self._prefix + lines.replace(b"\n", b"\n" + self._prefix) + b"\n")
        output.flush()
