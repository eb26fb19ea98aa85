"""Great Expectations' Data Docs page, made to stand alone.

Great Expectations renders the content; its page around it takes styles, scripts and a logo from six
web sites, so it is bare in a job's network and in MLflow's artifact viewer. Here the same content
gets a page of its own, with one style sheet in it and no scripts.
"""

import html
import re
from importlib.resources import files
from typing import Any

_DEAD_LINK = re.compile(r'<a href="\.\./[^"]*"\s*>(.*?)</a>', re.DOTALL)


def render(plain: dict[str, Any], title: str) -> str:
    """Make the page of a validation.

    Args:
        plain: The result, as JSON: Great Expectations' renderer can't show NumPy's numbers.
        title: What was checked, such as ``raw data``.

    Returns:
        One HTML document that needs no network.
    """
    from great_expectations.core.expectation_validation_result import (
        expectationSuiteValidationResultSchema,
    )
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaPageView

    checked = expectationSuiteValidationResultSchema.load(plain)
    document = _as_text(ValidationResultsPageRenderer().render(checked).to_json_dict())
    template = DefaultJinjaPageView().env.get_template("section.j2")
    sections = document["sections"]
    content = "".join(
        template.render({**document, "section": section, "section_loop": {"index": position}})
        for position, section in enumerate(sections, start=1)
    )
    content = _DEAD_LINK.sub(r"\1", content)
    heading = html.escape(f"{title}: {'passed' if checked.success else 'failed'}")
    links = "".join(_link(section, position) for position, section in enumerate(sections, start=1))
    style = files("sagepipe.validation").joinpath("page.css").read_text(encoding="utf-8")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{heading}</title>
<style>
{style}</style>
</head>
<body>
<nav>
<strong>{heading}</strong>
<label><input type="checkbox" id="failed-only"> failed only</label>
<ul>{links}</ul>
<small>Data Docs content rendered by Great Expectations</small>
</nav>
<main>
{content}</main>
</body>
</html>
"""


def _as_text(node: Any, is_cell: bool = False) -> Any:
    """Escape the data in a document's tables: Great Expectations' templates put them in as HTML."""
    if isinstance(node, str):
        return html.escape(node) if is_cell else node
    if isinstance(node, list):
        return [_as_text(item, is_cell) for item in node]
    if isinstance(node, dict):
        return {
            key: [_as_text(row, is_cell=True) for row in value]
            if key == "table"
            else _as_text(value)
            for key, value in node.items()
        }
    return node


def _link(section: dict[str, Any], position: int) -> str:
    name = html.escape(str(section.get("section_name") or f"Section {position}"))
    return f'<li><a href="#section-{position}">{name}</a></li>'
