"""The documentation's code, taken out of its pages and run."""

import re
from pathlib import Path
from typing import Any

import pytest

from sagepipe.compiler import compile_pipeline
from sagepipe.dsl import DslError, Pipeline

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAME = "pipeline.py"  # what an author's file is called in messages


def python_blocks(text: str) -> list[str]:
    """Return the code of a text's Python blocks."""
    return re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def text_blocks(text: str) -> list[str]:
    """Return the lines of a text's plain blocks."""
    return re.findall(r"^```text\n(.*?)\n```$", text, re.DOTALL | re.MULTILINE)


def sections(page: str, level: int = 2) -> dict[str, str]:
    """Split a page at its headings."""
    found = re.split(rf"^{'#' * level} (.+)$", page, flags=re.MULTILINE)
    return {"": found[0], **dict(zip(found[1::2], found[2::2], strict=True))}


def run(preamble: str, code: str) -> list[dict[str, Any]]:
    """Run an author's file and compile the pipelines that it defines."""
    names: dict[str, Any] = {"__name__": "author"}
    exec(compile(preamble, "components.py", "exec"), names)
    before = dict(names)
    exec(compile(code, NAME, "exec"), names)
    return [
        compile_pipeline(item)
        for name, item in names.items()
        if isinstance(item, Pipeline) and before.get(name) is not item
    ]


def refusal(preamble: str, code: str) -> str:
    """Run an author's file that is refused, and return what is said."""
    with pytest.raises(DslError) as error:
        run(preamble, code)
    return str(error.value)
