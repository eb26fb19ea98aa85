"""Models by name: what CreateModel leaves and transform jobs ask for."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagepipe.local import identity
from sagepipe.local.errors import StepError


@dataclass(frozen=True)
class Model:
    """A model that can be served.

    Attributes:
        name: Its name.
        image: Its container's image.
        data_url: Where its ``model.tar.gz`` lies.
        environment: Its container's variables.
        isolated: Whether its container has no network.
    """

    name: str
    image: str
    data_url: str
    environment: Mapping[str, str]
    isolated: bool


class Models:
    """The models of a project, a file each.

    Args:
        folder: Where.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str, request: Mapping[str, Any]) -> None:
        """Create a model.

        Args:
            name: Its name, which nothing else has.
            request: CreateModel's.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = self._folder / f".{identity.random(16)}"
        beside.write_text(json.dumps(request), encoding="utf-8")
        os.replace(beside, self._folder / f"{name}.json")

    def get(self, name: str) -> Model:
        """Find a model.

        Args:
            name: Its name.

        Returns:
            The model.

        Raises:
            StepError: There is none.
        """
        file = self._folder / f"{name}.json"
        if "/" in name or not file.is_file():
            raise StepError(f"Could not find model {name!r}; a Model step makes one")
        request = json.loads(file.read_text(encoding="utf-8"))
        container = container_of(request)
        return Model(
            name=name,
            image=container.get("Image") or "",
            data_url=container["ModelDataUrl"],
            environment=container.get("Environment") or {},
            isolated=bool(request.get("EnableNetworkIsolation")),
        )


def container_of(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find a model's only container.

    Args:
        request: CreateModel's.

    Returns:
        It; empty where there is none.
    """
    containers = [request.get("PrimaryContainer"), *(request.get("Containers") or ())]
    found: list[Mapping[str, Any]] = [container for container in containers if container]
    return found[0] if len(found) == 1 else {}
