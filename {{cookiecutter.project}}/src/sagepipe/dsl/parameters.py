"""A function's parameters, read off its code: ``inspect``, which could tell, is slow to import."""

from collections.abc import Callable, Iterator
from typing import Any

from sagepipe.dsl.record import record

NO_DEFAULT = object()
_TAKES_MORE = 0x04 | 0x08  # inspect.CO_VARARGS, inspect.CO_VARKEYWORDS


@record
class Parameter:
    """A parameter of a function.

    Attributes:
        name: Its name.
        default: What it is where none is given, or ``NO_DEFAULT``.
        by_name: Whether it can be given by its name: not so ``*args``, ``**options`` and what
            stands before a ``/``.
    """

    name: str
    default: Any = NO_DEFAULT
    by_name: bool = True


def read(function: Callable[..., Any]) -> Iterator[Parameter]:
    """Read a function's parameters.

    Args:
        function: The function; one that a decorator has wrapped (``functools.wraps``) has the
            parameters of the author's own, a method of an object all but the object.

    Yields:
        Each of them, in their order but for ``*args``, which come late.
    """
    first = 1 if hasattr(function, "__self__") else 0
    while wrapped := getattr(function, "__wrapped__", None):
        function = wrapped
    code = function.__code__
    named = code.co_argcount + code.co_kwonlyargcount
    given = code.co_varnames[: code.co_argcount]
    values = function.__defaults__ or ()  # type: ignore[attr-defined]
    defaults = dict(zip(given[len(given) - len(values) :], values, strict=True))
    defaults |= function.__kwdefaults__ or {}  # type: ignore[attr-defined]
    for place, name in enumerate(code.co_varnames[first:named], start=first):
        by_name = place >= code.co_posonlyargcount
        yield Parameter(name, defaults.get(name, NO_DEFAULT), by_name)
    more = (code.co_flags & _TAKES_MORE).bit_count()
    for name in code.co_varnames[named : named + more]:
        yield Parameter(name, by_name=False)
