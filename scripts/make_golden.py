"""Make the golden definition that generated projects are tested against.

    python scripts/make_golden.py     # after a change of the compiler or of the training pipeline

A project of each task is generated and compiled; names become Jinja variables again, lines in which
the tasks differ stand under a Jinja condition. Read the difference before you commit it.
"""

import difflib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from cookiecutter.main import cookiecutter

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "{{cookiecutter.project}}" / "tests" / "golden" / "training.json"
NAMES = {"project": "golden-project", "package": "golden_package"}
IF = '{%- if cookiecutter.task == "classification" %}'
ELSE, END = "{%- else %}", "{%- endif %}"


def definition(task: str, folder: Path) -> list[str]:
    """Generate a project, compile its pipeline, and put Jinja variables in place of the names."""
    project = Path(
        cookiecutter(
            str(ROOT),
            no_input=True,
            default_config=True,
            output_dir=str(folder / task),
            extra_context={**NAMES, "task": task},
        )
    )
    compiled = subprocess.run(
        [sys.executable, "-m", "sagepipe.cli", "compile", "-o", "-"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project / "src")},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    for variable, name in NAMES.items():
        compiled = compiled.replace(name, f"{{{{ cookiecutter.{variable} }}}}")
    return compiled.splitlines()


def merge(classification: list[str], regression: list[str]) -> list[str]:
    """Make one text of two: lines that differ stand under a condition."""
    matcher = difflib.SequenceMatcher(None, classification, regression, autojunk=False)
    lines: list[str] = []
    for same, start, end, other_start, other_end in matcher.get_opcodes():
        one, other = classification[start:end], regression[other_start:other_end]
        if same == "equal":
            lines += one
        elif other:
            lines += [IF, *one, ELSE, *other, END]
        else:
            lines += [IF, *one, END]
    return lines


def main() -> None:
    """Write the golden definition."""
    with tempfile.TemporaryDirectory() as folder:
        texts = [definition(task, Path(folder)) for task in ("classification", "regression")]
    GOLDEN.write_text("\n".join(merge(*texts)) + "\n")
    print(f"wrote {GOLDEN.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
