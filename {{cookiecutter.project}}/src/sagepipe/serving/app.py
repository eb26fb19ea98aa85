"""The HTTP face: what SageMaker asks for, and for local use metrics and a description."""

import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any, TypeAlias

from sagepipe.contract import hosting
from sagepipe.serving import metrics, openapi, service
from sagepipe.serving.asgi import (
    ALONE,
    ARRIVED,
    ClientDisconnect,
    Headers,
    Receive,
    Reply,
    Scope,
    Send,
    json_reply,
)
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
from sagepipe.serving.service import Service
from sagepipe.serving.settings import ServerSettings

# Frames of a traceback in the log: the last, so that a line stays a line.
_FRAMES = 10
# And columns with something outside of the expectations.
_COLUMNS = 10
_ATTRIBUTES = hosting.CUSTOM_ATTRIBUTES_HEADER.lower()

_Handler: TypeAlias = Callable[[Scope, Receive], Awaitable[Reply]]


class Application:
    """What one worker answers: an ASGI application.

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
        self._intake = Intake(settings.max_body_bytes, settings.seconds)
        self._queue = (
            Queue(loaded.answers, settings.most_waiting, settings.seconds, on_hang)
            if loaded
            else None
        )
        self._routes: Mapping[str, tuple[tuple[str, ...], _Handler]] = {
            hosting.PING_PATH: (_GET, self._ping),
            hosting.INVOCATIONS_PATH: (_POST, self._invocations),
            hosting.EXECUTION_PARAMETERS_PATH: (_GET, self._parameters),
            hosting.METRICS_PATH: (_GET, self._metrics),
            hosting.OPENAPI_PATH: (_GET, self._openapi),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        methods, handler = self._routes.get(scope["path"], ((), None))
        try:
            if handler is None or scope["method"] not in methods:
                reply = _no_such_route(scope, methods)
            else:
                reply = await handler(scope, receive)
        except RequestError as error:
            reply = _refused(scope, error)
        except ClientDisconnect:
            # The caller hung up while sending; nobody reads this answer.
            scope["state"]["log"]["error"] = {"kind": "ClientDisconnect"}
            reply = Reply(400)
        line = scope["state"]["log"]
        line["status"], line["bytes_out"] = reply.status, len(reply.body)
        await reply.send(send)

    def count(self, line: Mapping[str, Any]) -> None:
        """Count an answered request.

        Args:
            line: Its line in the log.
        """
        metrics.count(self._row, line)
        if self._queue is not None:
            self._row["waiting"] = len(self._queue)
            self._row.add("batches", self._queue.taken())

    def close(self) -> None:
        """Start nothing more."""
        if self._queue is not None:
            self._queue.close()

    async def _ping(self, scope: Scope, receive: Receive) -> Reply:
        self._loaded()
        return Reply()

    async def _parameters(self, scope: Scope, receive: Receive) -> Reply:
        return json_reply(execution_parameters(self._settings))

    async def _metrics(self, scope: Scope, receive: Receive) -> Reply:
        text = metrics.text(self._board, self._settings.workers)
        return Reply(body=text.encode(), content_type=metrics.CONTENT_TYPE)

    async def _openapi(self, scope: Scope, receive: Receive) -> Reply:
        schema = self._loaded().schema
        if self._settings.outside != "refuse":
            schema = replace(schema, expectations=())
        return json_reply(openapi.document(schema, self._settings.max_body_bytes))

    async def _invocations(self, scope: Scope, receive: Receive) -> Reply:
        state, headers = scope["state"], Headers(scope["headers"])
        echoed = _echoed(headers)
        started = time.perf_counter()
        body = await self._intake.read(headers, receive, ARRIVED in state)
        try:
            _refuse_encoding(headers.get("content-encoding"))
            content_type = headers.get("content-type")
            asked = service.Request(body, content_type, self._accept(headers, content_type))
            asked.phases["read"] = time.perf_counter() - started
            answer = await self._answer(asked, state["log"], state.get(ALONE, False))
        except RequestError:
            raise
        except Exception as error:
            return _failed(scope, error)
        finally:
            self._intake.release(body)
        state["log"]["rows"] = answer.rows
        if asked.outside:
            echoed[hosting.OUTSIDE_HEADER] = str(sum(asked.outside.values()))
        return Reply(200, answer.body, answer.content_type, echoed)

    async def _answer(
        self, asked: service.Request, log: dict[str, Any], alone: bool
    ) -> service.Answer:
        loaded = self._loaded()
        assert self._queue is not None
        try:
            return (
                await loaded.together(asked, alone)
                or loaded.at_once(asked)
                or await self._queue.answer(asked)
            )
        finally:
            log["together"] = asked.together
            # Cut off after microseconds; round() takes longer than some of the phases.
            log["phases"] = {
                name: int(seconds * 1e6) / 1000 for name, seconds in asked.phases.items()
            }
            if asked.outside:
                log["outside"] = dict(islice(asked.outside.items(), _COLUMNS))

    def _loaded(self) -> Service:
        if self._service is None:
            raise NotReady("the model is still being loaded; ask again in a moment")
        return self._service

    def _accept(self, headers: Headers, content_type: str) -> str:
        """The Accept header; without a wish, the request's own format comes first."""
        accept = headers.get("accept").strip()
        if accept not in ("", "*/*"):
            return accept
        return self._settings.accept or _own_format(content_type)


_GET = ("GET", "HEAD")
_POST = ("POST",)


@lru_cache(maxsize=64)
def _own_format(content_type: str) -> str:
    return f"{content_type.split(';')[0]}, */*;q=0.1"


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


def _echoed(headers: Headers) -> dict[str, str]:
    """Hand the custom attributes back: the caller gets only those that the container sets."""
    attributes = headers.get(_ATTRIBUTES)
    if not attributes:
        return {}
    printable = attributes.isascii() and attributes.isprintable()
    if not printable or len(attributes) > hosting.CUSTOM_ATTRIBUTES_CHARACTERS:
        raise BadRequest(
            f"{hosting.CUSTOM_ATTRIBUTES_HEADER} is up to "
            f"{hosting.CUSTOM_ATTRIBUTES_CHARACTERS} printable US-ASCII characters"
        )
    return {_ATTRIBUTES: attributes}


def _refused(scope: Scope, error: RequestError) -> Reply:
    where = {"row": error.row, "column": error.column}
    scope["state"]["log"]["error"] = {
        "kind": type(error).__name__,
        **{name: value for name, value in where.items() if value is not None},
    }
    headers = {"retry-after": "1"} if isinstance(error, NotReady | Overloaded) else {}
    if isinstance(error, PayloadTooLarge | TooSlow):
        headers["connection"] = "close"
    return json_reply({"error": str(error)}, error.status, headers)


def _failed(scope: Scope, error: Exception) -> Reply:
    """Answer 500 for what the predictor raised; not logged whole: it may quote the payload."""
    scope["state"]["log"]["error"] = {
        "kind": type(error).__name__,
        "at": [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        ],
    }
    return json_reply({"error": f"the model failed: {type(error).__name__}: {error}"}, 500)


def _no_such_route(scope: Scope, methods: tuple[str, ...]) -> Reply:
    what = "Method Not Allowed" if methods else "Not Found"
    message = (
        f"{what}: {scope['method']} {scope['path']}; there are GET {hosting.PING_PATH} "
        f"and POST {hosting.INVOCATIONS_PATH}"
    )
    allow = {"allow": ", ".join(methods)} if methods else {}
    return json_reply({"error": message}, 405 if methods else 404, allow)
