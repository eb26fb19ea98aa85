"""scikit-learn without pandas, where nobody else has imported it.

scikit-learn imports pandas where it is installed, and its imputers do so again for each request, to
see whether a value is pandas' own NA. Before somebody else has imported pandas there is no such
value and no data frame. pandas and pyarrow, which it imports, take 70 MB and half as long to import
as scikit-learn.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _Refusal(MetaPathFinder):
    """Tells modules of scikit-learn that there is no pandas; they are written for that, too."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "pandas" and _importer().split(".")[0] == "sklearn":
            raise ModuleNotFoundError("nobody has imported pandas", name=fullname)
        return None


_REFUSAL = _Refusal()


def keep_out() -> None:
    """From now on scikit-learn uses pandas only once somebody else has imported it."""
    if _REFUSAL not in sys.meta_path:
        sys.meta_path.insert(0, _REFUSAL)


def _importer() -> str:
    """Name the module whose import statement is being executed."""
    frame = sys._getframe(2)
    while frame.f_back and frame.f_globals.get("__name__") == "importlib._bootstrap":
        frame = frame.f_back
    return str(frame.f_globals.get("__name__"))
