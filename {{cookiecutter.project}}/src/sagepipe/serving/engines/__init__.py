"""The ways to run a model: one module each, with the model's file name and ``load(directory)``."""

import os
from importlib import import_module
from pathlib import Path

from sagepipe.serving.errors import ModelError
from sagepipe.serving.predictions import Model

# Model file → the engine's module, the preferred first.
ENGINES = {"model.skops": "sagepipe.serving.engines.sklearn"}


def load(directory: Path) -> Model:
    """Load a model folder with the engine for the file that it holds.

    Args:
        directory: The unpacked model.

    Returns:
        A model that predicts.

    Raises:
        ModelError: The folder is missing, or holds no model that an engine knows, or a broken one.
    """
    if not directory.is_dir():
        raise ModelError(f"{directory}: no such folder; the unpacked model.tar.gz belongs there")
    if not os.access(directory, os.R_OK | os.X_OK):
        raise ModelError(f"{directory}: user {os.getuid()} may not read it")
    for file, module in ENGINES.items():
        if (directory / file).is_file():
            model: Model = import_module(module).load(directory)
            return model
    raise ModelError(f"{directory}: no model in it (looked for {', '.join(ENGINES)})")
