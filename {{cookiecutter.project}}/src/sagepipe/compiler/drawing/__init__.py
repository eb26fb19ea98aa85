"""Pictures of a pipeline, drawn from its definition: Mermaid, SVG, or a page of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from sagepipe.compiler.drawing import mermaid, page, svg
from sagepipe.compiler.drawing.picture import Picture, picture

FORMATS: Mapping[str, Callable[[Picture], str]] = {
    ".mmd": mermaid.draw,
    ".svg": svg.draw,
    ".html": page.draw,
}


def draw(definition: Mapping[str, Any], title: str, form: str = ".mmd") -> str:
    """Draw a pipeline.

    Args:
        definition: Its definition, whoever wrote it.
        title: What to call it.
        form: How, by the suffix of a file: one of ``FORMATS``.

    Returns:
        The file's content.
    """
    return FORMATS[form](picture(definition, title))


__all__ = ["FORMATS", "draw"]
