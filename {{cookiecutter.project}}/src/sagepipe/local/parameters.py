"""Pipeline parameters: declared in the definition, given as text, checked before the first step."""

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sagepipe.contract import limits
from sagepipe.local.errors import ParameterError

Value = str | int | float | bool


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


# StartPipelineExecution sends every value as text; the declared Type says what it means.
_READERS: dict[str, tuple[Callable[[str], Value], str]] = {
    "String": (str, "text"),
    "Integer": (int, "a whole number"),
    "Float": (_float, "a number"),
    "Boolean": (_boolean, "true or false"),
}


def coerce(declared: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Value]:
    """Work out the value of every pipeline parameter.

    Args:
        declared: The definition's ``Parameters``.
        given: Values by name, as text; anything else is taken for what it prints as.

    Returns:
        A typed value for every declared parameter.

    Raises:
        ParameterError: A name isn't declared, a value is missing, of the wrong type, empty, too
            long or not among the declared ``EnumValues``. All faults stand in one message.
    """
    names = [str(item.get("Name")) for item in declared]
    faults = [_unknown(name, names) for name in given if name not in names]
    values: dict[str, Value] = {}
    for item in declared:
        try:
            values[str(item["Name"])] = _value(item, given)
        except ParameterError as error:
            faults.append(str(error))
    if faults:
        raise ParameterError("; ".join(faults))
    return values


def _unknown(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    hint = (
        f"did you mean {near[0]!r}?" if near else f"the pipeline has: {', '.join(names) or 'none'}"
    )
    return f"unknown parameter {name!r} ({hint})"


def _value(declared: Mapping[str, Any], given: Mapping[str, Any]) -> Value:
    name, kind = declared["Name"], declared.get("Type", "String")
    if kind not in _READERS:
        raise ParameterError(
            f"parameter {name!r} is declared as {kind!r}; it has to be one of {', '.join(_READERS)}"
        )
    if name in given:
        text = str(given[name])
        if not text:
            raise ParameterError(f"parameter {name!r} is empty; SageMaker refuses empty values")
        if len(text) > limits.PARAMETER_VALUE:
            raise ParameterError(
                f"parameter {name!r} has {len(text)} characters; SageMaker allows "
                f"{limits.PARAMETER_VALUE}"
            )
    elif declared.get("DefaultValue") is not None:
        text = str(declared["DefaultValue"])
    else:
        raise ParameterError(f"parameter {name!r} ({kind}) has no default: give it a value")
    read, description = _READERS[kind]
    try:
        value = read(text)
    except (ValueError, KeyError):
        raise ParameterError(
            f"parameter {name!r} has to be {description} ({kind}), not {text!r}"
        ) from None
    choices = declared.get("EnumValues") or ()
    if choices and value not in choices:
        allowed = ", ".join(map(str, choices))
        raise ParameterError(f"parameter {name!r} is {text!r}; allowed are: {allowed}")
    return value
