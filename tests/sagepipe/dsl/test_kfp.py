"""What KFP's authors write: what is taken as it is, and what is refused with a way out."""

import pytest

from sagepipe import dsl
from sagepipe.compiler import compile_pipeline
from sagepipe.dsl import ClassificationMetrics, Dataset, DslError, Input, Model, Output, kfp

URI = "s3://bucket/data"


@dsl.component
def square(x: float) -> float: ...


@dsl.component
def add(x: float, y: float) -> float: ...


@dsl.component
def copy(data: Input[Dataset], copied: Output[Dataset]) -> None: ...


@dsl.component
def say(text: str) -> None: ...


def steps(function):
    definition = compile_pipeline(dsl.pipeline(name="p")(function))
    return {step["Name"]: step for step in definition["Steps"]}


def refusal(function):
    with pytest.raises(DslError) as error:
        steps(function)
    assert str(error.value).startswith(f"{__file__}:")
    return str(error.value)


def arguments(step):
    return step["Arguments"]["AppSpecification"]["ContainerArguments"][1:]


class TestNames:
    @pytest.mark.parametrize("name", kfp.NAMES)
    def test_a_name_of_kfp_is_refused_with_a_way_out(self, name):
        with pytest.raises(DslError) as error:
            getattr(dsl, name)
        assert f"dsl.{name} has no counterpart in SageMaker: {kfp.NAMES[name]}" in str(error.value)

    def test_importing_it_says_the_same(self):
        with pytest.raises(DslError, match=r"dsl\.OneOf has no counterpart"):
            from sagepipe.dsl import OneOf  # noqa: F401

    def test_no_name_is_both_refused_and_there(self):
        assert not set(kfp.NAMES) & set(dsl.__all__)

    def test_other_names_are_not_there(self):
        assert not hasattr(dsl, "nothing_of_the_kind")

    def test_facts_about_an_execution(self):
        def wire():
            say(text=dsl.PIPELINE_JOB_ID_PLACEHOLDER)
            say(text=dsl.PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER)
            say(text=dsl.PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER)

        found = [arguments(step)[1]["Std:Join"]["Values"] for step in steps(wire).values()]
        assert found == [
            [{"Get": "Execution.PipelineExecutionId"}],
            [{"Get": "Execution.PipelineExecutionArn"}],
            [{"Get": "Execution.StartDateTime"}],
        ]


class TestOptions:
    @pytest.mark.parametrize("option", kfp.COMPONENT)
    def test_of_a_component(self, option):
        with pytest.raises(DslError) as error:
            dsl.component(**{option: "x"})
        assert f"no option {option!r}: {kfp.COMPONENT[option]}" in str(error.value)

    @pytest.mark.parametrize("option", kfp.PIPELINE)
    def test_of_a_pipeline(self, option):
        with pytest.raises(DslError) as error:
            dsl.pipeline(**{option: "x"})
        assert f"no option {option!r}: {kfp.PIPELINE[option]}" in str(error.value)

    def test_one_that_nobody_knows(self):
        with pytest.raises(DslError, match=r"@dsl\.pipeline has no option 'nmae'"):
            dsl.pipeline(nmae="x")

    def test_a_pipelines_display_name(self):
        made = dsl.pipeline(name="p", display_name="Nightly-run")(lambda: None)
        assert made.display_name == "Nightly-run"
        with pytest.raises(DslError, match="display_name 'Nightly run': SageMaker takes letters"):
            dsl.pipeline(display_name="Nightly run")

    @pytest.mark.parametrize("method", kfp.TASK)
    def test_a_tasks_method(self, method):
        assert kfp.TASK[method] in refusal(lambda: getattr(say(text="x"), method))

    def test_retries(self):
        def wire():
            say(text="x").set_retry(num_retries=2, backoff_duration="5m", backoff_factor=3)
            say(text="x").set_retry(1, "1h")

        seconds = [step["RetryPolicies"][0]["IntervalSeconds"] for step in steps(wire).values()]
        assert seconds == [300, 3600]
        assert "leave out backoff_max_duration" in refusal(
            lambda: say(text="x").set_retry(2, backoff_max_duration="1h")
        )

    def test_a_cache_key(self):
        assert "add a parameter to the component" in refusal(
            lambda: say(text="x").set_caching_options(True, cache_key="k")
        )

    def test_an_importer(self):
        def wire():
            task = dsl.importer(artifact_uri=URI, artifact_class=Dataset, reimport=True)
            copy(data=task.outputs["artifact"])

        assert "copy" in steps(wire)
        assert "no place for metadata" in refusal(lambda: dsl.importer(URI, metadata={"a": 1}))
        assert "share no disk" in refusal(lambda: dsl.importer(URI, download_to_workspace=True))

    def test_names_of_blocks(self):
        def wire(n: int):
            with dsl.If(n == 1, name="one"):
                say(text="x")
            with dsl.Elif(n == 2, name="two"):
                say(text="x")
            with dsl.Else(name="more"):
                say(text="x")
            with dsl.ParallelFor(["a"], "letters", 1) as text:
                say(text=text)

        assert list(steps(wire))[:3] == ["one", "two", "more"]


