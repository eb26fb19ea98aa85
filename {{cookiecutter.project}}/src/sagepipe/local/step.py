"""One step of a definition, as the runner sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
class Step:
    """One step, taken out of the branch that it stands in.

    Attributes:
        name: Its name, unique in the definition.
        type: Its type, such as ``Processing``.
        arguments: What SageMaker is asked for; a Condition's branches are left out.
        depends_on: Steps named in ``DependsOn``.
        property_files: By name.
        branch: Where it stands, if in a branch.
    """

    name: str
    type: str
    arguments: Mapping[str, Any]
    depends_on: tuple[str, ...]
    property_files: Mapping[str, PropertyFile]
    branch: Branch | None
