"""Whether what a definition refers to exists, and can be reached from there."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from sagepipe.compiler.check.definition import Definition, Node
from sagepipe.compiler.check.expressions import head, parse, references, walk
from sagepipe.compiler.check.finding import Finding, Place, meant
from sagepipe.compiler.check.properties import FOR_EACH, ITERATION, Fault, Resolved, follow
from sagepipe.compiler.check.reading import objects, texts
from sagepipe.compiler.check.tables import EXPERIMENT_KEYS, GUIDE, SDK, STRING
from sagepipe.contract.language import CURRENT_ITEM, EXECUTION_VARIABLES, GET, JSON_GET

_ROOTS = ("Parameters", "Execution", "Steps", "PipelineExperimentConfig", "ForEach")
_FILES = "PropertyFiles"


def resolve(path: str, node: Node | None, definition: Definition) -> Resolved:
    """Find what a ``Get`` stands for.

    Args:
        path: What it refers to.
        node: The step that it is in; None outside steps.
        definition: The definition.

    Raises:
        Fault: There is no such value, or not from there.
    """
    root, rest = head(path)
    if root == "Parameters":
        return _parameter(rest.removeprefix("."), definition)
    if root == "Execution":
        return _one_of(rest.removeprefix("."), EXECUTION_VARIABLES, "execution variable")
    if root == "PipelineExperimentConfig":
        return _one_of(rest.removeprefix("."), EXPERIMENT_KEYS, "experiment property")
    if root == "Steps":
        name, after = head(rest.removeprefix("."))
        target = step(name, node, definition)
        tokens = parse(after)
        if tokens is None:
            raise Fault(f"{path!r} is no path", "STEP.MEMBER[0]['NAME']", GUIDE)
        if tokens[:1] == [_FILES]:
            raise Fault(
                f"{path!r} is a file, no value",
                "the PropertyFile of a Std:JsonGet",
                f"{SDK}, functions.JsonGet",
            )
        return follow(target, tokens, definition)
    if path == CURRENT_ITEM or (
        path.startswith(CURRENT_ITEM) and parse(path[len(CURRENT_ITEM) :]) is not None
    ):
        if node is None or node.loop is None:
            raise Fault("there is no current item here", "steps of a ForEachBody", FOR_EACH)
        return Resolved(None)
    if path.startswith(ITERATION):
        raise Fault("rounds can't be compared here", "the Field of a ForEach Selector", FOR_EACH)
    raise Fault(f"{path!r} refers to nothing", "one of " + ", ".join(_ROOTS), GUIDE)


def step(name: str, node: Node | None, definition: Definition) -> Node:
    """Find a step that another one refers to.

    Raises:
        Fault: There is none of that name, or it can't be reached from there.
    """
    target = definition.steps.get(name)
    if target is None:
        raise Fault(f"there is no step {name!r}", meant(name, definition.steps), GUIDE)
    if target.loop is not None and (node is None or node.loop != target.loop):
        raise Fault(
            f"step {name!r} runs once a round of {target.loop!r}",
            f"Steps.{target.loop}.IterationOutputs[0].{name}.PROPERTY",
            FOR_EACH,
        )
    around = node.branches if node else ()
    if target.branches != around[: len(target.branches)]:
        condition, branch = target.branches[-1]
        raise Fault(
            f"step {name!r} stands in the {branch} of {condition!r}, which may never run",
            f"steps of the same {branch}, or steps outside every branch",
            f"{GUIDE}, Condition step: steps of a branch that isn't taken never run",
        )
    return target


def check(definition: Definition) -> Iterator[Finding]:
    """Find references that lead nowhere."""
    experiment = definition.body.get("PipelineExperimentConfig")
    yield from _in(experiment, Place("", ("PipelineExperimentConfig",)), None, definition)
    for node in definition.nodes:
        for key, place, value in node.fields():
            if node.type == "ForEach" and place.keys[-1] == "Selector":
                continue  # loops.py
            if key not in ("Name", "Type", "PropertyFiles"):
                yield from _in(value, place, node, definition)


def _in(
    value: object, place: Place, node: Node | None, definition: Definition
) -> Iterator[Finding]:
    files = set()
    for where, expression in walk(value, place):
        body = expression.get(JSON_GET)
        if isinstance(body, Mapping) and "PropertyFile" in body:
            at = where.at(JSON_GET, "PropertyFile")
            files.add(at)
            file = body["PropertyFile"]
            if isinstance(file, Mapping) and isinstance(file.get(GET), str):
                yield from _fault(at, partial(_file, file[GET], node, definition))
    for where, path in references(value, place):
        if where not in files:
            yield from _fault(where, partial(resolve, path, node, definition))


def _fault(place: Place, attempt: Callable[[], object]) -> Iterator[Finding]:
    try:
        attempt()
    except Fault as fault:
        yield place.finding(*fault.args)


def _file(path: str, node: Node | None, definition: Definition) -> None:
    """Check a reference to a property file.

    Raises:
        Fault: There is none.
    """
    source = f"{SDK}, functions.JsonGet"
    root, rest = head(path)
    name, after = head(rest.removeprefix("."))
    if root != "Steps" or not after.startswith(f".{_FILES}."):
        raise Fault(f"{path!r} is no property file", f"Steps.NAME.{_FILES}.NAME", source)
    target = step(name, node, definition)
    wanted = after.removeprefix(f".{_FILES}.")
    named = texts(objects(target.body, _FILES), "PropertyFileName")
    if wanted not in named:
        raise Fault(
            f"step {name!r} has no property file {wanted!r}",
            meant(wanted, named) if named else "the step declares none",
            source,
        )


def _parameter(name: str, definition: Definition) -> Resolved:
    found = definition.parameters.get(name)
    if found is None:
        raise Fault(f"there is no parameter {name!r}", meant(name, definition.parameters), GUIDE)
    return Resolved(found.type, f"parameter {name!r}", found.values)


def _one_of(name: str, known: tuple[str, ...], what: str) -> Resolved:
    if name not in known:
        raise Fault(f"there is no {what} {name!r}", meant(name, known), GUIDE)
    return Resolved(STRING)
