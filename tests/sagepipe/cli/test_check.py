"""``sagepipe check`` as a user runs it."""

import json
from pathlib import Path

import pytest

from sagepipe.compiler.check import check

DEFINITIONS = Path(__file__).parents[1] / "compiler" / "check" / "sdk_v3"


@pytest.fixture
def wrong(project):
    """A file with two mistakes in one step and one in the definition itself."""
    definition = json.loads((DEFINITIONS / "search.json").read_text(encoding="utf-8"))
    definition["Version"] = "2021"
    arguments = definition["Steps"][0]["Arguments"]
    arguments["ProcessingResources"]["ClusterConfig"]["InstanceType"] = "ml.m5.xlagre"
    del arguments["RoleArn"]
    (project / "wrong.json").write_text(json.dumps(definition), encoding="utf-8")
    return definition


def test_a_pipeline_of_the_project_is_compiled_and_checked(sagepipe_command):
    default, named = sagepipe_command("check"), sagepipe_command("check", "numbers")

    assert default.returncode == named.returncode == 0, default.stdout + default.stderr
    assert default.stdout == named.stdout == "small-numbers: nothing found\n"


def test_a_file_needs_no_project(sagepipe_command, tmp_path):
    result = sagepipe_command("check", str(DEFINITIONS / "guests.json"), cwd=tmp_path)

    assert (result.returncode, result.stdout) == (0, "guests: nothing found\n")


def test_findings_are_listed_by_step_and_end_with_1(sagepipe_command, wrong):
    result = sagepipe_command("check", "wrong.json")

    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [
        "the definition",
        "Prepare",
        "wrong: 3 findings",
    ]
    where = lines.index("  $.Steps[0].Arguments.ProcessingResources.ClusterConfig.InstanceType")
    assert lines[where + 1] == "    'ml.m5.xlagre' is no choice"
    assert "ml.m5.xlarge" in lines[where + 2] and lines[where + 2].startswith("    allowed: ")
    assert lines[where + 3].startswith("    source: CreateProcessingJob, ProcessingInstanceType")


def test_machines_get_json(sagepipe_command, wrong):
    result = sagepipe_command("check", "wrong.json", "--json")
    found = json.loads(result.stdout)

    assert (result.returncode, found["name"]) == (1, "wrong")
    assert [item["path"] for item in found["findings"]] == [item.path for item in check(wrong)]
    assert all(set(item) == set(found["findings"][0]) for item in found["findings"])


def test_machines_get_json_where_nothing_is_found(sagepipe_command):
    result = sagepipe_command("check", "--json")

    assert (result.returncode, json.loads(result.stdout)["findings"]) == (0, [])


def test_the_answer_of_describe_pipeline_is_read(sagepipe_command, project, wrong):
    answer = {"PipelineArn": "arn", "PipelineDefinition": json.dumps(wrong)}
    (project / "answer.json").write_text(json.dumps(answer), encoding="utf-8")

    assert "answer: 3 findings" in sagepipe_command("check", "answer.json").stdout


@pytest.mark.parametrize(
    ("argument", "content", "words"),
    [
        ("absent.json", None, "can't read absent.json"),
        ("text.json", "steps: 1", "text.json is no JSON"),
        ("list.json", "[]", "list.json is no pipeline definition"),
        ("nothing", None, "no pipeline 'nothing'"),
    ],
)
def test_wrong_usage_is_one_line_and_ends_with_2(
    sagepipe_command, project, argument, content, words
):
    if content is not None:
        (project / argument).write_text(content, encoding="utf-8")
    result = sagepipe_command("check", argument)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ") and words in result.stderr
    assert len(result.stderr.splitlines()) == 1
