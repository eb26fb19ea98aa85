"""Reading JSON that may be anything."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagepipe.compiler.check.finding import Finding, Place


def entry(value: Any, *keys: str) -> Any:
    """Go into objects; nothing where there is no object or no such key."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def obj(value: Any, *keys: str) -> Mapping[str, Any]:
    """Return an object; an empty one where there is none."""
    found = entry(value, *keys)
    return found if isinstance(found, Mapping) else {}


def objects(value: Any, *keys: str) -> list[Mapping[str, Any]]:
    """Return a list of objects; what is no object is an empty one."""
    found = entry(value, *keys)
    return [obj(item) for item in found] if isinstance(found, list) else []


def texts(entries: Sequence[Mapping[str, Any]], key: str) -> list[str]:
    """Return what objects have under a key, where that is text."""
    return [item[key] for item in entries if isinstance(item.get(key), str)]


def twice(
    entries: Sequence[Mapping[str, Any]], key: str, place: Place, source: str
) -> Iterator[Finding]:
    """Find names that two objects of a list have."""
    seen: set[str] = set()
    for index, item in enumerate(entries):
        name = item.get(key)
        if isinstance(name, str):
            if name in seen:
                yield place.at(index, key).finding(
                    f"{name!r} is there twice", f"one {key} of a value", source
                )
            seen.add(name)


def one_of(
    value: Mapping[str, Any], keys: tuple[str, str], place: Place, source: str
) -> Iterator[Finding]:
    """Find two members that exclude each other, or the lack of both."""
    given = [key for key in keys if value.get(key) is not None]
    if len(given) != 1:
        problem = f"{keys[0]} and {keys[1]} stand beside each other"
        yield place.finding(
            problem if given else f"there is neither {keys[0]} nor {keys[1]}",
            f"either {keys[0]} or {keys[1]}",
            source,
        )
