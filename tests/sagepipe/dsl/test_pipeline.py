"""What a pipeline function may wire; each refusal names the author's line and the rule."""

from typing import Literal

import pytest

from sagepipe import dsl
from sagepipe.dsl import Dataset, DslError, Input, Metrics, Model, Output


@dsl.component
def prepare(
    raw: Input[Dataset], train: Output[Dataset], test: Output[Dataset], rows: int = 10
) -> None:
    """Prepare."""


@dsl.component(kind="training")
def fit(train: Input[Dataset], model: Output[Model], rate: float = 0.1) -> None: ...


@dsl.component
def score(test: Input[Dataset], model: Input[Model], metrics: Output[Metrics]) -> None: ...


@dsl.component
def count(data: Input[Dataset], counted: Output[Dataset], text: str = "") -> None: ...


URI = "s3://bucket/raw.csv"


def trace(function):
    return dsl.pipeline(name="p")(function).trace()


def refusal(function) -> str:
    with pytest.raises(DslError) as error:
        trace(function)
    message = str(error.value)
    assert message.startswith(f"{__file__}:"), message
    return message


class TestWiring:
    def test_steps_are_named_after_components_and_numbered_as_kfp_does(self):
        def wire() -> None:
            first = count(data=dsl.importer(URI, Dataset))
            count(data=first.output)
            count(data=first.outputs["counted"])

        assert [node.name for node in trace(wire).nodes] == ["count", "count-2", "count-3"]

    def test_a_general_artifact_takes_and_gives_any_type(self):
        def wire() -> None:
            count(data=dsl.importer(URI))

        assert trace(wire).nodes[0].name == "count"

    def test_a_task_can_be_tuned(self):
        def wire(kind: str = "ml.m5.xlarge", machines: int = 1) -> None:
            (
                count(data=dsl.importer(URI))
                .set_instance_type(kind)
                .set_instance_count(machines)
                .set_volume_size(50)
                .set_max_runtime(600)
                .set_env_variable("LOG", "debug")
                .set_caching_options(True, "P30D")
                .set_retry(3, "30s")
                .set_display_name("Count rows")
            )

        task = trace(wire).nodes[0]
        assert task.resources.instance_type.name == "kind"
        assert task.resources.volume_size_gb == 50
        assert (task.caching.expire_after, task.retry.max_attempts) == ("P30D", 3)

    def test_a_pipeline_is_traced_afresh_each_time(self):
        @dsl.pipeline
        def again() -> None:
            count(data=dsl.importer(URI))

        assert [node.name for node in again.trace().nodes] == ["count"]
        assert [node.name for node in again.trace().nodes] == ["count"]

    def test_the_name_and_description_come_from_the_function(self):
        @dsl.pipeline
        def nightly_training() -> None:
            """Train every night."""

        assert (nightly_training.name, nightly_training.description) == (
            "nightly-training",
            "Train every night.",
        )


class TestArguments:
    def test_they_are_given_by_name(self):
        def wire() -> None:
            count(dsl.importer(URI))

        assert "count() takes its arguments by name, as in KFP" in refusal(wire)

    def test_an_unknown_one_is_named_with_the_known(self):
        def wire() -> None:
            count(data=dsl.importer(URI), txt="x")

        assert "count() has no argument 'txt'; it takes 'data', 'text'" in refusal(wire)

    def test_a_missing_one_is_named(self):
        def wire() -> None:
            count()

        assert "count() lacks 'data'" in refusal(wire)

    def test_a_task_is_no_artifact(self):
        def wire() -> None:
            count(data=count(data=dsl.importer(URI)))

        assert "takes an output of 'count': add .output or .outputs[...]" in refusal(wire)

    def test_an_artifact_of_another_type_is_refused(self):
        def wire() -> None:
            fitted = fit(train=dsl.importer(URI))
            count(data=fitted.output)

        assert "count(), data takes a Dataset, not a Model" in refusal(wire)

    def test_a_constant_is_no_artifact(self):
        def wire() -> None:
            count(data=URI)

        assert "another task's output, or dsl.importer(uri)" in refusal(wire)

    def test_an_artifact_is_no_parameter(self):
        def wire() -> None:
            data = dsl.importer(URI)
            count(data=data, text=data)

        assert "count(), text takes a str, not an artifact" in refusal(wire)

    @pytest.mark.parametrize("rows", ["10", 1.5, None, True])
    def test_a_constant_of_another_type_is_refused(self, rows):
        def wire() -> None:
            prepare(raw=dsl.importer(URI), rows=rows)

        assert f"prepare(), rows takes a int, not {rows!r}" in refusal(wire)

    def test_a_pipeline_parameter_of_another_type_is_refused(self):
        def wire(rows: float) -> None:
            prepare(raw=dsl.importer(URI), rows=rows)

        assert "takes a int; pipeline parameter 'rows' is a float" in refusal(wire)

    def test_an_integer_pipeline_parameter_widens_to_a_float(self):
        def wire(rate: int) -> None:
            fit(train=dsl.importer(URI), rate=rate)

        assert trace(wire).nodes[0].parameters["rate"].name == "rate"

    def test_an_unknown_output_is_named_with_the_known(self):
        def wire() -> None:
            prepare(raw=dsl.importer(URI)).outputs["valid"]

        assert "'prepare' has no output 'valid'; it has 'train', 'test'" in refusal(wire)

    def test_output_is_for_a_single_one(self):
        def wire() -> None:
            _ = prepare(raw=dsl.importer(URI)).output

        assert "'prepare' has 2 outputs; take one by name" in refusal(wire)

    def test_a_component_outside_a_pipeline_is_refused(self):
        with pytest.raises(DslError, match=r"count.python_func\) can only be used inside"):
            count(data=dsl.importer(URI))

    def test_a_local_path_in_an_importer_is_refused(self):
        def wire() -> None:
            count(data=dsl.importer("data/raw.csv"))

        assert "is no S3 URI; make it a pipeline parameter" in refusal(wire)


