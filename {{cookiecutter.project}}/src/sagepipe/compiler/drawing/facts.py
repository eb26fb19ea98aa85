"""What there is to say about a step: its machine, what goes in, what comes out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sagepipe.compiler import words
from sagepipe.compiler.reading import Step
from sagepipe.contract import names

# Longer values are cut, as pages are for reading; the definition has them whole.
_LONGEST = 400
_TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True)
class Fact:
    """One line or a few.

    Attributes:
        label: What it is about.
        lines: Name and value; the name is empty where there is nothing to tell apart.
    """

    label: str
    lines: tuple[tuple[str, str], ...]


def facts(step: Step) -> list[Fact]:
    """Collect what a person wants to know of a step.

    Args:
        step: A step of any definition.

    Returns:
        The facts that it has, the most telling first.
    """
    every = [
        _fact("Description", [("", _scalar(step.raw.get("Description")))]),
        _fact("Type", [("", step.type)]),
        _fact("Component", [("", component(step))]),
        _fact("Asks", [("", words.conditions(step.arguments.get("Conditions")))]),
        _fact("Message", [("", _scalar(step.arguments.get("ErrorMessage")))]),
        _fact("Instance", [("", instance(step))]),
        _fact("Inputs", _inputs(step)),
        _fact("Outputs", _outputs(step)),
        _fact("Parameters", _parameters(step)),
        _fact("Loop", _loop(step)),
        _fact("Waits for", _depends_on(step)),
        _fact("Cache", _cache(step)),
        _fact("Retry", _retry(step)),
    ]
    return [fact for fact in every if fact.lines]


def component(step: Step) -> str:
    """Name the function that a job runs, if this library wrote the job."""
    arguments = step.arguments
    listed = _get(arguments, "AppSpecification", "ContainerArguments")
    entrypoint = _get(arguments, "AppSpecification", "ContainerEntrypoint")
    if _ours(entrypoint) and isinstance(listed, list) and listed:
        return words.expression(listed[0])
    for place in (arguments, _get(arguments, "TrainingJobDefinition")):
        found = _get(place, "Environment", names.COMPONENT_VARIABLE)
        if found is not None:
            return words.expression(found)
    return ""


def instance(step: Step) -> str:
    """Write a job's machines: their type, how many if several, their disks."""
    arguments = step.arguments
    for place in (
        _get(arguments, "ProcessingResources", "ClusterConfig"),
        _get(arguments, "ResourceConfig"),
        _get(arguments, "TrainingJobDefinition", "ResourceConfig"),
        _get(arguments, "TransformResources"),
    ):
        kind = _get(place, "InstanceType")
        if kind is None:
            continue
        count = _get(place, "InstanceCount")
        volume = _get(place, "VolumeSizeInGB")
        many = "" if count in (None, 1) else f" {_TIMES} {words.expression(count)}"
        return (
            words.expression(kind) + many + (f", {words.expression(volume)} GB" if volume else "")
        )
    return ""


def _inputs(step: Step) -> Iterator[tuple[str, str]]:
    for item in _dicts(_get(step.arguments, "ProcessingInputs")):
        yield _scalar(item.get("InputName")), _scalar(_get(item, "S3Input", "S3Uri"))
    for place in (step.arguments, _get(step.arguments, "TrainingJobDefinition")):
        for item in _dicts(_get(place, "InputDataConfig")):
            source = _get(item, "DataSource", "S3DataSource", "S3Uri")
            yield _scalar(item.get("ChannelName")), _scalar(source)
    yield (
        "data",
        _scalar(_get(step.arguments, "TransformInput", "DataSource", "S3DataSource", "S3Uri")),
    )
    yield "model", _scalar(_get(step.arguments, "ModelName"))
    containers = _dicts(_get(step.arguments, "InferenceSpecification", "Containers"))
    for item in (*containers, _get(step.arguments, "PrimaryContainer")):
        yield "model", _scalar(_get(item, "ModelDataUrl"))


