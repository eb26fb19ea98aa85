"""Step objects of the SageMaker SDK as guests in our pipelines: ``dsl.step(...)``."""

import json
import logging

import pytest

pytest.importorskip("sagemaker", reason="the SageMaker SDK is installed in tox's env peers only")

import sdk_pipelines  # noqa: F401 - before the SDK, which asks for a region when it is imported
from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.properties import Properties
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.emr_step import EMRStep, EMRStepConfig
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.for_each_step import CurrentItem, ForEachStep
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition
from sdk_pipelines import ours, parts, theirs

from sagepipe import dsl
from sagepipe.compiler import compile_pipeline
from sagepipe.dsl import Dataset, DslError

logging.getLogger("sagemaker").setLevel(logging.ERROR)
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:check"
DATA = ParameterString("data_uri")


def called(name="check", **options):
    """A step that calls a function."""
    outputs = [LambdaOutput("ok", LambdaOutputTypeEnum.Boolean)]
    return LambdaStep(name, lambda_func=Lambda(function_arn=ARN), outputs=outputs, **options)


def written_by_the_sdk(*steps):
    definition = json.loads(parts.pipeline("guests", [DATA], list(steps)).definition())
    return definition["Steps"]


def written_by_us(*steps):
    @dsl.pipeline(name="guests")
    def guests(data_uri: str) -> None:
        for step in steps:
            dsl.step(step)

    return compile_pipeline(guests)["Steps"]


GUESTS = {
    "processing": lambda: [parts.look("guests", "look", DATA)],
    "training": lambda: [parts.fit("guests", "fit", DATA)],
    "tuning": lambda: [step for step in theirs.tuning().steps if step.name == "tune-fit"],
    "model": lambda: [step for step in theirs.models().steps if step.name in ("fit", "made")],
    "register": lambda: [theirs.registration(DATA, model_package_group_name="guests")],
    "transform": lambda: [
        step for step in theirs.models().steps if step.name in ("fit", "made", "joined")
    ],
    "lambda": lambda: [called(inputs={"rows": 3, "where": Join(on="/", values=[DATA, "x"])})],
    "emr": lambda: [
        EMRStep(
            "spark",
            display_name="Spark",
            description="A cluster's step.",
            cluster_id="j-1",
            step_config=EMRStepConfig(jar="s3://elsewhere/x.jar"),
        )
    ],
    "condition": lambda: [
        ConditionStep(
            "gate",
            conditions=theirs.conditions().steps[-1].conditions,
            if_steps=[called(inputs={"a": 1})],
            else_steps=[FailStep("stop", "no")],
        )
    ],
    "for each": lambda: [
        ForEachStep(
            "each",
            iterable_items=DATA,
            max_concurrency=2,
            for_each_body=[called(inputs={"item": CurrentItem().name})],
        )
    ],
}


@pytest.mark.parametrize("kind", GUESTS)
def test_a_guest_is_written_as_the_sdk_writes_it(kind):
    if kind == "condition":  # reads a property file of a step, which has to be there
        look = parts.look("conditions", "look", DATA)
        theirs_, ours_ = written_by_the_sdk(look, *GUESTS[kind]()), written_by_us(*GUESTS[kind]())
        assert ours_ == theirs_[1:]
    else:
        assert written_by_us(*GUESTS[kind]()) == written_by_the_sdk(*GUESTS[kind]())


def test_guests_wait_for_each_other_and_for_ours():
    def steps():
        first = called("first")
        second = called("second", depends_on=[first])
        third = called("third", depends_on=[StepDependency(second, TriggerCondition.FAILED)])
        return [first, second, third]

    assert written_by_us(*steps()) == written_by_the_sdk(*steps())

    @dsl.pipeline(name="guests")
    def guests(data_uri: str) -> None:
        told = ours.notify(text="x")
        dsl.step(called("first", depends_on=["notify"])).after(told, trigger="Any")
        dsl.step(called("second", depends_on=["notify"]))

    first, second = compile_pipeline(guests)["Steps"][1:]
    assert first["DependsOn"] == [{"Step": "notify", "Trigger": "Any"}]
    assert second["DependsOn"] == ["notify"]


