"""Components: typed Python functions that run as SageMaker jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, overload

from sagepipe.dsl import kfp, rules, signature
from sagepipe.dsl.errors import author_error, no_attribute
from sagepipe.dsl.record import names, record
from sagepipe.dsl.resources import Resources
from sagepipe.dsl.spec import ComponentSpec, Kind

if TYPE_CHECKING:
    from sagepipe.dsl.pipelines.task import Task

_FIELDS = names(Resources)


@record(eq=False)
class Component:
    """A function that a pipeline can run as a job.

    Attributes:
        python_func: The plain function, for unit tests.
        spec: What the compiler and the runtime know of it.
    """

    python_func: Callable[..., Any]
    spec: ComponentSpec

    def __repr__(self) -> str:
        return f"<component {self.spec.name!r}>"

    def __getattr__(self, name: str) -> Any:
        from sagepipe.dsl.pipelines.task import Task

        spec = self.__dict__.get("spec")
        title = spec.name if spec is not None else ""
        hint = (
            f": it is a component, not a task; call it, {title}(...).{name}"
            if hasattr(Task, name)
            else ""
        )
        raise no_attribute(f"component {title!r}", name, dir(self), hint)

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
        from sagepipe.dsl.pipelines.task import new_task

        return new_task(self.spec, args, arguments)


@overload
def component(func: Callable[..., Any]) -> Component: ...
@overload
def component(
    func: None = None,
    *,
    kind: Kind = "processing",
    metrics: tuple[str, ...] = (),
    instance_type: str = ...,
    instance_count: int = ...,
    volume_size_gb: int = ...,
    max_runtime_seconds: int = ...,
) -> Callable[[Callable[..., Any]], Component]: ...


def component(
    func: Callable[..., Any] | None = None,
    *,
    kind: Kind = "processing",
    metrics: tuple[str, ...] = (),
    **resources: Any,
) -> Component | Callable[[Callable[..., Any]], Component]:
    """Make a component of a function.

    Args:
        func: A function of a module, all of whose parameters are annotated: ``Input[...]`` and
            ``Output[...]`` of artifacts, and parameters of type str, int, float, bool, list, dict,
            a ``Literal``, or one of these ``| None``. It may return one value or a ``NamedTuple``
            of them, which conditions and other tasks can read.
        kind: ``processing`` (any inputs and outputs) or ``training`` (inputs are channels,
            parameters are hyperparameters, exactly one ``Output[Model]``).
        metrics: Numbers in a training job's ``Output[Metrics]`` that SageMaker shall read off its
            log, for conditions and tuning to use.
        resources: What its jobs run on, such as instance_type, instance_count, volume_size_gb and
            max_runtime_seconds. A task may override them.

    Returns:
        The component, or a decorator where called with options.

    Raises:
        DslError: The function can't run as such a job; the message has its file and line.
    """

    for name in resources:
        if name not in _FIELDS:
            hint = (
                f": {kfp.COMPONENT[name]}"
                if name in kfp.COMPONENT
                else f"; it takes {', '.join(_FIELDS)}"
            )
            raise author_error(f"@dsl.component has no option {name!r}{hint}")
    if isinstance(metrics, str):
        raise author_error(f"@dsl.component: metrics is a tuple of names: ({metrics!r},)")
    if func is not None and not callable(func):
        raise author_error(
            f"@dsl.component stands above a function, without arguments or with named ones, "
            f"not {func!r}"
        )

    def decorate(function: Callable[..., Any]) -> Component:
        spec = signature.read(function, kind, Resources(**resources), tuple(metrics))
        rules.check(spec)
        return Component(function, spec)

    return decorate if func is None else decorate(func)
