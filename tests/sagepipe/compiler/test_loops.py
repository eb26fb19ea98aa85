"""Loops: unrolled where the items are known, ForEach steps where only the run will tell."""

import pytest

from sagepipe import dsl
from sagepipe.compiler import compile_pipeline
from sagepipe.dsl import Dataset, DslError, Input, Metrics, Model, Output

URI = "s3://bucket/data"


@dsl.component
def part(
    out: Output[Dataset], n: int, name: str = "", raw: Input[Dataset] | None = None
) -> int: ...


@dsl.component
def titles(n: int) -> str: ...


@dsl.component
def merge(
    parts: Input[list[Dataset]],
    sizes: list = [],  # noqa: B006 - never changed
) -> None: ...


@dsl.component
def one(data: Input[Dataset], size: int = 0, auc: float = 0) -> None: ...


@dsl.component
def listed(raw: Input[Dataset]) -> list: ...


@dsl.component
def measure(metrics: Output[Metrics], data: Input[Dataset] | None = None) -> None: ...


@dsl.component(kind="training", metrics=("auc",))
def fit(
    train: Input[Dataset], model: Output[Model], metrics: Output[Metrics], kind: str = ""
) -> None: ...


def trace(function):
    return dsl.pipeline(name="p")(function)


def compiled(function):
    return compile_pipeline(trace(function))


def names(definition):
    return [step["Name"] for step in definition["Steps"]]


def step(definition, name):
    def walk(steps):
        for item in steps:
            yield item
            for key in ("IfSteps", "ElseSteps", "ForEachBody"):
                yield from walk(item["Arguments"].get(key, ()))

    return next(item for item in walk(definition["Steps"]) if item["Name"] == name)


def arguments(definition, name):
    words = step(definition, name)["Arguments"]["AppSpecification"]["ContainerArguments"][1:]
    return dict(zip([word[2:] for word in words[::2]], words[1::2], strict=True))


def inputs(definition, name):
    found = step(definition, name)["Arguments"].get("ProcessingInputs", ())
    return {item["InputName"]: item["S3Input"]["S3Uri"] for item in found}


def output_of(name, output="out"):
    return {"Get": f"Steps.{name}.ProcessingOutputConfig.Outputs['{output}'].S3Output.S3Uri"}


def refusal(function):
    with pytest.raises(DslError) as error:
        compiled(function)
    assert str(error.value).startswith(f"{__file__}:"), error.value
    return str(error.value)


