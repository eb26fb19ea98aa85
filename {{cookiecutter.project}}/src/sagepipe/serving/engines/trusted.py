"""The types that a model file may hold, and reading one that holds no other.

skops trusts scikit-learn's estimators. To list them it imports all of scikit-learn, which takes
longer than importing what one model needs. So it is handed a shorter list: those of the estimators
that the file names. It is no other check, as an estimator that the file does not name is not in it;
and what the short list does not allow is held against the whole one.
"""

import inspect
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import ZipFile

# What fitted estimators of scikit-learn hold beside the types that skops trusts by itself. The list
# is closed: a file with any other type is neither written nor loaded.
TYPES = (
    "numpy.dtype",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)

# Where scikit-learn looks for no estimators either (sklearn.utils.discovery).
_LEFT_OUT = frozenset(
    ["tests", "externals", "setup", "conftest", "experimental", "estimator_checks"]
)


def read(path: Path) -> Any:
    """Read what a file holds.

    Args:
        path: A file that skops wrote.

    Returns:
        The object.

    Raises:
        UntrustedTypesFoundException: It holds a type that is not trusted; of skops, a TypeError.
    """
    if "skops" not in sys.modules:
        with suppress(TypeError), _short_list(estimators(named(path))):
            return _read(path)
    return _read(path)


def strangers(path: Path) -> list[str]:
    """List the types in a file that are not trusted."""
    from skops import io

    return sorted(set(io.get_untrusted_types(file=path)) - set(TYPES))


def named(path: Path) -> set[tuple[str, str]]:
    """List the types that a file names, by module and name; nothing is imported."""
    found: set[tuple[str, str]] = set()

    def note(item: dict[str, Any]) -> None:
        module, name = item.get("__module__"), item.get("__class__")
        if isinstance(module, str) and isinstance(name, str):
            found.add((module, name))

    with ZipFile(path) as archive:
        json.loads(archive.read("schema.json"), object_hook=note)
    return found


def estimators(types: set[tuple[str, str]]) -> list[tuple[str, type]]:
    """Find scikit-learn's estimators among some types, in the modules where it shows them."""
    from sklearn.base import BaseEstimator

    found = []
    for module, name in sorted(types):
        public, *_ = module.split("._")
        parts = public.split(".")
        if parts[0] != "sklearn" or not _LEFT_OUT.isdisjoint(parts) or name.startswith("_"):
            continue
        with suppress(ImportError):
            kind = getattr(import_module(public), name, None)
            if inspect.isclass(kind) and issubclass(kind, BaseEstimator):
                found.append((name, kind))
    return [
        (name, kind)
        for name, kind in found
        if kind is not BaseEstimator and not inspect.isabstract(kind)
    ]


def _read(path: Path) -> Any:
    from skops import io

    return io.load(path, trusted=TYPES)


@contextmanager
def _short_list(listed: list[tuple[str, type]]) -> Iterator[None]:
    """Let skops take some estimators for all there are, and forget it with them afterwards."""
    from sklearn import utils

    whole = utils.all_estimators
    utils.all_estimators = lambda: listed
    try:
        yield
    finally:
        utils.all_estimators = whole
        for name in [name for name in sys.modules if name.split(".")[0] == "skops"]:
            del sys.modules[name]
