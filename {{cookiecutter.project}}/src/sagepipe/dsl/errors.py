"""What an author did wrong, with the file and line of the author's own code."""

import sys
from collections.abc import Iterable
from types import FrameType

from sagepipe.contract.errors import SagepipeError
from sagepipe.dsl.record import record


@record
class Location:
    """A line of the author's code."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class DslError(SagepipeError):
    """A component or pipeline that SageMaker could not run as written.

    Attributes:
        fault: What is wrong, without the place.
    """

    def __init__(self, message: str, location: Location | None = None) -> None:
        super().__init__(f"{location}: {message}" if location else message)
        self.fault = message


class DslAttributeError(DslError, AttributeError):
    """A name that a task, component or pipeline doesn't have, such as a misspelt setter."""


def caller() -> Location | None:
    """Return the innermost line on the stack that lies outside this library."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        room = frame.f_globals.get("__name__", "").partition(".")[0]
        if room not in ("sagepipe", "dataclasses"):
            return Location(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return None


def no_attribute(what: str, name: str, known: Iterable[str], hint: str = "") -> AttributeError:
    """Make the error for a name that something doesn't have.

    Args:
        what: What was asked.
        name: What for.
        known: What it has.
        hint: What to do instead; the nearest known name where not given.
    """
    if name.startswith("_"):
        return AttributeError(name)  # Python's own protocols ask for such names
    if not hint:
        from difflib import get_close_matches

        near = get_close_matches(name, [item for item in known if not item.startswith("_")])
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return DslAttributeError(f"{what} has no {name!r}{hint}", caller())


def author_error(message: str) -> DslError:
    """Make the error for the line of the author's code that is being run."""
    return DslError(message, caller())
