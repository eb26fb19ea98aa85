"""The order of the steps: no cycle, and nothing cleaned up before it is there."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.compiler.check.definition import Definition, Node
from sagepipe.compiler.check.expressions import head, references
from sagepipe.compiler.check.finding import Finding, Place, choices, shown
from sagepipe.compiler.check.properties import Fault
from sagepipe.compiler.check.references import step as find
from sagepipe.compiler.check.tables import CLEANED_BY_URI, CLEANED_WHOLE, GUIDE, SDK

_CLEANUP = f"{SDK}, cleanup_step"


def check(definition: Definition) -> Iterator[Finding]:
    """Find cycles, and Cleanup steps that don't wait for what they delete."""
    edges = {name: dict(_upstream(node)) for name, node in definition.steps.items()}
    edges = {
        name: {other: place for other, place in found.items() if other in definition.steps}
        for name, found in edges.items()
    }
    for node in definition.steps.values():
        if node.branches and node.branches[-1][0] in edges:
            edges[node.name].setdefault(node.branches[-1][0], node.place)
        if node.loop in edges:  # the loop waits for what its body refers to outside of it
            for other, place in edges[node.name].items():
                if definition.steps[other].loop != node.loop:
                    edges[node.loop].setdefault(other, place)
    yield from _cycles(edges)
    for node in definition.nodes:
        if node.type == "Cleanup":
            yield from _cleanup(node, edges, definition)


def _upstream(node: Node) -> Iterator[tuple[str, Place]]:
    """List the steps that a step waits for, and where it says so."""
    depends = node.body.get("DependsOn")
    for index, entry in enumerate(depends if isinstance(depends, list) else ()):
        name = entry.get("Step") if isinstance(entry, Mapping) else entry
        if isinstance(name, str):
            yield name, node.place.at("DependsOn", index)
    for key, place, value in node.fields():
        if key != "DependsOn":
            for where, path in references(value, place):
                root, rest = head(path)
                if root == "Steps":
                    yield head(rest.removeprefix("."))[0], where


def _cycles(edges: Mapping[str, Mapping[str, Place]]) -> Iterator[Finding]:
    """Walk the steps depth first, without recursion: there may be thousands in a row."""
    done: set[str] = set()
    for start in edges:
        path: list[str] = []
        on_path: set[str] = set()
        stack: list[tuple[str, bool]] = [(start, True)]
        while stack:
            name, entering = stack.pop()
            if not entering:
                path.pop()
                on_path.discard(name)
                done.add(name)
                continue
            if name in done:
                continue
            path.append(name)
            on_path.add(name)
            stack.append((name, False))
            for other, place in edges[name].items():
                if other in on_path:
                    ring = [*path[path.index(other) :], other]
                    yield Place(name, place.keys).finding(
                        f"steps wait for each other: {' → '.join(ring)}",
                        "steps that wait only for steps before them",
                        f"{GUIDE}, pipeline structure: a directed acyclic graph",
                    )
                elif other not in done:
                    stack.append((other, True))


def _cleanup(
    node: Node, edges: Mapping[str, Mapping[str, Place]], definition: Definition
) -> Iterator[Finding]:
    resources, place = node.arguments.get("Resources"), node.place.at("Arguments", "Resources")
    sources = resources.get("S3") if isinstance(resources, Mapping) else None
    if not isinstance(sources, list) or not sources:
        yield place.finding(f"it is {shown(resources)}", "S3 with one source or more", _CLEANUP)
        return
    for index, source in enumerate(sources):
        yield from _source(source, node, place.at("S3", index), edges, definition)


def _source(
    source: Any,
    node: Node,
    place: Place,
    edges: Mapping[str, Mapping[str, Place]],
    definition: Definition,
) -> Iterator[Finding]:
    name = source.get("StepName") if isinstance(source, Mapping) else None
    if not isinstance(name, str):
        yield place.finding(f"it is {shown(source)}", "StepName and S3Uris", _CLEANUP)
        return
    try:
        target = find(name, node, definition)
    except Fault as fault:
        yield place.at("StepName").finding(*fault.args)
        return
    uris = source.get("S3Uris")
    if target.type not in (*CLEANED_BY_URI, *CLEANED_WHOLE):
        yield place.at("StepName").finding(
            f"{target.type} steps are not cleaned up",
            choices((*CLEANED_BY_URI, *CLEANED_WHOLE)),
            _CLEANUP,
        )
    elif target.type in CLEANED_BY_URI and not (isinstance(uris, list) and uris):
        yield place.at("S3Uris").finding(
            f"a {target.type} step's S3Uris is {shown(uris)}", "one exact URI or more", _CLEANUP
        )
    elif target.type in CLEANED_WHOLE and uris is not None:
        yield place.at("S3Uris").finding(
            f"a {target.type} step has S3Uris", "none: the service finds them", _CLEANUP
        )
    if name not in _all_upstream(node.name, edges):
        yield place.at("StepName").finding(
            f"it does not wait for {name!r}", f"DependsOn {name!r}", _CLEANUP
        )
    if "VpcConfig" in target.arguments or "NetworkConfig" in target.arguments:
        network = target.arguments.get("NetworkConfig")
        if not isinstance(network, Mapping) or network.get("VpcConfig"):
            yield place.at("StepName").finding(
                f"step {name!r} runs in a VPC", "a source without VpcConfig", _CLEANUP
            )


def _all_upstream(name: str, edges: Mapping[str, Mapping[str, Place]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for other in edges.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found
