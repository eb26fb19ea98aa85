"""A function's parameters are what ``inspect`` says they are."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from sagepipe.dsl import docstring, parameters
from sagepipe.dsl.parameters import NO_DEFAULT


def plain(a: int, b: str = "b", c: None = None) -> None:
    """Do one thing.

    Over two
        lines.

    Args:
        a: What it is.
        b: What it is
            called.
    """


def by_name(a: int, *, b: int, c: int = 3) -> None: ...


def everything(a: int, /, b: int = 2, *rest: int, c: int = 3, **options: int) -> None: ...


@functools.wraps(plain)
def wrapped(*args: Any, **options: Any) -> None:
    plain(*args, **options)


class Team:
    """What a method is of."""

    def method(self, a: int, b: int = 2) -> None: ...

    @functools.wraps(method)
    def wrapped(self, *args: Any) -> None: ...


@pytest.mark.parametrize(
    "function", [plain, by_name, everything, wrapped, Team().method, Team().wrapped]
)
def test_parameters_are_those_that_inspect_finds(function: Callable[..., Any]) -> None:
    known = inspect.signature(function).parameters.values()
    assert {item.name: (item.default, item.by_name) for item in parameters.read(function)} == {
        item.name: (
            NO_DEFAULT if item.default is item.empty else item.default,
            item.kind in (item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY),
        )
        for item in known
    }


def test_descriptions_are_read_off_the_docstring() -> None:
    assert docstring.summary(plain) == "Do one thing."
    assert docstring.arguments(plain) == {"a": "What it is.", "b": "What it is called."}
    assert docstring.summary(by_name) == ""
