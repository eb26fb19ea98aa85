"""What the template imports: what the same components imported in earlier steps and runs.

Nobody has to say what a component needs: each forked step leaves the names of the modules that it
imported by itself, in the order in which it did. The author's own modules are not among them. They
are imported by each step anew, as in a cold start.
"""

import gc
import importlib
import json
import os
import site
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from sagepipe.runtime.warm import threads

# Packages that have to be imported by the step itself, and why.
LATE = {
    "jax": "its threads don't survive a fork",
    "onnxruntime": "starts a thread while it is imported",
    "polars": "its threads don't survive a fork",
    "sagemaker": "reads AWS_REGION while it is imported",
    "sagemaker_containers": "reads SAGEMAKER_BASE_DIR while it is imported",
    "sagemaker_inference": "reads SAGEMAKER_BASE_DIR while it is imported",
    "sagemaker_training": "reads SAGEMAKER_BASE_DIR while it is imported",
    "tensorflow": "its threads don't survive a fork",
}
_LIBRARY = "sagepipe"


class Modules:
    """What the template has imported and has yet to import.

    Args:
        record: The file that holds what was learned; it need not be there.

    Attributes:
        unfit: Why no step may be forked from this process any more, if so.
    """

    def __init__(self, record: Path) -> None:
        self._record = record
        self._components: dict[str, list[str]] = {}
        self._late: dict[str, str] = {}
        self._threads = threads.count()
        self._tried: set[str] = set()
        self._pending: list[str] = []
        self.unfit = ""
        self._read()

    @property
    def pending(self) -> bool:
        """Whether something is left to import."""
        return bool(self._pending) and not self.unfit

    def ready(self, component: str) -> bool:
        """Say whether all that a component is known to need has been imported.

        Args:
            component: ``module:function``; what it needs comes first from now on.

        Returns:
            Whether a fork would find it; so it is where nothing is known.
        """
        lacking = [name for name in self._components.get(component, ()) if self._wanted(name)]
        if lacking:
            self._pending = list(dict.fromkeys([*lacking, *self._pending]))
        return not lacking

    def import_next(self) -> None:
        """Import one module, and see whether forking is still safe."""
        name = self._pending.pop(0)
        if self._wanted(name):
            self._tried.add(name)
            with suppress(Exception, SystemExit):  # then the step will meet it itself
                importlib.import_module(name)
            self._check(name)
        if not self._pending:
            gc.collect()  # it was off meanwhile

    def learn(self, component: str, imports: Path) -> None:
        """Take note of what a step has imported by itself.

        Args:
            component: ``module:function``.
            imports: The file that it left.
        """
        known = self._components.get(component)
        try:
            found = json.loads(imports.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # the step was killed
            return
        names = list(dict.fromkeys([*(known or ()), *found]))
        if names != known:
            self._components[component] = names
            self._write()
        self._pending += [name for name in found if self._wanted(name)]

    def _wanted(self, name: str) -> bool:
        return name not in self._tried and name not in sys.modules and not self._is_late(name)

    def _is_late(self, name: str) -> bool:
        parts = name.split(".")
        above = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
        return not above.isdisjoint(LATE) or not above.isdisjoint(self._late)

    def _check(self, name: str) -> None:
        if threads.count() == self._threads:
            return
        if left := threads.lost_by_fork():
            package = name.partition(".")[0]  # importing a part of it imports it
            self._late[package] = f"starts a thread that a fork would lose ({left})"
            self.unfit = f"{package} {self._late[package]}"
            self._write()
        self._threads = threads.count()

    def _read(self) -> None:
        with suppress(OSError, ValueError, KeyError, AttributeError, TypeError):
            content = json.loads(self._record.read_text(encoding="utf-8"))
            if content["python"] == _python():
                self._late = dict(content["late"])
                self._components = {key: list(value) for key, value in content["modules"].items()}
        names = (name for found in self._components.values() for name in found)
        self._pending = [name for name in dict.fromkeys(names) if self._wanted(name)]

    def _write(self) -> None:
        """Write beside, then rename: two runs may do so at once."""
        content = {"python": _python(), "late": self._late, "modules": self._components}
        beside = self._record.with_name(f".{self._record.name}.{os.getpid()}")
        with suppress(OSError):  # a full disk: then nothing is learned
            beside.write_text(json.dumps(content, indent=1), encoding="utf-8")
            beside.replace(self._record)


def leave(file: str, component: str, before: set[str]) -> None:
    """Leave the names of what was imported since the fork, for ``Modules.learn``.

    Args:
        file: Where to.
        component: The component, whose own package is left out.
        before: What had been imported already.
    """
    own = component.partition(":")[0].partition(".")[0]
    names = [name for name in _installed() if name not in before and name.split(".")[0] != own]
    with suppress(OSError):
        Path(file).write_text(json.dumps(names), encoding="utf-8")


def _installed() -> Iterator[str]:
    """Name the imported modules of installed packages and of this library, in their order."""
    folders = [*site.getsitepackages(), *([site.getusersitepackages()] if _user_site() else ())]
    roots = tuple(f"{folder}{os.sep}" for folder in folders)
    for name, module in list(sys.modules.items()):
        origin: Any = getattr(getattr(module, "__spec__", None), "origin", None)
        if name.split(".")[0] == _LIBRARY or (isinstance(origin, str) and origin.startswith(roots)):
            yield name


def _user_site() -> bool:
    return bool(site.ENABLE_USER_SITE)


def _python() -> str:
    return f"{sys.executable} {sys.version}"
