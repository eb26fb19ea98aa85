"""Content-Type and Accept: which format a body is in, which one the caller would rather have."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import Message
from functools import lru_cache


@dataclass(frozen=True)
class MediaType:
    """A media type without its parameters, and the parameters."""

    name: str
    parameters: dict[str, str] = field(default_factory=dict)

    @classmethod
    @lru_cache(maxsize=64)
    def parse(cls, text: str) -> "MediaType":
        """Read a header value such as ``text/csv; charset=utf-8; header=absent``."""
        message = Message()
        message["Content-Type"] = text
        listed = message.get_params() or [("", "")]
        return cls(listed[0][0].strip().lower(), {key.lower(): value for key, value in listed[1:]})


@lru_cache(maxsize=64)  # callers send the same few headers again and again
def choose(accept: str, offered: tuple[str, ...]) -> MediaType | None:
    """Pick the offered media type that an Accept header likes best.

    Args:
        accept: The header, with ``*/*``, ``text/*`` and ``;q=`` as RFC 9110 has them.
        offered: Media types that can be written, the preferred first.

    Returns:
        The winner with the parameters that were asked for, or None where none is accepted.
    """
    wanted = [MediaType.parse(part) for part in accept.split(",") if part.strip()]
    best: tuple[float, MediaType | None] = (0.0, None)
    for name in offered:
        quality, parameters = _quality(name, wanted)
        if quality > best[0]:
            best = (quality, MediaType(name, parameters))
    return best[1]


def _quality(name: str, wanted: Iterable[MediaType]) -> tuple[float, dict[str, str]]:
    """The weight that the most specific matching range gives to a media type; its parameters."""
    for pattern in (name, f"{name.split('/')[0]}/*", "*/*"):
        matching = [(_weight(item), item.parameters) for item in wanted if item.name == pattern]
        if matching:
            return max(matching, key=lambda pair: pair[0])
    return 0.0, {}


def _weight(item: MediaType) -> float:
    try:
        return float(item.parameters.get("q", "1"))
    except ValueError:
        return 0.0
