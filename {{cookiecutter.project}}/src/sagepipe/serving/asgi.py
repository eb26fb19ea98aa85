"""What the application has of HTTP: a request's headers, and a reply."""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
AsgiApplication: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

# In a request's state: the length of its body, all of which was there before the application was
# called.
ARRIVED = "arrived"
# And whether its connection is the only one: then no other request can have come meanwhile.
ALONE = "alone"


class ClientDisconnect(Exception):
    """The caller hung up."""


class Headers:
    """A request's headers; of several with one name the first counts.

    Args:
        listed: Names, in small letters, and values, as ASGI has them.
    """

    def __init__(self, listed: list[tuple[bytes, bytes]]) -> None:
        self._values = dict(reversed(listed))

    def get(self, name: str, default: str = "") -> str:
        """Find a value by its name in small letters."""
        value = self._values.get(name.encode())
        return default if value is None else value.decode("latin-1")


@dataclass(slots=True)
class Reply:
    """An answer.

    Attributes:
        status: The status code.
        body: The body.
        content_type: What the body is, where there is one.
        headers: Further headers, names in small letters.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    async def send(self, send: Send) -> None:
        """Send it."""
        headers = [(b"content-length", b"%d" % len(self.body))]
        if self.content_type:
            headers.append((b"content-type", self.content_type.encode("latin-1")))
        for name, value in self.headers.items():
            headers.append((name.encode("latin-1"), value.encode("latin-1")))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def json_reply(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Make a reply of something that JSON can hold."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # Half of a surrogate pair is no UTF-8; as an escape it is JSON.
    body = text.encode("utf-8", "backslashreplace")
    return Reply(status, body, "application/json", headers or {})
