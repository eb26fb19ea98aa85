"""``sagepipe image`` on images that were really built."""

import json
import re
import uuid

import pytest

pytestmark = [pytest.mark.once, pytest.mark.slow]


ABSENT = f"flight-delay-serve:absent-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def sagepipe(run_in, bake, engine):
    project = bake()
    settings = project / "sagepipe.toml"
    text = settings.read_text().replace("[local]", f'[local]\nengine = "{engine.name}"', 1)
    settings.write_text(text.replace("flight-delay-serve:local", ABSENT))
    return lambda *words: run_in(project, "-m", "sagepipe.cli", "image", *words)


def test_size_says_what_an_image_adds_to_its_base(sagepipe, serve_image, base_image, added):
    done = sagepipe("size", "--json", serve_image)
    assert done.returncode == 0, done.stderr
    (size,) = json.loads(done.stdout)
    assert (size["image"], size["base"]) == (serve_image, base_image)
    assert size["added_bytes"] == sum(layer["bytes"] for layer in size["layers"])
    assert size["added_bytes"] == pytest.approx(added(serve_image), rel=0.02)
    assert size["packages"]["onnxruntime"] > 10_000_000
    assert "mlflow" not in size["packages"]


def test_size_shows_it_to_people(sagepipe, serve_image):
    done = sagepipe("size", serve_image)
    assert done.returncode == 0, done.stderr
    assert re.match(rf"{serve_image}: [\d.]+ MB, of which [\d.]+ MB come on top of ", done.stdout)
    assert re.search(r"^ *[\d.]+ MB   onnxruntime$", done.stdout, flags=re.M)


def test_sbom_lists_what_was_installed_and_nothing_else(sagepipe, project, serve_image, tmp_path):
    done = sagepipe("sbom", serve_image, "-o", str(tmp_path / "serve.cdx.json"))
    assert done.returncode == 0, done.stderr
    bill = json.loads((tmp_path / "serve.cdx.json").read_text())
    assert bill["metadata"]["component"]["name"] == serve_image
    urls = {part["purl"] for part in bill["components"] if "purl" in part}
    held = {re.sub(r"pkg:pypi/(.+)@(.+)", r"\1==\2", url) for url in urls if ":pypi/" in url}
    listed = set(
        re.findall(r"^[\w-]+==[^ ]+", (project / "docker/serve.txt").read_text(), flags=re.M)
    )
    base = {pin for pin in held if re.match(r"(pip|setuptools|wheel|packaging)==", pin)}
    assert held - base <= listed
    assert {pin.partition("==")[0] for pin in held} >= {"numpy", "onnxruntime", "uvicorn"}


def test_an_image_that_is_not_here_is_one_line_with_the_command_that_builds_it(sagepipe, engine):
    done = sagepipe("size", "serve")
    assert done.stdout == ""
    assert done.stderr == (
        f"error: image {ABSENT} is not on this machine: build it with "
        f"`{engine.name} build -f docker/Dockerfile --target serve -t {ABSENT} .`\n"
    )


def test_an_image_whose_base_is_not_said_is_one_line(sagepipe, base_image):
    done = sagepipe("size", base_image)
    assert (done.returncode, done.stdout) != (0, "")
    assert "which of its layers are the base is not said" in done.stderr
    assert len(done.stderr.splitlines()) == 1
