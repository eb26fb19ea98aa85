"""What can't run here is refused before anything starts, and leaves nothing behind."""

import copy

import pytest

from sagepipe.local import DefinitionError, LocalError, ParameterError, plan, run
from sagepipe.local.launch.process import ProcessLauncher

OUT = {"out": "s3://b/out"}


def refused(project, *steps, **keys):
    """The refusal's text; nothing may have been written."""
    with pytest.raises(DefinitionError) as caught:
        run(project.define(*steps, **keys), {}, project.settings)
    assert not project.settings.root.exists()
    return str(caught.value)


def test_a_definition_of_another_version(project):
    said = refused(project, project.processing("a"), Version="2030-01-01")
    assert said == "Version is '2030-01-01'; the local runner supports '2020-12-01'"


def test_a_definition_without_steps(project):
    assert refused(project) == "the definition has no Steps"


def test_wrong_parameters_start_nothing(project):
    definition = project.define(project.processing("a"))
    with pytest.raises(ParameterError):
        run(definition, {"x": "1"}, project.settings)
    assert not project.settings.root.exists()


@pytest.mark.parametrize("kind", ["EMR", "AutoML", "QualityCheck", "Nothing", None])
def test_a_step_type_that_is_not_supported(project, kind):
    said = refused(project, {"Name": "odd", "Type": kind, "Arguments": {}})
    assert said.startswith(f"step 'odd': type {kind!r} is not supported by the local runner")


def test_a_step_name_that_is_none(project):
    assert "'a b' is no step name" in refused(project, project.processing("a b"))


def test_two_steps_of_one_name_even_in_different_branches(project):
    check = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    branches = {"then": [project.fail("a")], "otherwise": [project.fail("a")]}
    said = refused(project, project.condition("c", check, **branches))
    assert said == "two steps are called 'a'; names have to differ"


def test_a_condition_in_a_branch(project):
    check = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
    inner = project.condition("inner", check)
    said = refused(project, project.condition("outer", check, then=[inner]))
    assert "'inner' is a condition in a branch of 'outer'" in said


def test_a_condition_of_an_unknown_kind(project):
    assert "is no condition" in refused(project, project.condition("c", {"Type": "Like"}))


@pytest.mark.parametrize(
    "entry",
    [
        1,
        None,
        {"Step": "a", "Trigger": "Sometimes"},
        {"Step": 1, "Trigger": "Any"},
        {"Name": "a", "Trigger": "Any"},
    ],
)
def test_a_run_condition_that_is_none(project, entry):
    step = project.processing("b", DependsOn=[entry])
    said = refused(project, project.processing("a"), step)
    assert said.startswith(f"step 'b': DependsOn {entry!r} is neither a step's name nor")


def test_two_run_conditions_on_one_step(project):
    entries = ["a", {"Step": "a", "Trigger": "Failed"}]
    said = refused(project, project.processing("a"), project.processing("b", DependsOn=entries))
    assert said == "step 'b': DependsOn names 'a' twice: Completed and Failed"


def test_all_faults_stand_in_one_message(project):
    said = refused(
        project,
        {"Name": "t", "Type": "EMR", "Arguments": {}},
        {"Name": "l", "Type": "AutoML", "Arguments": {}},
    )
    assert said.splitlines()[0] == "the definition can't run here:"
    assert [line[:10] for line in said.splitlines()[1:]] == ["- step 't'", "- step 'l'"]


