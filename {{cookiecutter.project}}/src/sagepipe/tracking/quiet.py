"""Keeping MLflow's standing remarks out of every job's log."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


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
