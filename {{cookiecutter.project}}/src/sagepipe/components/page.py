"""Pages that components write: one file, no network, light and dark, wide and narrow."""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Cell: TypeAlias = str | int | float | None

_DPI = 110
_NOTHING = "\N{EN DASH}"  # where a cell has no value


def page(title: str, lead: str, *sections: str) -> str:
    """Put a page together.

    Args:
        title: Its heading, plain text.
        lead: The one sentence that it says, plain text.
        sections: HTML, as the functions below make it.

    Returns:
        The page.
    """
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{html.escape(title)}</title>\n<style>\n{style}</style>",
            f'<h1>{html.escape(title)}</h1>\n<p class="lead">{html.escape(lead)}</p>',
            *sections,
            "</html>\n",
        )
    )


def section(title: str, *parts: str) -> str:
    """Put parts under a heading; nothing where there are none.

    Args:
        title: The heading, plain text.
        parts: HTML.
    """
    inside = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{html.escape(title)}</h2>\n{inside}\n</section>" if inside else ""


def text(sentence: str, kind: str = "") -> str:
    """Make a paragraph.

    Args:
        sentence: Plain text.
        kind: ``soft``, ``good``, ``bad`` or nothing.
    """
    marked = f' class="{kind}"' if kind else ""
    return f"<p{marked}>{html.escape(sentence)}</p>"


def bullets(sentences: Sequence[str]) -> str:
    """Make a list; nothing where there is no sentence."""
    items = "\n".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>\n{items}\n</ul>" if items else ""


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]], caption: str = "") -> str:
    """Make a table; nothing where there are no rows.

    Args:
        head: The columns' names.
        rows: Texts to the left, numbers to the right, None for nothing.
        caption: What stands above it.
    """
    if not rows:
        return ""
    right = [
        all(isinstance(row[place], int | float | None) for row in rows)
        for place, _ in enumerate(head)
    ]
    above = "".join(_cell("th", name, number) for name, number in zip(head, right, strict=True))
    below = "\n".join(
        f"<tr>{''.join(_cell('td', *pair) for pair in zip(row, right, strict=True))}</tr>"
        for row in rows
    )
    said = f"<h3>{html.escape(caption)}</h3>\n" if caption else ""
    return f'{said}<div class="scroll"><table>\n<tr>{above}</tr>\n{below}\n</table></div>'


def pictures(figures: "Mapping[str, Figure]") -> str:
    """Show figures, each as PNG in the page itself.

    Args:
        figures: By what they show.
    """
    shown = "\n".join(
        f'<img alt="{html.escape(name)}" src="data:image/png;base64,{_png(figure)}">'
        for name, figure in figures.items()
    )
    return f'<div class="pictures">\n{shown}\n</div>' if shown else ""


def number(value: float) -> str:
    """Write a number with four digits that count."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _cell(tag: str, value: Cell, right: bool) -> str:
    shown = value if isinstance(value, str) else _NOTHING if value is None else number(value)
    kind = ' class="number"' if right else ""
    return f"<{tag}{kind}>{html.escape(shown)}</{tag}>"


def _png(figure: "Figure") -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
