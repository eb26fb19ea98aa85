"""The rest of the language as the definition writes it."""

from typing import Literal, NamedTuple

import pytest

from sagepipe import dsl
from sagepipe.compiler import Overrides, compile_pipeline
from sagepipe.dsl import Dataset, DslError, Input, Metrics, Model, Output

URI = "s3://bucket/data"
VALUES = ("Std:Join", "Values")


class Stats(NamedTuple):
    rows: int
    names: list


@dsl.component
def look(
    raw: Input[Dataset],
    mode: Literal["fast", "full"] = "fast",
    note: str | None = None,
    more: Input[Dataset] | None = None,
    columns: list = ["a"],  # noqa: B006 - never changed
    options: dict = {"b": 1, "a": 2},  # noqa: B006
) -> Stats: ...


@dsl.component
def copy(raw: Input[Dataset], out: Output[Dataset], n: int = 0, flag: bool = False) -> None: ...


@dsl.component
def score(raw: Input[Dataset], metrics: Output[Metrics], report: Output[Dataset]) -> None: ...


@dsl.component
def notify(text: str = "") -> None: ...


@dsl.component
def shard(raw: Input[Dataset], out: Output[Dataset], hosts: dsl.Hosts) -> None: ...


@dsl.component(kind="training", metrics=("auc", "by.late"))
def fit(
    train: Input[Dataset],
    model: Output[Model],
    metrics: Output[Metrics],
    rate: float = 0.1,
    depth: int = 3,
    kind: str = "a",
    deep: bool = False,
) -> None: ...


def compiled(function, overrides=None):
    return compile_pipeline(dsl.pipeline(name="p")(function), overrides)


def steps(definition):
    found = {}
    for item in definition["Steps"]:
        found[item["Name"]] = item
        for side in ("IfSteps", "ElseSteps"):
            found |= {inner["Name"]: inner for inner in item["Arguments"].get(side, ())}
    return found


def request(definition, name):
    return steps(definition)[name]["Arguments"]


def words(definition, name):
    given = request(definition, name)["AppSpecification"]["ContainerArguments"][1:]
    return dict(zip(given[::2], given[1::2], strict=True))


def refusal(function, overrides=None):
    with pytest.raises(DslError) as error:
        compiled(function, overrides)
    assert str(error.value).startswith(f"{__file__}:"), error.value
    return str(error.value)


