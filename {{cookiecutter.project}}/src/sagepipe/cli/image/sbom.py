"""``sagepipe image sbom``: what an image holds, as CycloneDX."""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagepipe.cli import output
from sagepipe.cli.image import contents
from sagepipe.cli.image.contents import Contents
from sagepipe.cli.image.find import ImageError, images
from sagepipe.compiler import write as write_file

if TYPE_CHECKING:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component
    from cyclonedx.model.license import License

_COMMIT = "SAGEPIPE_GIT_COMMIT"
# Longer ones are a licence's whole text.
_LONGEST_LICENCE = 80


def write(wanted: str, to: Path | None) -> None:
    """Write an image's software bill of materials.

    Args:
        wanted: ``train``, ``serve``, or an image's name.
        to: The file; the terminal if not given or ``-``.

    Raises:
        SagepipeError: There is no engine or no such image, it has no Python, the library that
            writes CycloneDX is not installed, or the file can't be written.
    """
    try:
        from cyclonedx.output.json import JsonV1Dot6
    except ModuleNotFoundError:
        raise ImageError(
            "sagepipe image sbom needs cyclonedx-python-lib: install the extra `image` of "
            "pyproject.toml, as `make install` does"
        ) from None
    (image,) = images("sbom", [wanted])
    (inspected,) = json.loads(image.ask("image", "inspect", image.name))
    found = bill(image.name, inspected, contents.read(image))
    text = JsonV1Dot6(found).output_as_string(indent=2)
    if to in (None, Path("-")):
        sys.stdout.write(f"{text}\n")
    else:
        assert to is not None
        write_file(to, f"{text}\n")
        output.wrote(to)


def bill(name: str, inspected: Mapping[str, Any], held: Contents) -> "Bom":
    """Make the bill: the image, the system and its packages, Python and its packages.

    Args:
        name: The image's name.
        inspected: What its engine says of it: ``Id``, and ``Env`` and ``Labels`` in ``Config``.
        held: What it holds.

    Returns:
        The bill. The image depends on whatever no other part of it does.
    """
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.tool import ToolRepository

    root = _image(name, inspected)
    tool = Component(type=ComponentType.APPLICATION, name="sagepipe image sbom")
    tools = ToolRepository(components=[tool])
    bom = Bom(metadata=BomMetaData(component=root, tools=tools))
    packages = {_canonical(found["name"]): _package(found) for found in held.distributions}
    parts = [*_system(held), *packages.values()]
    for part in parts:
        bom.components.add(part)
    needed = set()
    for found in held.distributions:
        below = [packages[name] for name in _requirements(found["requires"]) if name in packages]
        bom.register_dependency(packages[_canonical(found["name"])], below)
        needed |= {part.bom_ref.value for part in below}
    bom.register_dependency(root, [part for part in parts if part.bom_ref.value not in needed])
    return bom


def _image(name: str, inspected: Mapping[str, Any]) -> "Component":
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component, ComponentType

    config = inspected["Config"]
    variables = dict(variable.partition("=")[::2] for variable in config.get("Env") or [])
    facts = {**(config.get("Labels") or {}), _COMMIT: variables.get(_COMMIT)}
    return Component(
        type=ComponentType.CONTAINER,
        name=name,
        version="sha256:" + inspected["Id"].removeprefix("sha256:"),
        bom_ref=name,
        properties=[Property(name=key, value=value) for key, value in facts.items() if value],
    )


def _system(held: Contents) -> list["Component"]:
    """List what is not a Python package."""
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    name, version = held.system.get("ID", "linux"), held.system.get("VERSION_ID", "")
    found = [
        Component(
            type=ComponentType.OPERATING_SYSTEM,
            name=name,
            version=version or None,
            bom_ref=f"{name}-{version}",
        ),
        Component(
            type=ComponentType.APPLICATION,
            name="python",
            version=held.python,
            bom_ref=f"python-{held.python}",
            cpe=f"cpe:2.3:a:python:python:{held.python}:*:*:*:*:*:*:*",
            purl=PackageURL("generic", None, "python", held.python),
        ),
    ]
    for package in held.debian:
        qualifiers = {"arch": package["architecture"], "distro": f"{name}-{version}"}
        url = PackageURL("deb", name, package["name"], package["version"], qualifiers)
        found.append(
            Component(name=package["name"], version=package["version"], purl=url, bom_ref=str(url))
        )
    return found


def _package(found: dict[str, Any]) -> "Component":
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

    url = PackageURL("pypi", None, _canonical(found["name"]), found["version"])
    return Component(
        name=found["name"],
        version=found["version"],
        description=found["summary"] or None,
        licenses=_licences(found),
        purl=url,
        bom_ref=str(url),
    )


def _licences(found: dict[str, Any]) -> list["License"]:
    """Read a package's licence: an SPDX expression where it is one, else what it is called."""
    from cyclonedx import spdx
    from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression

    said = found["expression"] or found["licence"].strip()
    if len(said) <= _LONGEST_LICENCE and "\n" not in said:
        if known := spdx.fixup_id(said):
            return [DisjunctiveLicense(id=known)]
        if said and spdx.is_expression(said):
            return [LicenseExpression(said)]
    names = [line.rpartition(" :: ")[2] for line in found["classifiers"]]
    if not names and said:
        names = [said.splitlines()[0][:_LONGEST_LICENCE]]
    return [DisjunctiveLicense(name=name) for name in names]


def _requirements(lines: Sequence[str]) -> Iterable[str]:
    """Name what a package requires by itself, without its extras."""
    for line in lines:
        match = re.match(r"[\w.-]+", line)
        if match and not re.search(r";.*\bextra\b", line):
            yield _canonical(match[0])


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
