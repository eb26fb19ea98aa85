"""What can go wrong with a model folder or with a request, and the HTTP status that says so."""

import traceback
from typing import ClassVar

from sagepipe.contract.errors import SagepipeError


class ServingError(SagepipeError):
    """A model or a request that serving can't use."""


class ModelError(ServingError):
    """A model that can't be written, or a model folder that can't be served."""


class RequestError(ServingError):
    """A request that gets an answer other than 200.

    Args:
        message: What is wrong and what would be right; it is the answer's body.
        row: The row it is wrong in, counted from 1 without the header.
        column: The column it is wrong in.
    """

    status: ClassVar[int] = 400

    def __init__(self, message: str, *, row: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.row = row
        self.column = column


class BadRequest(RequestError):
    """The body is not what its Content-Type and the model's schema say (400)."""


class NotAcceptable(RequestError):
    """None of the formats that the caller accepts can be written (406)."""

    status = 406


class TooSlow(RequestError):
    """The body took too long to arrive (408)."""

    status = 408


class PayloadTooLarge(RequestError):
    """The body is larger than the limit (413)."""

    status = 413


class UnsupportedMediaType(RequestError):
    """The body's format can't be read (415)."""

    status = 415


class NotReady(RequestError):
    """The model is still being loaded (503)."""

    status = 503


class Overloaded(RequestError):
    """There is more to do than may wait, or the model hangs (503)."""

    status = 503


def describe(error: BaseException) -> str:
    """Say in one line what was raised and where.

    Args:
        error: Any exception that was caught.

    Returns:
        ``ErrorType: text (file:line)``.
    """
    text = " ".join(f"{type(error).__name__}: {error}".split())
    # Python's own import machinery is never the place.
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen ") and "importlib" not in frame.filename
    ]
    return f"{text} ({frames[-1].filename}:{frames[-1].lineno})" if frames else text
