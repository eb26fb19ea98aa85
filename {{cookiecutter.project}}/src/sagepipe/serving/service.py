"""The model and the one thread that uses it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sagepipe.serving import defaults
from sagepipe.serving.errors import (
    ModelError,
    NotAcceptable,
    NotReady,
    UnsupportedMediaType,
    describe,
)
from sagepipe.serving.predictor import Predictor, find
from sagepipe.serving.schema import SCHEMA_FILE, Schema

_T = TypeVar("_T")


@dataclass(frozen=True)
class Answer:
    """A response's body, its Content-Type and how many rows it answers."""

    body: bytes
    content_type: str
    rows: int | None


@dataclass(frozen=True)
class _Loaded:
    predictor: Predictor
    model: Any
    schema: Schema


class Service:
    """Loads the model and answers requests with it, one at a time.

    All of it happens in one thread beside the event loop, so that ``/ping`` is answered while a
    large request is worked on.

    Args:
        predictor: Name of the team's predictor module.
        directory: The unpacked model.
    """

    def __init__(self, predictor: str, directory: Path) -> None:
        self._predictor = predictor
        self._directory = directory
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="predict")
        self._loaded: _Loaded | None = None

    @property
    def ready(self) -> bool:
        """Whether the model is loaded and has predicted."""
        return self._loaded is not None

    async def load(self) -> None:
        """Load the model and let it predict its schema's example.

        Raises:
            ModelError: It can't be loaded, or can't predict.
        """
        self._loaded = await self._run(self._load)

    async def answer(self, body: bytes, content_type: str, accept: str) -> Answer:
        """Predict the rows of a request.

        Args:
            body: The bytes as they came.
            content_type: The Content-Type header.
            accept: The Accept header.

        Returns:
            The response.

        Raises:
            RequestError: The request can't be answered as it is, or not yet.
        """
        loaded = self._loaded
        if loaded is None:
            raise NotReady("the model is still being loaded; ask again in a moment")
        return await self._run(lambda: _answer(loaded, body, content_type, accept))

    def close(self) -> None:
        """Start nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _load(self) -> _Loaded:
        predictor = find(self._predictor)
        try:
            model = predictor.load(self._directory)
            loaded = _Loaded(predictor, model, self._schema(predictor))
            _try_example(loaded)
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"{self._directory}: {describe(error)}") from error
        return loaded

    def _schema(self, predictor: Predictor) -> Schema:
        """Read the model's schema; a ``parse`` of one's own may do without."""
        if predictor.parse is not defaults.parse and not (self._directory / SCHEMA_FILE).exists():
            return Schema(())
        return Schema.read(self._directory)


def _answer(loaded: _Loaded, body: bytes, content_type: str, accept: str) -> Answer:
    predictor = loaded.predictor
    table = predictor.parse(body, content_type, loaded.schema)
    predictions = predictor.predict(loaded.model, table)
    content, written = predictor.format(predictions, accept)
    return Answer(content, written, _rows(predictions))


def _rows(predictions: Any) -> int | None:
    values = getattr(predictions, "values", predictions)
    return len(values) if hasattr(values, "__len__") else None


def _try_example(loaded: _Loaded) -> None:
    """Show that the model predicts before the first ``/ping`` says so."""
    if loaded.schema.example is None:
        return
    import orjson

    body = orjson.dumps([loaded.schema.example])
    # A predictor that speaks no JSON has no example to try.
    with suppress(UnsupportedMediaType, NotAcceptable):
        _answer(loaded, body, "application/json", "application/json")
