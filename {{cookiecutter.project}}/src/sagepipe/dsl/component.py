"""Components: typed Python functions that run as SageMaker jobs."""

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints, overload

from sagepipe.contract import limits
from sagepipe.dsl import wire
from sagepipe.dsl.artifacts import INPUT, OUTPUT, Artifact, Direction, Model
from sagepipe.dsl.errors import DslError, Location
from sagepipe.dsl.resources import Resources
from sagepipe.dsl.spec import ComponentSpec, InputSpec, Kind, OutputSpec, ParameterSpec
from sagepipe.dsl.task import Task, new_task


@dataclass(frozen=True, eq=False)
class Component:
    """A function that a pipeline can run as a job.

    Attributes:
        python_func: The plain function, for unit tests.
        spec: What the compiler and the runtime know of it.
    """

    python_func: Callable[..., None]
    spec: ComponentSpec

    def __call__(self, *args: Any, **arguments: Any) -> Task:
        """Add a task that runs this component to the pipeline that is being built.

        Args:
            args: Not allowed: a component's arguments are given by name, as in KFP.
            arguments: Inputs and parameters by name.

        Returns:
            The task, whose ``outputs`` other tasks take.

        Raises:
            DslError: An argument is missing, unknown or of the wrong type, or no pipeline is being
                built.
        """
        return new_task(self.spec, args, arguments)


@overload
def component(func: Callable[..., None]) -> Component: ...
@overload
def component(
    func: None = None,
    *,
    kind: Kind = "processing",
    instance_type: str = ...,
    instance_count: int = ...,
    volume_size_gb: int = ...,
    max_runtime_seconds: int = ...,
) -> Callable[[Callable[..., None]], Component]: ...


def component(
    func: Callable[..., None] | None = None, *, kind: Kind = "processing", **resources: Any
) -> Component | Callable[[Callable[..., None]], Component]:
    """Make a component of a function.

    Args:
        func: A function of a module, all of whose parameters are annotated: ``Input[...]`` and
            ``Output[...]`` of artifacts, and parameters of type str, int, float, bool, list, dict.
        kind: ``processing`` (any inputs and outputs) or ``training`` (inputs are channels,
            parameters are hyperparameters, exactly one ``Output[Model]``).
        resources: Fields of ``Resources``: instance_type, instance_count, volume_size_gb,
            max_runtime_seconds. A task may override them.

    Returns:
        The component, or a decorator where called with options.

    Raises:
        DslError: The function can't run as such a job; the message has its file and line.
    """

    def decorate(function: Callable[..., None]) -> Component:
        return Component(function, _spec(function, kind, Resources(**resources)))

    return decorate if func is None else decorate(func)


def _spec(function: Callable[..., Any], kind: Kind, resources: Resources) -> ComponentSpec:
    code = getattr(function, "__code__", None)
    if code is None:
        raise DslError(f"@dsl.component takes a function, not {function!r}")
    location = Location(code.co_filename, code.co_firstlineno)
    if kind not in get_args(Kind):
        raise DslError(f"kind {kind!r} is none of {', '.join(get_args(Kind))}", location)
    if "<" in function.__qualname__ or "." in function.__qualname__:
        raise DslError(
            f"component {function.__qualname__!r} is not a function of a module: the job imports "
            "it by module and name, so move it to the top level of a file",
            location,
        )
    inputs: list[InputSpec] = []
    outputs: list[OutputSpec] = []
    parameters: list[ParameterSpec] = []
    hints = _hints(function, location)
    for parameter in inspect.signature(function).parameters.values():
        where = f"component {function.__name__!r}, {parameter.name!r}"
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise DslError(f"{where}: a job can't take *{parameter.name}; name each one", location)
        if parameter.name not in hints:
            raise DslError(f"{where} has no annotation; SageMaker has to know its type", location)
        direction, type_ = _parse(hints[parameter.name], where, location)
        if direction is None:
            parameters.append(_parameter(parameter, type_, where, location))
        elif parameter.default is not parameter.empty:
            raise DslError(f"{where}: an artifact can't have a default", location)
        elif direction is INPUT:
            inputs.append(InputSpec(parameter.name, type_))
        else:
            outputs.append(OutputSpec(parameter.name, type_))
    if hints.get("return") not in (None, type(None)):
        raise DslError(
            f"component {function.__name__!r} returns a value; annotate it `-> None` and write "
            "what it makes to an Output[...], numbers to an Output[Metrics]",
            location,
        )
    spec = ComponentSpec(
        name=function.__name__,
        kind=kind,
        entrypoint=f"{_module_name(function)}:{function.__name__}",
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        parameters=tuple(parameters),
        resources=resources,
        description=_summary(function),
        source=location,
    )
    _check_contract(spec)
    return spec


