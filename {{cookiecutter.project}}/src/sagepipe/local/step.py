"""One step of a definition, as the runner sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sagepipe.local.policies import CachePolicy, RetryPolicy


@dataclass(frozen=True)
class PropertyFile:
    """A JSON file in one of a step's outputs that ``Std:JsonGet`` reads."""

    name: str
    output: str
    path: str


@dataclass(frozen=True)
class Branch:
    """Which side of which Condition step a step stands on."""

    condition: str
    outcome: bool


@dataclass(frozen=True)
class Iteration:
    """Which round of which ForEach step a step belongs to. (IterationContext)

    Attributes:
        loop: The ForEach step.
        index: The round, from 0.
        item: What the round is for: a scalar, or a list or an object of JSON.
    """

    loop: str
    index: int
    item: Any


@dataclass(frozen=True)
class Step:
    """One step, taken out of the branch that it stands in.

    Attributes:
        name: Its name, unique in the definition.
        type: Its type, such as ``Processing``.
        arguments: What SageMaker is asked for; a Condition's branches and a ForEach step's body
            are left out.
        depends_on: Steps named in ``DependsOn``, and how each has to end.
        property_files: By name.
        branch: Where it stands, if in a branch.
        body: What a ForEach step runs for each item.
        iteration: Its round, if it is one of a ForEach step's.
        cache: Whether it may take the outputs of an earlier run.
        retries: When it is tried again.
    """

    name: str
    type: str
    arguments: Mapping[str, Any]
    depends_on: Mapping[str, str]
    property_files: Mapping[str, PropertyFile]
    branch: Branch | None = None
    body: tuple["Step", ...] = ()
    iteration: Iteration | None = None
    cache: CachePolicy | None = None
    retries: tuple[RetryPolicy, ...] = ()
