"""What an author did wrong, with the file and line of the author's own code."""

import sys
from dataclasses import dataclass
from types import FrameType

from sagepipe.contract.errors import SagepipeError


@dataclass(frozen=True)
class Location:
    """A line of the author's code."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class DslError(SagepipeError):
    """A component or pipeline that SageMaker could not run as written."""

    def __init__(self, message: str, location: Location | None = None) -> None:
        super().__init__(f"{location}: {message}" if location else message)


def caller() -> Location | None:
    """Return the innermost line on the stack that lies outside this library."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        room = frame.f_globals.get("__name__", "").partition(".")[0]
        if room not in ("sagepipe", "dataclasses"):
            return Location(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return None


def author_error(message: str) -> DslError:
    """Make the error for the line of the author's code that is being run."""
    return DslError(message, caller())
