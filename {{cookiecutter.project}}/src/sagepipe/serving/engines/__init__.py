"""The ways to run a model: one module each, with the model's file name and ``load(directory)``."""

import os
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from sagepipe.serving.errors import ModelError
from sagepipe.serving.predictions import Model


@dataclass(frozen=True)
class _Kind:
    """An engine's model file, its module and the package that it needs."""

    file: str
    module: str
    package: str


# The preferred first.
ENGINES: dict[str, _Kind] = {
    "onnx": _Kind("model.onnx", "sagepipe.serving.engines.onnx", "onnxruntime"),
    "sklearn": _Kind("model.skops", "sagepipe.serving.engines.sklearn", "skops"),
}


def load(directory: str | Path) -> Model:
    """Load a model folder with the first engine that has a file in it and is installed.

    Args:
        directory: The unpacked model (``Input[Model].directory``, ``/opt/ml/model``).

    Returns:
        A model that predicts.

    Raises:
        ModelError: The folder is missing, or holds no model that an engine knows, or a broken one.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise ModelError(f"{directory}: no such folder; the unpacked model.tar.gz belongs there")
    if not os.access(directory, os.R_OK | os.X_OK):
        raise ModelError(f"{directory}: user {os.getuid()} may not read it")
    held = {name: kind for name, kind in ENGINES.items() if (directory / kind.file).is_file()}
    for kind in held.values():
        if find_spec(kind.package):
            model: Model = import_module(kind.module).load(directory)
            return model
    if held:
        name, kind = next(iter(held.items()))
        raise ModelError(
            f"{directory / kind.file}: {kind.package} is not installed here; build the image with "
            f'engine = "{name}" in sagepipe.toml'
        )
    looked = ", ".join(kind.file for kind in ENGINES.values())
    raise ModelError(f"{directory}: no model in it (looked for {looked})")
