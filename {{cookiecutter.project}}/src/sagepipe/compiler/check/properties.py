"""What a step's properties are: the members of the responses that describe its job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagepipe.compiler.check.definition import BODY, Definition, Node
from sagepipe.compiler.check.expressions import Index, Token, head, is_expression, parse
from sagepipe.compiler.check.finding import choices, meant
from sagepipe.compiler.check.model import Model, load
from sagepipe.compiler.check.reading import entry, obj, objects, texts
from sagepipe.compiler.check.tables import GIVES, GUIDE, KEYED, NAMED, SDK, UNDESCRIBED

FOR_EACH = f"{SDK}, for_each_step"
ITERATION = "IterationOutput."
STRUCTURED = ("structure", "list", "map")


class Fault(Exception):
    """A reference to what isn't there: the problem, what is allowed, and the source."""


@dataclass(frozen=True)
class Resolved:
    """What a reference stands for.

    Attributes:
        type: String, Integer, Float, Boolean, structure, list or map; None: not known.
        what: Its name for a message.
        values: Values that it is known to take.
    """

    type: str | None
    what: str = ""
    values: tuple[Any, ...] = ()


def follow(node: Node, tokens: Sequence[Token], definition: Definition) -> Resolved:
    """Follow a path into a step's properties.

    Raises:
        Fault: There is no such property.
    """
    described = node.described
    if described.no_properties:
        raise Fault(f"step {node.name!r} has no properties", f"{node.type} steps give none", GUIDE)
    if node.type in UNDESCRIBED or not node.type:
        return Resolved(None)
    if not tokens or not isinstance(tokens[0], str) or isinstance(tokens[0], Index):
        raise Fault(f"no property of step {node.name!r} is named", "Steps.NAME.PROPERTY", GUIDE)
    if node.type == "ForEach" and tokens[0] in ("IterationOutputs", "Selected"):
        return _of_rounds(node, tokens, definition)
    if node.type in ("Lambda", "Callback"):
        return _declared(node, tokens)
    if tokens[0] in described.own_properties:
        return Resolved(described.own_properties[tokens[0]] if len(tokens) == 1 else None)
    if not described.properties and not described.shapes:
        raise Fault(
            f"step {node.name!r} has no property {tokens[0]!r}",
            meant(tokens[0], known(node)),
            f"{SDK}, {node.type} step",
        )
    model = load(described.service)
    shapes = [model.response(operation) for operation in described.properties]
    return _members(model, (*shapes, *described.shapes), node, tokens)


def known(node: Node) -> list[str]:
    """List a step's properties."""
    found = list(node.described.own_properties)
    if node.type == "ForEach":
        found += ["IterationOutputs", "Selected"]
    return found


def selector(node: Node, definition: Definition) -> tuple[Node, Sequence[Token]]:
    """Find what a ForEach step's selector compares.

    Returns:
        The body step, and the path into its properties.

    Raises:
        Fault: The selector names none.
    """
    path = entry(node.arguments, "Selector", "Field", "Get")
    inside = _inside(node, definition)
    allowed = "IterationOutput.STEP.PROPERTY, where STEP is " + choices(inside)
    if not isinstance(path, str) or not path.startswith(ITERATION):
        raise Fault("it refers to no output of a round", allowed, FOR_EACH)
    name, rest = head(path.removeprefix(ITERATION))
    tokens = parse(rest)
    if name not in inside:
        raise Fault(f"{name!r} is no step of the body", allowed, FOR_EACH)
    if not tokens:
        raise Fault(f"no property of step {name!r} is named", allowed, FOR_EACH)
    return inside[name], tokens


def _inside(node: Node, definition: Definition) -> dict[str, Node]:
    names = texts(objects(node.arguments, BODY), "Name")
    return {name: definition.steps[name] for name in names if name in definition.steps}


