"""A request against the shapes of AWS's service model.

botocore's own validator leaves out enums, patterns and maxima, and knows no expressions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sagepipe.compiler.check.definition import Definition, Node
from sagepipe.compiler.check.expressions import is_expression
from sagepipe.compiler.check.finding import Finding, Place, choices, meant, shown
from sagepipe.compiler.check.model import Model, Shape
from sagepipe.compiler.check.patterns import compiled
from sagepipe.compiler.check.properties import STRUCTURED, Fault, Resolved
from sagepipe.compiler.check.references import resolve
from sagepipe.compiler.check.tables import SDK, STRING, TAKES
from sagepipe.contract.language import GET, JOIN

_URI_PATTERN = "(https|s3)://"
_URI_STARTS = ("s3://", "https://")
_PYTHON = {
    "structure": Mapping,
    "map": Mapping,
    "list": list,
    "string": str,
    "integer": int,
    "long": int,
    "float": int | float,
    "double": int | float,
    "boolean": bool,
    "timestamp": str | int | float,
    "blob": str,
}
_NAMES = {"structure": "an object", "map": "an object", "list": "a list", "string": "text"}


@dataclass(frozen=True)
class Request:
    """A step's Arguments, and what they are checked against.

    Attributes:
        model: The service's model.
        operation: The operation's name, for messages.
        node: The step.
        definition: The definition.
    """

    model: Model
    operation: str
    node: Node
    definition: Definition

    def check(self, value: Any, name: str, place: Place, excused: tuple[str, ...] = ()) -> Any:
        """Find what is wrong with a value.

        Args:
            value: The value.
            name: The name of its shape.
            place: Where it stands.
            excused: Members that may be left out although they are required.

        Yields:
            Findings.
        """
        shape = self.model.shape(name)
        kind = shape["type"]
        if is_expression(value):
            yield from self._expression(value, name, shape, place)
        elif not _is(value, kind):
            yield place.finding(
                f"{shown(value)} is no {kind}", self._wanted(shape), self._source(name)
            )
        elif kind == "structure":
            yield from self._structure(value, name, shape, place, excused)
        elif kind == "list":
            yield from self._count(len(value), "entries", name, shape, place)
            for index, item in enumerate(value):
                yield from self.check(item, shape["member"]["shape"], place.at(index))
        elif kind == "map":
            yield from self._count(len(value), "entries", name, shape, place)
            for key, item in value.items():
                yield from self._scalar(key, shape["key"]["shape"], place.at(key), "key ")
                yield from self.check(item, shape["value"]["shape"], place.at(key))
        else:
            yield from self._scalar(value, name, place)

    def _structure(
        self, value: Any, name: str, shape: Shape, place: Place, excused: tuple[str, ...]
    ) -> Iterator[Finding]:
        members = shape["members"]
        given = {key: item for key, item in value.items() if item is not None}
        for key in shape.get("required", ()):
            if key not in given and key not in excused:
                wanted = self._wanted(self.model.shape(members[key]["shape"]))
                yield place.at(key).finding(f"{key} is missing", wanted, self._source(name))
        if shape.get("union") and len(given) > 1:
            yield place.finding(
                f"{', '.join(given)} stand beside each other", "one of them", self._source(name)
            )
        for key, item in given.items():
            if key in members:
                yield from self.check(item, members[key]["shape"], place.at(key))
            else:
                yield place.at(key).finding(
                    f"there is no {key!r}", meant(str(key), members), self._source(name)
                )

    def _scalar(self, value: Any, name: str, place: Place, what: str = "") -> Iterator[Finding]:
        shape = self.model.shape(name)
        source = self._source(name)
        if "enum" in shape:
            if value not in shape["enum"]:
                yield place.finding(
                    f"{what}{shown(value)} is no choice", choices(shape["enum"], value), source
                )
            return
        if isinstance(value, str):
            yield from self._count(len(value), "characters", name, shape, place, what)
            pattern = compiled(shape["pattern"]) if shape.get("pattern") else None
            if pattern and not pattern.fullmatch(value):
                yield place.finding(
                    f"{what}{shown(value)} does not match", f"text like {shape['pattern']}", source
                )
        elif not isinstance(value, bool):
            least, most = shape.get("min"), shape.get("max")
            if (least is not None and value < least) or (most is not None and value > most):
                yield place.finding(f"{value} is out of range", _range(least, most), source)

    def _count(
        self, count: int, unit: str, name: str, shape: Shape, place: Place, what: str = ""
    ) -> Iterator[Finding]:
        least, most = shape.get("min", 0), shape.get("max")
        if count < least or (most is not None and count > most):
            yield place.finding(
                f"{what}it has {count} {unit}", f"{_range(least, most)} {unit}", self._source(name)
            )

    def _expression(
        self, value: Mapping[str, Any], name: str, shape: Shape, place: Place
    ) -> Iterator[Finding]:
        """Check what an expression is known to become."""
        if JOIN in value:
            yield from self._join(value[JOIN], name, shape, place)
            resolved = Resolved(STRING, "a Std:Join")
        elif isinstance(value.get(GET), str):
            try:
                resolved = resolve(value[GET], self.node, self.definition)
            except Fault:
                return  # references.py says it
        else:
            resolved = Resolved(None, "a Std:JsonGet")
        kind = shape["type"]
        what = resolved.what or shown(value.get(GET))
        takes = (kind,) if kind in STRUCTURED else TAKES.get(kind, ())
        scalar = kind in STRUCTURED and resolved.type is None and GET not in value
        if scalar or (takes and resolved.type is not None and resolved.type not in takes):
            got = resolved.type or "a scalar"
            remedy = "; Std:Join makes text of it" if takes == (STRING,) else ""
            yield place.finding(
                f"{what} is {got}, the place takes {' or '.join(takes)}",
                f"a reference of type {' or '.join(takes)}{remedy}",
                f"{SDK}, PipelineVariable.to_string: a reference keeps its type; "
                + self._source(name),
            )
            return
        for known in resolved.values:
            if _is(known, kind):
                for found in self._scalar(known, name, place):
                    yield place.finding(f"{what}: {found.problem}", found.allowed, found.source)

    def _join(self, body: Any, name: str, shape: Shape, place: Place) -> Iterator[Finding]:
        """Check what is known of a joined text: how it starts, and how long it is at least."""
        parts = body.get("Values") if isinstance(body, Mapping) else None
        if not isinstance(parts, list):
            return
        on = str(body.get("On", ""))
        fixed = sum(len(str(part)) for part in parts if not is_expression(part))
        fixed += len(on) * max(0, len(parts) - 1)
        if "max" in shape and fixed > shape["max"]:
            yield from self._count(fixed, "characters or more", name, shape, place)
        if not str(shape.get("pattern", "")).startswith(_URI_PATTERN):
            return
        start = ""
        for index, part in enumerate(parts):
            if is_expression(part):
                break
            start += (on if index else "") + str(part)
        else:
            index = len(parts)
        start += on if 0 < index < len(parts) else ""
        if not any(start.startswith(uri) or uri.startswith(start) for uri in _URI_STARTS):
            yield place.finding(
                f"it begins with {shown(start)}", "s3:// or https://", self._source(name)
            )

    def _wanted(self, shape: Shape) -> str:
        if "enum" in shape:
            return choices(shape["enum"])
        return _NAMES.get(shape["type"], f"a value of type {shape['type']}")

    def _source(self, name: str) -> str:
        return f"{self.operation}, {name} ({self.model.version})"


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _PYTHON[kind])  # type: ignore[arg-type]


def _range(least: Any, most: Any) -> str:
    if most is None:
        return f"{least} or more"
    if least is None:
        return f"{most} or less"
    return f"{least} to {most}" if least != most else str(most)
