"""What is known of a component from its signature."""

from dataclasses import dataclass
from typing import Any, Literal

from sagepipe.dsl.artifacts import Artifact
from sagepipe.dsl.errors import Location
from sagepipe.dsl.resources import Resources

Kind = Literal["processing", "training"]


@dataclass(frozen=True)
class InputSpec:
    """An artifact that a component reads."""

    name: str
    type: type[Artifact]


@dataclass(frozen=True)
class OutputSpec:
    """An artifact that a component writes."""

    name: str
    type: type[Artifact]


@dataclass(frozen=True)
class ParameterSpec:
    """A value that a component or a pipeline takes."""

    name: str
    type: type
    default: Any = None
    required: bool = True


@dataclass(frozen=True)
class ComponentSpec:
    """A component as the compiler and the runtime see it.

    Attributes:
        name: The function's name.
        kind: The kind of SageMaker job.
        entrypoint: ``module:function``, by which the job imports it.
        inputs: Artifacts it reads.
        outputs: Artifacts it writes.
        parameters: Values it takes.
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
