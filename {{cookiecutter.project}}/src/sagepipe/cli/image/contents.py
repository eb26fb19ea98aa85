"""What an image holds, as its own Python tells."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagepipe.cli.image.find import Image, ImageError

INSIDE = Path(__file__).with_name("inside.py")


@dataclass(frozen=True)
class Contents:
    """What an image holds.

    Attributes:
        python: The version of its Python.
        system: Its ``/etc/os-release``.
        distributions: Its Python packages, each with ``name``, ``version``, ``summary``,
            ``expression``, ``licence``, ``classifiers``, ``requires`` and ``bytes``.
        debian: Its system's packages, each with ``name``, ``version`` and ``architecture``.
    """

    python: str
    system: dict[str, str]
    distributions: Sequence[dict[str, Any]]
    debian: Sequence[dict[str, str]]


def read(image: Image) -> Contents:
    """Ask an image what it holds, in a container without a network.

    Args:
        image: The image.

    Raises:
        ImageError: It has no Python, or does not answer.
    """
    # Isolated: the project's own code, on PYTHONPATH, is no package and could be in the way.
    command = ("--entrypoint", "python", image.name, "-I", "-c", INSIDE.read_text("utf-8"))
    printed = image.ask("run", "--rm", "--pull=never", "--network=none", *command)
    try:
        return Contents(**json.loads(printed))
    except (ValueError, TypeError):
        raise ImageError(f"image {image.name}: its Python doesn't tell what it holds") from None
