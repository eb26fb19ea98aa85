"""Expressions: Get, Std:Join, Std:JsonGet, and paths into what steps produced."""

import pytest

from sagepipe.local.errors import StepError
from sagepipe.local.expressions import PENDING, Scope, references, resolve, tokens

TRAINED = {
    "ModelArtifacts": {"S3ModelArtifacts": "s3://b/model.tar.gz"},
    "FinalMetricDataList": [{"MetricName": "a", "Value": 1.5}, {"MetricName": "b:x", "Value": 2}],
}
PREPARED = {
    "ProcessingOutputConfig": {
        "Outputs": [
            {"OutputName": "train", "S3Output": {"S3Uri": "s3://b/train"}},
            {"OutputName": "test", "S3Output": {"S3Uri": "s3://b/test"}},
        ]
    }
}
REPORT = {"auc": 0.9, "by.class": {"late": [{"f1": 0.7}]}}
SCOPE = Scope(
    parameters={"n": 3, "x": 0.1, "yes": True, "no": False, "bucket": "b"},
    execution={"PipelineExecutionId": "abc"},
    experiment={"ExperimentName": {"Get": "Execution.PipelineExecutionId"}},
    steps={"train": TRAINED, "prepare": PREPARED, "check": {"Outcome": False}},
    property_file=lambda step, name: REPORT,
    json_object=lambda uri: {"uri": uri},
)


def get(reference):
    return resolve({"Get": reference}, SCOPE)


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("Parameters.n", 3),
        ("Execution.PipelineExecutionId", "abc"),
        ("PipelineExperimentConfig.ExperimentName", "abc"),
        ("Steps.train.ModelArtifacts.S3ModelArtifacts", "s3://b/model.tar.gz"),
        ("Steps.prepare.ProcessingOutputConfig.Outputs['test'].S3Output.S3Uri", "s3://b/test"),
        ('Steps.prepare.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri', "s3://b/train"),
        ("Steps.prepare.ProcessingOutputConfig.Outputs[1].S3Output.S3Uri", "s3://b/test"),
        ("Steps.train.FinalMetricDataList['b:x'].Value", 2),
    ],
)
def test_get_follows_a_path(reference, value):
    assert get(reference) == value


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("Parameters.m", "not known"),
        ("Steps.other.Status", "'other'"),
        ("Steps.train.FinalMetricDataList['c'].Value", "there is no 'c' (there is: a, b:x)"),
        ("Steps.train.FinalMetricDataList[7]", "there is no 7"),
        ("Steps.train.ModelArtifacts.Nothing", "(there is: S3ModelArtifacts)"),
        ("Steps.train.ModelArtifacts.S3ModelArtifacts.more", "there is no 'more'"),
    ],
)
def test_a_reference_that_leads_nowhere_says_where_it_stopped(reference, says):
    with pytest.raises(StepError) as caught:
        get(reference)
    assert says in str(caught.value)


def test_join_writes_booleans_in_lower_case_and_numbers_as_they_are():
    values = ["a", {"Get": "Parameters.yes"}, {"Get": "Parameters.no"}, 7, {"Get": "Parameters.x"}]
    assert resolve({"Std:Join": {"On": "-", "Values": values}}, SCOPE) == "a-true-false-7-0.1"


def test_join_writes_a_conditions_outcome_in_lower_case():
    outcome = {"Get": "Steps.check.Outcome"}
    assert resolve({"Std:Join": {"On": "", "Values": [outcome]}}, SCOPE) == "false"


def test_functions_nest():
    inner = {"Std:Join": {"On": "/", "Values": ["s3:/", {"Get": "Parameters.bucket"}, "k.json"]}}
    value = {"Std:JsonGet": {"S3Uri": inner, "Path": "uri"}}
    assert (
        resolve({"Std:Join": {"On": "", "Values": ["<", value, ">"]}}, SCOPE) == "<s3://b/k.json>"
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [("auc", 0.9), ("['by.class'].late[0].f1", 0.7), ("['by.class']['late'][0]['f1']", 0.7)],
)
def test_json_get_reads_a_property_file(path, value):
    operand = {"PropertyFile": {"Get": "Steps.prepare.PropertyFiles.report"}, "Path": path}
    assert resolve({"Std:JsonGet": operand}, SCOPE) == value


def test_json_get_says_what_the_file_holds_instead():
    operand = {"PropertyFile": {"Get": "Steps.prepare.PropertyFiles.report"}, "Path": "auk"}
    with pytest.raises(StepError) as caught:
        resolve({"Std:JsonGet": operand}, SCOPE)
    assert str(caught.value) == (
        "ClientError: 'auk' in property file 'report' of step 'prepare': there is no 'auk' "
        "(there is: auc, by.class)"
    )


def test_before_the_run_what_steps_produce_is_pending():
    before = Scope(parameters={"n": 3})
    assert resolve({"Get": "Steps.train.ModelArtifacts"}, before) is PENDING
    join = {"Std:Join": {"On": "", "Values": ["a", {"Get": "Steps.train.X"}]}}
    assert resolve({"k": [join, {"Get": "Parameters.n"}]}, before) == {"k": [PENDING, 3]}
    assert resolve({"Std:JsonGet": {"S3Uri": "s3://b/x", "Path": "a"}}, before) is PENDING


def test_references_are_found_at_any_depth():
    value = {
        "a": [{"Std:Join": {"On": "", "Values": [{"Get": "Parameters.n"}]}}],
        "b": {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.s.PropertyFiles.f"}, "Path": "p"}},
    }
    assert list(references(value)) == ["Parameters.n", "Steps.s.PropertyFiles.f"]


def test_a_malformed_path_is_refused():
    with pytest.raises(StepError, match="is no path"):
        tokens("a[b]")