class TestReferences:
    @pytest.mark.parametrize(
        ("reference", "says"),
        [
            ("Steps.nobody.ProcessingJobName", "there is no step 'nobody'"),
            (
                "Steps.a.ModelArtifacts.S3ModelArtifacts",
                "a Processing step has no 'ModelArtifacts'",
            ),
            (
                "Steps.a.ProcessingOutputConfig.Outputs['tarin'].S3Output.S3Uri",
                "no such output (there is: out)",
            ),
            ("Steps.a.PropertyFiles.report", "no such property file (there is: none)"),
            ("Parameters.nothing", "no such parameter (there is: none)"),
            ("Execution.Nothing", "no such variable"),
            ("Anything.else", "not supported by the local runner"),
            ("Steps.end.Anything", "a Fail step has no properties"),
        ],
    )
    def test_that_lead_nowhere_are_named(self, project, reference, says):
        first = project.processing("a", outputs=OUT)
        second = project.processing("b", inputs={"x": {"Get": reference}})
        said = refused(project, first, second, project.fail("end"))
        assert said.startswith(f"step 'b': {reference}: {says}")

    def test_of_depends_on(self, project):
        said = refused(project, project.processing("a", DependsOn=["z"]))
        assert said == "step 'a': DependsOn: there is no step 'z'"

    def test_to_a_fail_step_are_not_allowed(self, project):
        said = refused(project, project.fail("f"), project.processing("a", DependsOn=["f"]))
        assert "depends on Fail step 'f'" in said

    def test_of_a_property_file_to_an_output(self, project):
        files = [{"PropertyFileName": "p", "OutputName": "nope", "FilePath": "p.json"}]
        said = refused(project, project.processing("a", outputs=OUT, PropertyFiles=files))
        assert said == "step 'a': property file 'p' names output 'nope', not there"

    def test_in_a_circle(self, project):
        name = {"Get": "Steps.a.ProcessingJobName"}
        said = refused(
            project,
            project.processing("a", DependsOn=["c"]),
            project.processing("b", environment={"X": name}),
            project.processing("c", DependsOn=["b"]),
            project.processing("d", DependsOn=["a"]),
        )
        assert said == "steps wait for each other in a circle: a → c → b → a"

    def test_of_a_step_to_itself(self, project):
        said = refused(project, project.processing("a", DependsOn=["a"]))
        assert said == "steps wait for each other in a circle: a → a"

    def test_of_a_condition_to_its_own_branch(self, project):
        value = {"Get": "Steps.inner.ProcessingJobName"}
        check = {"Type": "Equals", "LeftValue": value, "RightValue": "x"}
        inner = project.processing("inner")
        said = refused(project, project.condition("c", check, then=[inner]))
        assert "circle: c → inner → c" in said