class TestParameters:
    def test_of_the_pipeline(self):
        def wire(
            mode: Literal["fast", "full"],
            items: list = [1, "b"],  # noqa: B006 - never changed
            options: dict = {"b": 1, "a": 2},  # noqa: B006
            rate: float = 1,
        ):
            notify(text=mode)

        assert compiled(wire)["Parameters"][:4] == [
            {"Name": "mode", "Type": "String", "EnumValues": ["fast", "full"]},
            {"Name": "items", "Type": "String", "DefaultValue": '[1, "b"]'},
            {"Name": "options", "Type": "String", "DefaultValue": '{"a": 2, "b": 1}'},
            {"Name": "rate", "Type": "Float", "DefaultValue": 1.0},
        ]

    def test_of_a_component_none_left_out(self):
        def wire():
            look(raw=dsl.importer(URI))

        assert words(compiled(wire), "look") == {
            "--mode": "fast",
            "--columns": '["a"]',
            "--options": '{"a": 2, "b": 1}',
        }

    def test_pipeline_parameters_are_texts_on_the_wire(self):
        def wire(items: list, flag: bool, n: int, note: str):
            look(raw=dsl.importer(URI), columns=items, note=note)
            copy(raw=dsl.importer(URI), flag=flag, n=n)

        definition = compiled(wire)
        assert words(definition, "look")["--columns"] == {"Get": "Parameters.items"}
        assert words(definition, "look")["--note"] == {"Get": "Parameters.note"}
        assert words(definition, "copy")["--flag"] == {
            "Std:Join": {"On": "", "Values": [{"Get": "Parameters.flag"}]}
        }

    def test_environment_variables_metadata_and_messages_are_texts_too(self):
        def wire(n: int, flag: bool):
            fitted = fit(train=dsl.importer(URI)).set_env_variable("N", n)
            dsl.register_model(
                model=fitted.outputs["model"], metadata={"n": n}, environment={"F": flag}
            )
            dsl.fail(n)

        definition = compiled(wire)
        n = {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.n"}]}}
        registered = request(definition, "register-model")
        container = registered["InferenceSpecification"]["Containers"][0]
        assert request(definition, "fit")["Environment"]["N"] == n
        assert registered["CustomerMetadataProperties"]["n"] == n
        assert "Std:Join" in container["Environment"]["F"]
        assert request(definition, "fail") == {"ErrorMessage": n}


class TestInputs:
    def test_one_that_is_left_out_is_not_there(self):
        def wire():
            look(raw=dsl.importer(URI))
            look(raw=dsl.importer(URI), more=dsl.importer(URI))

        definition = compiled(wire)
        names = [
            [item["InputName"] for item in request(definition, name)["ProcessingInputs"]]
            for name in ("look", "look-2")
        ]
        assert names == [["raw"], ["raw", "more"]]

    def test_kfps_importer_names_its_output(self):
        def wire():
            copy(raw=dsl.importer(URI).output)
            copy(raw=dsl.importer(URI).outputs["artifact"])

        assert len(compiled(wire)["Steps"]) == 2


class TestReturns:
    def test_they_are_an_output_with_a_property_file(self):
        def wire():
            seen = look(raw=dsl.importer(URI))
            copy(raw=dsl.importer(URI), n=seen.outputs["rows"])
            look(raw=dsl.importer(URI), columns=seen.outputs["names"])

        definition = compiled(wire)
        assert steps(definition)["look"]["PropertyFiles"] == [
            {"PropertyFileName": "returned", "OutputName": "returned", "FilePath": "returned.json"}
        ]
        rows = words(definition, "copy")["--n"]["Std:Join"]["Values"][0]
        assert rows["Std:JsonGet"] == {
            "PropertyFile": {"Get": "Steps.look.PropertyFiles.returned"},
            "Path": "rows",
        }
        assert "names" in str(words(definition, "look-2")["--columns"])

    def test_nested_metrics_are_paths(self):
        def wire():
            scored = score(raw=dsl.importer(URI))
            metrics = scored.outputs["metrics"]
            for value in (metrics["auc"], metrics["by class"]["late"], metrics["f1"][0]["x"]):
                with dsl.If(value > 0):
                    notify()

        asked = [item["Arguments"]["Conditions"][0] for item in compiled(wire)["Steps"][1:]]
        paths = [item["LeftValue"]["Std:JsonGet"]["Path"] for item in asked]
        assert paths == ["auc", "['by class'].late", "f1[0].x"]

    def test_a_training_jobs_metrics_are_read_off_its_description(self):
        def wire():
            fitted = fit(train=dsl.importer(URI))
            with dsl.If(fitted.outputs["metrics"]["by.late"] > 0):
                notify()

        definition = compiled(wire)
        assert request(definition, "condition")["Conditions"][0]["LeftValue"] == {
            "Get": "Steps.fit.FinalMetricDataList['by.late'].Value"
        }
        found = request(definition, "fit")["AlgorithmSpecification"]["MetricDefinitions"]
        assert [item["Name"] for item in found] == ["auc", "by.late"]

    def test_one_of_their_metrics_is_one_number(self):
        def wire():
            fit(train=dsl.importer(URI)).outputs["metrics"]["auc"]["late"]

        assert "is one number, read off the training job's log" in refusal(wire)


@dsl.pipeline(name="inner")
def inner(data_uri: str, rows: int = 5, flag: bool = True):
    first = copy(raw=dsl.importer(data_uri, Dataset), n=rows, flag=flag)
    with dsl.If(dsl.join(data_uri) == "x"):
        notify(text=data_uri)
    return first.outputs["out"]


@dsl.pipeline(name="middle")
def middle(data_uri: str):
    return inner(data_uri=data_uri)


class TestNested:
    def test_steps_carry_the_inner_pipelines_name(self):
        def wire(data_uri: str):
            copy(raw=inner(data_uri=data_uri))
            copy(raw=middle(data_uri="s3://b/x"))
            inner(data_uri=data_uri)

        assert list(steps(compiled(wire))) == [
            "inner-copy",
            "inner-condition",
            "inner-notify",
            "copy",
            "middle-inner-copy",
            "middle-inner-condition",
            "middle-inner-notify",
            "copy-2",
            "inner-copy-2",
            "inner-condition-2",
            "inner-notify-2",
        ]

    def test_constants_defaults_and_values_are_handed_in(self):
        def wire(n: int):
            inner(data_uri="s3://b/x", rows=7)
            inner(data_uri="s3://b/x", rows=n, flag=False)

        definition = compiled(wire)
        assert words(definition, "inner-copy") == {"--n": "7", "--flag": "true"}
        assert words(definition, "inner-copy-2")["--flag"] == "false"
        assert "Parameters.n" in str(words(definition, "inner-copy-2")["--n"])
        source = request(definition, "inner-copy")["ProcessingInputs"][0]["S3Input"]["S3Uri"]
        assert source == "s3://b/x"
        assert words(definition, "inner-notify") == {"--text": "s3://b/x"}

    def test_only_the_outer_pipelines_parameters_are_declared(self):
        def wire(n: int):
            inner(data_uri="s3://b/x", rows=n)

        declared = [item["Name"] for item in compiled(wire)["Parameters"]]
        assert declared[0] == "n"
        assert "data_uri" not in declared

    def test_an_else_of_the_outer_pipeline_does_not_go_on_with_the_inner_ones_if(self):
        def wire():
            inner(data_uri="s3://b/x")
            with dsl.Else():
                notify()

        assert "dsl.Else has to follow a dsl.If" in refusal(wire)

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda n: inner(), "inner() lacks 'data_uri'"),
            (lambda n: inner("s3://b/x"), "takes its arguments by name"),
            (lambda n: inner(data_uri="s3://b/x", row=1), "has no parameter 'row'; it takes"),
            (lambda n: inner(data_uri=3), "inner(), data_uri takes a str, not 3"),
            (lambda n: inner(data_uri=n), "takes a str; pipeline parameter 'n' is a int"),
        ],
    )
    def test_wrong_arguments_are_refused(self, call, message):
        def wire(n: int):
            call(n)

        assert message in refusal(wire)

    def test_a_name_longer_than_sagemaker_takes(self):
        @dsl.pipeline(name="a" * 61)
        def long():
            copy(raw=dsl.importer(URI))

        assert "has 66 characters; SageMaker takes 64" in refusal(lambda: long())