def _hints(function: Callable[..., Any], location: Location) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except NameError as error:
        raise DslError(
            f"component {function.__name__!r}: an annotation names something that its module "
            f"doesn't have ({error})",
            location,
        ) from None


def _parse(hint: Any, where: str, location: Location) -> tuple[Direction | None, Any]:
    if get_origin(hint) is Annotated:
        type_, *marks = get_args(hint)
        direction = next((mark for mark in marks if mark in (INPUT, OUTPUT)), None)
        if direction is not None:
            if not (isinstance(type_, type) and issubclass(type_, Artifact)):
                raise DslError(
                    f"{where}: {direction}[...] takes an artifact type such as Dataset, "
                    f"not {getattr(type_, '__name__', type_)}",
                    location,
                )
            return direction, type_
        hint = type_
    if isinstance(hint, type) and issubclass(hint, Artifact):
        raise DslError(
            f"{where} is a {hint.__name__}: say Input[{hint.__name__}] or Output[{hint.__name__}]",
            location,
        )
    plain = get_origin(hint) or hint
    if plain in wire.PARAMETER_TYPES:
        return None, plain
    raise DslError(
        f"{where} is of type {getattr(hint, '__name__', hint)}; a parameter is one of "
        f"{', '.join(type_.__name__ for type_ in wire.PARAMETER_TYPES)}",
        location,
    )


def _parameter(
    parameter: inspect.Parameter, type_: type, where: str, location: Location
) -> ParameterSpec:
    if parameter.default is parameter.empty:
        return ParameterSpec(parameter.name, type_)
    if not wire.matches(parameter.default, type_):
        raise DslError(
            f"{where}: its default {parameter.default!r} is not of type {type_.__name__}", location
        )
    return ParameterSpec(parameter.name, type_, parameter.default, required=False)


def _module_name(function: Callable[..., Any]) -> str:
    """Return the name to import the function's module by; a script run as a program has one too."""
    if function.__module__ != "__main__":
        return function.__module__
    main = sys.modules["__main__"].__spec__
    return main.name if main else "__main__"


def _summary(function: Callable[..., Any]) -> str:
    return (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ")


def _check_contract(spec: ComponentSpec) -> None:
    """Refuse what SageMaker's job of this kind could not hold."""

    def refuse(message: str) -> None:
        raise DslError(f"component {spec.name!r}: {message}", spec.source)

    if spec.kind == "training":
        models = [output.name for output in spec.outputs if issubclass(output.type, Model)]
        if len(models) != 1:
            refuse(
                f"a training job has exactly one Output[Model] (/opt/ml/model), this one has "
                f"{len(models)}{': ' + ', '.join(models) if models else ''}"
            )
        if len(spec.inputs) > limits.CHANNELS:
            refuse(f"{len(spec.inputs)} inputs; a training job has at most {limits.CHANNELS}")
        if len(spec.parameters) > limits.HYPERPARAMETERS:
            refuse(f"{len(spec.parameters)} parameters; at most {limits.HYPERPARAMETERS}")
        return
    for what, items, most in (
        ("inputs", spec.inputs, limits.PROCESSING_INPUTS),
        ("outputs", spec.outputs, limits.PROCESSING_OUTPUTS),
    ):
        if len(items) > most:
            refuse(f"{len(items)} {what}; a processing job has at most {most}")
    if 1 + 2 * len(spec.parameters) > limits.CONTAINER_ARGUMENTS:
        refuse(f"{len(spec.parameters)} parameters are more than a job's arguments can hold")
    taken = {item.name for item in spec.inputs} & {item.name for item in spec.outputs}
    if taken:
        refuse(f"{sorted(taken)[0]!r} is both an input and an output")
