"""The definition, compared whole with a golden copy and with AWS's service model."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import botocore.session
import pytest
from botocore.validate import ParamValidator

from sagepipe import dsl
from sagepipe.compiler import (
    Compiler,
    Overrides,
    WriteError,
    compile_pipeline,
    to_json,
    write,
)
from sagepipe.dsl import Dataset, DslError, Input, Model, Output

HERE = Path(__file__).parent
# Author's files, their pipelines, and the golden copies beside them.
GOLDEN = {
    ("authored", "every_feature"): HERE / "golden" / "every-feature.json",
    ("whole", "whole"): HERE / "golden" / "whole.json",
}
each_golden = pytest.mark.parametrize(
    ("module", "pipeline", "golden"),
    [(*name, file) for name, file in GOLDEN.items()],
    ids=[file.stem for file in GOLDEN.values()],
)


def imported(name):
    """Import an author's file by the name that the golden copy has for its components."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def authored():
    return imported("authored")


@pytest.fixture(scope="module")
def definition():
    return compile_pipeline(authored().every_feature)


@each_golden
def test_the_definition_is_the_golden_one(module, pipeline, golden):
    # After a change on purpose, write it anew: python tests/sagepipe/compiler/test_definition.py
    found = compile_pipeline(getattr(imported(module), pipeline))
    assert to_json(found) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("seed", ["0", "1", "random"])
@each_golden
def test_it_needs_nothing_but_the_source_and_is_always_the_same(
    tmp_path, module, pipeline, golden, seed
):
    """No credentials, no region, no network; whatever the folder and the hash seed."""
    code = (
        "import socket, sys\n"
        "def refuse(*_, **__): raise AssertionError('the compiler opened a socket')\n"
        "socket.socket = refuse\n"
        f"import {module}\n"
        "from sagepipe.compiler import compile_pipeline, to_json\n"
        f"sys.stdout.write(to_json(compile_pipeline({module}.{pipeline})))\n"
        "assert not {'boto3', 'botocore', 'sagemaker', 'pandas'} & set(sys.modules)\n"
    )
    library = Path(dsl.__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONPATH": f"{HERE}{os.pathsep}{library}",
            "PYTHONHASHSEED": seed,
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == golden.read_text(encoding="utf-8")


def steps_of(definition, type_):
    for step in definition["Steps"]:
        arguments = step["Arguments"]
        branches = [*arguments.get("IfSteps", []), *arguments.get("ElseSteps", [])]
        for one in (step, *branches):
            if one["Type"] == type_:
                yield one


@pytest.mark.parametrize(
    ("type_", "operation", "dropped"),
    [
        ("Processing", "CreateProcessingJob", {"ProcessingJobName": "x"}),
        ("Training", "CreateTrainingJob", {"TrainingJobName": "x"}),
        ("RegisterModel", "CreateModelPackage", {}),
    ],
)
def test_arguments_are_what_the_service_model_takes(definition, type_, operation, dropped):
    """Pipelines drop the job's name and fill references in; the rest is the API's own request."""
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape = model.operation_model(operation).input_shape
    found = list(steps_of(definition, type_))
    assert found
    for step in found:
        request = {**dropped, **resolved(step["Arguments"], shape)}
        report = ParamValidator().validate(request, shape)
        assert not report.has_errors(), f"{step['Name']}: {report.generate_report()}"


def resolved(value, shape):
    """Put something of the right type in place of every reference."""
    if isinstance(value, dict):
        if set(value) & {"Get", "Std:Join", "Std:JsonGet"}:
            text = "x" * shape.metadata.get("min", 1)
            return 1 if shape.type_name in ("integer", "long") else text
        if shape.type_name == "map":
            return {key: resolved(item, shape.value) for key, item in value.items()}
        assert shape.type_name == "structure", (value, shape)
        unknown = set(value) - set(shape.members)
        assert not unknown, f"{shape.name} has no {unknown}"
        return {key: resolved(item, shape.members[key]) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item, shape.member) for item in value]
    return value