class TestStatic:
    def test_the_body_is_there_once_for_each_item(self):
        def wire():
            with dsl.ParallelFor([3, 5]) as n:
                part(n=n)

        definition = compiled(wire)
        assert names(definition) == ["part-0", "part-1"]
        assert [arguments(definition, name)["n"] for name in names(definition)] == ["3", "5"]

    def test_items_may_be_dicts(self):
        def wire():
            with dsl.ParallelFor([{"n": 1, "name": "a"}, {"n": 2, "name": "b"}]) as item:
                part(n=item.n, name=item["name"])

        definition = compiled(wire)
        assert arguments(definition, "part-1") == {"n": "2", "name": "b"}

    def test_a_missing_field_is_named(self):
        def wire():
            with dsl.ParallelFor([{"n": 1}]) as item:
                part(n=item.m)

        assert "the loop's item {'n': 1} has no 'm'" in refusal(wire)

    def test_an_item_of_the_wrong_type_is_refused(self):
        def wire():
            with dsl.ParallelFor([1, "two"]) as item:
                part(n=item)

        assert "part(), n takes a int, not 'two'" in refusal(wire)

    def test_steps_of_a_round_take_each_others_outputs(self):
        def wire():
            with dsl.ParallelFor([1, 2]) as n:
                first = part(n=n)
                second = part(n=first.outputs["Output"], raw=first.outputs["out"])
                one(data=second.outputs["out"]).after(first)

        definition = compiled(wire)
        assert names(definition) == ["part-0", "part-2-0", "one-0", "part-1", "part-2-1", "one-1"]
        assert inputs(definition, "part-2-1") == {"raw": output_of("part-1")}
        assert step(definition, "one-1")["DependsOn"] == ["part-1"]

    def test_the_same_component_may_be_used_before_and_after(self):
        def wire():
            part(n=0)
            with dsl.ParallelFor([1, 2]) as n:
                part(n=n)
            part(n=3)

        assert names(compiled(wire)) == ["part", "part-2-0", "part-2-1", "part-2"]

    def test_lanes_limit_how_many_rounds_run_at_once(self):
        def wire():
            with dsl.ParallelFor([1, 2, 3, 4, 5], parallelism=2) as n:
                first = part(n=n)
                one(data=first.outputs["out"])

        definition = compiled(wire)
        waits = {item["Name"]: item.get("DependsOn") for item in definition["Steps"]}
        assert waits["part-0"] is None
        assert waits["part-1"] is None
        assert waits["part-2"] == ["part-0", "one-0"]
        assert waits["part-4"] == ["part-2", "one-2"]

    def test_each_loop_has_its_own_item(self):
        def wire():
            with dsl.ParallelFor([1, 2]) as outer, dsl.ParallelFor(["a", "b"]) as inner:
                part(n=outer, name=inner)

        definition = compiled(wire)
        found = [tuple(arguments(definition, name).values()) for name in names(definition)]
        assert found == [("1", "a"), ("1", "b"), ("2", "a"), ("2", "b")]

    def test_a_condition_stands_in_every_round(self):
        def wire(big: int):
            with dsl.ParallelFor([1, 2]) as n:
                made = part(n=n)
                with dsl.If(made.outputs["Output"] > big):
                    one(data=made.outputs["out"], size=n)
                with dsl.Elif(made.outputs["Output"] == n):
                    one(data=made.outputs["out"])
                with dsl.Else():
                    dsl.fail(dsl.join("too small: ", made.outputs["Output"]))

        definition = compiled(wire)
        asked = step(definition, "condition-2-1")["Arguments"]["Conditions"][-1]
        assert asked["LeftValue"]["Std:JsonGet"]["PropertyFile"] == {
            "Get": "Steps.part-1.PropertyFiles.returned"
        }
        assert asked["RightValue"] == 2
        assert inputs(definition, "one-1") == {"data": output_of("part-1")}
        message = step(definition, "fail-1")["Arguments"]["ErrorMessage"]
        assert "Steps.part-1." in str(message)

    def test_a_loop_may_stand_in_a_branch(self):
        def wire(big: bool):
            with dsl.If(big == True), dsl.ParallelFor([1, 2]) as n:  # noqa: E712
                part(n=n)

        inside = compiled(wire)["Steps"][0]["Arguments"]["IfSteps"]
        assert [item["Name"] for item in inside] == ["part-0", "part-1"]

    def test_every_kind_of_step_is_copied_with_what_it_refers_to(self):
        def wire():
            with dsl.ParallelFor([{"kind": "a", "n": 2}, {"kind": "b", "n": 3}]) as item:
                data = part(n=item.n)
                fitted = fit(train=data.outputs["out"], kind=item.kind)
                fitted.set_env_variable("ROUND", item.n).set_instance_count(item.n)
                dsl.register_model(
                    model=fitted.outputs["model"], metadata={"n": dsl.join("n", item.n)}
                )
                dsl.transform(model=fitted.outputs["model"], data=data.outputs["out"])
                tuned = dsl.tune(
                    fit,
                    arguments={"train": data.outputs["out"]},
                    ranges={"kind": dsl.Categorical("a", "b")},
                    objective="auc",
                )
                dsl.cleanup(data.outputs["out"].file("x.csv")).after(fitted, tuned)
                dsl.step(
                    {
                        "Name": "lam",
                        "Type": "Lambda",
                        "Arguments": {"n": item.n, "of": data.outputs["Output"]},
                    }
                )

        definition = compiled(wire)
        text = str(definition)
        for prototype in ("part", "fit", "create-model", "tune-fit"):
            assert f"Steps.{prototype}." not in text
        environment = step(definition, "fit-1")["Arguments"]["Environment"]
        assert environment["ROUND"] == "3"
        assert step(definition, "fit-1")["Arguments"]["ResourceConfig"]["InstanceCount"] == 3
        assert "Steps.fit-1." in str(step(definition, "register-model-1"))
        assert "Steps.create-model-1." in str(step(definition, "transform-1"))
        assert "Steps.part-1." in str(step(definition, "tune-fit-1"))
        cleaned = step(definition, "cleanup-1")
        assert cleaned["DependsOn"] == ["part-1", "fit-1", "tune-fit-1"]
        assert cleaned["Arguments"]["Resources"]["S3"][0]["StepName"] == "part-1"
        assert step(definition, "lam-1")["Arguments"]["n"] == 3

    def test_an_import_may_be_the_item(self):
        def wire():
            with dsl.ParallelFor(["s3://b/x", "s3://b/y"]) as uri:
                one(data=dsl.importer(uri, Dataset))

        assert inputs(compiled(wire), "one-1") == {"data": "s3://b/y"}

    def test_an_import_of_what_is_no_uri_is_refused(self):
        def wire():
            with dsl.ParallelFor(["x"]) as uri:
                one(data=dsl.importer(uri, Dataset))

        assert "dsl.importer: 'x' is no S3 URI" in refusal(wire)

    def test_a_constant_of_an_outer_pipeline_is_known(self):
        @dsl.pipeline
        def inner(sizes: list):
            with dsl.ParallelFor(sizes) as n:
                part(n=n)

        def wire():
            inner(sizes=[1, 2])

        assert names(compiled(wire)) == ["inner-part-0", "inner-part-1"]

    def test_waiting_for_a_task_of_the_loop_is_waiting_for_every_round(self):
        def wire():
            with dsl.ParallelFor([1, 2]), dsl.ParallelFor([3, 4]) as n:
                made = part(n=n)
            one(data=dsl.importer(URI)).after(made)

        waits = step(compiled(wire), "one")["DependsOn"]
        assert sorted(waits) == ["part-0-0", "part-0-1", "part-1-0", "part-1-1"]


