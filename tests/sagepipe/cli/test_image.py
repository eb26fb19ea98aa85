"""``sagepipe image``: what needs no container engine."""

import json
import subprocess
import sys

import pytest

from sagepipe.cli.image import contents, inside, sbom
from sagepipe.cli.image.contents import Contents

pytestmark = pytest.mark.once

STATUS = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u13
Description: GNU C Library
 Version: of a line that goes on

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0
"""
INSPECTED = {
    "Id": "0123abcd",
    "Config": {
        "Env": ["PATH=/bin", "SAGEPIPE_GIT_COMMIT=0a1b2c"],
        "Labels": {"org.opencontainers.image.base.name": "python:3.11-slim"},
    },
}


@pytest.fixture(scope="module")
def held() -> Contents:
    """What the environment of this test holds, as if it were an image."""
    command = [sys.executable, "-I", "-c", contents.INSIDE.read_text()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return Contents(**json.loads(done.stdout))


@pytest.fixture(scope="module")
def bill(held) -> dict:
    """Its bill of materials, read back."""
    from cyclonedx.output.json import JsonV1Dot6

    return json.loads(JsonV1Dot6(sbom.bill("team:1", INSPECTED, held)).output_as_string())


def test_an_image_tells_its_packages_and_their_sizes(held):
    found = {package["name"]: package for package in held.distributions}
    assert found["numpy"]["bytes"] > 10_000_000
    assert found["uvicorn"]["expression"] == "BSD-3-Clause"
    assert held.python == ".".join(map(str, sys.version_info[:3]))


def test_an_image_tells_what_debian_has_installed(tmp_path, monkeypatch):
    file = tmp_path / "status"
    file.write_text(STATUS)
    monkeypatch.setattr(inside, "DPKG", file)
    libc = {"name": "libc6", "version": "2.36-9+deb12u13", "architecture": "amd64"}
    assert inside.debian() == [libc]


def test_a_bill_of_materials_is_valid_against_its_schema(held):
    from cyclonedx.output.json import JsonV1Dot6
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = JsonV1Dot6(sbom.bill("team:1", INSPECTED, held)).output_as_string()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_a_bill_of_materials_names_the_image_its_base_and_its_commit(bill):
    image = bill["metadata"]["component"]
    assert (image["type"], image["name"], image["version"]) == (
        "container",
        "team:1",
        "sha256:0123abcd",
    )
    assert {"name": "SAGEPIPE_GIT_COMMIT", "value": "0a1b2c"} in image["properties"]
    base = {"name": "org.opencontainers.image.base.name", "value": "python:3.11-slim"}
    assert base in image["properties"]


def test_a_bill_of_materials_has_every_package_its_licence_and_what_it_needs(held, bill):
    parts = {part.get("purl", ""): part for part in bill["components"]}
    versions = {package["name"]: package["version"] for package in held.distributions}
    starlette = f"pkg:pypi/starlette@{versions['starlette']}"
    assert parts[starlette]["licenses"] == [{"license": {"id": "BSD-3-Clause"}}]
    assert len([url for url in parts if url.startswith("pkg:pypi/")]) == len(versions)
    needs = {item["ref"]: item.get("dependsOn", []) for item in bill["dependencies"]}
    assert f"pkg:pypi/anyio@{versions['anyio']}" in needs[starlette]


def test_a_bill_of_materials_has_the_systems_packages():
    libc = {"name": "libc6", "version": "2.36", "architecture": "amd64"}
    found = sbom.bill(
        "x", INSPECTED, Contents("3.11.7", {"ID": "debian", "VERSION_ID": "12"}, [], [libc])
    )
    urls = {str(part.purl) for part in found.components if part.purl}
    assert "pkg:deb/debian/libc6@2.36?arch=amd64&distro=debian-12" in urls


@pytest.mark.parametrize("verb", [["size"], ["sbom", "serve"]])
def test_without_an_engine_it_is_one_line(sagepipe_command, tmp_path, verb):
    done = sagepipe_command("image", *verb, PATH=str(tmp_path))
    said = (
        f"error: sagepipe image {verb[0]} needs docker or podman, which isn't on PATH: install it\n"
    )
    assert (done.returncode != 0, done.stdout, done.stderr) == (True, "", said)
