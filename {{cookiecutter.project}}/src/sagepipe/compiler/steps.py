"""Nodes of the graph as steps of the definition."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sagepipe.compiler import models, processing, training
from sagepipe.compiler.conditions import conditions
from sagepipe.compiler.context import Context
from sagepipe.compiler.expressions import Json, expression, file_uri, get, plain, text
from sagepipe.contract import properties
from sagepipe.contract.language import CALL_FAULTS, JOB_FAULTS
from sagepipe.dsl import Component, DslError, Task
from sagepipe.dsl.pipelines.branches import ConditionNode
from sagepipe.dsl.pipelines.cleanup import Cleanup
from sagepipe.dsl.pipelines.custom import CustomStep
from sagepipe.dsl.pipelines.fail import Fail
from sagepipe.dsl.pipelines.loops import ForEach
from sagepipe.dsl.pipelines.references import ArtifactFile
from sagepipe.dsl.pipelines.registration import RegisterModel
from sagepipe.dsl.pipelines.step import Step
from sagepipe.dsl.pipelines.transform import CreateModel, Transform
from sagepipe.dsl.pipelines.tuning import Tune
from sagepipe.dsl.spec import ComponentSpec


def step(node: Step, context: Context) -> Json:
    """Write one node.

    Args:
        node: A node of the traced graph.
        context: Where it is written.

    Returns:
        The step.

    Raises:
        DslError: SageMaker could not run it as written.
    """
    type_, arguments = _TYPES[type(node)]
    written: dict[str, Json] = {"Name": node.name, "Type": type_ or _type(node)}
    written |= arguments(node, context)
    if node.display_name:
        written["DisplayName"] = node.display_name
    if description := node.description or _summary(node):
        written["Description"] = description
    if node.upstream:
        written["DependsOn"] = [
            other.name if trigger == "Completed" else {"Step": other.name, "Trigger": trigger}
            for other, trigger in node.upstream.items()
        ]
    if node.caching:
        written["CacheConfig"] = {"Enabled": True}
        if node.caching.expire_after:
            written["CacheConfig"]["ExpireAfter"] = node.caching.expire_after
    if node.retry:
        written["RetryPolicies"] = [_retry(node, kinds) for kinds in _faults(node)]
    return written


def _type(node: Step) -> str:
    if isinstance(node, CustomStep):
        return node.type
    return "Training" if isinstance(node, Task) and node.spec.kind == "training" else "Processing"


def _summary(node: Step) -> str:
    return node.spec.description if isinstance(node, Task) else ""


def _check_importable(spec: ComponentSpec) -> None:
    """Refuse a component whose job would not find it by module and name, or would find another."""
    module, _, name = spec.entrypoint.partition(":")
    if module == "__main__":
        raise DslError(
            f"component {spec.name!r} is defined in a notebook or a script that is being run; "
            "its job imports it by module and name: move it to a module",
            spec.source,
        )
    if module not in sys.modules:
        return
    found = getattr(sys.modules[module], name, None)
    if not isinstance(found, Component):
        raise DslError(
            f"component {spec.name!r}: its job imports it as {spec.entrypoint}, which is "
            f"{'no component' if found else 'not there'}; put @dsl.component above the function",
            spec.source,
        )
    if found.spec.source != spec.source:
        raise DslError(
            f"two components of module {module!r} are called {name!r} (the other is at "
            f"{found.spec.source}); the job would run that one: rename one of them",
            spec.source,
        )


def _task(node: Any, context: Context) -> Json:
    _check_importable(node.spec)
    if node.spec.kind == "training":
        return {"Arguments": training.arguments(node, context)}
    files = processing.property_files(node)
    return {
        "Arguments": processing.arguments(node, context),
        **({"PropertyFiles": files} if files else {}),
    }


def _tune(node: Any, context: Context) -> Json:
    _check_importable(node.spec)
    return {"Arguments": training.tuning(node, context)}


def _condition(node: Any, context: Context) -> Json:
    otherwise = node.otherwise.nodes if node.otherwise else []
    return {
        "Arguments": {
            "Conditions": conditions(node.condition),
            "IfSteps": [step(inner, context) for inner in node.then.nodes],
            "ElseSteps": [step(inner, context) for inner in otherwise],
        }
    }


def _for_each(node: Any, context: Context) -> Json:
    inside = replace(context, in_loop=True)
    arguments: dict[str, Json] = {
        "IterableItems": expression(node.items),
        "MaxConcurrency": node.concurrency,
        "ForEachBody": [step(inner, inside) for inner in node.body.nodes],
    }
    if node.by is not None:
        metric = properties.final_metric(".".join(map(str, node.by.path)))
        field = get(f"IterationOutput.{node.by.step.name}.{metric}")
        arguments["Selector"] = {"Pick": node.pick, "Field": field}
    return {"Arguments": arguments}


def _cleanup(node: Any, context: Context) -> Json:
    sources: dict[str, dict[str, Json]] = {}
    for item in node.sources:
        source = item.artifact.step if isinstance(item, ArtifactFile) else item
        if isinstance(source, Task) and context.resources(source, source.resources).subnets:
            raise DslError(
                f"{node.name!r}: {source.name!r} runs in a VPC, and SageMaker's Cleanup step takes "
                "no such source; delete its data with a lifecycle rule of the bucket",
                node.location,
            )
        if isinstance(item, ArtifactFile):
            name = item.artifact.step.name
            sources.setdefault(name, {"StepName": name}).setdefault("S3Uris", []).append(
                file_uri(item)
            )
        else:
            sources[item.name] = {"StepName": item.name}
    return {"Arguments": {"Resources": {"S3": list(sources.values())}}}


def _faults(node: Step) -> list[list[str]]:
    """List the faults of the infrastructure that a step of this kind can meet."""
    kinds = [CALL_FAULTS, JOB_FAULTS] if isinstance(node, Task | Transform) else [CALL_FAULTS]
    return [list(kind) for kind in kinds]


def _retry(node: Step, kinds: list[str]) -> Json:
    assert node.retry is not None
    return {
        "ExceptionType": kinds,
        "IntervalSeconds": node.retry.interval_seconds,
        "BackoffRate": node.retry.backoff_rate,
        "MaxAttempts": node.retry.max_attempts,
    }


def _of(write: Callable[[Any, Context], Json]) -> Callable[[Any, Context], Json]:
    return lambda node, context: {"Arguments": write(node, context)}


_TYPES: dict[type[Step], tuple[str, Callable[[Any, Context], Json]]] = {
    Task: ("", _task),
    Tune: ("Tuning", _tune),
    ConditionNode: ("Condition", _condition),
    ForEach: ("ForEach", _for_each),
    CreateModel: ("Model", _of(models.create)),
    RegisterModel: ("RegisterModel", _of(models.register)),
    Transform: ("Transform", _of(models.transform)),
    Cleanup: ("Cleanup", _cleanup),
    Fail: ("Fail", lambda node, _: {"Arguments": {"ErrorMessage": text(node.message)}}),
    CustomStep: ("", lambda node, _: plain(node.request)),
}
