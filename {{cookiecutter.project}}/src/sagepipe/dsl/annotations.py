"""Annotations of parameters and artifacts, read."""

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from sagepipe.dsl import wire
from sagepipe.dsl.artifacts import INPUT, OUTPUT, Artifact, Direction
from sagepipe.dsl.errors import DslError, Location
from sagepipe.dsl.record import record


@record
class Hint:
    """What an annotation says.

    Attributes:
        type: An artifact type, or one of ``wire.PARAMETER_TYPES``.
        direction: ``INPUT`` or ``OUTPUT`` of an artifact; ``None`` for a parameter.
        optional: Whether ``None`` is allowed.
        choices: The values that ``Literal`` allows; empty where any will do.
        many: Whether it is a list of artifacts.
    """

    type: Any
    direction: Direction | None = None
    optional: bool = False
    choices: tuple[Any, ...] = ()
    many: bool = False


def read(hint: Any, where: str, location: Location) -> Hint:
    """Read an annotation.

    Args:
        hint: What ``typing.get_type_hints(…, include_extras=True)`` gives.
        where: What is annotated, for messages.
        location: Where, for messages.

    Raises:
        DslError: It is nothing that a job can take.
    """
    inner, optional = _without_none(hint)
    if get_origin(inner) is Annotated:
        type_, *marks = get_args(inner)
        direction = next((mark for mark in marks if mark in (INPUT, OUTPUT)), None)
        if direction is not None:
            return _artifact(type_, direction, optional, where, location)
        inner, nested = _without_none(type_)
        optional = optional or nested
    if isinstance(inner, type) and issubclass(inner, Artifact):
        raise DslError(
            f"{where} is a {inner.__name__}: say Input[{inner.__name__}] or "
            f"Output[{inner.__name__}]",
            location,
        )
    if get_origin(inner) is Literal:
        choices = get_args(inner)
        kinds = {type(choice) for choice in choices}
        if len(kinds) != 1 or not kinds <= {str, int, float, bool}:
            raise DslError(
                f"{where}: the values of a Literal have to be of one scalar type", location
            )
        return Hint(kinds.pop(), optional=optional, choices=choices)
    plain = get_origin(inner) or inner
    if plain not in wire.PARAMETER_TYPES:
        raise DslError(
            f"{where} is of type {_name(hint)}; a parameter is one of "
            f"{', '.join(type_.__name__ for type_ in wire.PARAMETER_TYPES)}, a Literal of them, or "
            "one of these | None; anything else goes through a file: Output[...], Input[...]",
            location,
        )
    return Hint(plain, optional=optional)


def _artifact(
    type_: Any, direction: Direction, optional: bool, where: str, location: Location
) -> Hint:
    many = get_origin(type_) is list
    if many:
        (type_,) = get_args(type_)
        if direction is OUTPUT:
            raise DslError(f"{where}: a job's outputs are fixed; name each one", location)
    if not (isinstance(type_, type) and issubclass(type_, Artifact)):
        raise DslError(
            f"{where}: {direction}[...] takes an artifact type such as Dataset, not {_name(type_)}",
            location,
        )
    return Hint(type_, direction, optional, many=many)


def _without_none(hint: Any) -> tuple[Any, bool]:
    """Take ``None`` out of ``X | None``."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    others = tuple(item for item in get_args(hint) if item is not types.NoneType)
    return (others[0], True) if len(others) == 1 else (hint, False)


def _name(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) else str(hint).replace("typing.", "")