class TestOrder:
    def test_triggers(self):
        def wire():
            data = dsl.importer(URI)
            first = copy(raw=data)
            notify().after(first)
            notify().after(first, trigger="Failed")
            notify().after(first, trigger="Stopped")
            notify().after(first).ignore_upstream_failure()

        assert [item.get("DependsOn") for item in compiled(wire)["Steps"]] == [
            None,
            ["copy"],
            [{"Step": "copy", "Trigger": "Failed"}],
            [{"Step": "copy", "Trigger": "Stopped"}],
            [{"Step": "copy", "Trigger": "Any"}],
        ]

    def test_an_exit_handler(self):
        def wire():
            bye = notify(text="bye")
            with dsl.ExitHandler(bye):
                first = copy(raw=dsl.importer(URI))
                second = copy(raw=first.outputs["out"])
            copy(raw=second.outputs["out"])

        definition = compiled(wire)
        assert list(steps(definition)) == ["notify", "copy", "copy-2", "copy-3"]
        assert steps(definition)["notify"]["DependsOn"] == [
            {"Step": "copy", "Trigger": "Any"},
            {"Step": "copy-2", "Trigger": "Any"},
        ]

    def test_an_exit_handler_waits_for_a_condition_and_not_for_its_branches(self):
        def wire():
            bye = notify(text="bye")
            with dsl.ExitHandler(bye):
                first = copy(raw=dsl.importer(URI))
                with dsl.If(dsl.EXECUTION_ID == "a"):
                    copy(raw=first.outputs["out"])

        assert [item["Step"] for item in steps(compiled(wire))["notify"]["DependsOn"]] == [
            "copy",
            "condition",
        ]

    def test_a_loop_in_an_exit_handler(self):
        def wire():
            bye = notify(text="bye")
            with dsl.ExitHandler(bye), dsl.ParallelFor([1, 2]) as n:
                copy(raw=dsl.importer(URI), n=n)

        assert [item["Step"] for item in steps(compiled(wire))["notify"]["DependsOn"]] == [
            "copy-0",
            "copy-1",
        ]

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: dsl.ExitHandler(notify), "dsl.ExitHandler takes a task, not <component"),
            (
                lambda: dsl.ExitHandler(copy(raw=copy(raw=dsl.importer(URI)).output)),
                "takes outputs of other tasks, which are not there",
            ),
            (lambda: notify().ignore_upstream_failure(), "waits for no step: say .after(...)"),
            (
                lambda: copy(raw=copy(raw=dsl.importer(URI)).output).ignore_upstream_failure(),
                "takes outputs of 'copy', which are not there where these fail",
            ),
            (lambda: notify().after(notify(), trigger="Always"), "trigger 'Always' is none of"),
            (lambda: notify().after(notify), "can't wait for <component 'notify'>"),
        ],
    )
    def test_what_has_no_form_is_refused(self, make, message):
        def wire():
            made = make()
            if isinstance(made, dsl.ExitHandler):
                with made:
                    notify()

        assert message in refusal(wire)

    def test_an_empty_exit_handler_is_refused(self):
        def wire():
            with dsl.ExitHandler(notify()):
                pass

        assert "this dsl.ExitHandler has no step" in refusal(wire)

    def test_a_step_can_not_wait_for_itself(self):
        def wire():
            task = notify()
            task.after(task)

        assert "'notify' can't wait for itself" in refusal(wire)

    @pytest.mark.parametrize("how", ["after", "environment", "branch"])
    def test_steps_can_not_wait_for_each_other(self, how):
        def wire(x: int):
            first = copy(raw=dsl.importer(URI))
            second = look(raw=first.output)
            if how == "after":
                first.after(second)
            elif how == "environment":
                first.set_env_variable("N", dsl.join(second.outputs["rows"]))
            else:
                with dsl.If(second.outputs["rows"] > x):
                    inside = notify()
                third = notify()
                inside.after(third)
                third.after(second)
                first.after(third)

        assert "these steps wait for each other" in refusal(wire)

    def test_a_setter_reaches_no_step_of_another_branch(self):
        def wire(x: int):
            later = notify()
            with dsl.If(x > 1):
                seen = look(raw=dsl.importer(URI))
            later.set_env_variable("N", seen.outputs["rows"])

        assert "'notify': 'look' stands under dsl.If; where that branch" in refusal(wire)


