"""Dataclasses that cost little to define, and nothing to import.

``@dataclass(frozen=True)`` compiles six methods for each class, which was most of what
``import sagepipe.dsl`` took, and ``dataclasses`` imports ``inspect``, a fifth of what a job's start
takes. Of a record only ``__init__`` is compiled, and that when the first instance is made; the
other methods are functions that all records share. It is made a dataclass when somebody first asks
for what only dataclasses have, or where one of its fields is a ``field(...)``.
"""

from collections.abc import Callable
from typing import Any, TypeVar, dataclass_transform, overload

_Class = TypeVar("_Class", bound=type[Any])


def field(**options: Any) -> Any:
    """Say more of a field than its default; see ``dataclasses.field``."""
    import dataclasses

    return dataclasses.field(**options)


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
        inherited = (vars(base).get(_HINTS, {}) for base in reversed(plain.__mro__[1:]))
        hints = {name: hint for found in inherited for name, hint in found.items()}
        written: dict[str, Any] = plain.__annotations__
        hints |= {name: hint for name, hint in written.items() if "ClassVar" not in str(hint)}
        setattr(plain, _HINTS, hints)
        for name in _DATACLASS:
            setattr(plain, name, _Later(plain, name))
        if "__init__" not in own:
            plain.__init__ = _Init(plain)
        return plain

    return decorate if cls is None else decorate(cls)


def names(cls: type[Any]) -> tuple[str, ...]:
    """List the fields of a record."""
    return tuple(getattr(cls, _HINTS))


class _Later:
    """Stands for what ``dataclass`` adds to a class until somebody asks for it."""

    def __init__(self, owner: type[Any], name: str) -> None:
        self._owner = owner
        self._name = name

    def __get__(self, instance: Any, cls: type[Any]) -> Any:
        from dataclasses import dataclass

        for name in _DATACLASS:
            delattr(self._owner, name)
        dataclass(init=False, eq=False, repr=False)(self._owner)
        return getattr(self._owner, self._name)


class _Init:
    """Stands for a record's ``__init__`` until somebody asks for it."""

    def __init__(self, owner: type[Any]) -> None:
        self._owner = owner

    def __get__(self, instance: Any, cls: type[Any]) -> Any:
        compiled = _compiled(self._owner)
        self._owner.__init__ = compiled
        return compiled.__get__(instance, cls)


def _compiled(owner: type[Any]) -> Any:
    hints = getattr(owner, _HINTS)
    defaults = {name: getattr(owner, name) for name in hints if hasattr(owner, name)}
    if _is_dataclass(owner) or any(hasattr(type(value), _FACTORY) for value in defaults.values()):
        return _compiled_by_dataclass(owner)
    taken = (f"{name}=_defaults[{name!r}]" if name in defaults else name for name in hints)
    kept = (f"{name}={name}" for name in hints)
    checked = "; self.__post_init__()" if hasattr(owner, "__post_init__") else ""
    made: dict[str, Any] = {}
    exec(
        f"def __init__(self, {', '.join(taken)}): self.__dict__.update({', '.join(kept)}){checked}",
        {"__name__": __name__, "_defaults": defaults},
        made,
    )
    compiled = made["__init__"]
    compiled.__qualname__ = f"{owner.__qualname__}.__init__"
    compiled.__annotations__ = {**hints, "return": None}
    return compiled


def _compiled_by_dataclass(owner: type[Any]) -> Any:
    from dataclasses import fields, make_dataclass

    known = [(item.name, item.type, item) for item in fields(owner)]
    own = {"__module__": owner.__module__}
    if hasattr(owner, "__post_init__"):
        own["__post_init__"] = owner.__post_init__
    twin = make_dataclass(owner.__name__, known, namespace=own, eq=False, repr=False)
    return vars(twin)["__init__"]


def _is_dataclass(owner: type[Any]) -> bool:
    """Say whether a record or a base has become a dataclass: a ``field(...)`` is gone then."""
    records = (vars(base) for base in owner.__mro__ if _HINTS in vars(base))
    return any(not isinstance(own[_FIELDS], _Later) for own in records)


def _set(self: Any, name: str, value: object) -> None:
    if name in self.__dict__ or name not in names(type(self)):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot assign to field {name!r}")
    self.__dict__[name] = value


def _delete(self: Any, name: str) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _values(self: Any) -> tuple[Any, ...]:
    return tuple(getattr(self, name) for name in names(type(self)))


def _equal(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _repr(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names(type(self)))
    return f"{type(self).__qualname__}({shown})"


_HINTS = "__record_fields__"  # of each record: its fields' annotations by name
_FIELDS = "__dataclass_fields__"
_FACTORY = "default_factory"  # what a ``field(...)`` has, and no other default
_DATACLASS = (_FIELDS, "__match_args__")
_FROZEN: dict[str, Callable[..., Any]] = {"__setattr__": _set, "__delattr__": _delete}
_BY_FIELDS: dict[str, Callable[..., Any]] = {
    "__eq__": _equal,
    "__hash__": _hash,
    "__repr__": _repr,
}