class TestFile:
    def test_it_appears_whole(self, tmp_path):
        Compiler().compile(authored().every_feature, tmp_path / "deep" / "p.json")

        assert json.loads((tmp_path / "deep" / "p.json").read_text())["Version"] == "2020-12-01"
        assert [item.name for item in (tmp_path / "deep").iterdir()] == ["p.json"]

    def test_a_place_that_can_not_be_written_to_is_named(self, tmp_path):
        (tmp_path / "file").write_text("")

        with pytest.raises(WriteError, match=r"can't write .*file/p.json: .*; name another file"):
            write(tmp_path / "file" / "p.json", "")

    def test_a_pipeline_that_is_refused_leaves_the_old_file(self, tmp_path):
        path = tmp_path / "p.json"
        path.write_text("old")

        with pytest.raises(DslError, match="has no steps"):
            Compiler().compile(dsl.pipeline(name="p")(lambda: None), path)

        assert path.read_text() == "old"


@dsl.component(kind="training")
def learn(
    train: Input[Dataset], model: Output[Model], log: Output[Dataset], note: str = ""
) -> None: ...


@dsl.component
def read(data: Input[Dataset], note: str = "") -> None: ...


DATA = "s3://bucket/data"


class TestRefusals:
    def test_a_parameter_longer_than_an_argument_may_be(self):
        @dsl.pipeline
        def p() -> None:
            read(data=dsl.importer(DATA), note="x" * 257)

        with pytest.raises(DslError, match=rf"{__file__}:\d+: 'read', note: 257 characters"):
            compile_pipeline(p)

    def test_a_hyperparameter_may_be_longer(self):
        @dsl.pipeline
        def p() -> None:
            learn(train=dsl.importer(DATA), note="x" * 2500)

        assert compile_pipeline(p)

    def test_an_output_that_sagemaker_has_no_reference_to(self):
        @dsl.pipeline
        def p() -> None:
            read(data=learn(train=dsl.importer(DATA)).outputs["log"])

        with pytest.raises(DslError, match=r"output 'log' of training job 'learn' is part of its"):
            compile_pipeline(p)

    def test_a_processing_job_longer_than_nine_days(self):
        @dsl.pipeline
        def p() -> None:
            read(data=dsl.importer(DATA)).set_max_runtime(777_601)

        with pytest.raises(DslError, match="a processing job runs 777600 seconds at most"):
            compile_pipeline(p)


def test_only_the_environment_parameters_in_use_are_declared():
    @dsl.pipeline
    def p() -> None:
        read(data=dsl.importer(DATA))

    names = [item["Name"] for item in compile_pipeline(p)["Parameters"]]
    assert names == ["role_arn", "image_uri", "mlflow_tracking_uri"]


def test_a_pipelines_tags_are_its_jobs_and_an_environments_come_first():
    @dsl.pipeline(tags={"team": "delay", "stage": "none"})
    def p() -> None:
        read(data=dsl.importer(DATA))

    (step,) = compile_pipeline(p, Overrides(tags={"stage": "dev"}))["Steps"]
    assert step["Arguments"]["Tags"] == [
        {"Key": "team", "Value": "delay"},
        {"Key": "stage", "Value": "dev"},
    ]


@dsl.component
def twin(data: Input[Dataset]) -> None: ...


first_twin = twin


@dsl.component
def twin(data: Input[Dataset]) -> None: ...


def unmarked(data: Input[Dataset]) -> None: ...


marked = dsl.component(unmarked)


class TestImportable:
    """A job imports its component by module and name; it must find the one that was meant."""

    def test_two_components_of_a_module_with_one_name_are_told_apart(self):
        @dsl.pipeline
        def p() -> None:
            first_twin(data=dsl.importer(DATA))

        with pytest.raises(DslError, match=r"are called 'twin' \(the other is at .*:\d+\)"):
            compile_pipeline(p)

    def test_the_one_that_the_job_finds_is_fine(self):
        @dsl.pipeline
        def p() -> None:
            twin(data=dsl.importer(DATA))

        assert compile_pipeline(p)

    def test_a_component_under_another_name_than_its_function(self):
        @dsl.pipeline
        def p() -> None:
            marked(data=dsl.importer(DATA))

        with pytest.raises(DslError, match=r"which is no component; put @dsl\.component above"):
            compile_pipeline(p)

    def test_what_is_no_pipeline_is_refused(self):
        with pytest.raises(DslError, match=r"is no pipeline; put @dsl\.pipeline above"):
            compile_pipeline(lambda: None)


if __name__ == "__main__":
    for (module, pipeline), golden in GOLDEN.items():
        compiled = compile_pipeline(getattr(imported(module), pipeline))
        golden.write_text(to_json(compiled), encoding="utf-8")
