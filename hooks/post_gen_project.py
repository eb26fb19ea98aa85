"""Tidy the new project and say what to do next."""

import os
import shutil
from pathlib import Path

# Left in the template by tools that ran there.
CACHES = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".import_linter_cache"}
# A project that is generated once more over itself keeps its environment as it is.
ENVIRONMENTS = {".venv", ".tox"}


def remove_caches(project):
    """Remove what the tools of the template's authors left beside the files."""
    for folder, names, _ in os.walk(project):
        for name in CACHES & set(names):
            shutil.rmtree(Path(folder, name), ignore_errors=True)
        names[:] = set(names) - CACHES - ENVIRONMENTS


def main():
    remove_caches(Path.cwd())
    print(
        """
{{cookiecutter.project_name}} is ready in {{cookiecutter.project}}/

  cd {{cookiecutter.project}}
  make run      run the training pipeline here: data, validation, training, evaluation, registration
  make test     test it
  make help     see what else there is

To keep its history: git init && git add --all && git commit -m "Start from sm-template"
"""
    )


if __name__ == "__main__":
    main()