class TestCleanup:
    def test_files_of_processing_and_all_of_training(self):
        def wire():
            made = copy(raw=dsl.importer(URI))
            fitted = fit(train=made.outputs["out"])
            out = made.outputs["out"]
            dsl.cleanup(out.file("a.csv"), out.file("b.csv"), fitted).after(fitted)

        cleaned = steps(compiled(wire))["cleanup"]
        first, second = cleaned["Arguments"]["Resources"]["S3"]
        assert (cleaned["Type"], cleaned["DependsOn"]) == ("Cleanup", ["copy", "fit"])
        assert first["StepName"] == "copy"
        assert [uri["Std:Join"]["Values"][-1] for uri in first["S3Uris"]] == ["a.csv", "b.csv"]
        assert second == {"StepName": "fit"}

    def test_jobs_in_a_vpc_can_not_be_cleaned_up_after(self):
        def wire():
            fitted = fit(train=dsl.importer(URI)).set_vpc(["sg-1"], ["subnet-1"])
            dsl.cleanup(fitted)

        assert "'cleanup': 'fit' runs in a VPC" in refusal(wire)

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda made: dsl.cleanup(), "has nothing to delete"),
            (lambda made: dsl.cleanup(made), "and files of processing tasks"),
            (lambda made: dsl.cleanup(made.output), "and files of processing tasks"),
        ],
    )
    def test_anything_else_is_refused(self, call, message):
        def wire():
            call(copy(raw=dsl.importer(URI)))

        assert message in refusal(wire)


class TestTuning:
    def tune(self, **changes):
        options = {
            "arguments": {"train": dsl.importer(URI), "deep": True},
            "ranges": {
                "rate": dsl.Continuous(0.01, 0.3, "Logarithmic"),
                "depth": dsl.Integer(2, 9),
                "kind": dsl.Categorical("a", "b"),
            },
            "objective": "auc",
            **changes,
        }
        return dsl.tune(fit, **options)

    def test_the_search(self):
        def wire(jobs: int = 8):
            self.tune(
                max_jobs=jobs, max_parallel_jobs=3, strategy="Random", seed=4, goal="Minimize"
            )

        tuned = request(compiled(wire), "tune-fit")
        config = tuned["HyperParameterTuningJobConfig"]
        assert config["HyperParameterTuningJobObjective"] == {
            "Type": "Minimize",
            "MetricName": "auc",
        }
        assert config["ResourceLimits"] == {
            "MaxNumberOfTrainingJobs": {"Get": "Parameters.jobs"},
            "MaxParallelTrainingJobs": 3,
        }
        assert (config["Strategy"], config["RandomSeed"]) == ("Random", 4)
        assert config["ParameterRanges"] == {
            "ContinuousParameterRanges": [
                {
                    "Name": "rate",
                    "MinValue": "0.01",
                    "MaxValue": "0.3",
                    "ScalingType": "Logarithmic",
                }
            ],
            "IntegerParameterRanges": [
                {"Name": "depth", "MinValue": "2", "MaxValue": "9", "ScalingType": "Auto"}
            ],
            "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}],
        }
        assert tuned["TrainingJobDefinition"]["StaticHyperParameters"] == {"deep": "true"}

    def test_the_best_model(self):
        def wire():
            dsl.register_model(model=self.tune().outputs["model"])

        container = request(compiled(wire), "register-model")["InferenceSpecification"][
            "Containers"
        ][0]
        assert container["ModelDataUrl"] == {
            "Std:Join": {
                "On": "/",
                "Values": [
                    "s3:/",
                    {"Get": "Parameters.bucket"},
                    "models",
                    "p",
                    {"Get": "Steps.tune-fit.TrainingJobSummaries[0].TrainingJobName"},
                    "output/model.tar.gz",
                ],
            }
        }

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"objective": "f1"}, "doesn't name 'f1' in metrics=(...), which has 'auc', 'by.late'"),
            ({"goal": "Max"}, "goal 'Max' is none of Maximize, Minimize"),
            ({"strategy": "Bayes"}, "strategy 'Bayes' is none of"),
            ({"ranges": {}}, "1 to 30 ranges, not 0"),
            ({"ranges": {"size": dsl.Integer(1, 2)}}, "has no parameter 'size'; it has 'rate'"),
            ({"ranges": {"deep": dsl.Categorical(True)}}, "has both a range and a value"),
            ({"ranges": {"rate": dsl.Integer(1, 2)}}, "Integer is for a int; the parameter is a"),
            ({"ranges": {"depth": dsl.Integer(3, 3)}}, "its low end 3 is not below its high end 3"),
            (
                {"ranges": {"rate": dsl.Continuous(0, 1, "Logarithmic")}},
                "Logarithmic scaling needs numbers above 0",
            ),
            ({"ranges": {"kind": dsl.Categorical("a", 3)}}, "'3' is not a str"),
            ({"ranges": {"kind": dsl.Categorical()}}, "nothing is not a str"),
            ({"ranges": {"kind": ["a"]}}, "a range is Continuous, Integer or Categorical"),
            (
                {"ranges": {"depth": dsl.Integer(1, 2)}, "strategy": "Grid"},
                "the Grid strategy takes Categorical ranges only",
            ),
            ({"arguments": {}}, "fit() lacks 'train'"),
        ],
    )
    def test_what_could_not_be_searched_is_refused(self, changes, message):
        def wire():
            self.tune(**changes)

        assert message in refusal(wire)

    def test_only_training_components_are_tuned(self):
        def wire():
            dsl.tune(copy, arguments={}, ranges={}, objective="auc")

        assert "dsl.tune takes a training component" in refusal(wire)