class TestStaticCollected:
    def test_artifacts_become_a_list_of_inputs(self):
        def wire():
            with dsl.ParallelFor([1, 2]) as n:
                made = part(n=n)
            merge(parts=dsl.Collected(made.outputs["out"]))

        definition = compiled(wire)
        assert inputs(definition, "merge") == {
            "parts-0": output_of("part-0"),
            "parts-1": output_of("part-1"),
        }
        places = [
            item["S3Input"]["LocalPath"]
            for item in step(definition, "merge")["Arguments"]["ProcessingInputs"]
        ]
        assert places == ["/opt/ml/processing/input/parts/0", "/opt/ml/processing/input/parts/1"]

    def test_values_become_the_text_of_a_json_list(self):
        def wire():
            with dsl.ParallelFor([1, 2]) as n:
                made, title = part(n=n), titles(n=n)
            data = dsl.importer(URI)
            merge(parts=[data], sizes=dsl.Collected(made.outputs["Output"]))
            merge(parts=[data], sizes=dsl.Collected(title.output))

        definition = compiled(wire)
        numbers = arguments(definition, "merge")["sizes"]["Std:Join"]["Values"]
        assert (numbers[0], numbers[2], numbers[-1]) == ("[", ",", "]")
        texts = arguments(definition, "merge-2")["sizes"]["Std:Join"]["Values"]
        assert (texts[0], texts[2], texts[-1]) == ('["', '","', '"]')

    def test_one_round_can_be_taken(self):
        def wire():
            with dsl.ParallelFor([1, 2]) as n:
                made = part(n=n)
            one(data=dsl.Collected(made.outputs["out"])[1])
            assert len(dsl.Collected(made.outputs["out"])) == 2
            dsl.Collected(made.outputs["out"])[2]

        assert "the loop has 2 rounds; there is no [2]" in refusal(wire)

    def test_ten_inputs_are_all_that_a_job_takes(self):
        def wire():
            with dsl.ParallelFor(list(range(11))) as n:
                made = part(n=n)
            merge(parts=dsl.Collected(made.outputs["out"]))

        assert "'merge': 11 inputs; a processing job has at most 10" in refusal(wire)

    @pytest.mark.parametrize(
        ("use", "message"),
        [
            (lambda made: one(data=dsl.Collected(made.outputs["out"])), "takes one artifact;"),
            (lambda made: merge(parts=dsl.Collected(made.outputs["Output"])), "takes artifacts;"),
            (
                lambda made: merge(
                    parts=dsl.Collected(made.outputs["out"]),
                    sizes=dsl.Collected(made.outputs["out"]),
                ),
                "takes a list of values, not of artifacts",
            ),
            (lambda made: dsl.Collected(made), "takes an output of a task inside dsl.ParallelFor"),
            (lambda made: one(data=made.outputs["out"]), "take all its outputs with dsl.Collected"),
        ],
    )
    def test_what_can_not_be_collected_is_refused(self, use, message):
        def wire():
            with dsl.ParallelFor([1, 2]) as n:
                made = part(n=n)
            use(made)

        assert message in refusal(wire)

    def test_a_task_outside_a_loop_is_not_collected(self):
        def wire():
            dsl.Collected(part(n=1).outputs["out"])

        assert "takes an output of a task inside dsl.ParallelFor" in refusal(wire)