class TestValues:
    """A pipeline value has no value yet; Python must not act as if it had."""

    def test_it_can_not_be_branched_on(self):
        def wire(rows: int) -> None:
            if rows:
                count(data=dsl.importer(URI))

        assert "pipeline parameter 'rows' has no value while" in refusal(wire)

    def test_nor_can_a_comparison_of_it(self):
        def wire(rows: int) -> None:
            if rows > 5:
                count(data=dsl.importer(URI))

        assert "use `with dsl.If(...):`" in refusal(wire)

    def test_nor_compared_in_a_chain(self):
        def wire(rows: int) -> None:
            dsl.If(1 < rows < 5)

        assert "chained comparisons" in refusal(wire)

    @pytest.mark.parametrize("text", [lambda v: f"{v}", lambda v: str(v), lambda v: "{}".format(v)])  # noqa: UP032
    def test_nor_written_into_text(self, text):
        def wire(name: str) -> None:
            count(data=dsl.importer(URI), text=text(name))

        assert "use dsl.join(...) in place of an f-string" in refusal(wire)

    def test_nor_iterated_over(self):
        def wire(names: str) -> None:
            for _ in names:
                pass

        assert "can't be iterated over" in refusal(wire)

    def test_nor_compared_with_what_is_no_scalar(self):
        def wire(rows: int) -> None:
            dsl.If(rows == [1])

        assert "can't be compared with [1]" in refusal(wire)

    def test_a_dataset_has_no_numbers(self):
        def wire() -> None:
            prepare(raw=dsl.importer(URI)).outputs["train"]["rows"]

        assert "only a Metrics output has numbers to read" in refusal(wire)


class TestConditions:
    def test_steps_are_kept_on_their_side(self):
        def wire(rows: int) -> None:
            with dsl.If(rows > 5):
                count(data=dsl.importer(URI))
            with dsl.Else():
                dsl.fail("too few")

        node = trace(wire).nodes[0]
        assert [item.name for item in node.then.nodes] == ["count"]
        assert [item.name for item in node.otherwise.nodes] == ["fail"]

    def test_they_can_not_be_nested(self):
        def wire(rows: int) -> None:
            with dsl.If(rows > 5), dsl.If(rows < 9):
                count(data=dsl.importer(URI))

        assert "SageMaker can't nest conditions: join them with &" in refusal(wire)

    def test_a_constant_is_no_condition(self):
        def wire() -> None:
            dsl.If(True)

        assert "use a plain Python `if`" in refusal(wire)

    def test_an_else_follows_its_if(self):
        def wire() -> None:
            count(data=dsl.importer(URI))
            dsl.Else()

        assert "dsl.Else has to follow a dsl.If or dsl.Elif directly" in refusal(wire)

    def test_a_second_else_is_refused(self):
        def wire(rows: int) -> None:
            with dsl.If(rows > 5):
                dsl.fail("many")
            with dsl.Else():
                dsl.fail("few")
            dsl.Else()

        assert "dsl.Else has to follow a dsl.If or dsl.Elif directly" in refusal(wire)

    def test_an_empty_branch_is_refused(self):
        def wire(rows: int) -> None:
            with dsl.If(rows > 5):
                pass

        assert "this dsl.If has no step" in refusal(wire)

    def test_an_error_inside_a_branch_is_not_covered_up(self):
        def wire(rows: int) -> None:
            with dsl.If(rows > 5):
                raise KeyError("the author's own")

        with pytest.raises(KeyError, match="the author's own"):
            trace(wire)

    def test_what_runs_in_a_branch_can_not_be_used_outside_it(self):
        def wire(rows: int) -> None:
            with dsl.If(rows > 5):
                counted = count(data=dsl.importer(URI))
            count(data=counted.output)

        assert "'count' stands under dsl.If; where that branch is not taken" in refusal(wire)

    def test_nor_on_the_other_side(self):
        def wire(rows: int) -> None:
            with dsl.If(rows > 5):
                counted = count(data=dsl.importer(URI))
            with dsl.Else():
                count(data=counted.output)

        assert "'count' stands under dsl.If" in refusal(wire)

    def test_nor_waited_for(self):
        def wire(rows: int) -> None:
            with dsl.If(rows > 5):
                counted = count(data=dsl.importer(URI))
            count(data=dsl.importer(URI)).after(counted)

        assert "'count-2' waits for 'count'" in refusal(wire)

    def test_a_training_jobs_metrics_can_not_be_read(self):
        def wire() -> None:
            fitted = measured(train=dsl.importer(URI))
            dsl.If(fitted.outputs["metrics"]["auc"] > 0.5)

        assert 'name it in @dsl.component(kind="training", metrics=("auc",))' in refusal(wire)