class TestProcessing:
    def test_more_inputs_than_sagemaker_takes(self, project):
        inputs = {f"i{number}": "s3://b/x" for number in range(11)}
        said = refused(project, project.processing("a", inputs=inputs))
        assert "ProcessingInputs has 11 entries; SageMaker allows 10" in said

    @pytest.mark.parametrize("path", ["/opt/ml/model", "relative", "/opt/ml/processing/../x"])
    def test_a_local_path_outside_its_place(self, project, path):
        step = project.processing("a", inputs={"x": "s3://b/x"})
        step["Arguments"]["ProcessingInputs"][0]["S3Input"]["LocalPath"] = path
        assert f"input 'x': LocalPath '{path}'" in refused(project, step)

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("S3InputMode", "Stream"),
            ("S3DataType", "Folder"),
            ("S3CompressionType", "Zip"),
        ],
    )
    def test_an_input_of_a_kind_that_is_not_supported(self, project, key, value):
        step = project.processing("a", inputs={"x": "s3://b/x"})
        step["Arguments"]["ProcessingInputs"][0]["S3Input"][key] = value
        said = refused(project, step)
        assert f"step 'a': Arguments.ProcessingInputs[0].S3Input.{key} is '{value}'" in said

    def test_no_entrypoint_as_there_is_no_image(self, project):
        step = project.processing("a")
        del step["Arguments"]["AppSpecification"]["ContainerEntrypoint"]
        assert "ContainerEntrypoint is missing" in refused(project, step)

    def test_an_entrypoint_that_lies_in_the_image(self, project):
        step = project.processing("a")
        script = "/opt/program/script.py"
        step["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = ["python3", script]
        said = refused(project, step)
        assert f"ContainerEntrypoint names {script}, which lies in the image" in said
        assert "--runner container" in said

    def test_an_environment_value_that_is_no_text(self, project):
        parameters = [{"Name": "n", "Type": "Integer", "DefaultValue": 2}]
        step = project.processing("a", environment={"N": {"Get": "Parameters.n"}})
        with pytest.raises(DefinitionError, match=r"Environment\.N has to be a text, not 2"):
            project.run(step, parameters=parameters)

    def test_an_argument_that_nobody_knows(self, project):
        said = refused(project, project.processing("a", more={"Surprise": 1}))
        assert said == "step 'a': Arguments.Surprise is not supported by the local runner"


class TestTraining:
    def test_a_hyperparameter_that_is_no_text(self, project):
        said = refused(project, project.training("t", hyperparameters={"depth": 5}))
        assert "Arguments.HyperParameters.depth has to be a text, not 5" in said

    def test_no_file_that_stands_for_the_train_command(self, project):
        step = project.training("t")
        project.train.unlink()
        assert "the file that stands for it" in refused(project, step)

    @pytest.mark.parametrize("regex", ["(", "loss"])
    def test_a_metric_that_can_find_no_value(self, project, regex):
        assert "metric 'm'" in refused(project, project.training("t", metrics={"m": regex}))

    def test_channels_of_one_name(self, project):
        step = project.training("t", channels={"train": "s3://b/x"})
        step["Arguments"]["InputDataConfig"] *= 2
        assert "two channels are called 'train'" in refused(project, step)


def test_unset_keys_may_be_null_as_the_sdk_writes_them(project):
    step = project.training("t", more={"CheckpointConfig": None}, RetryPolicies=None)
    assert project.run(step).status == "Succeeded"


def paths(value, path=()):
    """All places in a definition."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from paths(item, (*path, key))


JUNK = [
    None,
    "",
    0,
    1.5,
    True,
    "x",
    [],
    [1],
    [None],
    {},
    {"a": 1},
    {"Get": 1},
    {"Get": "Steps.a"},
    {"Get": "Steps.a.ProcessingJobName"},
    {"Std:Join": {"On": "", "Values": 1}},
    {"Std:JsonGet": {}},
]


@pytest.fixture
def straight(project):
    """A definition of a branch."""
    files = [{"PropertyFileName": "m", "OutputName": "out", "FilePath": "m.json"}]
    value = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.a.PropertyFiles.m"}, "Path": "auc"}}
    check = {"Type": "LessThan", "LeftValue": value, "RightValue": {"Get": "Parameters.bar"}}
    channel = {"Get": "Steps.a.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"}
    model = {"Get": "Steps.t.ModelArtifacts.S3ModelArtifacts"}
    return project.define(
        project.processing(
            "a", inputs=OUT, outputs=OUT, environment={"K": "v"}, PropertyFiles=files
        ),
        project.training(
            "t", channels={"c": channel}, hyperparameters={"k": "v"}, metrics={"l": "(.)"}
        ),
        project.condition(
            "c", check, then=[project.register("r", model)], otherwise=[project.fail("f")]
        ),
        parameters=[{"Name": "bar", "Type": "Float", "DefaultValue": 0.5, "EnumValues": [0.5]}],
    )


@pytest.fixture
def looped(project):
    """A definition of a loop, a run condition and a Cleanup step."""
    item = {"Get": "ForEach.CurrentItem.k"}
    write = project.processing("w", environment={"K": item}, outputs=OUT)
    fit = project.training("f", hyperparameters={"k": item}, metrics={"l": "(.)"}, DependsOn=["w"])
    by = {"Get": "IterationOutput.f.FinalMetricDataList['l'].Value"}
    arguments = {
        "IterableItems": ['{"k": "a"}', {"Get": "Parameters.one"}],
        "MaxConcurrency": 2,
        "ForEachBody": [write, fit],
        "Selector": {"Pick": "MaxBy", "Field": by},
    }
    model = {"Get": "Steps.loop.Selected.ModelArtifacts.S3ModelArtifacts"}
    first = {"Get": "Steps.loop.IterationOutputs[0].w.ProcessingJobName"}
    tell = [{"Step": "loop", "Trigger": "Failed"}]
    resources = {"S3": [{"StepName": "p", "S3Uris": ["s3://b/out/a"]}]}
    return project.define(
        {"Name": "loop", "Type": "ForEach", "Arguments": arguments},
        project.processing("p", inputs={"m": model}, arguments=[first], outputs=OUT),
        project.processing("t", DependsOn=tell),
        {"Name": "c", "Type": "Cleanup", "Arguments": {"Resources": resources}},
        parameters=[{"Name": "one", "Type": "String", "DefaultValue": '{"k": "b"}'}],
    )


@pytest.mark.parametrize("kind", ["straight", "looped"])
def test_a_definition_with_any_part_damaged_is_refused_or_runs_but_never_crashes(
    project, kind, request
):
    definition = request.getfixturevalue(kind)
    plan.make(definition, {}, ProcessLauncher(project.settings))
    refusals = 0
    for path in paths(definition):
        for junk in JUNK:
            damaged = copy.deepcopy(definition)
            place = damaged
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = junk
            try:
                plan.make(damaged, {}, ProcessLauncher(project.settings))
            except LocalError as error:
                assert str(error)
                refusals += 1
    assert refusals > 1000
