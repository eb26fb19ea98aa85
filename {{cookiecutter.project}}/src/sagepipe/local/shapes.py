"""Tables of what an object of a definition may hold here, and comparing an object with its table.

``used`` is honoured, ``ignored`` has no effect on one machine, ``only`` names the values that are
supported, ``refused`` what to do instead. Anything else in a definition is refused too, before its
first step starts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sagepipe.contract import limits, names
from sagepipe.local.expressions import PENDING

Shape = Mapping[str, "Field"]


@dataclass(frozen=True)
class Field:
    """One key of an object.

    Attributes:
        required: Whether it has to be there.
        kind: What it has to be.
        values: The values that are supported; any where empty.
        shape: What an object, or each object of a list, may hold.
        many: Whether it is a list of objects.
        at_most: The longest list.
        texts: Whether it is a map (or list) of texts, and the longest text.
        between: The least and the greatest number.
        honoured: Whether it has an effect on one machine.
        remedy: What to do instead of it, where it is refused.
    """

    required: bool = False
    kind: type | None = None
    values: tuple[Any, ...] = ()
    shape: Shape | None = None
    many: bool = False
    at_most: int = 0
    texts: int = 0
    between: tuple[int, int] | None = None
    honoured: bool = True
    remedy: str = ""


used = Field()
ignored = Field(honoured=False)
required = Field(required=True)
text = Field(required=True, kind=str)
listed = Field(kind=list)
mapped = Field(kind=dict)


def only(*values: Any) -> Field:
    """A key that may have these values alone."""
    return Field(values=values)


def refused(remedy: str) -> Field:
    """A key that SageMaker knows and this runner doesn't, and what to do instead."""
    return Field(honoured=False, remedy=remedy)


def texts(longest: int, at_most: int, kind: type = dict) -> Field:
    """A map, or a list, of texts."""
    return Field(texts=longest, at_most=at_most, kind=kind)


def whole(least: int, most: int) -> Field:
    """A key that holds a whole number."""
    return Field(kind=int, between=(least, most))


def within(shape: Shape, required: bool = False) -> Field:
    """A key that holds an object."""
    return Field(required=required, shape=shape, kind=dict)


def each(shape: Shape, at_most: int, required: bool = False) -> Field:
    """A key that holds a list of objects."""
    return Field(required=required, shape=shape, many=True, at_most=at_most, kind=list)


# What stands around a step's arguments.
STEP: Shape = {
    "Name": text,
    "Type": text,
    "Arguments": Field(required=True, kind=dict),
    "DependsOn": listed,
    "DisplayName": ignored,
    "Description": ignored,
    "CacheConfig": within({"Enabled": used, "ExpireAfter": used}),
    "RetryPolicies": listed,
    "PropertyFiles": each(
        {"PropertyFileName": text, "OutputName": text, "FilePath": text}, limits.PROCESSING_OUTPUTS
    ),
}
DEFINITION: Shape = {
    "Version": Field(required=True, values=(names.DEFINITION_VERSION,)),
    "Metadata": ignored,
    "Parameters": each(
        {"Name": text, "Type": text, "DefaultValue": used, "EnumValues": listed},
        limits.PIPELINE_PARAMETERS,
    ),
    "PipelineExperimentConfig": mapped,
    "MlflowConfig": ignored,  # of SageMaker's own MLflow servers; the SDK v3 writes it, often null
    "Steps": Field(required=True, kind=list),
}

_KINDS: Mapping[type, str] = {
    str: "a text",
    list: "a list",
    dict: "an object",
    int: "a whole number",
}


def faults(value: Any, shape: Shape, path: str = "Arguments") -> Iterator[str]:
    """Compare an object with its table.

    Args:
        value: The object; what depends on steps that haven't run stands as ``PENDING``.
        shape: The table.
        path: Where the object stands, for the messages.

    Yields:
        Each fault as one line.
    """
    if not isinstance(value, dict):
        yield f"{path} has to be an object, not {value!r}"
        return
    prefix = f"{path}." if path else ""
    for key, item in value.items():
        if key not in shape:
            if item is not None:
                yield f"{prefix}{key} is not supported by the local runner"
        elif item is not None and shape[key].remedy:
            yield f"{prefix}{key} is not supported by the local runner: {shape[key].remedy}"
        elif item is not None:
            yield from _field_faults(item, shape[key], f"{prefix}{key}")
    for key, field in shape.items():
        if field.required and value.get(key) is None:
            yield f"{prefix}{key} is missing"


def _field_faults(value: Any, field: Field, path: str) -> Iterator[str]:
    if value is PENDING:
        if field.shape or field.texts:
            yield f"{path} has to be written out; only the values in it may be references"
        return
    if field.kind and (not isinstance(value, field.kind) or isinstance(value, bool)):
        yield f"{path} has to be {_KINDS[field.kind]}, not {value!r}"
        return
    if field.values and value not in field.values:
        allowed = " or ".join(repr(item) for item in field.values)
        yield f"{path} is {value!r}; the local runner supports {allowed}"
    if field.between and not field.between[0] <= value <= field.between[1]:
        yield f"{path} is {value}; SageMaker allows {field.between[0]:,} to {field.between[1]:,}"
    if field.at_most and isinstance(value, list | dict) and len(value) > field.at_most:
        yield f"{path} has {len(value)} entries; SageMaker allows {field.at_most}"
    if field.texts:
        yield from _text_faults(value, field.texts, path)
    elif field.shape and field.many:
        for index, item in enumerate(value):
            yield from faults(item, field.shape, f"{path}[{index}]")
    elif field.shape:
        yield from faults(value, field.shape, path)


def _text_faults(value: Any, longest: int, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        items = [(f"{path}.{key}", item) for key, item in value.items()]
    else:
        items = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    for place, item in items:
        if item is PENDING:
            continue
        if not isinstance(item, str):
            yield f"{place} has to be a text, not {item!r} (wrap a parameter in Std:Join)"
        elif len(item) > longest:
            yield f"{place} has {len(item)} characters; SageMaker allows {longest}"
