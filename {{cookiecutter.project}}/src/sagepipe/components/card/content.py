"""A model card's content, as SageMaker takes it and as a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sagepipe.components import page
from sagepipe.components.card import schema
from sagepipe.components.card.facts import Facts
from sagepipe.components.evaluation import report
from sagepipe.components.evaluation.results import Metric, Segment
from sagepipe.contract import names


@dataclass(frozen=True)
class Statement:
    """What only people know of a model.

    Attributes:
        name: The model.
        purpose: What it is for.
        owner: Who answers for it.
        risk: SageMaker's risk rating.
        limits: What it must not be used for, and what to beware of.
        ethics: Whom it may touch, and how.
    """

    name: str
    purpose: str
    owner: str
    risk: str
    limits: tuple[str, ...] = ()
    ethics: str = ""


def content(said: Statement, facts: Facts) -> dict[str, Any]:
    """Make the card that CreateModelCard takes.

    Args:
        said: What people say.
        facts: What the run knows.

    Returns:
        The content of the developer guide's "Model card JSON schema"; what is empty is left out.
    """
    evaluation = facts.evaluation
    limits = " ".join([*said.limits, *facts.limits])
    card: dict[str, Any] = _filled(
        {
            "model_overview": {
                "model_description": f"{said.name} predicts {evaluation.target}.",
                "model_owner": said.owner,
                "model_artifact": [facts.artifact],
                "algorithm_type": facts.estimator,
                "problem_type": _PROBLEM[evaluation.task],
            },
            "intended_uses": {"purpose_of_model": said.purpose, "risk_rating": said.risk},
            "training_details": {
                "training_job_details": {
                    "training_datasets": [d.uri for d in facts.data if d.name == "training"],
                    "user_provided_hyper_parameters": [
                        {"name": name, "value": value}
                        for name, value in facts.hyperparameters.items()
                    ],
                }
            },
            "evaluation_details": [
                {
                    "name": "Test",
                    "evaluation_observation": report.lead(evaluation),
                    "datasets": [d.uri for d in facts.data if d.name == "test"],
                    "metric_groups": _groups(facts),
                },
                *_validations(facts),
            ],
            "additional_information": {
                "ethical_considerations": said.ethics,
                "caveats_and_recommendations": _cut(limits, 2048),
                "custom_details": details(facts),
            },
        }
    )
    return card


def details(facts: Facts) -> dict[str, str]:
    """List where the model comes from, by name; what is not known is left out."""
    found = {
        "MLflow model version": facts.logged.model_version,
        "MLflow run": facts.logged.run_id,
        "git commit": facts.commit,
        "features": ", ".join(facts.schema.names),
        **{f"{data.name} data": str(data) for data in facts.data},
    }
    if facts.proof:
        found["served as"] = f"ONNX, proven on {facts.proof['rows']:,} rows"
    return {name: text for name, text in found.items() if text not in ("", names.NOT_TRACKED)}


def render(said: Statement, facts: Facts) -> str:
    """Make the card's page.

    Args:
        said: What people say.
        facts: What the run knows.

    Returns:
        One HTML file that needs no other.
    """
    evaluation = facts.evaluation
    overview = [
        ("purpose", said.purpose),
        ("owner", said.owner),
        ("risk", said.risk),
        ("kind", _PROBLEM[evaluation.task]),
        ("algorithm", facts.estimator),
        *details(facts).items(),
    ]
    checked = [(v.name, v.expectations, v.failed, v.suite) for v in facts.validations]
    limits = [*said.limits, *facts.limits]
    return page.page(
        f"Model card: {said.name}",
        f"It predicts {evaluation.target}. {report.lead(evaluation)}",
        page.section("Overview", page.table(("", ""), [item for item in overview if item[1]])),
        page.section("Limits", page.bullets(limits) or page.text(_NO_LIMITS, "soft")),
        page.section("Ethical considerations", page.text(said.ethics) if said.ethics else ""),
        page.section("Metrics", report.metrics_table(evaluation)),
        page.section("Segments", *report.segment_tables(evaluation.segments)),
        page.section("Importance of the features", report.importance_table(evaluation)),
        page.section(
            "Validation of the data",
            page.table(("data", "expectations", "do not hold", "suite"), checked)
            or page.text(_NOT_VALIDATED, "soft"),
        ),
        page.section(
            "Hyperparameters", page.table(("name", "value"), list(facts.hyperparameters.items()))
        ),
        page.section("How this was measured", page.bullets(list(report.method(evaluation)))),
    )


_PROBLEM = {
    "binary": "Binary classification",
    "multiclass": "Multiclass classification",
    "regression": "Regression",
}
_NO_LIMITS = "None was named, and the measurements show none. That is no proof that there is none."
_NOT_VALIDATED = "The card was given no validation of the data."


def _groups(facts: Facts) -> list[dict[str, Any]]:
    evaluation = facts.evaluation
    plain = [
        {"name": name, "type": "number", "value": value} for name, value in evaluation.facts.items()
    ]
    important = evaluation.importance
    bars = [
        _bars(
            f"{evaluation.importance_metric} worse by",
            [item.feature for item in important],
            [item.worse for item in important],
        )
    ]
    return [
        {"name": "Metrics", "metric_data": [*map(_metric, evaluation.metrics), *plain]},
        *_by_segment(evaluation.segments),
        *([{"name": "Permutation importance", "metric_data": bars}] if important else []),
    ]


def _metric(metric: Metric) -> dict[str, Any]:
    told = {"name": metric.name, "type": "number", "value": metric.value}
    if metric.low is None or metric.high is None:
        return told
    return told | {"notes": f"interval {metric.low:.4g} to {metric.high:.4g}"}


def _by_segment(segments: Sequence[Segment]) -> list[dict[str, Any]]:
    found = []
    for column in dict.fromkeys(item.column for item in segments):
        mine = [item for item in segments if item.column == column]
        bars = []
        for name in dict.fromkeys(metric.name for item in mine for metric in item.metrics):
            values = {
                f"{item.value} ({item.rows:,} rows)": metric.value
                for item in mine
                for metric in item.metrics
                if metric.name == name
            }
            bars.append(_bars(name, list(values), list(values.values())))
        if bars:
            group = _cut(f"By {column}", schema.GROUP_NAME)
            found.append({"name": group, "metric_data": bars})
    return found


def _bars(name: str, labels: list[str], values: list[float]) -> dict[str, Any]:
    return {"name": name, "type": "bar_chart", "value": values, "x_axis_name": labels}


def _validations(facts: Facts) -> list[dict[str, Any]]:
    return [
        {
            "name": _cut(f"Data validation: {item.name}", schema.GROUP_NAME),
            "metadata": {"suite": item.suite} if item.suite else {},
            "metric_groups": [
                {
                    "name": "Expectations",
                    "metric_data": [
                        {"name": "checked", "type": "number", "value": item.expectations},
                        {"name": "do not hold", "type": "number", "value": item.failed},
                    ],
                }
            ],
        }
        for item in facts.validations
    ]


def _filled(value: Any) -> Any:
    """Leave out what is empty."""
    if isinstance(value, Mapping):
        inner = {name: _filled(item) for name, item in value.items()}
        return {name: item for name, item in inner.items() if item not in ("", [], {}, None)}
    return [_filled(item) for item in value] if isinstance(value, list) else value


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
