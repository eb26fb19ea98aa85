"""Where the SageMaker SDK's definition of a pipeline says something else than sagepipe's, and why.

The list is exact: a difference that is not in it fails the tests, and so does one that is in it and
no longer occurs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

ABSENT = "(absent)"
ROLE = {"Get": "Parameters.role_arn"}
CONSTANT_ROLE = "arn:aws:iam::000000000000:role/constant"

TAKES_NO_PARAMETER = (
    "its class declares a plain string, although SageMaker takes a reference here as it does in a "
    "processing job's RoleArn"
)
EMPTY = "it writes what was not set as an empty object; SageMaker takes both as nothing"


class Found(NamedTuple):
    """A difference: in steps of which type, at which path, and what each one says there."""

    type: str
    path: str
    ours: Any
    theirs: Any


@dataclass(frozen=True)
class Known:
    """A difference that is meant."""

    type: str
    path: str
    ours: Any
    theirs: Any
    reason: str


KNOWN = (
    Known(
        "Pipeline",
        "MlflowConfig",
        ABSENT,
        None,
        "it writes what was not set as null; SageMaker's own default",
    ),
    Known("Training", "Arguments.RoleArn", ROLE, CONSTANT_ROLE, TAKES_NO_PARAMETER),
    Known(
        "Tuning",
        "Arguments.TrainingJobDefinition.RoleArn",
        ROLE,
        CONSTANT_ROLE,
        TAKES_NO_PARAMETER,
    ),
    Known("Model", "Arguments.ExecutionRoleArn", ROLE, CONSTANT_ROLE, TAKES_NO_PARAMETER),
    Known(
        "Tuning",
        "Arguments.HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs",
        {"Get": "Parameters.jobs"},
        4,
        "HyperparameterTuner declares that it takes a pipeline variable, and the shape it fills "
        "refuses it",
    ),
    Known(
        "Tuning",
        "Arguments.HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType",
        ABSENT,
        "Off",
        "it writes SageMaker's default out",
    ),
    Known(
        "RegisterModel",
        "Arguments.SkipModelValidation",
        ABSENT,
        "None",
        "it writes SageMaker's default out",
    ),
    Known(
        "RegisterModel",
        "Arguments.InferenceSpecification.Containers[].Environment",
        ABSENT,
        {},
        EMPTY,
    ),
    Known("RegisterModel", "Arguments.ModelMetrics.Bias", ABSENT, {}, EMPTY),
    Known("RegisterModel", "Arguments.ModelMetrics.Explainability", ABSENT, {}, EMPTY),
)


def between(ours: dict[str, Any], theirs: dict[str, Any]) -> Iterator[Found]:
    """Yield the differences of two definitions, step by step.

    Two spellings of one ``Std:Join`` count as the same: ``models``, ``x`` joined by ``/`` and
    ``models/x``.
    """
    yield from _differing("Pipeline", "", _without_steps(ours), _without_steps(theirs))
    yield from _steps(ours["Steps"], theirs["Steps"])


def _without_steps(definition: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in definition.items() if key != "Steps"}


def _steps(ours: list[Any], theirs: list[Any]) -> Iterator[Found]:
    names = [step["Name"] for step in ours]
    if names != [step["Name"] for step in theirs]:
        yield Found("Pipeline", "Steps", names, [step["Name"] for step in theirs])
        return
    for mine, other in zip(ours, theirs, strict=True):
        yield from _differing(mine["Type"], "", mine, other)


def _differing(type_: str, path: str, ours: Any, theirs: Any) -> Iterator[Found]:
    ours, theirs = _joined(ours), _joined(theirs)
    if isinstance(ours, dict) and isinstance(theirs, dict) and not _expressions(ours, theirs):
        for key in dict.fromkeys((*ours, *theirs)):
            inner = f"{path}.{key}" if path else key
            mine, other = ours.get(key, ABSENT), theirs.get(key, ABSENT)
            yield from _differing(type_, inner, mine, other)
    elif _both_lists(ours, theirs) and len(ours) == len(theirs):
        if all(_is_step(item) for item in (*ours, *theirs)):
            yield from _steps(ours, theirs)
            return
        for mine, other in zip(ours, theirs, strict=True):
            yield from _differing(type_, f"{path}[]", mine, other)
    elif not _same(ours, theirs):
        yield Found(type_, path, ours, theirs)


def _both_lists(ours: Any, theirs: Any) -> bool:
    return isinstance(ours, list) and isinstance(theirs, list)


def _is_step(value: Any) -> bool:
    return isinstance(value, dict) and {"Name", "Type", "Arguments"} <= set(value)


def _expressions(*values: dict[str, Any]) -> bool:
    """Say whether one of them is a reference, which differs as a whole."""
    return any(set(value) == {"Get"} for value in values)


def _same(ours: Any, theirs: Any) -> bool:
    # JSON has no difference between 1 and 1.0, but one between 1 and true.
    return ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool)


def _joined(value: Any) -> Any:
    """Put neighbouring texts of a Std:Join together."""
    if not (isinstance(value, dict) and set(value) == {"Std:Join"}):
        return value
    between_ = value["Std:Join"]["On"]
    parts: list[Any] = []
    for part in value["Std:Join"]["Values"]:
        if parts and isinstance(part, str) and isinstance(parts[-1], str):
            parts[-1] += between_ + part
        else:
            parts.append(part)
    return {"Std:Join": {"On": between_, "Values": parts}}
