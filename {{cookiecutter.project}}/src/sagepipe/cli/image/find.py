"""Which image is meant, and the engine that has it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sagepipe.cli import settings
from sagepipe.contract.errors import SagepipeError
from sagepipe.local.launch import engine
from sagepipe.local.launch.engine import Engine

# The keys of [env.local] that name what a target of the Dockerfile is built as.
_KEYS = {"train": "image_uri", "serve": "serving_image_uri"}


class ImageError(SagepipeError):
    """An image that isn't here or doesn't tell what it was asked."""


@dataclass(frozen=True)
class Image:
    """An image on this machine.

    Attributes:
        name: Its name.
        engine: The engine that has it.
    """

    name: str
    engine: Engine

    def ask(self, *arguments: str) -> str:
        """Run one of the engine's commands.

        Args:
            arguments: The command's words.

        Returns:
            What it printed.

        Raises:
            ImageError: It failed.
        """
        done = self.engine(*arguments)
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise ImageError(f"image {self.name}: {self.engine.name} {arguments[0]}: {said}")
        return done.stdout


def images(verb: str, wanted: Sequence[str]) -> list[Image]:
    """Find images.

    Args:
        verb: The command that asks, as errors begin.
        wanted: ``train``, ``serve``, or names of images.

    Raises:
        SagepipeError: There is no engine, an image is not on this machine, or a target of the
            Dockerfile is asked for and its name is not set.
    """
    project = settings.load()
    found = engine.find(project.engine or None, f"sagepipe image {verb}", "")
    return [_image(name, found, project) for name in wanted]


def _image(wanted: str, found: Engine, project: settings.Settings) -> Image:
    key = _KEYS.get(wanted)
    name = project.environment("local").require(key) if key else wanted
    if not found.has(name):
        remedy = found.building(name, wanted) if key else f"get it with `{found.name} pull {name}`"
        raise ImageError(f"image {name} is not on this machine: {remedy}")
    return Image(name, found)
