"""What SageMaker takes as a model card.

Sources: CreateModelCard, ``Content`` (100,000 characters, no line break); the developer guide's
"Model card JSON schema", whose limits the SageMaker SDK repeats
(``sagemaker.core.shapes.model_card_shapes``). The tests hold this table against the SDK's.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

MOST_CHARACTERS = 100_000
GROUP_NAME = 63
METRIC_NAME = 255


@dataclass(frozen=True)
class Text:
    """A text of at most so many characters, or one of several."""

    most: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Anything:
    """A metric's value, whose form its type says."""


@dataclass(frozen=True)
class Texts:
    """Texts by name."""


@dataclass(frozen=True)
class Many:
    """A list, of at most so many items."""

    item: "Rule"
    most: int | None = None


Rule: TypeAlias = Text | Anything | Texts | Many | Mapping[str, Any]

_METRIC: Rule = {
    "name": Text(METRIC_NAME),
    "notes": Text(1024),
    "type": Text(choices=("number", "string", "boolean", "bar_chart", "linear_graph", "matrix")),
    "value": Anything(),
    "x_axis_name": Anything(),
    "y_axis_name": Anything(),
}
CONTENT: Mapping[str, Rule] = {
    "model_overview": {
        "model_description": Text(1024),
        "model_creator": Text(1024),
        "model_artifact": Many(Text()),
        "algorithm_type": Text(1024),
        "problem_type": Text(),
        "model_owner": Text(1024),
    },
    "intended_uses": {
        "purpose_of_model": Text(2048),
        "intended_uses": Text(2048),
        "factors_affecting_model_efficiency": Text(2048),
        "risk_rating": Text(choices=("High", "Medium", "Low", "Unknown")),
        "explanations_for_risk_rating": Text(2048),
    },
    "training_details": {
        "training_observations": Text(1024),
        "training_job_details": {
            "training_datasets": Many(Text()),
            "user_provided_hyper_parameters": Many(
                {"name": Text(METRIC_NAME), "value": Text(METRIC_NAME)}
            ),
        },
    },
    "evaluation_details": Many(
        {
            "name": Text(GROUP_NAME),
            "evaluation_observation": Text(2096),
            "datasets": Many(Text(), 10),
            "metadata": Texts(),
            "metric_groups": Many({"name": Text(GROUP_NAME), "metric_data": Many(_METRIC)}),
        }
    ),
    "additional_information": {
        "ethical_considerations": Text(2048),
        "caveats_and_recommendations": Text(2048),
        "custom_details": Texts(),
    },
}


def dumps(content: Mapping[str, Any]) -> str:
    """Write a card as SageMaker takes it: checked, and in one line.

    Args:
        content: The card.

    Returns:
        The JSON.

    Raises:
        ValueError: SageMaker would refuse it; all faults are named.
    """
    faults = list(_faults(content, CONTENT, "model card"))
    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    if len(text) > MOST_CHARACTERS:
        faults.append(
            f"the model card has {len(text):,} characters, and SageMaker takes "
            f"{MOST_CHARACTERS:,}: evaluate by fewer segments"
        )
    if faults:
        raise ValueError("; ".join(faults))
    return text


def _faults(value: Any, rule: Rule, where: str) -> Iterator[str]:
    if isinstance(rule, Mapping):
        for name, inner in value.items():
            if name in rule:
                yield from _faults(inner, rule[name], f"{where}: {name}")
            else:
                yield f"{where} has no {name!r}"
    elif isinstance(rule, Many):
        if rule.most is not None and len(value) > rule.most:
            yield f"{where} takes {rule.most} items, not {len(value)}"
        for inner in value:
            yield from _faults(inner, rule.item, where)
    elif isinstance(rule, Text):
        if rule.choices and value not in rule.choices:
            yield f"{where} is {value!r}, and has to be one of {', '.join(rule.choices)}"
        if rule.most is not None and len(value) > rule.most:
            yield f"{where} has {len(value):,} characters, and takes {rule.most:,}: shorten it"
