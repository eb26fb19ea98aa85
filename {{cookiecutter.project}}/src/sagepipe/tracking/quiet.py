"""Sparing every job MLflow's standing remarks, and a check that can't fail."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def hints() -> Iterator[None]:
    """Silence hints that hold for every run: on integer columns, and on pip's version."""
    environment = logging.getLogger("mlflow.utils.environment")
    level = environment.level
    environment.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Hint: Inferred schema")
            yield
    finally:
        environment.setLevel(level)


@contextmanager
def known_requirements() -> Iterator[None]:
    """Spare MLflow from checking that what is installed is installed.

    To compare a model's requirements with what is there it reads the list of files of every package
    that is installed, which takes up to half a second. Ours are read from what is there.
    """
    from mlflow.utils import environment

    name = "warn_dependency_requirement_mismatches"
    module: Any = environment
    check = getattr(module, name, None)
    if check is None:  # another version of MLflow: the check is made
        yield
        return
    setattr(module, name, lambda _: None)
    try:
        yield
    finally:
        setattr(module, name, check)
