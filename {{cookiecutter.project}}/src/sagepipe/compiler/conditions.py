"""Conditions as the definition writes them."""

from sagepipe.compiler.expressions import Json, expression
from sagepipe.dsl.pipelines.condition import And, Comparison, Condition, In, Not, Or


def conditions(condition: Condition) -> list[Json]:
    """Write a condition as a ConditionStep's list, all of which have to hold."""
    if isinstance(condition, And):
        return [_one(inner) for inner in condition.conditions]
    return [_one(condition)]


def _one(condition: Condition) -> Json:
    if isinstance(condition, Comparison):
        return {
            "Type": condition.operator,
            "LeftValue": expression(condition.left),
            "RightValue": expression(condition.right),
        }
    if isinstance(condition, In):
        return {
            "Type": "In",
            "QueryValue": expression(condition.value),
            "Values": [expression(choice) for choice in condition.choices],
        }
    if isinstance(condition, Or):
        return {"Type": "Or", "Conditions": [_one(inner) for inner in condition.conditions]}
    if isinstance(condition, And):  # not (a or b)  =  not a and not b
        return _one(Not(Or(tuple(~inner for inner in condition.conditions))))
    assert isinstance(condition, Not)
    if isinstance(condition.condition, And):  # not (a and b)  =  not a or not b
        return _one(Or(tuple(~inner for inner in condition.condition.conditions)))
    return {"Type": "Not", "Condition": _one(condition.condition)}