@dsl.component(kind="training")
def measured(train: Input[Dataset], model: Output[Model], metrics: Output[Metrics]) -> None: ...


class TestRegistration:
    def test_it_takes_a_training_jobs_model(self):
        def wire() -> None:
            data = prepare(raw=dsl.importer(URI))
            dsl.register_model(model=data.outputs["train"])

        assert "model has to be a task's Output[Model]" in refusal(wire)

    def test_the_model_of_a_processing_job_is_refused(self):
        def wire() -> None:
            dsl.register_model(model=converted(model=dsl.importer(URI)).output)

        assert "'converted' is a processing job; SageMaker serves a model.tar.gz" in refusal(wire)

    def test_a_failure_can_not_be_waited_for(self):
        def wire() -> None:
            data = dsl.importer(URI)
            count(data=data).after(dsl.fail("no"))

        assert "'count' can't wait for" in refusal(wire)


@dsl.component
def converted(model: Input[Model], out: Output[Model]) -> None: ...


class TestSettings:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda task: task.set_instance_type("m5"), "is no SageMaker instance type"),
            (lambda task: task.set_instance_count(0), "whole number from 1 up"),
            (lambda task: task.set_caching_options(True, "30 days"), "no ISO 8601 duration"),
            (lambda task: task.set_caching_options(True, "P"), "no ISO 8601 duration"),
            (lambda task: task.set_retry(0), "num_retries 0 is not between 1 and 20"),
            (lambda task: task.set_retry(1, "1d"), "backoff_duration '1d' is not of the form 30s"),
            (lambda task: task.set_retry(1, "0s"), "backoff_duration '0s' is not of the form 30s"),
            (lambda task: task.set_retry(1, "13h"), "from 1s to 43200s"),
            (lambda task: task.set_env_variable("A", 1), "environment variable 'A' takes text"),
            (lambda task: task.set_output_uri("nope", dsl.bucket_uri("x")), "has no output 'nope'"),
        ],
    )
    def test_what_sagemaker_would_refuse_is_refused(self, change, message):
        def wire() -> None:
            change(count(data=dsl.importer(URI)))

        assert message in refusal(wire)

    def test_only_a_parameter_of_the_right_type_stands_for_a_resource(self):
        def wire(kind: str) -> None:
            count(data=dsl.importer(URI)).set_instance_count(kind)

        assert "takes a constant or a pipeline parameter of type int" in refusal(wire)

    def test_a_training_jobs_model_goes_where_sagemaker_puts_it(self):
        def wire() -> None:
            fit(train=dsl.importer(URI)).set_output_uri("model", dsl.bucket_uri("x"))

        assert "SageMaker uploads its model under the job's own name" in refusal(wire)


class TestSignature:
    @pytest.mark.parametrize("name", ["my pipeline", "a_b", "-a", ""])
    def test_sagemakers_rule_for_names_is_kept(self, name):
        with pytest.raises(DslError, match="SageMaker takes letters, digits and single dashes"):

            @dsl.pipeline(name=name or "é")
            def wire() -> None: ...

    def test_a_parameter_of_another_type_is_refused(self):
        with pytest.raises(DslError, match="is of type set; a parameter is one of str, int"):

            @dsl.pipeline
            def wire(rows: set) -> None: ...

    @pytest.mark.parametrize(
        ("annotation", "message"),
        [
            (int | None, "may be None, for which SageMaker's pipeline parameters have no value"),
            (Literal[1, 2], "SageMaker has EnumValues for texts only"),
            (Input[Dataset], "take the URI as a str and use dsl.importer"),
        ],
    )
    def test_what_sagemakers_parameters_have_no_form_for_is_refused(self, annotation, message):
        def wire(value) -> None: ...

        wire.__annotations__["value"] = annotation
        with pytest.raises(DslError, match=message):
            dsl.pipeline(wire)

    def test_the_environments_names_are_taken(self):
        with pytest.raises(DslError, match=r"taken by the environment's settings in sagepipe.toml"):

            @dsl.pipeline
            def wire(bucket: str) -> None: ...

    def test_a_default_of_another_type_is_refused(self):
        with pytest.raises(DslError, match="its default 'x' is not of type int"):

            @dsl.pipeline
            def wire(rows: int = "x") -> None: ...

    def test_an_empty_pipeline_is_refused(self):
        def wire() -> None: ...

        assert "pipeline 'p' has no steps" in refusal(wire)
