"""Dataclasses that cost little to define.

``@dataclass(frozen=True)`` compiles six methods for each class, which was most of what
``import sagepipe.dsl`` took. Of a record only ``__init__`` is compiled, and that when the first
instance is made; the other methods are functions that all records share.
"""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields, make_dataclass
from typing import Any, TypeVar, dataclass_transform, overload

_Class = TypeVar("_Class", bound=type[Any])


@overload
def record(cls: _Class) -> _Class: ...
@overload
def record(*, eq: bool = True, frozen: bool = True) -> Callable[[_Class], _Class]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: _Class | None = None, *, eq: bool = True, frozen: bool = True) -> Any:
    """Make a class a dataclass: ``dataclasses.fields`` and ``replace`` take its instances.

    Args:
        cls: The class.
        eq: Whether instances are compared, hashed and shown by their fields; if not, these methods
            are the class's own or its bases'.
        frozen: Whether fields are set once only, when an instance is made.

    Returns:
        The class, or a decorator where called with options.
    """

    def decorate(plain: _Class) -> _Class:
        own = vars(plain)
        for name, method in ((_FROZEN if frozen else {}) | (_BY_FIELDS if eq else {})).items():
            if own.get(name) is None:  # a class with an __eq__ of its own has None for __hash__
                setattr(plain, name, method)
        dataclass(init=False, eq=False, repr=False)(plain)
        if "__init__" not in own:
            plain.__init__ = _Init(plain)
        return plain

    return decorate if cls is None else decorate(cls)


class _Init:
    """Stands for a record's ``__init__`` until somebody asks for it."""

    def __init__(self, owner: type[Any]) -> None:
        self._owner = owner

    def __get__(self, instance: Any, cls: type[Any]) -> Any:
        owner = self._owner
        known = [(item.name, item.type, item) for item in fields(owner)]
        own = {"__module__": owner.__module__}
        if hasattr(owner, "__post_init__"):
            own["__post_init__"] = owner.__post_init__
        twin = make_dataclass(owner.__name__, known, namespace=own, eq=False, repr=False)
        compiled = vars(twin)["__init__"]
        owner.__init__ = compiled
        return compiled.__get__(instance, cls)


def _set(self: Any, name: str, value: object) -> None:
    if name in self.__dict__ or name not in self.__dataclass_fields__:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    self.__dict__[name] = value


def _delete(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _values(self: Any) -> tuple[Any, ...]:
    return tuple(getattr(self, item.name) for item in fields(self))


def _equal(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _repr(self: Any) -> str:
    shown = ", ".join(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self))
    return f"{type(self).__qualname__}({shown})"


_FROZEN: dict[str, Callable[..., Any]] = {"__setattr__": _set, "__delattr__": _delete}
_BY_FIELDS: dict[str, Callable[..., Any]] = {
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _repr,
}
