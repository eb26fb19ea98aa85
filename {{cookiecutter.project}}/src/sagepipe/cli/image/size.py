"""``sagepipe image size``."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sagepipe.cli import plain, table
from sagepipe.cli.image import contents
from sagepipe.cli.image.find import Image, ImageError, images
from sagepipe.contract.runners import PODMAN

# The Dockerfile's first instruction after FROM: what lies below it is the base.
BASE_LABEL = "org.opencontainers.image.base.name"
# A smaller share of what the image adds is left out of the tables, or one line of them.
_LEAST_SHARE = 1 / 200


@dataclass(frozen=True)
class Layer:
    """A layer that takes space.

    Attributes:
        made_by: The instruction that made it, or the last one of a stage that was made one layer.
        bytes: Its size.
    """

    made_by: str
    bytes: int


@dataclass(frozen=True)
class Size:
    """How large an image is, uncompressed.

    Attributes:
        image: Its name.
        base: What it was built from.
        base_bytes: The size of the base.
        layers: What lies above it, lowest first.
        packages: The size of each Python package in it, the base's ``pip`` included, largest first.
    """

    image: str
    base: str
    base_bytes: int
    layers: Sequence[Layer]
    packages: dict[str, int]

    @property
    def added_bytes(self) -> int:
        """What the image adds to its base."""
        return sum(layer.bytes for layer in self.layers)


def show(wanted: Sequence[str], as_json: bool) -> None:
    """Print how large images are.

    Args:
        wanted: ``train``, ``serve``, or names of images; the first two if empty.
        as_json: Write JSON.

    Raises:
        SagepipeError: There is no engine or no such image, or it wasn't made by the Dockerfile.
    """
    sizes = [_size(image) for image in images("size", wanted or ("train", "serve"))]
    if as_json:
        listed = [{**asdict(size), "added_bytes": size.added_bytes} for size in sizes]
        print(plain.lines(listed))
        return
    for number, size in enumerate(sizes):
        if number:
            print()
        _print(size)


def _size(image: Image) -> Size:
    layers = list(_layers(image))
    # The engine names the newest first; a base may have a label of its own, further down.
    first = next((i for i, layer in enumerate(layers) if BASE_LABEL in layer.made_by), None)
    if first is None:
        raise ImageError(
            f"image {image.name}: which of its layers are the base is not said: its Dockerfile has "
            f"to begin with LABEL {BASE_LABEL}, as docker/Dockerfile does"
        )
    held = contents.read(image)
    sizes = {found["name"]: int(found["bytes"]) for found in held.distributions}
    return Size(
        image=image.name,
        base=_label(image),
        base_bytes=sum(layer.bytes for layer in layers[first + 1 :]),
        layers=[layer for layer in reversed(layers[: first + 1]) if layer.bytes],
        packages=dict(sorted(sizes.items(), key=lambda item: (-item[1], item[0]))),
    )


def _layers(image: Image) -> Iterator[Layer]:
    asked = ("history", "--no-trunc", "--human=false", "--format")
    if image.engine.name == PODMAN:
        entries = json.loads(image.ask(*asked, "json", image.name))
    else:
        lines = image.ask(*asked, "{{json .}}", image.name).splitlines()
        entries = [json.loads(line) for line in lines]
    for entry in entries:
        yield Layer(entry["CreatedBy"], int(entry.get("size", entry.get("Size", 0))))


def _label(image: Image) -> str:
    labels: dict[str, Any] = json.loads(
        image.ask("image", "inspect", "--format", "{{json .Config.Labels}}", image.name)
    )
    return str(labels[BASE_LABEL])


def _print(size: Size) -> None:
    whole, added = _megabytes(size.base_bytes + size.added_bytes), _megabytes(size.added_bytes)
    print(f"{size.image}: {whole}, of which {added} come on top of {size.base}\n")
    least = size.added_bytes * _LEAST_SHARE
    large = {name: count for name, count in size.packages.items() if count >= least}
    rest = sum(size.packages.values()) - sum(large.values())
    others = {f"{len(size.packages) - len(large)} smaller ones": rest} if rest else {}
    _table("Python package, those of the base included", {**large, **others})
    print()
    layers = [layer for layer in size.layers if layer.bytes >= least]
    _table("Layer", {_short(layer.made_by): layer.bytes for layer in layers})


def _table(what: str, sizes: Mapping[str, int]) -> None:
    cells = [_megabytes(count) for count in sizes.values()]
    width = max(map(len, cells), default=0)
    rows = [(cell.rjust(width), name) for cell, name in zip(cells, sizes, strict=True)]
    table.show(("Size", what), rows)


def _short(instruction: str) -> str:
    """Write an instruction in one line, without what the builder put around it."""
    around = r"^(RUN )?(\|\d+ .*?)?/bin/sh -c (#\(nop\) )?|--mount=\S+ | # buildkit$"
    text = re.sub(around, "", " ".join(instruction.split()))
    return text if len(text) <= 80 else f"{text[:79]}…"


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB"
