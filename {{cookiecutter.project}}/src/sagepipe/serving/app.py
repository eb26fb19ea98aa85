"""The HTTP face: what SageMaker asks for, and for local use metrics and a description."""

import time
import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import islice
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sagepipe.contract import hosting
from sagepipe.serving import metrics, openapi, service
from sagepipe.serving.board import Board
from sagepipe.serving.body import Intake
from sagepipe.serving.errors import (
    BadRequest,
    NotReady,
    Overloaded,
    PayloadTooLarge,
    RequestError,
    TooSlow,
    UnsupportedMediaType,
)
from sagepipe.serving.queue import Queue
from sagepipe.serving.requestlog import RequestLog
from sagepipe.serving.service import Service
from sagepipe.serving.settings import ServerSettings

# Frames of a traceback in the log: the last, so that a line stays a line.
_FRAMES = 10
# And columns with something outside of the expectations.
_COLUMNS = 10


class Application:
    """What one worker answers.

    Args:
        loaded: The model; None while it is being loaded.
        settings: How much to take.
        board: What all workers count.
        worker: The number of this one.
        on_hang: Called when the model takes longer than it may.
    """

    def __init__(
        self,
        loaded: Service | None,
        settings: ServerSettings,
        board: Board,
        worker: int,
        on_hang: Callable[[], None],
    ) -> None:
        self._service = loaded
        self._settings = settings
        self._board = board
        self._row = board.row(worker)
        self._worker = worker
        self._intake = Intake(settings.max_body_bytes, settings.seconds)
        self._queue = (
            Queue(loaded.answers, settings.most_waiting, settings.seconds, on_hang)
            if loaded
            else None
        )

    def starlette(self) -> Starlette:
        """Make the ASGI application."""
        return Starlette(
            routes=[
                Route(hosting.PING_PATH, self._ping, methods=["GET"]),
                Route(hosting.INVOCATIONS_PATH, self._invocations, methods=["POST"]),
                Route(hosting.EXECUTION_PARAMETERS_PATH, self._parameters, methods=["GET"]),
                Route(hosting.METRICS_PATH, self._metrics, methods=["GET"]),
                Route(hosting.OPENAPI_PATH, self._openapi, methods=["GET"]),
            ],
            middleware=[Middleware(RequestLog, worker=self._worker, count=self._count)],
            exception_handlers={
                RequestError: _refused,
                HTTPException: _no_such_route,
                ClientDisconnect: _gone,
            },
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        yield
        if self._queue is not None:
            self._queue.close()

    async def _ping(self, request: Request) -> Response:
        self._loaded()
        return Response()

    async def _parameters(self, request: Request) -> Response:
        return JSONResponse(execution_parameters(self._settings))

    async def _metrics(self, request: Request) -> Response:
        text = metrics.text(self._board, self._settings.workers)
        return Response(text, headers={"Content-Type": metrics.CONTENT_TYPE})

    async def _openapi(self, request: Request) -> Response:
        schema = self._loaded().schema
        if self._settings.outside != "refuse":
            schema = replace(schema, expectations=())
        return JSONResponse(openapi.document(schema, self._settings.max_body_bytes))

    async def _invocations(self, request: Request) -> Response:
        headers = _echoed(request)
        encoding = request.headers.get("content-encoding", "identity")
        started = time.perf_counter()
        body = await self._intake.read(request.headers, request.receive)
        try:
            _refuse_encoding(encoding)
            content_type = request.headers.get("content-type", "")
            asked = service.Request(body, content_type, self._accept(request, content_type))
            asked.phases["read"] = time.perf_counter() - started
            answer = await self._answer(asked, request.state.log)
        except RequestError:
            raise
        except Exception as error:
            return _failed(request, error)
        finally:
            self._intake.release(body)
        request.state.log["rows"] = answer.rows
        if asked.outside:
            headers[hosting.OUTSIDE_HEADER] = str(sum(asked.outside.values()))
        # Not media_type: Starlette would add a charset to text/csv, and callers compare it whole.
        return Response(answer.body, headers={**headers, "Content-Type": answer.content_type})

    async def _answer(self, asked: service.Request, log: dict[str, Any]) -> service.Answer:
        loaded = self._loaded()
        assert self._queue is not None
        try:
            answer = loaded.at_once(asked)
            if answer is None:
                answer = await self._queue.answer(asked)
            return answer
        finally:
            log["together"] = asked.together
            log["phases"] = {
                name: round(seconds * 1000, 3) for name, seconds in asked.phases.items()
            }
            if asked.outside:
                log["outside"] = dict(islice(asked.outside.items(), _COLUMNS))

    def _loaded(self) -> Service:
        if self._service is None:
            raise NotReady("the model is still being loaded; ask again in a moment")
        return self._service

    def _accept(self, request: Request, content_type: str) -> str:
        """The Accept header; without a wish, the request's own format comes first."""
        accept = request.headers.get("accept", "").strip()
        if accept not in ("", "*/*"):
            return accept
        return self._settings.accept or f"{content_type.split(';')[0]}, */*;q=0.1"

    def _count(self, line: Mapping[str, Any]) -> None:
        metrics.count(self._row, line)
        if self._queue is not None:
            self._row["waiting"] = len(self._queue)
            self._row.add("batches", self._queue.taken())


def execution_parameters(settings: ServerSettings) -> dict[str, Any]:
    """Say how a transform job had best ask, where its request doesn't say.

    Args:
        settings: How much the server takes.

    Returns:
        The answer to ``GET /execution-parameters``.
    """
    most = hosting.BATCH_TOTAL_MB // hosting.BATCH_PAYLOAD_MB
    return {
        "MaxConcurrentTransforms": min(settings.workers, most),
        "BatchStrategy": hosting.BATCH_STRATEGIES["MultiRecord"],
        "MaxPayloadInMB": hosting.BATCH_PAYLOAD_MB,
    }


def _refuse_encoding(encoding: str) -> None:
    """Compressed bodies are not unpacked: a few bytes may become any number."""
    if encoding.strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType(
            f"Content-Encoding {encoding[:40]!r} can't be read; send the body as it is"
        )


def _echoed(request: Request) -> dict[str, str]:
    """Hand the custom attributes back: the caller gets only those that the container sets."""
    attributes = request.headers.get(hosting.CUSTOM_ATTRIBUTES_HEADER)
    if attributes is None:
        return {}
    printable = attributes.isascii() and attributes.isprintable()
    if not printable or len(attributes) > hosting.CUSTOM_ATTRIBUTES_CHARACTERS:
        raise BadRequest(
            f"{hosting.CUSTOM_ATTRIBUTES_HEADER} is up to "
            f"{hosting.CUSTOM_ATTRIBUTES_CHARACTERS} printable US-ASCII characters"
        )
    return {hosting.CUSTOM_ATTRIBUTES_HEADER: attributes}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    where = {"row": error.row, "column": error.column}
    request.state.log["error"] = {
        "kind": type(error).__name__,
        **{name: value for name, value in where.items() if value is not None},
    }
    headers = {"Retry-After": "1"} if isinstance(error, NotReady | Overloaded) else {}
    if isinstance(error, PayloadTooLarge | TooSlow):
        headers["Connection"] = "close"
    return JSONResponse({"error": str(error)}, error.status, headers)


def _failed(request: Request, error: Exception) -> Response:
    """Answer 500 for what the predictor raised; not logged whole: it may quote the payload."""
    request.state.log["error"] = {
        "kind": type(error).__name__,
        "at": [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        ],
    }
    return JSONResponse({"error": f"the model failed: {type(error).__name__}: {error}"}, 500)


async def _no_such_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = (
        f"{error.detail}: {request.method} {request.url.path}; there are GET {hosting.PING_PATH} "
        f"and POST {hosting.INVOCATIONS_PATH}"
    )
    return JSONResponse({"error": message}, error.status_code, error.headers)


async def _gone(request: Request, error: Exception) -> Response:
    """The caller hung up while sending; nobody reads this answer."""
    request.state.log["error"] = {"kind": "ClientDisconnect"}
    return Response(status_code=400)
