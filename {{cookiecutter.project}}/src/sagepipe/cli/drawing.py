"""``sagepipe graph``."""

import sys
from pathlib import Path

from sagepipe.cli import definitions, output
from sagepipe.compiler import drawing, write
from sagepipe.contract.errors import SagepipeError


class FormatError(SagepipeError):
    """A file of a kind that no picture is drawn in."""


def draw(name: str, to: Path | None) -> None:
    """Draw a pipeline, on the terminal as Mermaid or into a file as its suffix says.

    Raises:
        FormatError: The file's suffix is none that is drawn.
        SagepipeError: The pipeline or its definition can't be read, or the file not be written.
    """
    if to is None or to == Path(definitions.PIPED):
        named = definitions.load(name)
        sys.stdout.write(drawing.draw(named.definition, named.title))
        return
    if to.suffix not in drawing.FORMATS:
        known = ", ".join(drawing.FORMATS)
        raise FormatError(f"can't draw {to}: its suffix has to be one of {known}")
    named = definitions.load(name)
    write(to, drawing.draw(named.definition, named.title, to.suffix))
    output.wrote(to)
