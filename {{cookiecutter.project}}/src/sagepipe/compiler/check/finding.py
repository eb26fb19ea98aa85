"""What a check finds, and where."""

from collections.abc import Iterable
from dataclasses import dataclass

from sagepipe.compiler.reading import segment


@dataclass(frozen=True)
class Finding:
    """One mistake in a definition.

    Attributes:
        step: The step that it is in; empty for the definition itself.
        path: Where, as a JSON path from the definition's root.
        problem: What is wrong.
        allowed: What would be right.
        source: Where the rule is written.
    """

    step: str
    path: str
    problem: str
    allowed: str
    source: str


@dataclass(frozen=True)
class Place:
    """A place in a definition.

    Attributes:
        step: The step that it is in; empty for the definition itself.
        keys: The keys and indices that lead there from the root.
    """

    step: str = ""
    keys: tuple[str | int, ...] = ()

    def at(self, *keys: str | int) -> "Place":
        """Go further in."""
        return Place(self.step, self.keys + keys)

    def finding(self, problem: str, allowed: str, source: str) -> Finding:
        """Say what is wrong here."""
        return Finding(self.step, self.path, problem, allowed, source)

    @property
    def path(self) -> str:
        """The JSON path, such as ``$.Steps[0].Arguments.Environment['a b']``."""
        return "$" + "".join(segment(key) for key in self.keys)


def shown(value: object, longest: int = 60) -> str:
    """Write a value for a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= longest else f"{text[:longest]}…"


def choices(values: Iterable[object], given: object = None, most: int = 12) -> str:
    """Write what can be chosen: all of it, or what comes closest to what was given."""
    known = [str(value) for value in values]
    if len(known) <= most:
        return "one of " + ", ".join(known) if known else "none"
    import difflib

    near = difflib.get_close_matches(str(given), known, n=5) or known[:5]
    return f"one of {len(known)}, such as {', '.join(near)}"


def meant(given: str, known: Iterable[str]) -> str:
    """Write the name that was probably meant, or all that there are."""
    import difflib

    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(given.lower(), list(names), n=1)
    return f"{names[near[0]]} is the nearest name" if near else choices(sorted(names.values()))
