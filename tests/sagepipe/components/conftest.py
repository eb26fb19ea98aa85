"""What the tests of components share."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def evaluating() -> ModuleType:
    """The module ``evaluating.py`` beside this file, by the name that jobs import it by."""
    file = Path(__file__).with_name("evaluating.py")
    spec = importlib.util.spec_from_file_location("evaluating", file)
    assert spec and spec.loader
    module = sys.modules.setdefault("evaluating", importlib.util.module_from_spec(spec))
    spec.loader.exec_module(module)
    return module
