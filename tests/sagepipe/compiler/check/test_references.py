"""References, expressions and property files: each mistake is found where it stands."""

import pytest
from planting import assert_found, get, join, planted, step

MISTAKES = [
    *planted(
        "registration",
        "$.Steps[0].Arguments",
        [
            (
                "a parameter that isn't there",
                ".ProcessingInputs[0].S3Input.S3Uri",
                get("Parameters.Data"),
                "no parameter 'Data'",
            )
        ],
    ),
    *planted(
        "registration",
        "$.Steps[1].Arguments",
        [
            (
                "a step that isn't there",
                ".InputDataConfig[0].DataSource.S3DataSource.S3Uri",
                get("Steps.Prepared.ProcessingJobArn"),
                "no step 'Prepared'",
            ),
            (
                "a property that isn't there",
                ".InputDataConfig[0].DataSource.S3DataSource.S3Uri",
                get("Steps.Prepare.ModelArtifacts.S3ModelArtifacts"),
                "no property 'ModelArtifacts'",
            ),
            (
                "a property deep inside that isn't there",
                ".InputDataConfig[0].DataSource.S3DataSource.S3Uri",
                get("Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.Uri"),
                "S3Output.Uri",
            ),
            (
                "an output that isn't there",
                ".InputDataConfig[0].DataSource.S3DataSource.S3Uri",
                get("Steps.Prepare.ProcessingOutputConfig.Outputs['valid'].S3Output.S3Uri"),
                "no 'valid'",
            ),
            (
                "an output by an index that isn't there",
                ".InputDataConfig[0].DataSource.S3DataSource.S3Uri",
                get("Steps.Prepare.ProcessingOutputConfig.Outputs[2].S3Output.S3Uri"),
                "2 entries",
            ),
            (
                "a list's member without an index",
                ".InputDataConfig[0].DataSource.S3DataSource.S3Uri",
                get("Steps.Prepare.ProcessingOutputConfig.Outputs.S3Output.S3Uri"),
                "is a list",
            ),
            (
                "a member of a scalar",
                ".InputDataConfig[0].DataSource.S3DataSource.S3Uri",
                get("Steps.Prepare.ProcessingJobArn.Name"),
                "has no member",
            ),
            (
                "a whole step",
                ".InputDataConfig[0].DataSource.S3DataSource.S3Uri",
                get("Steps.Prepare"),
                "no property",
            ),
            (
                "what is no path",
                ".InputDataConfig[0].DataSource.S3DataSource.S3Uri",
                get("Steps.Prepare.Outputs[train]"),
                "is no path",
            ),
            (
                "what is no namespace",
                ".InputDataConfig[0].DataSource.S3DataSource.S3Uri",
                get("Step.Prepare.ProcessingJobArn"),
                "refers to nothing",
            ),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[2].Arguments",
        [
            (
                "an execution variable that isn't there",
                ".Environment.EXPERIMENT",
                get("Execution.PipelineId"),
                "no execution variable",
            ),
            (
                "an experiment property that isn't there",
                ".Environment.EXPERIMENT",
                get("PipelineExperimentConfig.Name"),
                "no experiment property",
            ),
            (
                "a hyperparameter that isn't given",
                ".Environment.EXPERIMENT",
                get("Steps.Train.HyperParameters['eta']"),
                "no 'eta'",
            ),
            (
                "a Join without values",
                {".Environment.EXPERIMENT": {"Std:Join": {"On": "/"}}},
                ".Environment.EXPERIMENT['Std:Join']",
                "no list of Values",
            ),
            (
                "a Join of a list",
                {".Environment.EXPERIMENT": join(["a"])},
                ".Environment.EXPERIMENT['Std:Join'].Values[0]",
                "can't be joined",
            ),
            (
                "a function that isn't there",
                ".Environment.EXPERIMENT",
                {"Std:Concat": ["a"]},
                "is no function",
            ),
            ("a Get of nothing", ".Environment.EXPERIMENT", get(""), "Get has ''"),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[3].Arguments",
        [
            (
                "a metric that isn't defined",
                ".Conditions[1].Conditions[1].Condition.RightValue",
                get("Steps.Train.FinalMetricDataList['f1'].Value"),
                "no 'f1'",
            ),
            (
                "a property file that isn't declared",
                ".Conditions[0].LeftValue['Std:JsonGet'].PropertyFile",
                get("Steps.Evaluate.PropertyFiles.metrics"),
                "no property file 'metrics'",
            ),
            (
                "a property file as a value",
                ".Conditions[0].LeftValue",
                get("Steps.Evaluate.PropertyFiles.report"),
                "is a file, no value",
            ),
            (
                "a JsonGet of two files",
                {".Conditions[0].LeftValue['Std:JsonGet'].S3Uri": "s3://b/k"},
                ".Conditions[0].LeftValue['Std:JsonGet']",
                "both",
            ),
            (
                "a JsonGet without a path",
                ".Conditions[0].LeftValue['Std:JsonGet'].Path",
                "",
                "Path is ''",
            ),
            (
                "a step of the other branch",
                ".ElseSteps[0].Arguments.ErrorMessage",
                get("Steps.Register.ModelPackageArn"),
                "may never run",
            ),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[2]",
        [
            (
                "a property file of an output that isn't there",
                ".PropertyFiles[0].OutputName",
                "report",
                "no output 'report'",
            ),
            (
                "an absolute property file",
                ".PropertyFiles[0].FilePath",
                "/metrics.json",
                "absolute",
            ),
            (
                "two property files of one name",
                {".PropertyFiles": lambda f: f + f},
                ".PropertyFiles[1].PropertyFileName",
                "twice",
            ),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[1]",
        [("property files of a training step", ".PropertyFiles", [{}], "no property files")],
    ),
    *planted(
        "guests",
        "$.Steps[1].Arguments",
        [
            (
                "a Lambda output that isn't declared",
                ".rows",
                get("Steps.Ask.OutputParameters['lines']"),
                "no output 'lines'",
            ),
            (
                "a Lambda step's property",
                ".rows",
                get("Steps.Ask.FunctionArn"),
                "no output of step",
            ),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[4].Arguments",
        [
            (
                "a step of a branch, from outside",
                {"$.Steps[4]": step(Arguments={"a": get("Steps.Register.ModelPackageArn")})},
                ".a",
                "may never run",
            ),
            (
                "a Condition's property that isn't there",
                {"$.Steps[4]": step(Arguments={"a": get("Steps.Gate.Result")})},
                ".a",
                "no property 'Result'",
            ),
        ],
    ),
    *planted(
        "registration",
        "$.Steps[4]",
        [
            (
                "waiting for a step of a branch",
                {"": step(DependsOn=["Register"])},
                ".DependsOn[0]",
                "may never run",
            )
        ],
    ),
    *planted(
        "guests",
        "$.Steps[7].Arguments",
        [
            (
                "a property of a Cleanup step",
                ".Environment.EXPERIMENT",
                get("Steps.Sweep.Status"),
                "has no properties",
            )
        ],
    ),
    *planted(
        "registration",
        "$",
        [
            (
                "an experiment named by nothing",
                "$.PipelineExperimentConfig.TrialName",
                get("Parameters.Trial"),
                "no parameter",
            )
        ],
    ),
]


@pytest.mark.parametrize(("definition", "changes", "path", "words"), MISTAKES)
def test_a_mistake_is_found_where_it_stands(definition, changes, path, words):
    assert_found(definition, changes, path, words)
