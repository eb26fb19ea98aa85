"""From files to requests and back: how a transform job cuts its input and assembles its output.

Source: CreateTransformJob, SplitType, BatchStrategy, MaxPayloadInMB, AssembleWith. A request never
holds records of two files. An empty line is no record.
"""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from sagepipe.contract import hosting
from sagepipe.local.errors import StepError
from sagepipe.local.jobs.association import Association


@dataclass(frozen=True)
class Payload:
    """What one request holds.

    Attributes:
        first: The number of its first record in the file, from 1; 0 for a whole file.
        records: Its records as they stand in the file.
        body: What is sent.
    """

    first: int
    records: tuple[bytes, ...]
    body: bytes

    def __str__(self) -> str:
        if not self.first:
            return "the whole file"
        last = self.first + len(self.records) - 1
        return f"record {last}" if last == self.first else f"records {self.first} to {last}"


@dataclass(frozen=True)
class Batch:
    """How files are cut, and answers assembled.

    Attributes:
        by_line: Whether a line is a record; else a file goes whole.
        single: Whether a request holds one record.
        max_bytes: The most that a request holds; 0 for no limit.
        gzip: Whether files are compressed.
        line_each: Whether every answer ends its line.
        association: What else is done with records and answers.
    """

    by_line: bool
    single: bool
    max_bytes: int
    gzip: bool
    line_each: bool
    association: Association | None

    @classmethod
    def of(cls, request: Mapping[str, Any], strategy: str, max_payload_mb: int) -> "Batch":
        """Read a request.

        Args:
            request: CreateTransformJob's.
            strategy: The batch strategy that is in force.
            max_payload_mb: The limit that is in force.

        Returns:
            How to go about it.
        """
        source = request["TransformInput"]
        return cls(
            by_line=source.get("SplitType") == "Line",
            single=strategy == "SingleRecord",
            max_bytes=max_payload_mb * hosting.MEBIBYTE,
            gzip=source.get("CompressionType") == "Gzip",
            line_each=request["TransformOutput"].get("AssembleWith") == "Line",
            association=Association.of(request),
        )

    def payloads(self, file: Path) -> Iterator[Payload]:
        """Cut a file into requests.

        Args:
            file: The file.

        Yields:
            The requests in order.

        Raises:
            StepError: A record, or a file that goes whole, is larger than a request may be.
        """
        with self._open(file) as content:
            if not self.by_line:
                yield self._checked(Payload(0, (), content.read()), file)
                return
            held: list[bytes] = []
            sent: list[bytes] = []
            size, first = 0, 1
            for number, record in enumerate(_lines(content), start=1):
                cut = self.association.sent(record) if self.association else record
                full = self.max_bytes and size + len(cut) + 1 > self.max_bytes
                if held and (self.single or full):
                    yield self._checked(_payload(first, held, sent), file)
                    held, sent, size, first = [], [], 0, number
                held.append(record)
                sent.append(cut)
                size += len(cut) + 1
            if held:
                yield self._checked(_payload(first, held, sent), file)

    def assembled(self, payload: Payload, answer: bytes) -> bytes:
        """Make of an answer what is stored.

        Args:
            payload: What was asked.
            answer: The body of the answer.

        Returns:
            What to add to the output.

        Raises:
            StepError: There are not as many answers as records, and they are to be associated.
        """
        if self.association:
            answers = answer.splitlines() if len(payload.records) > 1 else [answer]
            if len(answers) != len(payload.records):
                raise StepError(
                    f"{len(payload.records)} records got {len(answers)} answers; joining and "
                    "filtering need one line each. Is the first line a header? A transform job "
                    "sends it as a record: leave it out"
                )
            pairs = zip(payload.records, answers, strict=True)
            answer = b"\n".join(self.association.kept(*pair) for pair in pairs) + b"\n"
        if self.line_each and answer and not answer.endswith(b"\n"):
            answer += b"\n"
        return answer

    def _open(self, file: Path) -> BinaryIO:
        return cast(BinaryIO, gzip.open(file, "rb")) if self.gzip else open(file, "rb")

    def _checked(self, payload: Payload, file: Path) -> Payload:
        if self.max_bytes and len(payload.body) > self.max_bytes:
            raise StepError(
                f"{file.name}: {payload} has {len(payload.body):,} bytes, more than "
                f"MaxPayloadInMB allows ({self.max_bytes:,})"
            )
        return payload


def _payload(first: int, held: list[bytes], sent: list[bytes]) -> Payload:
    return Payload(first, tuple(held), b"\n".join(sent) + b"\n")


def _lines(content: BinaryIO) -> Iterator[bytes]:
    for line in content:
        record = line.rstrip(b"\r\n")
        if record:
            yield record