class TestModels:
    def test_a_transform_makes_its_model(self):
        def wire(machines: int = 2):
            fitted = fit(train=dsl.importer(URI))
            scored = dsl.transform(
                model=fitted.outputs["model"],
                data=dsl.importer(URI),
                accept="text/csv",
                assemble_with="Line",
                strategy="MultiRecord",
                max_payload_mb=6,
                input_filter="$[1:]",
                output_filter="$['id']",
                join_source="Input",
                instance_count=machines,
                name="night",
            ).set_caching_options(True)
            copy(raw=scored.output)

        definition = compiled(wire)
        assert request(definition, "create-model")["PrimaryContainer"] == {
            "Image": {"Get": "Parameters.serving_image_uri"},
            "ModelDataUrl": {"Get": "Steps.fit.ModelArtifacts.S3ModelArtifacts"},
        }
        scored = request(definition, "night")
        assert scored["ModelName"] == {"Get": "Steps.create-model.ModelName"}
        assert scored["BatchStrategy"] == "MultiRecord"
        assert scored["MaxPayloadInMB"] == 6
        assert scored["TransformInput"]["SplitType"] == "Line"
        assert scored["TransformOutput"]["AssembleWith"] == "Line"
        assert scored["TransformResources"]["InstanceCount"] == {"Get": "Parameters.machines"}
        assert scored["DataProcessing"] == {
            "InputFilter": "$[1:]",
            "OutputFilter": "$['id']",
            "JoinSource": "Input",
        }
        assert request(definition, "copy")["ProcessingInputs"][0]["S3Input"]["S3Uri"] == {
            "Get": "Steps.night.TransformOutput.S3OutputPath"
        }

    def test_one_model_for_two_transforms(self):
        def wire():
            model = dsl.create_model(
                dsl.importer("s3://b/model.tar.gz", Model), environment={"A": "1"}, name="made"
            )
            for uri in ("s3://b/x", "s3://b/y"):
                dsl.transform(model=model, data=dsl.importer(uri))

        definition = compiled(wire)
        assert list(steps(definition)) == ["made", "transform", "transform-2"]
        assert request(definition, "made")["PrimaryContainer"]["Environment"] == {"A": "1"}

    def test_a_registration_with_everything(self):
        def wire(approval: str = "Approved"):
            fitted = fit(train=dsl.importer(URI))
            scored = score(raw=dsl.importer(URI))
            report = scored.outputs["report"]
            dsl.register_model(
                model=fitted.outputs["model"],
                metrics=scored.outputs["metrics"],
                group="team",
                model_metrics={"Bias.Report": report.file("bias.json")},
                drift_baselines={"ModelDataQuality.Statistics": report.file("statistics.json")},
                content_types=("text/csv",),
                approval_status=approval,
                description="The best.",
                metadata={"owner": "team"},
            )

        made = request(compiled(wire), "register-model")
        assert made["ModelPackageGroupName"] == "team"
        assert made["ModelApprovalStatus"] == {"Get": "Parameters.approval"}
        assert list(made["ModelMetrics"]) == ["ModelQuality", "Bias"]
        assert made["ModelMetrics"]["Bias"]["Report"]["ContentType"] == "application/json"
        assert list(made["DriftCheckBaselines"]["ModelDataQuality"]) == ["Statistics"]
        assert made["CustomerMetadataProperties"] == {
            "sagepipe.execution_id": {"Get": "Execution.PipelineExecutionId"},
            "mlflow.run_name": {"Get": "Execution.PipelineExecutionId"},
            "mlflow.experiment_name": "p",
            "owner": "team",
        }

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"group": "my group"}, "is no model package group's name"),
            ({"content_types": "text/csv"}, "content_types is a tuple of texts: ('text/csv',)"),
            ({"approval_status": "approved"}, "approval_status 'approved' is none of Approved"),
            ({"metadata": {"n": 3}}, "metadata 'n' takes text, not 3"),
            ({"metadata": {"n" * 129: "x"}}, "is longer than SageMaker takes"),
            ({"metadata": {str(n): "x" for n in range(48)}}, "48 metadata properties; at most 47"),
            ({"model_metrics": {"Quality": 1}}, "model_metrics has no 'Quality'; it takes"),
            ({"model_metrics": {"Bias.Report": "x.json"}}, "takes a file of an output"),
            ({"drift_baselines": {"Bias.Report": 1}}, "drift_baselines has no 'Bias.Report'"),
            ({"metrics": "auc"}, "metrics has to be a task's Output[Metrics]"),
        ],
    )
    def test_what_could_not_be_registered_is_refused(self, changes, message):
        def wire():
            dsl.register_model(**{"model": dsl.importer("s3://b/m.tar.gz", Model), **changes})

        assert message in refusal(wire)

    def test_what_is_no_model_or_data_is_refused(self):
        def model():
            dsl.create_model(dsl.importer(URI, Dataset))

        def data():
            dsl.transform(model=dsl.importer("s3://b/m", Model), data=URI)

        assert "takes a task's Output[Model]" in refusal(model)
        assert "data has to be an artifact, not 's3://bucket/data'" in refusal(data)


