"""A team's predictor module, completed with the defaults."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import Any

from sagepipe.serving import defaults
from sagepipe.serving.errors import ModelError, describe
from sagepipe.serving.schema import Schema


@dataclass(frozen=True)
class Predictor:
    """The four functions between a request and its answer.

    ``batch`` says that a ``predict`` of one's own looks at each row by itself, so that the rows of
    several requests may be given to it together.
    """

    load: Callable[[Path], Any] = defaults.load
    parse: Callable[[bytes, str, Schema], Any] = defaults.parse
    predict: Callable[[Any, Any], Any] = defaults.predict
    format: Callable[[Any, str], tuple[bytes, str]] = defaults.format
    batch: bool = False


def find(module: str) -> Predictor:
    """Import a predictor module and take the functions that it defines.

    Args:
        module: Its name, such as ``flight_delay.predictor``.

    Returns:
        Its functions, the defaults for those that it leaves out.

    Raises:
        ModelError: The module can't be imported, or one of the four names is not a function,
            or ``batch`` not True or False.
    """
    try:
        imported = import_module(module)
    except Exception as error:
        raise ModelError(f"{module}: {describe(error)}") from error
    defined = vars(imported)
    own = {field.name: defined[field.name] for field in fields(Predictor) if field.name in defined}
    for name, value in own.items():
        if name == "batch":
            if not isinstance(value, bool):
                raise ModelError(f"{module}: batch is {value!r}, not True or False")
        elif not callable(value):
            raise ModelError(f"{module}: {name} is {value!r}, not a function")
    return Predictor(**own)
