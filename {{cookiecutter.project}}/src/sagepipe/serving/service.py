"""The model, and what becomes of a request."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sagepipe.serving import batching, defaults, footer
from sagepipe.serving.engines.onnx import OnnxModel
from sagepipe.serving.errors import (
    ModelError,
    NotAcceptable,
    UnsupportedMediaType,
    describe,
)
from sagepipe.serving.expectations import Expectations
from sagepipe.serving.plain import Plain
from sagepipe.serving.predictor import Predictor, find
from sagepipe.serving.schema import SCHEMA_FILE, Schema
from sagepipe.serving.turn import Turn

# A body of this size is read in less than a millisecond, and in the event loop if it is no larger.
_SMALL_BYTES = 16 * 1024


@dataclass(slots=True)
class Request:
    """What was asked, and where its time went.

    Attributes:
        body: The bytes as they came.
        content_type: The Content-Type header.
        accept: The Accept header.
        phases: Seconds by phase, filled in on the way.
        together: How many requests were worked on together.
        outside: Column → values outside of training's expectations.
    """

    body: bytes
    content_type: str
    accept: str
    phases: dict[str, float] = field(default_factory=dict)
    together: int = 1
    outside: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    """A response's body, its Content-Type and how many rows it answers."""

    body: bytes
    content_type: str
    rows: int | None