class Sdk:
    """What a SageMaker SDK step object has."""

    def __init__(self, request):
        self.request = request

    def to_request(self):
        return self.request


class Variable:
    expr = {"Get": "Parameters.n"}  # noqa: RUF012 - as the SDK's


LAMBDA = {
    "Name": "tell_them",
    "Type": "Lambda",
    "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:f",
    "Arguments": {},
    "OutputParameters": [{"OutputName": "k", "OutputType": "String"}],
}


class TestCustom:
    def test_references_in_and_out(self):
        def wire(n: int):
            seen = look(raw=dsl.importer(URI))
            made = copy(raw=dsl.importer(URI))
            told = dsl.step(
                {
                    **LAMBDA,
                    "Arguments": {
                        "rows": seen.outputs["rows"],
                        "n": [n, {"at": made.output, "file": made.output.file("x.csv")}],
                    },
                }
            )
            notify(text=told.properties.OutputParameters["k"]).after(told)

        definition = compiled(wire)
        told = steps(definition)["tell_them"]
        assert told["FunctionArn"] == LAMBDA["FunctionArn"]
        assert "Steps.look.PropertyFiles.returned" in str(told["Arguments"]["rows"])
        assert told["Arguments"]["n"][0] == {"Get": "Parameters.n"}
        assert "Steps.copy." in str(told["Arguments"]["n"][1]["at"])
        assert words(definition, "notify")["--text"] == {
            "Std:Join": {
                "On": "",
                "Values": [{"Get": "Steps.tell_them.OutputParameters['k']"}],
            }
        }
        assert steps(definition)["notify"]["DependsOn"] == ["tell_them"]

    def test_its_own_keys_are_kept(self):
        def wire():
            notify()
            dsl.step({**LAMBDA, "DependsOn": ["notify"], "DisplayName": "Tell", "Description": "D"})
            dsl.step(
                {**LAMBDA, "DependsOn": [{"Step": "tell_them", "Trigger": "Failed"}]}, name="again"
            )

        found = steps(compiled(wire))
        assert found["tell_them"]["DependsOn"] == ["notify"]
        assert (found["tell_them"]["DisplayName"], found["tell_them"]["Description"]) == (
            "Tell",
            "D",
        )
        assert found["again"]["DependsOn"] == [{"Step": "tell_them", "Trigger": "Failed"}]

    def test_it_may_stand_in_a_pipeline_inside_another(self):
        @dsl.pipeline
        def within():
            dsl.step(LAMBDA)
            dsl.step({**LAMBDA, "Name": "next", "DependsOn": ["tell_them"]})

        found = steps(compiled(lambda: within()))
        assert found["within-next"]["DependsOn"] == ["within-tell_them"]

    def test_an_sdk_step_is_taken_as_it_is(self):
        def wire(n: int):
            dsl.step(Sdk({**LAMBDA, "Arguments": {"n": Variable(), "m": (1, 2)}}))

        assert request(compiled(wire), "tell_them") == {
            "n": {"Get": "Parameters.n"},
            "m": [1, 2],
        }

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"Name": "x", "Arguments": {}}, "the step has no 'Type'"),
            ({"Name": "x", "Type": "Lambda"}, "the step has no 'Arguments'"),
            ({"Type": "Lambda", "Arguments": {}}, "the step has no name"),
            ({**LAMBDA, "Name": "tell them"}, "step name 'tell them': SageMaker takes"),
            ({**LAMBDA, "DependsOn": ["nothing"]}, "DependsOn names 'nothing', which is no step"),
            (3, "takes a dict or a SageMaker SDK step, not int"),
        ],
    )
    def test_what_is_no_step_is_refused(self, given, message):
        def wire():
            dsl.step(given)

        assert message in refusal(wire)

    def test_a_name_that_is_taken_is_refused(self):
        def wire():
            dsl.step(LAMBDA)
            dsl.step(LAMBDA)

        assert "the pipeline has a step 'tell_them' already; give it name=..." in refusal(wire)


