"""What a transform job does with each record beside the model: filters, and joining the answer.

Source: SageMaker Developer Guide, "Associate prediction results with input records"; API reference,
DataProcessing. A CSV record is an array of its columns. A path that leads nowhere is an error, as
SageMaker says of an index outside the record.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sagepipe.local.errors import StepError

WHOLE = "$"
OUTPUT, INPUT = "SageMakerOutput", "SageMakerInput"
CSV, JSON = "text/csv", ("application/json", "application/jsonlines")


@dataclass(frozen=True)
class Association:
    """``DataProcessing``, where it changes anything.

    Attributes:
        input_filter: JSONPath of what the model is sent of a record.
        output_filter: JSONPath of what is kept of an answer, or of the joined record.
        join: Whether answers are joined to their records.
        read_as: The media type of records.
        answer_as: The media type of answers.
    """

    input_filter: str
    output_filter: str
    join: bool
    read_as: str
    answer_as: str

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> "Association | None":
        """Read a request.

        Args:
            request: CreateTransformJob's.

        Returns:
            What it asks for; ``None`` if records and answers pass as they are.
        """
        wanted = request.get("DataProcessing") or {}
        read_as = _media(request["TransformInput"].get("ContentType"))
        made = cls(
            input_filter=wanted.get("InputFilter") or WHOLE,
            output_filter=wanted.get("OutputFilter") or WHOLE,
            join=wanted.get("JoinSource") == "Input",
            read_as=read_as,
            answer_as=_media(request["TransformOutput"].get("Accept")) or read_as,
        )
        passes = made.input_filter == made.output_filter == WHOLE and not made.join
        return None if passes else made

    def faults(self) -> Iterator[str]:
        """Find what can't be associated.

        Yields:
            Each fault as one line.
        """
        for name, path in (
            ("InputFilter", self.input_filter),
            ("OutputFilter", self.output_filter),
        ):
            if fault := _path_fault(path):
                yield f"DataProcessing.{name} {path!r} is no JSONPath: {fault}"
        for name, media in (("ContentType", self.read_as), ("Accept", self.answer_as)):
            if media != CSV and media not in JSON:
                yield f"DataProcessing needs CSV or JSON; {name} is {media or 'not set'!r}"
        if self.join and (self.read_as == CSV) != (self.answer_as == CSV):
            yield (
                f"JoinSource Input needs records and answers of one kind, not {self.read_as} and "
                f"{self.answer_as}"
            )

    def sent(self, record: bytes) -> bytes:
        """Cut a record to what the model is sent.

        Args:
            record: The record, as it stands in the file.

        Returns:
            What is sent.
        """
        if self.input_filter == WHOLE:
            return record
        return _write(_select(_read(record, self.read_as), self.input_filter), self.read_as)

    def kept(self, record: bytes, answer: bytes) -> bytes:
        """Join an answer to its record, and cut it to what is kept.

        Args:
            record: The record, as it stood in the file.
            answer: The model's answer to it.

        Returns:
            What is stored.
        """
        found = _read(answer, self.answer_as)
        if self.join:
            found = _joined(_read(record, self.read_as), found)
        return _write(_select(found, self.output_filter), self.answer_as)


def _joined(record: Any, answer: Any) -> Any:
    if isinstance(record, dict):
        return {**record, OUTPUT: answer}
    if isinstance(record, _Row):
        return _Row([*record, *answer])
    return {INPUT: record, OUTPUT: answer}


class _Row(list[Any]):
    """A CSV record."""


def _media(text: str | None) -> str:
    return (text or "").partition(";")[0].strip().lower()


def _read(record: bytes, media: str) -> Any:
    try:
        if media == CSV:
            return _Row(next(csv.reader([record.decode().strip("\r\n")]), []))
        return json.loads(record)
    except (ValueError, csv.Error) as error:
        raise StepError(f"a record can't be read as {media}: {error}") from None


def _write(value: Any, media: str) -> bytes:
    if media == CSV:
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(value if isinstance(value, list) else [value])
        return text.getvalue().encode()
    return json.dumps(value, ensure_ascii=False).encode()


def _select(value: Any, path: str) -> Any:
    """Take a part of a record: names give an object, indexes an array, one place its value."""
    if path == WHOLE:
        return value
    query = _compiled(path)
    found = list(query.finditer(value))
    if not found:
        raise StepError(f"{path} leads to nothing in a record")
    if query.singular_query():
        return found[0].obj
    keys = [match.parts[-1] for match in found]
    if all(isinstance(key, str) for key in keys):
        return {str(key): match.obj for key, match in zip(keys, found, strict=True)}
    return _Row(match.obj for match in found)


def _path_fault(path: str) -> str:
    if path == WHOLE:
        return ""
    import jsonpath

    try:
        _compiled(path)
    except jsonpath.JSONPathError as error:
        return str(error).splitlines()[0]
    return ""


@cache
def _compiled(path: str) -> Any:
    import jsonpath

    return jsonpath.compile(path)
