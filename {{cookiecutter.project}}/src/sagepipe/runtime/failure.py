"""Saying why a job failed, where SageMaker looks for it."""

import sys
from pathlib import Path
from types import TracebackType

from sagepipe.contract import limits, paths
from sagepipe.contract.errors import SagepipeError
from sagepipe.runtime.errors import Stopped

PROCESSING = paths.EXIT_MESSAGE_FILE
TRAINING = paths.FAILURE_FILE

_LIBRARY = Path(__file__).parent.parent


def reason(error: BaseException) -> str:
    """Say what went wrong and where, in one line; an error of the library keeps its own lines.

    Args:
        error: What was raised.

    Returns:
        ``ErrorType: text (file:line)``, the place being the innermost line of the team's own code.
    """
    lines = [" ".join(line.split()) for line in str(error).splitlines()]
    text = ("\n" if isinstance(error, SagepipeError) else " ").join(filter(None, lines))
    line = f"{type(error).__name__}: {text}" if text else type(error).__name__
    place = _place(error.__traceback__)
    return f"{line} ({place})" if place else line


def write(line: str, file: str) -> None:
    """Write a failure's reason where SageMaker reads it.

    Args:
        line: The reason; as much of it as SageMaker keeps is written.
        file: ``PROCESSING`` or ``TRAINING``.
    """
    place = paths.relocate(file)
    kept = line.encode("utf-8", "replace")[: limits.EXIT_MESSAGE].decode("utf-8", "ignore")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(kept, encoding="utf-8")
    except OSError as error:
        print(f"sagepipe: {place} can't be written: {error}", file=sys.stderr)


def show(error: BaseException) -> None:
    """Print what went wrong to the job's log, each thing once.

    The traceback begins at the team's code. An error that names its own remedy and comes from the
    library has none: it would only hide the line that matters. The last line is the reason, as far
    as the error is one line; one of several lines stays as it is.

    Args:
        error: What was raised.
    """
    trace = _outside_library(error.__traceback__)
    several = (
        "\n" in str(error).strip()
        or hasattr(error, "__notes__")
        or isinstance(error, BaseExceptionGroup)
    )
    if trace is not None and not isinstance(error, SagepipeError | Stopped):
        import traceback  # a step that goes well needs none

        printed = "".join(traceback.format_exception(type(error), error, trace)).rstrip("\n")
        text = printed if several else f"{_above(printed)}\n{reason(error)}"
    else:
        text = f"{type(error).__name__}: {error}" if several else reason(error)
    print(text, file=sys.stderr, flush=True)


def _above(text: str) -> str:
    """Return all lines but the last."""
    return text.rpartition("\n")[0]


def _outside_library(trace: TracebackType | None) -> TracebackType | None:
    """Skip the frames of the library and of the import system at the traceback's start."""
    while trace is not None and _is_library(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _place(trace: TracebackType | None) -> str:
    """Name the innermost line of the package that the component belongs to."""
    place, package = "", None
    trace = _outside_library(trace)
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        package = package or _package(file)
        if package in Path(file).parents:
            place = f"{_short(file)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _is_library(file: str) -> bool:
    return file.startswith("<frozen") or _LIBRARY in Path(file).parents


def _package(file: str) -> Path:
    """Return the folder of the outermost package that a file belongs to."""
    folder = Path(file).parent
    while (folder.parent / "__init__.py").exists():
        folder = folder.parent
    return folder


def _short(file: str) -> str:
    """Cut the longest entry of the import path off a file's name."""
    roots = [f"{root}/" for root in sys.path if root and file.startswith(f"{root}/")]
    return file[len(max(roots, key=len)) :] if roots else file
