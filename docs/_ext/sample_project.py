"""Pieces of a project generated with default answers, as it is at the time of the build.

``{project-file} FILE`` shows one of its files, ``{project-step} STEP`` a step of its compiled
training pipeline, and ``{project-definition}`` that definition without its steps.
"""

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from cookiecutter.main import cookiecutter
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

TEMPLATE = Path(__file__).resolve().parents[2]
_FOLDER = tempfile.TemporaryDirectory()


@cache
def project() -> Path:
    """Generate the project, once a build."""
    made = cookiecutter(
        str(TEMPLATE),
        no_input=True,
        default_config=True,
        output_dir=_FOLDER.name,
        accept_hooks=False,
    )
    return Path(made)


@cache
def definition() -> dict[str, Any]:
    """Compile its training pipeline."""
    command = [sys.executable, "-m", "sagepipe.cli", "compile", "--output", "-"]
    environment = {**os.environ, "PYTHONPATH": str(project() / "src")}
    return json.loads(subprocess.check_output(command, cwd=project(), env=environment))


def steps() -> dict[str, Any]:
    """Return its steps by name, those of branches too."""
    found = {}
    for step in definition()["Steps"]:
        found[step["Name"]] = step
        for branch in ("IfSteps", "ElseSteps"):
            found |= {inner["Name"]: inner for inner in step["Arguments"].get(branch, ())}
    return found


def block(text: str, language: str) -> list[nodes.Node]:
    """Make a code block."""
    code = nodes.literal_block(text, text)
    code["language"] = language
    return [code]


class ProjectFile(SphinxDirective):
    """A file of the project."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        file = project() / self.arguments[0]
        language = {".py": "python", ".toml": "toml", ".json": "json"}.get(file.suffix, "text")
        return block(file.read_text(encoding="utf-8"), language)


class ProjectStep(SphinxDirective):
    """A step of the project's compiled pipeline; branches are shown by their steps' names."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        step = steps()[self.arguments[0]]
        arguments = step["Arguments"] | {
            branch: [f"… {inner['Name']}" for inner in step["Arguments"][branch]]
            for branch in ("IfSteps", "ElseSteps")
            if branch in step["Arguments"]
        }
        return block(_json(step | {"Arguments": arguments}), "text")


class ProjectDefinition(SphinxDirective):
    """The project's compiled pipeline, steps by name only."""

    def run(self) -> list[nodes.Node]:
        names = [f"… {step['Name']}" for step in definition()["Steps"]]
        return block(_json(definition() | {"Steps": names}), "text")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("project-file", ProjectFile)
    app.add_directive("project-step", ProjectStep)
    app.add_directive("project-definition", ProjectDefinition)
    return {"parallel_read_safe": False}