class TestStaticRefusals:
    @pytest.mark.parametrize(
        ("items", "message"),
        [
            ([], "has no items"),
            ("ab", "takes a list of items, not 'ab'"),
            ({"a": 1}, "takes a list of items"),
            (3, "takes a list of items, not 3"),
            ([None], "an item can't be None"),
        ],
    )
    def test_items_are_a_list_of_scalars_or_dicts(self, items, message):
        def wire():
            with dsl.ParallelFor(items) as n:
                part(n=n)

        assert message in refusal(wire)

    @pytest.mark.parametrize("parallelism", [0, -1, 1.5, "2", True])
    def test_parallelism_is_a_number_of_rounds(self, parallelism):
        def wire():
            with dsl.ParallelFor([1], parallelism=parallelism) as n:
                part(n=n)

        assert f"parallelism {parallelism!r} is not 1 or more" in refusal(wire)

    def test_an_empty_body_is_refused(self):
        def wire():
            with dsl.ParallelFor([1]):
                pass

        assert "this dsl.ParallelFor has no step" in refusal(wire)

    def test_the_item_stays_in_the_loop(self):
        def wire():
            with dsl.ParallelFor([1, 2]) as n:
                part(n=n)
            part(n=n)

        assert "the loop's item is there inside its dsl.ParallelFor only" in refusal(wire)

    def test_nor_can_it_reach_a_task_by_a_setter(self):
        def wire():
            later = part(n=1)
            with dsl.ParallelFor(["a", "b"]) as name:
                part(n=1, name=name)
            later.set_env_variable("A", name)

        assert "'part': the loop's item is there inside" in refusal(wire)

    @pytest.mark.parametrize(
        "change",
        [
            lambda task: task.set_display_name("x"),
            lambda task: task.set_description("x"),
            lambda task: task.set_caching_options(True),
            lambda task: task.set_retry(2),
            lambda task: task.set_instance_type("ml.m5.large"),
            lambda task: task.set_env_variable("A", "1"),
            lambda task: task.set_output_uri("out", dsl.bucket_uri("x")),
            lambda task: task.ignore_upstream_failure(),
            lambda task: task.after(part(n=3)),
        ],
    )
    def test_a_task_can_not_be_changed_once_it_is_copied(self, change):
        def wire():
            with dsl.ParallelFor([1, 2]) as n:
                made = part(n=n)
            change(made)

        assert "stands in a dsl.ParallelFor that has ended" in refusal(wire)

    def test_else_after_the_loop_does_not_go_on_with_the_last_round(self):
        def wire(x: int):
            with dsl.ParallelFor([1, 2]) as n, dsl.If(x > n):
                part(n=n)
            with dsl.Else():
                part(n=3)

        assert "dsl.Else has to follow a dsl.If" in refusal(wire)