def _outputs(step: Step) -> Iterator[tuple[str, str]]:
    for item in _dicts(_get(step.arguments, "ProcessingOutputConfig", "Outputs")):
        yield _scalar(item.get("OutputName")), _scalar(_get(item, "S3Output", "S3Uri"))
    for place in (step.arguments, _get(step.arguments, "TrainingJobDefinition")):
        yield "model", _scalar(_get(place, "OutputDataConfig", "S3OutputPath"))
    yield "predictions", _scalar(_get(step.arguments, "TransformOutput", "S3OutputPath"))
    yield "package", _scalar(step.arguments.get("ModelPackageGroupName"))
    for item in _dicts(step.raw.get("OutputParameters")):
        yield _scalar(item.get("OutputName")), _scalar(item.get("OutputType"))


def _parameters(step: Step) -> Iterator[tuple[str, str]]:
    listed = _get(step.arguments, "AppSpecification", "ContainerArguments")
    if isinstance(listed, list):
        yield from _options(listed[1:] if component(step) else listed)
    for place, key in (
        (step.arguments, "HyperParameters"),
        (_get(step.arguments, "TrainingJobDefinition"), "StaticHyperParameters"),
    ):
        found = _get(place, key)
        if isinstance(found, dict):
            yield from ((name, _scalar(value)) for name, value in found.items())
    ranges = _get(step.arguments, "HyperParameterTuningJobConfig", "ParameterRanges")
    kinds = ranges.values() if isinstance(ranges, dict) else ()
    for item in (entry for listed in kinds for entry in _dicts(listed)):
        span = f"{_scalar(item.get('MinValue'))} … {_scalar(item.get('MaxValue'))}"
        choices = ", ".join(_scalar(value) for value in item.get("Values") or ())
        yield _scalar(item.get("Name")), choices or span


def _options(listed: list[Any]) -> Iterator[tuple[str, str]]:
    """Read ``--name value`` pairs; what is none goes by itself."""
    waiting = [_scalar(item) for item in listed]
    while waiting:
        word = waiting.pop(0)
        if word.startswith("--") and waiting and not waiting[0].startswith("--"):
            yield word[2:], waiting.pop(0)
        else:
            yield "", word


def _loop(step: Step) -> Iterator[tuple[str, str]]:
    if step.type != "ForEach":
        return
    yield "items", _scalar(step.arguments.get("IterableItems"))
    yield "at once", _scalar(step.arguments.get("MaxConcurrency"))
    selector = step.arguments.get("Selector")
    yield (
        "picks",
        " ".join(filter(None, (_scalar(_get(selector, "Pick")), _scalar(_get(selector, "Field"))))),
    )


def _depends_on(step: Step) -> Iterator[tuple[str, str]]:
    listed = step.raw.get("DependsOn")
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict):
            yield _scalar(entry.get("Step")), f"run condition {_scalar(entry.get('Trigger'))}"
        else:
            yield "", _scalar(entry)


def _cache(step: Step) -> Iterator[tuple[str, str]]:
    cache = step.raw.get("CacheConfig")
    if _get(cache, "Enabled") is True:
        yield "", f"results are good for {_scalar(_get(cache, 'ExpireAfter')) or 'ever'}"


def _retry(step: Step) -> Iterator[tuple[str, str]]:
    for policy in _dicts(step.raw.get("RetryPolicies")):
        kinds = policy.get("ExceptionType")
        yield (
            ", ".join(_scalar(kind) for kind in kinds) if isinstance(kinds, list) else "",
            f"up to {_scalar(policy.get('MaxAttempts'))} attempts",
        )


def _fact(label: str, lines: Any) -> Fact:
    return Fact(label, tuple((name, text) for name, text in lines if text))


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    text = words.expression(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _ours(entrypoint: Any) -> bool:
    return isinstance(entrypoint, list) and "sagepipe.runtime" in entrypoint


def _get(value: Any, *keys: str) -> Any:
    """Go down a path of keys; nothing where it ends early."""
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _dicts(value: Any) -> list[Any]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
