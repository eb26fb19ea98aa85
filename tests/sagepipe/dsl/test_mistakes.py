"""The mistakes that authors really make, as the documentation shows them: each snippet is run."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def _snippets():
    """Import what runs the documentation's code."""
    file = ROOT / "tests" / "docs" / "snippets.py"
    spec = importlib.util.spec_from_file_location("snippets", file)
    module = sys.modules.setdefault("snippets", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


snippets = _snippets()
PAGE = (ROOT / "docs" / "reference" / "mistakes.md").read_text(encoding="utf-8")
SECTIONS = snippets.sections(PAGE)
PREAMBLE = snippets.python_blocks(SECTIONS[""])[0]
MISTAKES = {title: text for title, text in SECTIONS.items() if snippets.text_blocks(text)}


@pytest.mark.parametrize("title", MISTAKES)
def test_what_is_said_is_what_the_documentation_says(title):
    (code,) = snippets.python_blocks(MISTAKES[title])
    (said,) = snippets.text_blocks(MISTAKES[title])

    assert snippets.refusal(PREAMBLE, code) == said


@pytest.mark.parametrize("title", MISTAKES)
def test_it_names_the_authors_line_and_more_than_what_is_wrong(title):
    (code,) = snippets.python_blocks(MISTAKES[title])
    (said,) = snippets.text_blocks(MISTAKES[title])
    place = re.match(r"pipeline\.py:(\d+): ", said)

    assert place, said
    assert 1 <= int(place[1]) <= len(code.splitlines())
    assert re.search(r"[:;,].+", said[place.end() :]), (
        said
    )  # what is wrong, and the rule or way out
    assert "object at 0x" not in said


def test_there_are_more_than_twenty():
    assert len(MISTAKES) > 20


def test_without_the_mistakes_the_same_components_compile():
    code = (
        "@dsl.pipeline\n"
        "def training(rows: int = 1000, mode: Literal['fast', 'full'] = 'fast') -> None:\n"
        "    prepared = prepare(raw=dsl.importer(URI), rows=rows)\n"
        "    fitted = fit(train=prepared.outputs['train'])\n"
        "    scored = score(test=prepared.outputs['test'])\n"
        "    with dsl.If((rows > 10) & (mode == 'fast')):\n"
        "        notify(text=dsl.join('training ', mode))\n"
        "    with dsl.ParallelFor([1, 2]) as number:\n"
        "        again = prepare(raw=dsl.importer(URI), rows=number)\n"
        "    count(data=prepared.outputs['train'], mode=mode).after(again)\n"
    )
    (definition,) = snippets.run(PREAMBLE, code)

    assert [step["Name"] for step in definition["Steps"]] == [
        "prepare",
        "fit",
        "score",
        "condition",
        "prepare-2-0",
        "prepare-2-1",
        "count",
    ]
