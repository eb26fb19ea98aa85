"""A pipeline's parameters."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagepipe.compiler.check.finding import Finding, Place, choices, meant, shown
from sagepipe.compiler.check.tables import (
    BOOLEAN,
    FLOAT,
    GUIDE,
    INTEGER,
    PARAMETER_KEYS,
    PARAMETER_TYPES,
    STRING,
)
from sagepipe.contract import limits, names

_SOURCE = f"{GUIDE}, pipeline parameters"
_PYTHON: Mapping[str, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    FLOAT: (int, float),
    BOOLEAN: (bool,),
}


def check(entries: Any) -> Iterator[Finding]:
    """Find what is wrong with the declared parameters."""
    place = Place("", ("Parameters",))
    if entries is None:
        return
    if not isinstance(entries, list):
        yield place.finding(f"it is {shown(entries)}", "a list of parameters", _SOURCE)
        return
    if len(entries) > limits.PIPELINE_PARAMETERS:
        yield place.finding(
            f"there are {len(entries)} parameters",
            f"{limits.PIPELINE_PARAMETERS} or fewer",
            "StartPipelineExecution, ParameterList",
        )
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        yield from _one(entry, place.at(index), seen)


def _one(entry: Any, place: Place, seen: set[str]) -> Iterator[Finding]:
    if not isinstance(entry, Mapping):
        yield place.finding(f"it is {shown(entry)}", "an object with Name and Type", _SOURCE)
        return
    for key in entry:
        if key not in PARAMETER_KEYS:
            yield place.at(key).finding(f"there is no {key!r}", meant(key, PARAMETER_KEYS), _SOURCE)
    name, type_ = entry.get("Name"), entry.get("Type")
    if not isinstance(name, str) or not names.PARAMETER_NAME.fullmatch(name):
        yield place.at("Name").finding(
            f"{shown(name)} is no parameter's name",
            f"text like {names.PARAMETER_NAME.pattern}",
            "StartPipelineExecution, PipelineParameterName",
        )
    elif name in seen:
        yield place.at("Name").finding(
            f"{name!r} is declared twice", "one parameter of a name", _SOURCE
        )
    else:
        seen.add(name)
    if type_ not in PARAMETER_TYPES:
        yield place.at("Type").finding(
            f"{shown(type_)} is no type", choices(PARAMETER_TYPES), _SOURCE
        )
        return
    default, enum = entry.get("DefaultValue"), entry.get("EnumValues")
    if default is not None and not _is(default, type_):
        yield place.at("DefaultValue").finding(
            f"{shown(default)} is no {type_}", f"a value of type {type_}", _SOURCE
        )
    if enum is not None:
        yield from _choices(enum, default, type_, place)


def _choices(enum: Any, default: Any, type_: str, place: Place) -> Iterator[Finding]:
    at = place.at("EnumValues")
    if type_ != STRING:
        yield at.finding(f"a parameter of type {type_} has EnumValues", "only String may", _SOURCE)
    elif not isinstance(enum, list) or not enum or not all(isinstance(v, str) for v in enum):
        yield at.finding(f"{shown(enum)} is no list of choices", "one text or more", _SOURCE)
    elif default is not None and default not in enum:
        yield place.at("DefaultValue").finding(
            f"{shown(default)} is no choice", choices(enum), _SOURCE
        )


def _is(value: Any, type_: str) -> bool:
    if isinstance(value, bool):
        return type_ == BOOLEAN
    return isinstance(value, _PYTHON[type_])
