"""What is known of a component from its signature."""

from typing import Any, Literal

from sagepipe.dsl import wire
from sagepipe.dsl.artifacts import Artifact
from sagepipe.dsl.errors import Location
from sagepipe.dsl.record import record
from sagepipe.dsl.resources import Resources

Kind = Literal["processing", "training"]


@record
class InputSpec:
    """An artifact that a component reads; ``many`` is a list of them."""

    name: str
    type: type[Artifact]
    optional: bool = False
    many: bool = False


@record
class OutputSpec:
    """An artifact that a component writes."""

    name: str
    type: type[Artifact]


@record
class ParameterSpec:
    """A value that a component or a pipeline takes.

    Attributes:
        name: Its name.
        type: One of ``wire.PARAMETER_TYPES``.
        default: What it is where none is given.
        required: Whether it has no default.
        optional: Whether it may be ``None``.
        choices: The only values allowed; empty where any will do.
        description: What its docstring says.
    """

    name: str
    type: type
    default: Any = None
    required: bool = True
    optional: bool = False
    choices: tuple[Any, ...] = ()
    description: str = ""

    def accepts(self, value: Any) -> bool:
        """Say whether a value may stand for it."""
        if value is None:
            return self.optional
        return wire.matches(value, self.type) and (not self.choices or value in self.choices)

    @property
    def kind(self) -> str:
        """Its type, for messages."""
        one_of = " | ".join(repr(choice) for choice in self.choices)
        return (one_of or self.type.__name__) + (" | None" if self.optional else "")


@record
class ReturnSpec:
    """A value that a component returns."""

    name: str
    type: type


@record
class ComponentSpec:
    """A component as the compiler and the runtime see it.

    Attributes:
        name: The function's name.
        kind: The kind of SageMaker job.
        entrypoint: ``module:function``, by which the job imports it.
        inputs: Artifacts it reads.
        outputs: Artifacts it writes.
        parameters: Values it takes.
        returns: Values it returns, in order; a single one is called ``Output``, as in KFP.
        metrics: Numbers of a training job that SageMaker reads off its log.
        hosts: The parameter that is told the job's machines, if it has one.
        resources: What its jobs run on unless a task says otherwise.
        description: The first paragraph of its docstring.
        source: Where it is defined.
    """

    name: str
    kind: Kind
    entrypoint: str
    inputs: tuple[InputSpec, ...]
    outputs: tuple[OutputSpec, ...]
    parameters: tuple[ParameterSpec, ...]
    resources: Resources
    description: str
    source: Location
    returns: tuple[ReturnSpec, ...] = ()
    metrics: tuple[str, ...] = ()
    hosts: str | None = None
