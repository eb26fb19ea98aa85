"""What a pipeline knows only when it runs, in the place of a job's settings."""

from typing import Any

from sagepipe.dsl.errors import author_error
from sagepipe.dsl.pipelines.values import Constant, LoopItem, ParameterRef, Value


def resolved(name: str, value: Any, expected: type | None) -> tuple[Any, bool]:
    """Take the constant out of what holds one, and refuse what SageMaker can't be given.

    Args:
        name: The setting.
        value: What the author set it to.
        expected: The type of a pipeline parameter in its place, if SageMaker allows one there.

    Returns:
        The value, and whether it is known when the pipeline is compiled.

    Raises:
        DslError: It has to be known, or is of another type.
    """
    if isinstance(value, Constant):
        return value.value, True
    if isinstance(value, Value):
        _check(name, value, expected)
        return value, False
    return value, True


def _check(name: str, value: Value, expected: type | None) -> None:
    if isinstance(value, LoopItem):
        return
    if expected is None:
        raise author_error(
            f"{name} has to be known when the pipeline is compiled, not {value.label}"
        )
    if not (isinstance(value, ParameterRef) and value.type is expected):
        raise author_error(
            f"{name} takes a constant or a pipeline parameter of type {expected.__name__}, "
            f"not {value.label}"
            + (f", a {value.type.__name__}" if isinstance(value, ParameterRef) else "")
        )
