"""A step's Arguments: against the API's request, then against what no model says."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.compiler.check import rules
from sagepipe.compiler.check.definition import Definition, Node
from sagepipe.compiler.check.finding import Finding, Place, meant, shown
from sagepipe.compiler.check.model import load
from sagepipe.compiler.check.shapes import Request
from sagepipe.compiler.check.tables import SDK

_LINEAGE = {"Actions": "CreateAction", "Artifacts": "CreateArtifact", "Contexts": "CreateContext"}


def check(node: Node, definition: Definition) -> Iterator[Finding]:
    """Find what is wrong with a step's Arguments."""
    place = node.place.at("Arguments")
    described = node.described
    if described.request and node.arguments:
        operation = described.request
        if operation == "CreateAutoMLJob" and "AutoMLJobInputDataConfig" in node.arguments:
            operation = "CreateAutoMLJobV2"
        yield from _request(node, definition, operation, node.arguments, place, described.excused)
    elif described.request and isinstance(node.body.get("Arguments"), Mapping):
        yield place.finding("it is empty", f"a {described.request} request", described.request)
    if node.type == "Lineage":
        yield from _lineage(node, definition, place)
    elif node.type == "EMR":
        yield from _emr(node, definition, place)
    elif node.type == "EMRServerless":
        yield from _emr_serverless(node, definition, place)
    if node.arguments:
        yield from rules.check(node)


def _request(
    node: Node,
    definition: Definition,
    operation: str,
    value: Any,
    place: Place,
    excused: tuple[str, ...],
) -> Iterator[Finding]:
    model = load(node.described.service)
    request = Request(model, operation, node, definition)
    yield from request.check(value, model.request(operation), place, excused)


def _lineage(node: Node, definition: Definition, place: Place) -> Iterator[Finding]:
    source = f"{SDK}, lineage_step"
    known = (*_LINEAGE, "Associations")
    for key, entries in node.arguments.items():
        if key not in known or not isinstance(entries, list):
            yield place.at(key).finding(f"{key!r} is {shown(entries)}", meant(key, known), source)
        elif key in _LINEAGE:
            for index, entry in enumerate(entries):
                where = place.at(key, index)
                yield from _request(node, definition, _LINEAGE[key], entry, where, ())
    if not any(node.arguments.get(key) for key in known):
        yield place.finding("it makes nothing", "an entity or an association", source)


def _emr(node: Node, definition: Definition, place: Place) -> Iterator[Finding]:
    source = f"{SDK}, emr_step"
    known = ("StepConfig", "ClusterId", "ClusterConfig", "ExecutionRoleArn")
    arguments = node.arguments
    for key in arguments:
        if key not in known:
            yield place.at(key).finding(f"there is no {key!r}", meant(key, known), source)
    if ("ClusterId" in arguments) == ("ClusterConfig" in arguments):
        yield place.finding(
            "it has both a cluster and one to make"
            if "ClusterId" in arguments
            else "it has no cluster",
            "either ClusterId or ClusterConfig",
            source,
        )
    if "ExecutionRoleArn" in arguments and "ClusterId" not in arguments:
        yield place.at("ExecutionRoleArn").finding(
            "there is no cluster to run under it", "ExecutionRoleArn beside ClusterId", source
        )
    request = Request(load("emr"), "AddJobFlowSteps", node, definition)
    if arguments.get("StepConfig") is None:
        yield place.at("StepConfig").finding("StepConfig is missing", "an object", source)
    else:
        yield from request.check(
            arguments["StepConfig"], "StepConfig", place.at("StepConfig"), ("Name",)
        )
    cluster = arguments.get("ClusterConfig")
    if isinstance(cluster, Mapping):
        where = place.at("ClusterConfig")
        request = Request(load("emr"), "RunJobFlow", node, definition)
        yield from request.check(cluster, "RunJobFlowInput", where, ("Name",))
        for key in ("Name", "Steps", "AutoTerminationPolicy"):
            if key in cluster:
                yield where.at(key).finding(f"pipelines set {key}", "nothing", source)


def _emr_serverless(node: Node, definition: Definition, place: Place) -> Iterator[Finding]:
    source = f"{SDK}, emr_serverless_step"
    arguments = node.arguments
    known = ("ExecutionRoleArn", "JobConfig", "ApplicationId", "ApplicationConfig")
    for key in arguments:
        if key not in known:
            yield place.at(key).finding(f"there is no {key!r}", meant(key, known), source)
    if ("ApplicationId" in arguments) == ("ApplicationConfig" in arguments):
        yield place.finding(
            "it names no one application", "either ApplicationId or ApplicationConfig", source
        )
    if isinstance(arguments.get("JobConfig"), Mapping):
        excused = ("applicationId", "clientToken", "executionRoleArn")
        yield from _request(
            node,
            definition,
            "StartJobRun",
            arguments["JobConfig"],
            place.at("JobConfig"),
            excused,
        )
    else:
        yield place.at("JobConfig").finding("JobConfig is missing", "an object", source)