class TestPipelinesInPipelines:
    def test_a_single_output(self):
        @dsl.pipeline
        def sum_of_squares(a: float, b: float) -> float:
            return add(x=square(x=a).output, y=square(x=b).output).output

        def wire(a: float):
            inner = sum_of_squares(a=a, b=4.0)
            square(x=inner.output)
            square(x=inner.outputs["Output"])

        found = steps(wire)
        read = arguments(found["square"])[1]["Std:Join"]["Values"][0]["Std:JsonGet"]
        assert read["PropertyFile"] == {"Get": "Steps.sum-of-squares-add.PropertyFiles.returned"}
        assert arguments(found["square-2"]) == arguments(found["square"])

    def test_several_outputs(self):
        from typing import NamedTuple

        class Both(NamedTuple):
            total: float
            data: Dataset

        @dsl.pipeline
        def inner() -> Both:
            copied = copy(data=dsl.importer(URI, Dataset))
            return Both(total=square(x=1.0).output, data=copied.output)

        def wire():
            task = inner()
            square(x=task.outputs["total"])
            copy(data=task.outputs["data"])

        assert {"square", "copy"} <= set(steps(wire))
        assert "has 2 outputs; take one by name" in refusal(lambda: inner().output)
        assert "has no output 'sum'; it has 'total', 'data'" in refusal(
            lambda: inner().outputs["sum"]
        )

    def test_without_outputs_and_in_order(self):
        @dsl.pipeline
        def inner():
            first = say(text="a")
            say(text="b").after(first)

        def wire():
            before = say(text="before")
            say(text="after").after(inner().after(before))

        found = steps(wire)
        assert found["inner-say"]["DependsOn"] == ["say"]
        assert found["inner-say-2"]["DependsOn"] == ["inner-say"]
        assert found["say-2"]["DependsOn"] == ["inner-say", "inner-say-2"]
        assert "has 0 outputs" in refusal(lambda: inner().output)
        assert "say it of the tasks inside" in refusal(lambda: inner().set_caching_options(True))

    def test_a_branch_can_not_be_waited_for(self):
        @dsl.pipeline
        def inner(n: int):
            with dsl.If(n == 1):
                say(text="x")

        def wire(n: int):
            say(text="y").after(inner(n=n))

        assert "has a condition, and SageMaker can't wait for the branch" in refusal(wire)

    def test_what_is_no_output_is_refused(self):
        @dsl.pipeline
        def a_task() -> float:
            return square(x=1.0)

        @dsl.pipeline
        def nothing() -> float:
            square(x=1.0)

        assert "return an output of a task" in refusal(lambda: a_task())
        assert "returns None as 'Output'" in refusal(lambda: nothing())

    def test_what_is_not_annotated_is_returned_as_it_is(self):
        @dsl.pipeline
        def inner():
            return square(x=1.0).output

        assert "square" in steps(lambda: square(x=inner()))


class TestArtifacts:
    def test_one_made_of_a_local_uri(self, tmp_path):
        assert Dataset(uri=str(tmp_path / "x.csv")).path == str(tmp_path / "x.csv")
        with pytest.raises(ValueError, match="needs a path or a directory"):
            Dataset(uri="s3://bucket/x.csv")

    def test_a_models_framework(self, tmp_path):
        model = Model(path=tmp_path / "m")
        assert model.framework == ""
        model.framework = "sklearn"
        assert model.metadata == {"framework": "sklearn"}

    def test_a_roc_curve_point_by_point(self, tmp_path):
        one = ClassificationMetrics(path=tmp_path / "a")
        other = ClassificationMetrics(path=tmp_path / "b")
        one.log_roc_curve([0, 1], [0.5, 1], [float("inf"), 0])
        other.log_roc_data_point(0, 0.5, float("inf"))
        other.log_roc_data_point(fpr=1, tpr=1, threshold=0)
        assert one.metadata == other.metadata

    def test_a_confusion_matrix_row_by_row_and_cell_by_cell(self, tmp_path):
        one = ClassificationMetrics(path=tmp_path / "a")
        other = ClassificationMetrics(path=tmp_path / "b")
        one.log_confusion_matrix(["late", "on time"], [[9, 1], [2, 8]])
        other.set_confusion_matrix_categories(["late", "on time"])
        other.log_confusion_matrix_row("late", [9, 1])
        other.log_confusion_matrix_cell("on time", "late", 2)
        other.log_confusion_matrix_cell("on time", "on time", 8)
        assert one.metadata == other.metadata
        with pytest.raises(ValueError, match="'early' is none of the categories late, on time"):
            other.log_confusion_matrix_cell("early", "late", 1)
        with pytest.raises(ValueError, match="has 2 counts"):
            other.log_confusion_matrix_row("late", [1])
        with pytest.raises(ValueError, match="set_confusion_matrix_categories first"):
            ClassificationMetrics(path=tmp_path / "c").log_confusion_matrix_row("a", [1])