class TestResources:
    def test_sharded_inputs_over_several_machines(self):
        def wire(machines: int = 3):
            raw = dsl.importer(URI)
            made = shard(raw=dsl.sharded(raw)).set_instance_count(machines)
            fit(train=dsl.sharded(made.output)).set_instance_count(2)

        definition = compiled(wire)
        source = request(definition, "shard")["ProcessingInputs"][0]["S3Input"]
        channel = request(definition, "fit")["InputDataConfig"][0]["DataSource"]["S3DataSource"]
        assert source["S3DataDistributionType"] == "ShardedByS3Key"
        assert channel["S3DataDistributionType"] == "ShardedByS3Key"
        cluster = request(definition, "shard")["ProcessingResources"]["ClusterConfig"]
        assert cluster["InstanceCount"] == {"Get": "Parameters.machines"}
        assert "--hosts" not in words(definition, "shard")

    def test_keys_vpc_isolation(self):
        def wire(key: str):
            for task in (copy(raw=dsl.importer(URI)), fit(train=dsl.importer(URI))):
                task.set_kms_key(volume="v", output=key).set_network_isolation()
                task.set_vpc(["sg-1"], ["subnet-1", "subnet-2"])

        definition = compiled(wire)
        vpc = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}
        made, fitted = request(definition, "copy"), request(definition, "fit")
        assert made["NetworkConfig"] == {"EnableNetworkIsolation": True, "VpcConfig": vpc}
        assert made["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == "v"
        assert made["ProcessingOutputConfig"]["KmsKeyId"] == {"Get": "Parameters.key"}
        assert (fitted["EnableNetworkIsolation"], fitted["VpcConfig"]) == (True, vpc)
        assert fitted["ResourceConfig"]["VolumeKmsKeyId"] == "v"
        assert fitted["OutputDataConfig"]["KmsKeyId"] == {"Get": "Parameters.key"}

    def test_spot_with_checkpoints(self):
        def wire():
            fit(train=dsl.importer(URI)).set_max_runtime(600).set_spot(900)
            fit(train=dsl.importer(URI)).set_max_runtime(600).set_spot(900, checkpoints=False)

        definition = compiled(wire)
        fitted = request(definition, "fit")
        assert fitted["EnableManagedSpotTraining"] is True
        assert fitted["StoppingCondition"] == {
            "MaxRuntimeInSeconds": 600,
            "MaxWaitTimeInSeconds": 900,
        }
        assert fitted["CheckpointConfig"]["LocalPath"] == "/opt/ml/checkpoints"
        assert "CheckpointConfig" not in request(definition, "fit-2")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda made, fitted: made.set_spot(900), "SageMaker trains on spot only"),
            (lambda made, fitted: fitted.set_spot(60), "is shorter than max_runtime_seconds"),
            (lambda made, fitted: made.set_vpc("sg-1", "subnet-1"), "is a list of texts"),
            (lambda made, fitted: made.set_vpc(["sg-1"], []), "a VPC needs both"),
            (lambda made, fitted: made.set_kms_key(volume=3), "is no text: 3"),
            (lambda made, fitted: made.set_network_isolation("yes"), "is True or False"),
            (lambda made, fitted: made.set_env_variable("a b", "x"), "is no name of an"),
            (lambda made, fitted: made.set_retry("3"), "num_retries '3' is not between"),
            (lambda made, fitted: made.set_output_uri("out", "s3://b"), "is dsl.bucket_uri(...)"),
        ],
    )
    def test_what_sagemaker_would_refuse_is_refused(self, change, message):
        def wire():
            change(copy(raw=dsl.importer(URI)), fit(train=dsl.importer(URI)))

        assert message in refusal(wire)

    def test_only_what_sagemaker_lets_be_a_parameter_is_one(self):
        def wire(isolated: bool):
            copy(raw=dsl.importer(URI)).set_network_isolation(isolated)

        assert "has to be known when the pipeline is compiled" in refusal(wire)