def test_a_guest_takes_our_values():
    @dsl.pipeline(name="guests")
    def guests(data_uri: str, share: float = 0.2) -> None:
        raw = dsl.importer(data_uri, Dataset)
        seen = ours.look(raw=raw)
        prepared = ours.prepare(raw=raw)
        dsl.step(
            called(
                inputs={
                    "uri": data_uri,
                    "share": share,
                    "rows": seen.outputs["rows"],
                    "train": prepared.outputs["train"],
                    "file": prepared.outputs["train"].file("a.csv"),
                    "ended": seen.properties.ProcessingEndTime,
                    "text": dsl.join("run ", dsl.EXECUTION_ID),
                }
            )
        )

    arguments = compile_pipeline(guests)["Steps"][-1]["Arguments"]
    train = {"Get": "Steps.prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"}
    execution = {"Get": "Execution.PipelineExecutionId"}
    assert arguments == {
        "uri": {"Get": "Parameters.data_uri"},
        "share": {"Get": "Parameters.share"},
        "rows": {
            "Std:JsonGet": {
                "PropertyFile": {"Get": "Steps.look.PropertyFiles.returned"},
                "Path": "rows",
            }
        },
        "train": train,
        "file": {"Std:Join": {"On": "/", "Values": [train, "a.csv"]}},
        "ended": {"Get": "Steps.look.ProcessingEndTime"},
        "text": {"Std:Join": {"On": "", "Values": ["run ", execution]}},
    }


def test_a_guest_refers_to_our_steps_in_the_sdks_own_way():
    @dsl.pipeline(name="guests")
    def guests(data_uri: str) -> None:
        ours.prepare(raw=dsl.importer(data_uri, Dataset))
        ours.look(raw=dsl.importer(data_uri, Dataset))
        prepare = Properties("prepare", shape_name="DescribeProcessingJobResponse")
        rows = JsonGet(step_name="look", property_file=parts.LOOKED, json_path="rows")
        train = prepare.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri
        dsl.step(parts.score("guests", "score", train, DATA))
        dsl.step(called(inputs={"rows": rows, "uri": DATA}))

    score, check = compile_pipeline(guests)["Steps"][2:]
    assert score["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"] == {
        "Get": "Steps.prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"
    }
    assert check["Arguments"]["rows"]["Std:JsonGet"]["Path"] == "rows"
    assert check["Arguments"]["uri"] == {"Get": "Parameters.data_uri"}


def test_ours_takes_what_a_guest_comes_up_with():
    @dsl.pipeline(name="guests")
    def guests(data_uri: str) -> None:
        raw = dsl.importer(data_uri, Dataset)
        guest = dsl.step(called(inputs={}))
        looked = dsl.step(parts.look("guests", "look", DATA))
        uri = looked.properties.ProcessingOutputConfig.Outputs["returned"].S3Output.S3Uri
        with dsl.If(guest.properties.OutputParameters["ok"] == True):  # noqa: E712
            ours.look(raw=dsl.importer(uri, Dataset))
        ours.merge(parts=[raw], note=guest.properties.OutputParameters["ok"]).after(looked)

    gate, merge = compile_pipeline(guests)["Steps"][2:]
    (condition,) = gate["Arguments"]["Conditions"]
    assert condition["LeftValue"] == {"Get": "Steps.check.OutputParameters['ok']"}
    (look,) = gate["Arguments"]["IfSteps"]
    assert look["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"] == {
        "Get": "Steps.look.ProcessingOutputConfig.Outputs['returned'].S3Output.S3Uri"
    }
    assert merge["DependsOn"] == ["look"]


def test_a_guest_in_a_branch_and_in_a_loop():
    @dsl.pipeline(name="guests")
    def guests(data_uri: str, mode: str = "fast") -> None:
        with dsl.If(mode == "fast"):
            dsl.step(called("quick", inputs={"mode": mode}))
        with dsl.ParallelFor(["a", "b"]) as item:
            dsl.step(called("each", inputs={"item": item}))

    gate, first, second = compile_pipeline(guests)["Steps"]
    assert gate["Arguments"]["IfSteps"][0]["FunctionArn"] == ARN
    assert [first["Arguments"], second["Arguments"]] == [{"item": "a"}, {"item": "b"}]


def test_what_is_no_step_is_refused():
    @dsl.pipeline(name="guests")
    def guests() -> None:
        dsl.step(Lambda(function_arn=ARN))

    with pytest.raises(DslError, match="takes a dict or a SageMaker SDK step, not Lambda"):
        compile_pipeline(guests)


def test_two_guests_of_one_name_are_refused():
    with pytest.raises(DslError, match="has a step 'check' already; give it name="):
        written_by_us(called(), called())
