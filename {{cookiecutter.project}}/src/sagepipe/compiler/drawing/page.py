"""A picture as a web page of its own: what there is to say about a step stands beside it.

It takes nothing from the network, and reads without scripts.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape

from sagepipe.compiler.drawing.facts import Fact, facts
from sagepipe.compiler.drawing.picture import Item, Picture, nodes
from sagepipe.compiler.drawing.svg import element, style_sheet
from sagepipe.compiler.reading import BODIES, Step


def draw(picture: Picture) -> str:
    """Draw a picture as a page.

    Args:
        picture: What to draw.

    Returns:
        One HTML document that needs nothing else.
    """
    shown = [item for item in nodes(picture.items) if item.step is not None]
    targets = {item.id: f"step-{number}" for number, item in enumerate(shown, start=1)}
    articles = "".join(_article(item, targets) for item in shown)
    style = style_sheet("picture.css") + style_sheet("page.css")
    script = style_sheet("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    title = escape(picture.title)
    many = f"{len(shown)} step{'s' * (len(shown) != 1)}"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{many}</p>
<div class="zoom">
<button id="farther" type="button" aria-label="Smaller">&minus;</button>
<button id="closer" type="button" aria-label="Larger">+</button>
<button id="whole" type="button">Fit</button>
</div>
</header>
<main>
<div class="canvas">
{element(picture, targets)}</div>
<section class="facts" aria-label="What is known of a step" aria-live="polite">
<button class="close" type="button">Close</button>
<p class="hint">Choose a step to see what runs in it, what goes in and what comes out.</p>
{articles}</section>
</main>
<script>{script}</script>
</body>
</html>
"""


def _article(item: Item, targets: Mapping[str, str]) -> str:
    assert item.step is not None
    return (
        f'<article id="{targets[item.id]}">\n<h2>{escape(item.step.name)}</h2>\n'
        f"{described(item.step)}\n"
        f"<details><summary>Definition</summary><pre>{escape(_definition(item.step))}</pre>"
        "</details>\n</article>\n"
    )


def described(step: Step) -> str:
    """Write what there is to say about a step as a list of HTML."""
    return f"<dl>{''.join(_fact(fact) for fact in facts(step))}</dl>"


def _fact(fact: Fact) -> str:
    lines = "".join(f"<dd>{_line(name, text, fact.label)}</dd>" for name, text in fact.lines)
    # The label stands beside the first line; the others have nothing beside them.
    return f"<dt>{fact.label}</dt>{lines.replace('</dd><dd>', '</dd><dt></dt><dd>')}"


def _line(name: str, text: str, label: str) -> str:
    if label in ("Description", "Message"):
        return escape(text)
    named = f"<b>{escape(name)}</b> " if name else ""
    return f'{named}<span class="value">{escape(text)}</span>'


def _definition(step: Step) -> str:
    """Write a step's part of the definition, without the steps that stand in it."""
    raw = dict(step.raw)
    if step.type in BODIES:
        raw["Arguments"] = step.arguments
    return json.dumps(raw, indent=2, ensure_ascii=False)