class Service:
    """A loaded model that answers requests.

    Args:
        predictor: The team's functions, completed with the defaults.
        model: What ``load`` returned.
        schema: The model's columns.
        refuse: Whether values that training's expectations refuse are refused, or reported.
    """

    def __init__(
        self, predictor: Predictor, model: Any, schema: Schema, refuse: bool = True
    ) -> None:
        self._predictor = predictor
        self._model = model
        self.schema = schema
        # What a parse of one's own returns may be anything.
        expected = schema.expectations if predictor.parse is defaults.parse else ()
        self._expectations = Expectations(expected) if expected else None
        self._refuse = refuse
        own = [predictor.parse, predictor.predict, predictor.format]
        plain = own == [defaults.parse, defaults.predict, defaults.format]
        # What a team's own function costs, nobody knows: it has no place in the event loop.
        self._inline_rows: int = getattr(model, "inline_rows", 0) if plain else 0
        # And one of its own may look at all rows of a request, which then must be that request's.
        alone = predictor.predict is not defaults.predict and not predictor.batch
        self._batch_rows: int = 0 if alone else getattr(model, "batch_rows", 0)
        self._turn = None
        if plain and type(model) is OnnxModel and model.schema == schema:
            self._turn = Turn(model, Plain(model, self._expectations))

    @classmethod
    def load(cls, predictor: str, directory: Path, refuse: bool = True) -> "Service":
        """Load a model and let it predict its schema's example.

        Args:
            predictor: Name of the team's predictor module.
            directory: The unpacked model.
            refuse: As for the class.

        Returns:
            The service.

        Raises:
            ModelError: It can't be loaded, or can't predict.
        """
        found = find(predictor)
        try:
            service = cls(found, found.load(directory), _schema(found, directory), refuse)
            service._try_example()
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"{directory}: {describe(error)}") from error
        return service

    async def together(self, request: Request, alone: bool = False) -> Answer | None:
        """Answer a small request of plain values, with others that have come by now.

        Args:
            request: What was asked.
            alone: Whether there can be no others.

        Returns:
            The answer; None where it has to be read with care, or takes a thread.

        Raises:
            NotAcceptable: None of the formats that the caller accepts can be written.
        """
        if self._turn is None or len(request.body) > _SMALL_BYTES:
            return None
        started = time.perf_counter()
        rows = self._turn.plain.read(request.body, request.content_type)
        if rows is None:
            return None
        request.phases["parse"] = time.perf_counter() - started
        share = await self._turn.predict(rows, alone)
        if share.predictions is None:
            return None
        request.together = share.together
        request.phases["predict"] = share.seconds
        return self._format(request, share.predictions)

    def at_once(self, request: Request) -> Answer | None:
        """Answer a request that takes no longer than handing it to a thread would.

        Args:
            request: What was asked.

        Returns:
            The answer; None where it takes a thread.

        Raises:
            RequestError: The request can't be answered as it is.
        """
        if not self._inline_rows or len(request.body) > _SMALL_BYTES:
            return None
        if request.body.endswith(footer.END):  # a few bytes may stand for millions of rows
            return None
        table = self._parse(request)
        if len(next(iter(table.values()))) > self._inline_rows:
            return None
        return self._format(request, self._predict([request], table))

    def answers(self, requests: Sequence[Request]) -> list[Answer | Exception]:
        """Answer requests, predicting those together that may be.

        Args:
            requests: What was asked.

        Returns:
            For each its answer or what was raised.
        """
        found: list[Answer | Exception | None] = [None] * len(requests)
        tables: dict[int, Any] = {}
        for place, request in enumerate(requests):
            try:
                tables[place] = self._parse(request)
            except Exception as error:
                found[place] = error
        places = list(tables)
        for group in batching.groups(list(tables.values()), self._batch_rows):
            members = [places[number] for number in group]
            parts = self._together([requests[p] for p in members], [tables[p] for p in members])
            for place, part in zip(members, parts, strict=True):
                found[place] = self._finish(requests[place], tables[place], part)
        return [answer for answer in found if answer is not None]

    def _parse(self, request: Request) -> Any:
        started = time.perf_counter()
        try:
            table = self._predictor.parse(request.body, request.content_type, self.schema)
            if self._expectations is not None:
                self._expect(request, table, self._expectations)
            return table
        finally:
            request.phases["parse"] = time.perf_counter() - started

    def _expect(self, request: Request, table: Any, expectations: Expectations) -> None:
        outside = expectations.find(table)
        if outside is None:
            return
        request.outside = outside.counts
        if self._refuse and outside.refusal is not None:
            raise outside.refusal

    def _predict(self, requests: Sequence[Request], table: Any) -> Any:
        started = time.perf_counter()
        try:
            return self._predictor.predict(self._model, table)
        finally:
            seconds = time.perf_counter() - started
            for request in requests:
                request.phases["predict"] = seconds

    def _format(self, request: Request, predictions: Any) -> Answer:
        started = time.perf_counter()
        try:
            content, written = self._predictor.format(predictions, request.accept)
        finally:
            request.phases["format"] = time.perf_counter() - started
        return Answer(content, written, _rows(predictions))

    def _together(self, requests: Sequence[Request], tables: Sequence[Any]) -> Sequence[Any]:
        """Predict tables together; None for each where that is not possible."""
        if len(tables) > 1:
            # One of them may be what the model refuses: then each is tried by itself.
            with suppress(Exception):
                predictions = self._predict(requests, batching.join(tables))
                parts = batching.split(predictions, tables)
                if parts is not None:
                    return parts
        return [None] * len(tables)

    def _finish(self, request: Request, table: Any, predictions: Any) -> Answer | Exception:
        try:
            if predictions is None:
                predictions = self._predict([request], table)
            return self._format(request, predictions)
        except Exception as error:
            return error

    def _try_example(self) -> None:
        """Show that the model predicts before the first ``/ping`` says so."""
        if self.schema.example is None:
            return
        import orjson

        body = orjson.dumps([self.schema.example])
        (answer,) = self.answers([Request(body, "application/json", "application/json")])
        # A predictor that speaks no JSON has no example to try.
        if isinstance(answer, Exception) and not isinstance(
            answer, UnsupportedMediaType | NotAcceptable
        ):
            raise answer


def _schema(predictor: Predictor, directory: Path) -> Schema:
    """Read the model's schema; a ``parse`` of one's own may do without."""
    if predictor.parse is not defaults.parse and not (directory / SCHEMA_FILE).exists():
        return Schema(())
    return Schema.read(directory)


def _rows(predictions: Any) -> int | None:
    values = getattr(predictions, "values", predictions)
    return len(values) if hasattr(values, "__len__") else None
