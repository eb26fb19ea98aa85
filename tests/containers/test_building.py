"""What a build takes, and what it refuses."""

import re
import shutil
import uuid

import pytest

pytestmark = [pytest.mark.once, pytest.mark.slow]


def test_packages_of_other_contents_are_refused(engine, try_to_build, project, tmp_path):
    other = shutil.copytree(project, tmp_path / "project")
    listed = other / "docker/serve.txt"
    text = listed.read_text()
    changed = re.sub(r"(?<=sha256:)[0-9a-f]{4}", "0000", text)
    assert changed != text
    listed.write_text(changed)
    tag = f"{project.name}-serve:test-{uuid.uuid4().hex[:8]}"
    built = try_to_build(other, "serve", tag, [])
    assert built.returncode != 0
    assert "DO NOT MATCH THE HASHES" in built.stdout + built.stderr
    assert not engine.has(tag)


def test_the_base_may_be_named_by_its_digest(engine, build, base_image):
    digest = engine("image", "inspect", "--format={{.Digest}}", base_image).stdout.strip()
    if not digest.startswith("sha256:"):
        pytest.skip(f"{engine.name} knows no digest of {base_image}")
    repository = base_image.rpartition(":")[0]
    image = build("base", BASE_IMAGE=f"{repository}@{digest}")
    label = '{{index .Config.Labels "org.opencontainers.image.base.name"}}'
    named = engine("image", "inspect", f"--format={label}", image).stdout.strip()
    assert named == f"{repository}@{digest}"