class TestPolicies:
    def test_jobs_are_retried_for_faults_of_the_infrastructure(self):
        def wire():
            copy(raw=dsl.importer(URI)).set_retry(3, "30s", 1.5)
            dsl.create_model(dsl.importer("s3://b/m", Model)).set_retry(2)

        made = steps(compiled(wire))
        rest = {"IntervalSeconds": 30, "BackoffRate": 1.5, "MaxAttempts": 3}
        assert made["copy"]["RetryPolicies"] == [
            {"ExceptionType": ["Step.SERVICE_FAULT", "Step.THROTTLING"], **rest},
            {
                "ExceptionType": [
                    "SageMaker.JOB_INTERNAL_ERROR",
                    "SageMaker.CAPACITY_ERROR",
                    "SageMaker.RESOURCE_LIMIT",
                ],
                **rest,
            },
        ]
        assert len(made["create-model"]["RetryPolicies"]) == 1

    def test_caching_is_there_where_asked_for(self):
        def wire():
            copy(raw=dsl.importer(URI))
            copy(raw=dsl.importer(URI)).set_caching_options(True)
            copy(raw=dsl.importer(URI)).set_caching_options(True, "PT12H")
            copy(raw=dsl.importer(URI)).set_caching_options(True).set_caching_options(False)

        assert [item.get("CacheConfig") for item in compiled(wire)["Steps"]] == [
            None,
            {"Enabled": True},
            {"Enabled": True, "ExpireAfter": "PT12H"},
            None,
        ]

    @pytest.mark.parametrize("duration", ["30d", "P", "PT", "P1H", "1D", "P-1D", ""])
    def test_an_expiry_is_an_iso_8601_duration(self, duration):
        def wire():
            notify().set_caching_options(True, duration)

        assert "is no ISO 8601 duration, such as P30D or PT12H" in refusal(wire)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda: dsl.fail("x").set_retry(2), "SageMaker retries jobs, models and"),
            (lambda: dsl.fail("x").set_caching_options(True), "SageMaker caches jobs only"),
        ],
    )
    def test_other_steps_have_neither(self, change, message):
        assert message in refusal(lambda: change() and None)


class TestOverrides:
    def wire(self):
        made = copy(raw=dsl.importer(URI))
        fit(train=made.outputs["out"]).set_instance_type("ml.m5.large")

    def test_of_every_job_and_of_one(self):
        definition = compiled(
            self.wire,
            Overrides(
                jobs={
                    "instance_type": "ml.c5.xlarge",
                    "subnets": ["s"],
                    "security_group_ids": ["g"],
                },
                steps={"fit": {"instance_type": "ml.c5.large"}},
                tags={"team": "a"},
            ),
        )
        made, fitted = request(definition, "copy"), request(definition, "fit")
        assert made["ProcessingResources"]["ClusterConfig"]["InstanceType"] == "ml.c5.xlarge"
        assert fitted["ResourceConfig"]["InstanceType"] == "ml.c5.large"
        assert fitted["VpcConfig"] == {"SecurityGroupIds": ["g"], "Subnets": ["s"]}
        assert made["Tags"] == fitted["Tags"] == [{"Key": "team", "Value": "a"}]

    def test_without_them_the_definition_is_the_same(self):
        assert compiled(self.wire, Overrides()) == compiled(self.wire)

    @pytest.mark.parametrize(
        ("overrides", "message"),
        [
            (Overrides(jobs={"colour": "red"}), "step 'copy': jobs have no 'colour'"),
            (
                Overrides(jobs={"instance_count": 0}),
                "as the environment changes it: instance_count",
            ),
            (Overrides(jobs={"subnets": ["s"]}), "a VPC needs both"),
            (Overrides(steps={"copi": {}}), "the environment changes step 'copi', which"),
        ],
    )
    def test_what_jobs_do_not_have_is_refused_at_the_step(self, overrides, message):
        assert message in refusal(self.wire, overrides)