class TestDynamic:
    def loop(self, **options):
        def wire(sizes: list = [1, 2]):  # noqa: B006
            with dsl.ParallelFor(sizes, **options) as n:
                made = part(n=n)
                one(data=made.outputs["out"], size=n)

        return compiled(wire)

    def test_it_is_a_for_each_step(self):
        loop = self.loop(parallelism=3, name="sizes")["Steps"][0]

        assert (loop["Name"], loop["Type"]) == ("sizes", "ForEach")
        assert loop["Arguments"]["IterableItems"] == {"Get": "Parameters.sizes"}
        assert loop["Arguments"]["MaxConcurrency"] == 3
        assert [item["Name"] for item in loop["Arguments"]["ForEachBody"]] == [
            "part-each",
            "one-each",
        ]

    def test_as_many_rounds_run_at_once_as_sagemaker_allows(self):
        assert self.loop()["Steps"][0]["Arguments"]["MaxConcurrency"] == 50

    def test_the_item_is_referred_to(self):
        n = arguments(self.loop(), "part-each")["n"]
        assert n == {"Get": "ForEach.CurrentItem"}

    def test_rounds_do_not_write_over_each_other(self):
        outputs = step(self.loop(), "part-each")["Arguments"]["ProcessingOutputConfig"]["Outputs"]
        assert {"Get": "Execution.ProcessingJobName"} in outputs[0]["S3Output"]["S3Uri"][
            "Std:Join"
        ]["Values"]

    def test_nor_share_checkpoints(self):
        def wire(kinds: list):
            with dsl.ParallelFor(kinds) as kind:
                fit(train=dsl.importer(URI), kind=kind).set_spot(90_000)

        uri = step(compiled(wire), "fit-each")["Arguments"]["CheckpointConfig"]["S3Uri"]
        assert {"Get": "Execution.TrainingJobName"} in uri["Std:Join"]["Values"]

    def test_a_list_that_a_task_returns_can_be_looped_over(self):
        def wire():
            found = listed(raw=dsl.importer(URI))
            with dsl.ParallelFor(found.output) as n:
                part(n=n)

        items = compiled(wire)["Steps"][1]["Arguments"]["IterableItems"]
        assert items["Std:JsonGet"]["Path"] == "Output"

    def test_fields_of_the_item(self):
        def wire(rows: list):
            with dsl.ParallelFor(rows) as row:
                part(n=row.n, name=row["first name"])

        assert arguments(compiled(wire), "part-each") == {
            "n": {"Get": "ForEach.CurrentItem.n"},
            "name": {"Get": "ForEach.CurrentItem['first name']"},
        }

    def test_what_a_round_came_up_with(self):
        def wire(kinds: list):
            with dsl.ParallelFor(kinds) as kind:
                made = part(n=1, name=kind)
                scored = measure(data=made.outputs["out"])
                fitted = fit(train=made.outputs["out"], kind=kind)
            one(
                data=dsl.Collected(made.outputs["out"])[0],
                size=dsl.Collected(made.outputs["Output"])[0],
                auc=dsl.Collected(scored.outputs["metrics"]["auc"])[1],
            )
            one(
                data=dsl.importer(URI),
                auc=dsl.Collected(fitted.outputs["metrics"]["auc"])[2],
            )
            dsl.register_model(model=dsl.Collected(fitted.outputs["model"])[0])

        definition = compiled(wire)
        root = "Steps.for-each.IterationOutputs"
        assert inputs(definition, "one") == {
            "data": {
                "Get": f"{root}[0].part-each.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"
            }
        }
        given = arguments(definition, "one")
        assert "IterationOutputs[0].part-each" in str(given["size"]["Std:Join"])
        assert "IterationOutputs[1].measure-each" in str(given["auc"])
        assert arguments(definition, "one-2")["auc"]["Std:Join"]["Values"] == [
            {"Get": f"{root}[2].fit-each.FinalMetricDataList['auc'].Value"}
        ]
        assert f"{root}[0].fit-each.ModelArtifacts.S3ModelArtifacts" in str(
            step(definition, "register-model")
        )

    @pytest.mark.parametrize(("goal", "pick"), [("Maximize", "MaxBy"), ("Minimize", "MinBy")])
    def test_the_best_round(self, goal, pick):
        def wire(kinds: list):
            with (loop := dsl.ParallelFor(kinds)) as kind:
                fitted = fit(train=dsl.importer(URI), kind=kind)
            best = loop.best(fitted.outputs["metrics"]["auc"], goal=goal)
            dsl.register_model(model=best["model"])

        definition = compiled(wire)
        assert step(definition, "for-each")["Arguments"]["Selector"] == {
            "Pick": pick,
            "Field": {"Get": "IterationOutput.fit-each.FinalMetricDataList['auc'].Value"},
        }
        assert "Steps.for-each.Selected.ModelArtifacts.S3ModelArtifacts" in str(
            step(definition, "register-model")
        )

    def test_waiting_for_a_task_of_the_loop_is_waiting_for_the_loop(self):
        def wire(sizes: list):
            with dsl.ParallelFor(sizes) as n:
                made = part(n=n)
            one(data=dsl.importer(URI)).after(made)

        assert step(compiled(wire), "one")["DependsOn"] == ["for-each"]


