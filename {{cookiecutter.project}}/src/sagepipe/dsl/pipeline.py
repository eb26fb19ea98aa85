"""Pipelines: Python functions that wire components together."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_type_hints, overload

from sagepipe.contract import names
from sagepipe.dsl import wire
from sagepipe.dsl.errors import DslError, Location
from sagepipe.dsl.graph import Graph, tracing
from sagepipe.dsl.spec import ParameterSpec
from sagepipe.dsl.values import ParameterRef

# ParameterType of the definition; lists and dicts would travel as JSON text.
PARAMETER_TYPES = (str, int, float, bool)


@dataclass(frozen=True, eq=False)
class Pipeline:
    """A pipeline, ready to be traced.

    Attributes:
        name: Its name in SageMaker.
        description: The first paragraph of its docstring.
        parameters: What it takes when it is started.
        python_func: The function that wires it.
        source: Where it is defined.
    """

    name: str
    description: str
    parameters: tuple[ParameterSpec, ...]
    python_func: Callable[..., None]
    source: Location

    def trace(self) -> Graph:
        """Run the function once and return the graph that it draws.

        Raises:
            DslError: It wires something that SageMaker could not run.
        """
        graph = Graph(self.name, self.description, self.parameters)
        arguments = {item.name: ParameterRef(item.name, item.type) for item in self.parameters}
        with tracing(graph):
            self.python_func(**arguments)
        if not graph.nodes:
            raise DslError(f"pipeline {self.name!r} has no steps", self.source)
        return graph


@overload
def pipeline(func: Callable[..., None]) -> Pipeline: ...
@overload
def pipeline(
    func: None = None, *, name: str | None = None, description: str | None = None
) -> Callable[[Callable[..., None]], Pipeline]: ...


def pipeline(
    func: Callable[..., None] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
) -> Pipeline | Callable[[Callable[..., None]], Pipeline]:
    """Make a pipeline of a function that calls components.

    Args:
        func: The function; its parameters are annotated str, int, float or bool.
        name: The pipeline's name in SageMaker; the function's name with dashes where not given.
        description: For people; the first paragraph of the docstring where not given.

    Returns:
        The pipeline, or a decorator where called with options.

    Raises:
        DslError: SageMaker could not take the name or a parameter; the message has file and line.
    """

    def decorate(function: Callable[..., None]) -> Pipeline:
        location = Location(function.__code__.co_filename, function.__code__.co_firstlineno)
        title = name or function.__name__.replace("_", "-")
        if not names.PIPELINE_NAME.fullmatch(title):
            raise DslError(
                f"pipeline name {title!r}: SageMaker takes letters, digits and single dashes, "
                "256 at most, starting with a letter or digit",
                location,
            )
        doc = (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ")
        return Pipeline(
            name=title,
            description=description or doc,
            parameters=tuple(_parameters(function, location)),
            python_func=function,
            source=location,
        )

    return decorate if func is None else decorate(func)


def _parameters(function: Callable[..., Any], location: Location) -> list[ParameterSpec]:
    hints = get_type_hints(function)
    found = []
    for parameter in inspect.signature(function).parameters.values():
        where = f"pipeline {function.__name__!r}, parameter {parameter.name!r}"
        type_ = hints.get(parameter.name)
        if type_ not in PARAMETER_TYPES:
            raise DslError(
                f"{where} is annotated {getattr(type_, '__name__', type_)}; SageMaker's pipeline "
                f"parameters are {', '.join(item.__name__ for item in PARAMETER_TYPES)}",
                location,
            )
        if parameter.name in names.ENVIRONMENT_PARAMETERS:
            raise DslError(
                f"{where}: that name is taken by the environment's settings in sagepipe.toml",
                location,
            )
        if parameter.default is parameter.empty:
            found.append(ParameterSpec(parameter.name, type_))
            continue
        if not wire.matches(parameter.default, type_):
            raise DslError(
                f"{where}: its default {parameter.default!r} is not of type {type_.__name__}",
                location,
            )
        default = float(parameter.default) if type_ is float else parameter.default
        found.append(ParameterSpec(parameter.name, type_, default, required=False))
    return found
