"""A definition's expressions in words a person reads: ``evaluate.auc ≥ min_auc``."""

import json
import re
from collections.abc import Mapping
from typing import Any

from sagepipe.contract.language import FUNCTIONS, GET, JOIN, JSON_GET

_SIGNS = {
    "Equals": "=",
    "GreaterThan": ">",
    "GreaterThanOrEqualTo": "≥",
    "LessThan": "<",
    "LessThanOrEqualTo": "≤",
}
_OPPOSITES = {
    "Equals": "≠",
    "GreaterThan": "≤",
    "GreaterThanOrEqualTo": "<",
    "LessThan": "≥",
    "LessThanOrEqualTo": ">",
}
# Properties that steps are commonly asked for, by what an author calls them.
_SHORT = (
    (re.compile(r"ProcessingOutputConfig\.Outputs\['([^']+)'\]\.S3Output\.S3Uri"), r"\1"),
    (re.compile(r"FinalMetricDataList\['([^']+)'\]\.Value"), r"\1"),
    (re.compile(r"ModelArtifacts\.S3ModelArtifacts"), "model"),
    (re.compile(r"OutputParameters\['([^']+)'\]"), r"\1"),
    (re.compile(r"PropertyFiles\.(.+)"), r"\1"),
)


def expression(value: Any) -> str:
    """Write a constant or an expression.

    Args:
        value: What stands in a definition where SageMaker takes a scalar.

    Returns:
        A constant as it is, a reference by its name, joined text with its references in braces.
    """
    if isinstance(value, str):
        return value
    operand = _operand(value, GET)
    if isinstance(operand, str):
        return _reference(operand)
    operand = _operand(value, JSON_GET)
    if isinstance(operand, dict):
        return _json_get(operand)
    operand = _operand(value, JOIN)
    if isinstance(operand, dict) and isinstance(operand.get("Values"), list):
        return _join(str(operand.get("On", "")), operand["Values"])
    return json.dumps(value, ensure_ascii=False)


def conditions(listed: Any) -> str:
    """Write what a Condition step asks.

    Args:
        listed: Its ``Conditions``, all of which have to hold.

    Returns:
        One line, such as ``evaluate.auc ≥ min_auc and mode = fast``.
    """
    if not isinstance(listed, list):
        return ""
    return " and ".join(_condition(item, inner=len(listed) > 1) for item in listed)


def is_expression(value: Any) -> bool:
    """Say whether a value is put together when the pipeline runs."""
    return any(_operand(value, key) is not None for key in FUNCTIONS)


def _condition(raw: Any, negated: bool = False, inner: bool = False) -> str:
    if not isinstance(raw, dict):
        return expression(raw)
    kind = raw.get("Type")
    if kind == "Not":
        return _condition(raw.get("Condition"), not negated, inner)
    if kind == "Or" and isinstance(raw.get("Conditions"), list):
        word = " and " if negated else " or "
        text = word.join(_condition(item, negated, inner=True) for item in raw["Conditions"])
        return f"({text})" if inner and not negated and len(raw["Conditions"]) > 1 else text
    if kind == "In" and isinstance(raw.get("Values"), list):
        choices = ", ".join(expression(item) for item in raw["Values"])
        return f"{expression(raw.get('QueryValue'))} {'not ' * negated}in {choices}"
    sign = (_OPPOSITES if negated else _SIGNS).get(str(kind), str(kind))
    return f"{expression(raw.get('LeftValue'))} {sign} {expression(raw.get('RightValue'))}"


def _reference(text: str) -> str:
    root, _, rest = text.partition(".")
    if root in ("Parameters", "Execution", "PipelineExperimentConfig"):
        return rest
    if root == "ForEach":
        return rest.replace("CurrentItem", "item", 1)
    if root in ("Steps", "IterationOutput"):
        step, _, path = rest.partition(".")
        for pattern, short in _SHORT:
            path = pattern.sub(short, path)
        return f"{step}.{path}" if path else step
    return text


def _json_get(operand: Mapping[str, Any]) -> str:
    file = operand.get("PropertyFile", operand.get("S3Uri"))
    path = str(operand.get("Path", ""))
    if _operand(file, "Get") is not None:  # the file's name says less than the step's
        return f"{expression(file).partition('.')[0]}.{path}"
    return f"{expression(file)}: {path}"


def _join(separator: str, values: list[Any]) -> str:
    if len(values) == 1 and is_expression(values[0]):
        return expression(values[0])
    return separator.join(
        f"{{{expression(value)}}}" if is_expression(value) else expression(value)
        for value in values
    )


def _operand(value: Any, name: str) -> Any:
    return value[name] if isinstance(value, dict) and len(value) == 1 and name in value else None