class TestDynamicRefusals:
    def test_conditions_failures_and_loops_do_not_stand_in_it(self):
        def condition(sizes: list):
            with dsl.ParallelFor(sizes) as n, dsl.If(n > 3):
                part(n=n)

        def failure(sizes: list):
            with dsl.ParallelFor(sizes):
                dsl.fail("no")

        def loop(sizes: list):
            with dsl.ParallelFor(sizes), dsl.ParallelFor(sizes) as n:
                part(n=n)

        for wire in (condition, failure):
            assert "SageMaker's ForEach takes no condition, no failure" in refusal(wire)
        assert "SageMaker's ForEach can't be nested" in refusal(loop)

    def test_nor_does_it_stand_in_a_branch(self):
        def wire(sizes: list, big: bool):
            with dsl.If(big == True), dsl.ParallelFor(sizes) as n:  # noqa: E712
                part(n=n)

        assert "can't stand inside another block" in refusal(wire)

    def test_a_static_loop_may_stand_in_it(self):
        def wire(sizes: list):
            with dsl.ParallelFor(sizes) as n, dsl.ParallelFor(["a", "b"]) as name:
                part(n=n, name=name)

        definition = compiled(wire)
        assert arguments(definition, "part-1-each") == {
            "n": {"Get": "ForEach.CurrentItem"},
            "name": "b",
        }

    def test_what_is_no_list_is_refused(self):
        def wire(size: int):
            with dsl.ParallelFor(size) as n:
                part(n=n)

        assert "pipeline parameter 'size' is a int; it has to be a list" in refusal(wire)

    def test_fifty_rounds_at_once_are_all(self):
        def wire(sizes: list):
            with dsl.ParallelFor(sizes, parallelism=51) as n:
                part(n=n)

        assert "runs 50 at once at most" in refusal(wire)

    def test_how_many_rounds_there_are_is_not_known(self):
        def wire(sizes: list):
            with dsl.ParallelFor(sizes) as n:
                made = part(n=n)
            merge(parts=dsl.Collected(made.outputs["out"]))

        assert "is known only when the pipeline runs; take one by its index" in refusal(wire)

    @pytest.mark.parametrize(
        ("ask", "message"),
        [
            (lambda loop, fitted, scored: loop.best(scored.outputs["metrics"]["auc"]), "in a file"),
            (lambda loop, fitted, scored: loop.best(fitted.outputs["model"]), "takes a metric of"),
            (
                lambda loop, fitted, scored: loop.best(fitted.outputs["metrics"]["auc"], "most"),
                "goal 'most' is neither Maximize nor Minimize",
            ),
        ],
    )
    def test_the_best_is_by_a_training_jobs_metric(self, ask, message):
        def wire(kinds: list):
            with (loop := dsl.ParallelFor(kinds)) as kind:
                fitted = fit(train=dsl.importer(URI), kind=kind)
                scored = measure()
            ask(loop, fitted, scored)

        assert message in refusal(wire)

    def test_the_best_of_a_static_loop_is_found_in_a_component(self):
        def wire():
            with (loop := dsl.ParallelFor(["a"])) as kind:
                fitted = fit(train=dsl.importer(URI), kind=kind)
            loop.best(fitted.outputs["metrics"]["auc"])

        assert "best() is for loops over a pipeline value" in refusal(wire)

    def test_a_transform_in_it_needs_a_place_of_its_own(self):
        def wire(uris: list):
            model = dsl.importer("s3://b/model.tar.gz", Model)
            with dsl.ParallelFor(uris) as uri:
                dsl.transform(model=model, data=dsl.importer(uri, Dataset))

        assert "every round of the loop would write to the same place" in refusal(wire)

    @pytest.mark.parametrize("place", [("x",), ("x", dsl.EXECUTION_ID)])
    def test_so_does_an_output_that_is_sent_elsewhere(self, place):
        def wire(sizes: list):
            with dsl.ParallelFor(sizes) as n:
                part(n=n).set_output_uri("out", dsl.bucket_uri(*place))

        assert "every round of the loop would write to the same place" in refusal(wire)

    def test_a_place_with_the_item_in_it_will_do(self):
        def wire(sizes: list):
            with dsl.ParallelFor(sizes) as n:
                part(n=n).set_output_uri("out", dsl.bucket_uri("x", n))

        assert compiled(wire)
