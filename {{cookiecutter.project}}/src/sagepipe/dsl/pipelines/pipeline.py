"""Pipelines: Python functions that wire components together."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, overload

from sagepipe.contract import names
from sagepipe.dsl import annotations, docstring, kfp, parameters, signature
from sagepipe.dsl.component import Component
from sagepipe.dsl.errors import DslError, Location, author_error, caller, no_attribute
from sagepipe.dsl.pipelines import nested, verify
from sagepipe.dsl.pipelines.arguments import listed
from sagepipe.dsl.pipelines.branches import end_chain
from sagepipe.dsl.pipelines.graph import Graph, current, tracing
from sagepipe.dsl.pipelines.nested import Nested
from sagepipe.dsl.pipelines.values import Constant, ParameterRef, Value
from sagepipe.dsl.record import field, record
from sagepipe.dsl.spec import ParameterSpec


@record(eq=False)
class Pipeline:
    """A pipeline, ready to be traced.

    Attributes:
        name: Its name in SageMaker.
        description: The first paragraph of its docstring.
        parameters: What it takes when it is started.
        python_func: The function that wires it.
        source: Where it is defined.
        tags: Tags of the pipeline and its jobs.
        display_name: What SageMaker Studio shows; the name where not given.
    """

    name: str
    description: str
    parameters: tuple[ParameterSpec, ...]
    python_func: Callable[..., Any]
    source: Location
    tags: Mapping[str, str] = field(default_factory=dict)
    display_name: str | None = None

    def __repr__(self) -> str:
        return f"<pipeline {self.name!r}>"

    def __getattr__(self, name: str) -> Any:
        raise no_attribute(f"pipeline {self.__dict__.get('name')!r}", name, dir(self))

    def trace(self) -> Graph:
        """Run the function once and return the graph that it draws.

        Raises:
            DslError: It wires something that SageMaker could not run.
        """
        graph = Graph(self.name, self.description, self.parameters)
        arguments = {
            item.name: ParameterRef(item.name, item.type, item.choices) for item in self.parameters
        }
        with tracing(graph):
            self.python_func(**arguments)
        verify.check(graph)
        if not graph.nodes:
            raise DslError(f"pipeline {self.name!r} has no steps", self.source)
        return graph

    def __call__(self, *args: Any, **arguments: Any) -> Any:
        """Write this pipeline's steps into the one that is being built.

        Their names start with this pipeline's name.

        Args:
            args: Not allowed: arguments are given by name.
            arguments: Constants and pipeline values by parameter.

        Returns:
            What KFP's call returns, if the function says by an annotation what it returns, or
            returns nothing: something with ``output``, ``outputs`` and ``after``. Else what the
            function returns, such as an output of one of its tasks.

        Raises:
            DslError: An argument is missing, unknown or of the wrong type.
        """
        graph = current(f"pipeline {self.name!r} can be compiled, run or submitted; as a call, it")
        if args:
            raise author_error(f"{self.name}() takes its arguments by name, as in KFP")
        known = {item.name: item for item in self.parameters}
        for name in arguments:
            if name not in known:
                raise author_error(
                    f"{self.name}() has no parameter {name!r}; it takes {listed(known) or 'none'}"
                )
        bound = {name: _bound(self, item, arguments) for name, item in known.items()}
        already = len(graph.siblings)
        with graph.prefixed(self.name):
            returned = self.python_func(**bound)
        end_chain(graph)
        hint = signature.hints_of(self.python_func, "pipeline", self.source).get("return")
        if hint is None and returned is not None:
            return returned
        steps = tuple(graph.siblings[already:])
        return Nested(self.name, nested.outputs(self, hint, returned), steps, caller())


@overload
def pipeline(func: Callable[..., Any]) -> Pipeline: ...
@overload
def pipeline(
    func: None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    display_name: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., Any]], Pipeline]: ...


def pipeline(
    func: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    display_name: str | None = None,
    tags: Mapping[str, str] | None = None,
    **others: Any,
) -> Pipeline | Callable[[Callable[..., Any]], Pipeline]:
    """Make a pipeline of a function that calls components.

    Args:
        func: The function; its parameters are annotated str, int, float, bool, list, dict, or a
            ``Literal`` of texts.
        name: The pipeline's name in SageMaker; the function's name with dashes where not given.
        description: For people; the first paragraph of the docstring where not given.
        display_name: What SageMaker Studio shows; of the same form as a name.
        tags: Tags of the pipeline and its jobs; an environment's come before them.
        others: Refused, with what to do instead of KFP's other options.

    Returns:
        The pipeline, or a decorator where called with options.

    Raises:
        DslError: SageMaker could not take the name or a parameter; the message has file and line.
    """

    for option in others:
        hint = f": {kfp.PIPELINE[option]}" if option in kfp.PIPELINE else ""
        raise author_error(f"@dsl.pipeline has no option {option!r}{hint}")
    if display_name is not None and not names.PIPELINE_NAME.fullmatch(display_name):
        raise author_error(
            f"display_name {display_name!r}: SageMaker takes letters, digits and single dashes, "
            "256 at most, starting with a letter or digit (PipelineName)"
        )
    if isinstance(func, Component):
        raise author_error(
            f"{func!r} is a component; a pipeline is a function that calls components"
        )
    if func is not None and not hasattr(func, "__code__"):
        raise author_error(
            f"@dsl.pipeline stands above a function, without arguments or with named ones, "
            f"not {func!r}: @dsl.pipeline(name=...)"
        )

    def decorate(function: Callable[..., Any]) -> Pipeline:
        location = Location(function.__code__.co_filename, function.__code__.co_firstlineno)
        title = name or function.__name__.replace("_", "-")
        if not names.PIPELINE_NAME.fullmatch(title):
            raise DslError(
                f"pipeline name {title!r}: SageMaker takes letters, digits and single dashes, "
                "256 at most, starting with a letter or digit (PipelineName)",
                location,
            )
        return Pipeline(
            name=title,
            description=description or docstring.summary(function),
            parameters=tuple(_parameters(function, location)),
            python_func=function,
            source=location,
            tags=dict(tags or {}),
            display_name=display_name,
        )

    return decorate if func is None else decorate(func)


def _parameters(function: Callable[..., Any], location: Location) -> Iterator[ParameterSpec]:
    hints = signature.hints_of(function, "pipeline", location)
    described = docstring.arguments(function)
    for item in parameters.read(function):
        where = f"pipeline {function.__name__!r}, parameter {item.name!r}"
        if not item.by_name:
            raise DslError(f"{where}: a pipeline can't take *{item.name}; name each one", location)
        if item.name not in hints:
            raise DslError(f"{where} has no annotation; SageMaker has to know its type", location)
        hint = annotations.read(hints[item.name], where, location)
        if hint.direction is not None:
            raise DslError(
                f"{where} is an artifact; a pipeline starts with values: take the URI as a str and "
                "use dsl.importer",
                location,
            )
        if hint.optional:
            raise DslError(
                f"{where} may be None, for which SageMaker's pipeline parameters have no value; "
                "give it a default that says so",
                location,
            )
        if hint.choices and hint.type is not str:
            raise DslError(
                f"{where}: SageMaker has EnumValues for texts only; take a {hint.type.__name__} "
                "and let the component check it",
                location,
            )
        if item.name in names.ENVIRONMENT_PARAMETERS:
            raise DslError(
                f"{where}: that name is taken by the environment's settings in sagepipe.toml",
                location,
            )
        yield signature.parameter(item, hint, described.get(item.name, ""), where, location)


def _bound(inner: Pipeline, item: ParameterSpec, arguments: dict[str, Any]) -> Value:
    where = f"{inner.name}(), {item.name}"
    if item.name not in arguments:
        if item.required:
            raise author_error(f"{inner.name}() lacks {item.name!r}")
        return Constant(item.default)
    value = arguments[item.name]
    if isinstance(value, Value):
        if value.type not in (object, item.type) and (value.type, item.type) != (int, float):
            raise author_error(
                f"{where} takes a {item.kind}; {value.label} is a {value.type.__name__}"
            )
        return value
    if not item.accepts(value):
        raise author_error(f"{where} takes a {item.kind}, not {value!r}")
    return Constant(value)
