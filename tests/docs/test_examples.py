"""Every example of these pages runs, and its pipelines compile."""

import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from sagepipe import compiler, dsl
from sagepipe.dsl.resources import Resources


def _snippets() -> ModuleType:
    file = Path(__file__).with_name("snippets.py")
    spec = importlib.util.spec_from_file_location("snippets", file)
    assert spec and spec.loader
    module = sys.modules.setdefault("snippets", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module


snippets = _snippets()
PAGES = (
    "reference/dsl.md",
    "reference/compiler.md",
    "how-to/conditions.md",
    "how-to/loops.md",
    "how-to/exits.md",
    "how-to/tuning.md",
    "how-to/batch-transform.md",
    "how-to/multi-host.md",
    "how-to/spot.md",
    "how-to/environments.md",
    "how-to/run-again.md",
    *sorted(
        file.relative_to(snippets.DOCS).as_posix()
        for file in (snippets.DOCS / "reference/components").glob("*.md")
    ),
)


def read(page: str) -> str:
    return (snippets.DOCS / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_a_pages_examples_compile(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They build on each other, from the top of the page."""
    monkeypatch.chdir(tmp_path)
    before = ""
    for code in snippets.python_blocks(read(page)):
        definitions = snippets.run(before, code)
        assert len(definitions) == code.count("@dsl.pipeline"), code
        before += f"\n{code}"


@pytest.mark.parametrize(
    ("page", "room", "prefix"),
    [("reference/dsl.md", dsl, "dsl."), ("reference/compiler.md", compiler, "")],
    ids=["dsl", "compiler"],
)
def test_every_public_name_is_listed_and_has_an_example(
    page: str, room: ModuleType, prefix: str
) -> None:
    text = read(page)
    examples = "\n".join(snippets.python_blocks(text))
    for name in room.__all__:
        if name in ("Component", "Pipeline", "Task", "DslError"):
            continue  # what the others make or raise
        assert re.search(rf"{room.__name__}\.{name}\b", text), f"{page} does not list {name}"
        used = rf"\b(?:{re.escape(prefix)})?{name}\b"
        assert re.search(used, examples), f"{page} has no example of {name}"


def test_the_settings_that_are_shown_are_settings() -> None:
    (toml,) = re.findall(r"^```toml\n(.*?)^```$", read("how-to/environments.md"), re.S | re.M)
    shown = tomllib.loads(toml)["env"]["prod"]

    assert Resources(**shown["jobs"])
    assert Resources(**shown["steps"]["fit"]).checkpoints
    assert set(shown) == {"jobs", "steps", "tags"}
