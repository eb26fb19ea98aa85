"""The HTTP face: ``GET /ping`` and ``POST /invocations``."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sagepipe.contract import hosting
from sagepipe.serving.errors import BadRequest, ModelError, NotReady, PayloadTooLarge, RequestError
from sagepipe.serving.requestlog import RequestLog
from sagepipe.serving.service import Service


def create(
    service: Service,
    on_failure: Callable[[ModelError], None],
    max_body_bytes: int = hosting.PAYLOAD_BYTES,
) -> Starlette:
    """Make the ASGI application; it starts to load the model when it starts up.

    Args:
        service: The model.
        on_failure: Called with the reason when the model can't be served.
        max_body_bytes: Larger bodies get 413.

    Returns:
        The application.
    """

    async def load() -> None:
        try:
            await service.load()
        except ModelError as error:
            on_failure(error)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(load())
        yield
        task.cancel()
        service.close()

    async def ping(request: Request) -> Response:
        if not service.ready:
            raise NotReady("the model is still being loaded")
        return Response()

    async def invocations(request: Request) -> Response:
        headers = _echoed(request)
        body = await _body(request, max_body_bytes)
        content_type = request.headers.get("content-type", "")
        try:
            answer = await service.answer(body, content_type, _accept(request, content_type))
        except RequestError:
            raise
        except Exception as error:
            return _failed(request, error)
        request.state.log["rows"] = answer.rows
        # Not media_type: Starlette would add a charset to text/csv, and callers compare it whole.
        return Response(answer.body, headers={**headers, "Content-Type": answer.content_type})

    return Starlette(
        routes=[
            Route(hosting.PING_PATH, ping, methods=["GET"]),
            Route(hosting.INVOCATIONS_PATH, invocations, methods=["POST"]),
        ],
        middleware=[Middleware(RequestLog)],
        exception_handlers={
            RequestError: _refused,
            HTTPException: _no_such_route,
            ClientDisconnect: _gone,
        },
        lifespan=lifespan,
    )


async def _body(request: Request, limit: int) -> bytes:
    """Read the body up to the limit.

    A body that is too large is read to its end and thrown away, or the caller would meet a reset
    connection instead of the answer; one that waits for ``100 Continue`` need not send it at all.
    """
    declared = request.headers.get("content-length", "")
    too_large = declared.isdecimal() and int(declared) > limit
    if not (too_large and "expect" in request.headers):
        chunks: list[bytes] = []
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            too_large = too_large or size > limit
            if too_large:
                chunks.clear()
            else:
                chunks.append(chunk)
        if not too_large:
            return b"".join(chunks)
    raise PayloadTooLarge(f"the body is larger than {limit:,} bytes; send fewer rows at a time")


def _accept(request: Request, content_type: str) -> str:
    """The Accept header; without a wish, the request's own format comes first."""
    accept = request.headers.get("accept", "").strip()
    return f"{content_type.split(';')[0]}, */*;q=0.1" if accept in ("", "*/*") else accept


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
    headers = {"Retry-After": "1"} if isinstance(error, NotReady) else {}
    if isinstance(error, PayloadTooLarge):
        headers["Connection"] = "close"
    return JSONResponse({"error": str(error)}, error.status, headers)


def _failed(request: Request, error: Exception) -> Response:
    """Answer 500 for what the predictor raised; not logged whole: it may quote the payload."""
    request.state.log["error"] = {
        "kind": type(error).__name__,
        "at": [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
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
