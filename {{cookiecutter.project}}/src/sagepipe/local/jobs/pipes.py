"""Pipe mode: a named pipe for each epoch, ``train_0``, ``train_1`` …, and what feeds it.

Sources: SageMaker Developer Guide, "How Amazon SageMaker provides training information";
CreateTrainingJob, Channel; MXNet's RecordIO. Each pipe delivers all objects, one after another in
the order of their keys, or shuffled. Where SageMaker doesn't say what it does: the next epoch's
pipe is there once somebody reads this one's; a pipe that was read to its end, or left early, is
gone; a processing job's pipes stand beside its LocalPath in the same way.
"""

import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from io import BufferedIOBase
from pathlib import Path
from threading import Event, Thread

from sagepipe.local.errors import StepError
from sagepipe.local.jobs.sources import GZIP, RECORD_IO, Objects, Source

_BLOCK = 1024 * 1024
_RECORD_MAGIC = 0xCED7230A
_RECORD_LONGEST = 2**29 - 1  # bytes; the upper three bits of the length say something else
_AGAIN = 0.05  # seconds
_TRIES = 100  # a process that outlived its job may hold a pipe, and never read


class Feeder:
    """Delivers a source through pipes until it is stopped.

    Args:
        source: The source.
        objects: What it delivers in which epoch.
        place: What the pipes' names begin with.
    """

    def __init__(self, source: Source, objects: Callable[[int], Objects], place: Path) -> None:
        self._source = source
        self._objects = objects
        self._place = place
        self._over = Event()
        self._epoch = 0
        self._fault: StepError | None = None
        self._thread = Thread(target=self._run, name=f"pipe-{source.name}", daemon=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        self._make(0)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Deliver no more.

        Raises:
            StepError: An object could not be delivered.
        """
        self._over.set()
        for _ in range(_TRIES):
            if not self._thread.is_alive():
                break
            # Whoever waits for a reader finds one, and then that it is over.
            with suppress(OSError):
                os.close(os.open(self._pipe(self._epoch), os.O_RDONLY | os.O_NONBLOCK))
            self._thread.join(_AGAIN)
        if self._fault:
            raise self._fault

    def _pipe(self, epoch: int) -> Path:
        return self._place.with_name(f"{self._place.name}_{epoch}")

    def _make(self, epoch: int) -> None:
        with suppress(FileExistsError):
            os.mkfifo(self._pipe(epoch))

    def _run(self) -> None:
        try:
            while not self._over.is_set():
                self._make(self._epoch)
                with open(self._pipe(self._epoch), "wb", buffering=0) as writer:
                    if self._over.is_set():
                        return
                    self._make(self._epoch + 1)
                    self._deliver(writer.fileno())
                self._pipe(self._epoch).unlink(missing_ok=True)
                self._epoch += 1
        except OSError as error:
            self._fault = StepError(f"channel {self._source.name!r} can't be piped: {error}")

    def _deliver(self, pipe: int) -> None:
        try:
            for block in blocks(self._source, self._objects(self._epoch)):
                rest = memoryview(block)
                while rest:
                    rest = rest[os.write(pipe, rest) :]
        except BrokenPipeError:
            pass  # the reader has had enough
        except (OSError, EOFError, zlib.error) as error:
            self._fault = StepError(f"channel {self._source.name!r} can't be read: {error}")
        except StepError as error:
            self._fault = error


def blocks(source: Source, objects: Sequence[tuple[Path, str]]) -> Iterator[bytes]:
    """Read what one epoch delivers.

    Args:
        source: Says what is undone or added on the way.
        objects: The objects.

    Yields:
        The bytes, a piece at a time.

    Raises:
        StepError: An object is too long for a record.
    """
    for file, name in objects:
        with _open(file, source.compression) as content:
            if source.wrapper == RECORD_IO:
                yield record(content.read(_RECORD_LONGEST + 1), name)
            else:
                while block := content.read(_BLOCK):
                    yield block


def record(content: bytes, name: str) -> bytes:
    """Wrap an object in a RecordIO record.

    Args:
        content: The object's bytes.
        name: Its name, for the message.

    Returns:
        Magic number, length, content, and zeros up to a multiple of four bytes.

    Raises:
        StepError: It is too long for one record.
    """
    if len(content) > _RECORD_LONGEST:
        raise StepError(f"{name} is too long for a RecordIO record ({_RECORD_LONGEST:,} bytes)")
    return struct.pack("<II", _RECORD_MAGIC, len(content)) + content + bytes(-len(content) % 4)


def _open(file: Path, compression: str) -> BufferedIOBase:
    if compression != GZIP:
        return open(file, "rb")
    import gzip

    return gzip.open(file, "rb")
