"""``[serving] engine`` of sagepipe.toml: which engine training writes models for."""

from pathlib import Path

import pytest

from sagepipe.cli import parameters, settings
from sagepipe.cli.settings import SettingsError

PROJECT = """
[project]
name = "small"
package = "team"
default_pipeline = "numbers"

[local]
train = "docker/train.py"
serve = "docker/serve.py"

[env.local]
"""
TRAINS = {"Parameters": [{"Name": "engine", "Type": "String"}]}


def load(folder: Path, more: str = "") -> settings.Settings:
    """Read a project's settings."""
    (folder / "sagepipe.toml").write_text(PROJECT + more)
    return settings.load(folder)


def started_with(project: settings.Settings, *given: str, definition=TRAINS) -> dict[str, str]:
    """Collect what an execution of the project starts with."""
    environment = project.environment("local")
    return parameters.collect(definition, environment, given, project.serving_engine)


def test_is_onnx_where_nothing_is_said(tmp_path):
    assert started_with(load(tmp_path)) == {"engine": "onnx"}


def test_reaches_a_pipeline_that_has_a_parameter_for_it(tmp_path):
    project = load(tmp_path, '[serving]\nengine = "sklearn"')
    assert started_with(project) == {"engine": "sklearn"}
    assert started_with(project, definition={"Parameters": []}) == {}


@pytest.mark.parametrize(
    ("more", "given"),
    [
        ('[env.local.parameters]\nengine = "sklearn"\n[serving]\nengine = "onnx"', []),
        ('[serving]\nengine = "onnx"', ["engine=sklearn"]),
    ],
    ids=["of an environment", "of the command line"],
)
def test_comes_after_a_value(tmp_path, more, given):
    assert started_with(load(tmp_path, more), *given) == {"engine": "sklearn"}


def test_another_is_an_error(tmp_path):
    said = r"\[serving\] engine: 'tensorrt' is unknown; there are onnx, sklearn"
    with pytest.raises(SettingsError, match=said):
        load(tmp_path, '[serving]\nengine = "tensorrt"')