def _of_rounds(node: Node, tokens: Sequence[Token], definition: Definition) -> Resolved:
    if tokens[0] == "Selected":
        if not isinstance(node.arguments.get("Selector"), Mapping):
            raise Fault(
                f"ForEach step {node.name!r} selects nothing", "Selected needs a Selector", FOR_EACH
            )
        chosen, _ = selector(node, definition)
        return follow(chosen, tokens[1:], definition)
    inside = _inside(node, definition)
    allowed = "IterationOutputs[INDEX].STEP.PROPERTY, where STEP is " + choices(inside)
    if len(tokens) < 3 or not isinstance(tokens[1], int) or tokens[2] not in inside:
        raise Fault(f"no output of a round of {node.name!r} is named", allowed, FOR_EACH)
    items = node.arguments.get("IterableItems")
    if isinstance(items, list) and tokens[1] >= len(items):
        raise Fault(
            f"ForEach step {node.name!r} has no round {tokens[1]}",
            f"0 to {len(items) - 1}",
            FOR_EACH,
        )
    return follow(inside[str(tokens[2])], tokens[3:], definition)


def _declared(node: Node, tokens: Sequence[Token]) -> Resolved:
    """Follow a path into what a Lambda or Callback step says that it gives."""
    outputs = objects(node.body, "OutputParameters")
    named = [item for item in outputs if isinstance(item.get("OutputName"), str)]
    names = {item["OutputName"]: item.get("OutputType") for item in named}
    source = f"{SDK}, {node.type.lower()}_step"
    allowed = "OutputParameters['NAME'], where NAME is " + choices(names)
    if tokens[0] != "OutputParameters" or len(tokens) != 2:
        raise Fault(f"no output of step {node.name!r} is named", allowed, source)
    if tokens[1] not in names:
        raise Fault(f"step {node.name!r} has no output {tokens[1]!r}", allowed, source)
    type_ = names[tokens[1]]
    return Resolved(type_ if isinstance(type_, str) and type_ in GIVES.values() else None)


def _members(model: Model, shapes: Sequence[str], node: Node, tokens: Sequence[Token]) -> Resolved:
    """Walk the shapes of a service along a path."""
    first = str(tokens[0])
    root = next((name for name in shapes if first in model.shape(name)["members"]), shapes[0])
    name, passed = root, ""
    for token in tokens:
        shape = model.shape(name)
        source = f"{root}, {name} ({model.version})"
        if shape["type"] == "structure":
            members = shape["members"]
            if token not in members:
                every = [key for item in shapes for key in model.shape(item)["members"]]
                raise Fault(
                    f"step {node.name!r} has no property {_joined(passed, token)!r}",
                    meant(str(token), every if name == root else members),
                    source,
                )
            name, passed = members[token]["shape"], _joined(passed, token)
        elif shape["type"] == "list":
            _item(node, passed, token, source)
            name = shape["member"]["shape"]
        elif shape["type"] == "map":
            _entry(node, passed, token, source)
            name = shape["value"]["shape"]
        elif passed == "JobConfigDocument":  # text of JSON, into which a path may go on
            return Resolved(None)
        else:
            raise Fault(
                f"{passed} of step {node.name!r} has no member {token!r}",
                "nothing below it",
                source,
            )
    kind = model.shape(name)["type"]
    return Resolved(kind if kind in STRUCTURED else GIVES.get(kind))


def _joined(passed: str, token: Token) -> str:
    return f"{passed}.{token}" if passed else str(token)


def _item(node: Node, path: str, token: Token, source: str) -> None:
    """Check an index of a list against what the step's request holds."""
    if isinstance(token, str) and not isinstance(token, Index):
        raise Fault(f"{path} of step {node.name!r} is a list", f"{path}[0].{token}", source)
    where, key, copied = NAMED.get(path, ("", "", False))
    if not where:
        return
    entries = entry(node.arguments, *where.split("."))
    if entries is None and not copied:
        return
    entries = entries if isinstance(entries, list) else []
    if isinstance(token, int):
        if copied and token >= len(entries):
            raise Fault(
                f"step {node.name!r} has {len(entries)} entries in {where}",
                f"0 to {len(entries) - 1}" if entries else "none",
                source,
            )
        return
    names = [item.get(key) for item in entries if isinstance(item, Mapping)]
    if token not in names and not any(is_expression(name) for name in names):
        raise Fault(
            f"step {node.name!r} has no {token!r} in {where}", choices(names, token), source
        )


def _entry(node: Node, path: str, token: Token, source: str) -> None:
    """Check a key of a map against what the step's request holds."""
    if isinstance(token, int):
        raise Fault(f"{path} of step {node.name!r} is no list", f"{path}['NAME']", source)
    entries = obj(node.arguments, path)
    if path in KEYED and token not in entries:
        raise Fault(
            f"step {node.name!r} has no {token!r} in {path}", choices(entries, token), source
        )
