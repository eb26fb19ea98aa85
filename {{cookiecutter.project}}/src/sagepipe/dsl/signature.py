"""From a function's signature to what is known of a component."""

import sys
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_type_hints

from sagepipe.dsl import annotations, docstring, parameters, wire
from sagepipe.dsl.artifacts import INPUT
from sagepipe.dsl.errors import DslError, Location
from sagepipe.dsl.hosts import Hosts
from sagepipe.dsl.parameters import NO_DEFAULT, Parameter
from sagepipe.dsl.resources import Resources
from sagepipe.dsl.spec import (
    ComponentSpec,
    InputSpec,
    Kind,
    OutputSpec,
    ParameterSpec,
    ReturnSpec,
)

_ASCII = "SageMaker's names have letters from a to z, digits, - and _"
SINGLE_RETURN = "Output"  # KFP's name for the output of a component that returns one value


def read(
    function: Callable[..., Any], kind: Kind, resources: Resources, metrics: tuple[str, ...]
) -> ComponentSpec:
    """Read a component's function.

    Args:
        function: The author's function.
        kind: The kind of job.
        resources: What its jobs run on.
        metrics: Numbers that SageMaker reads off a training job's log.

    Returns:
        What is known of it.

    Raises:
        DslError: Its signature says something that no job could be given.
    """
    code = getattr(function, "__code__", None)
    if code is None:
        raise DslError(f"@dsl.component takes a function, not {function!r}")
    location = Location(code.co_filename, code.co_firstlineno)
    if kind not in get_args(Kind):
        raise DslError(f"kind {kind!r} is none of {', '.join(get_args(Kind))}", location)
    if not function.__name__.isascii():
        raise DslError(
            f"component {function.__name__!r}: {_ASCII}",
            location,
        )
    if "<" in function.__qualname__ or "." in function.__qualname__:
        raise DslError(
            f"component {function.__qualname__!r} is not a function of a module: the job imports "
            "it by module and name, so move it to the top level of a file",
            location,
        )
    hints = hints_of(function, "component", location)
    found = list(_items(function, hints, location))
    hosts = [item for item in found if isinstance(item, str)]
    if len(hosts) > 1:
        raise DslError(
            f"component {function.__name__!r}: one parameter of type Hosts is enough", location
        )
    return ComponentSpec(
        name=function.__name__,
        kind=kind,
        entrypoint=f"{_module_name(function)}:{function.__name__}",
        inputs=tuple(item for item in found if isinstance(item, InputSpec)),
        outputs=tuple(item for item in found if isinstance(item, OutputSpec)),
        parameters=tuple(item for item in found if isinstance(item, ParameterSpec)),
        resources=resources,
        description=docstring.summary(function),
        source=location,
        returns=tuple(_returns(function, hints.get("return"), location)),
        metrics=metrics,
        hosts=hosts[0] if hosts else None,
    )


def parameter(
    item: Parameter,
    hint: annotations.Hint,
    description: str,
    where: str,
    location: Location,
) -> ParameterSpec:
    """Read a parameter of a component or a pipeline.

    Raises:
        DslError: Its default is not of its type.
    """
    spec = ParameterSpec(
        item.name,
        hint.type,
        optional=hint.optional,
        choices=hint.choices,
        description=description,
    )
    if item.default is NO_DEFAULT:
        return spec
    if not spec.accepts(item.default):
        remedy = f"; say {spec.kind} | None" if item.default is None else "; change one of the two"
        raise DslError(
            f"{where}: its default {item.default!r} is not of type {spec.kind}{remedy}", location
        )
    if fault := wire.fault(item.default):
        raise DslError(f"{where}: its default {fault}", location)
    return ParameterSpec(
        item.name,
        hint.type,
        item.default,
        required=False,
        optional=hint.optional,
        choices=hint.choices,
        description=description,
    )


def _items(
    function: Callable[..., Any], hints: dict[str, Any], location: Location
) -> Iterator[InputSpec | OutputSpec | ParameterSpec | str]:
    described = docstring.arguments(function)
    for item in parameters.read(function):
        where = f"component {function.__name__!r}, {item.name!r}"
        if not item.by_name:
            raise DslError(f"{where}: a job can't take *{item.name}; name each one", location)
        if item.name not in hints:
            raise DslError(f"{where} has no annotation; SageMaker has to know its type", location)
        if hints[item.name] is Hosts:
            yield item.name
            continue
        if not item.name.isascii():
            raise DslError(f"{where}: {_ASCII}", location)
        hint = annotations.read(hints[item.name], where, location)
        if hint.direction is None:
            yield parameter(item, hint, described.get(item.name, ""), where, location)
            continue
        if item.default is not NO_DEFAULT and (
            item.default is not None or hint.direction is not INPUT
        ):
            raise DslError(f"{where}: an artifact's only default is None, for an input", location)
        optional = hint.optional or item.default is None
        if hint.direction is INPUT:
            yield InputSpec(item.name, hint.type, optional, hint.many)
        elif optional:
            raise DslError(f"{where}: an output can't be left out", location)
        else:
            yield OutputSpec(item.name, hint.type)


def _returns(function: Callable[..., Any], hint: Any, location: Location) -> Iterator[ReturnSpec]:
    where = f"component {function.__name__!r}, its returned value"
    if hint in (None, type(None)):
        return
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        fields = get_type_hints(hint)
        for name in hint._fields:
            if name not in fields:
                raise DslError(f"{where}: field {name!r} of {hint.__name__} has no type", location)
            yield ReturnSpec(name, _returned(fields[name], f"{where}, {name!r}", location))
        return
    yield ReturnSpec(SINGLE_RETURN, _returned(hint, where, location))


def _returned(hint: Any, where: str, location: Location) -> type:
    found = annotations.read(hint, where, location)
    if found.direction is not None or found.optional or found.choices:
        raise DslError(
            f"{where} is of type {hint}; it has to be one of "
            f"{', '.join(type_.__name__ for type_ in wire.PARAMETER_TYPES)}, or a NamedTuple of "
            "them",
            location,
        )
    kind: type = found.type
    return kind


def hints_of(function: Callable[..., Any], what: str, location: Location) -> dict[str, Any]:
    """Return a function's annotations, postponed ones too.

    Args:
        function: The author's function.
        what: ``component`` or ``pipeline``, for messages.
        location: Where it is defined.

    Raises:
        DslError: One of them names something that isn't there.
    """
    try:
        return get_type_hints(function, include_extras=True)
    except NameError as error:
        raise DslError(
            f"{what} {function.__name__!r}: an annotation names something that its module "
            f"doesn't have ({error})",
            location,
        ) from None


def _module_name(function: Callable[..., Any]) -> str:
    """Return the name to import the function's module by; a script run as a program has one too."""
    if function.__module__ != "__main__":
        return function.__module__
    main = sys.modules["__main__"].__spec__
    return main.name if main else "__main__"
