"""The same rows get the same answer from training, the server and MLflow."""

import csv
import io
import json
import tarfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import sagepipe
from sagepipe import local
from sagepipe.serving.readers import READERS
from sagepipe.serving.writers import WRITERS

LIBRARY = Path(sagepipe.__file__).resolve().parents[1]


@pytest.fixture(scope="module", params=["onnx", "sklearn"])
def server(request, start, model_directory, onnx_directory):
    """A server of each engine."""
    directory = onnx_directory if request.param == "onnx" else model_directory
    return start(directory).wait(200)


@pytest.fixture(scope="module")
def logged(model, frame, tmp_path_factory):
    """The trained model as a run of MLflow keeps it."""
    import mlflow

    from sagepipe import tracking

    before = mlflow.get_tracking_uri()
    uri = f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"
    with tracking.step_run(tracking.StepIdentity(uri, "same", "abcdef012345", "train")):
        made = tracking.log_model(model, frame.head())
    yield mlflow.pyfunc.load_model(f"models:/{made.model_version}")
    mlflow.set_tracking_uri(before)


def written(rows, content_type):
    """Write rows as a caller would."""
    bodies = {
        "text/csv": lambda: rows.to_csv(index=False),
        "application/json": lambda: rows.to_json(orient="records", double_precision=15),
        "application/jsonlines": lambda: rows.to_json(
            orient="records", lines=True, double_precision=15
        ),
        "application/x-parquet": lambda: rows.to_parquet(None),
        "application/x-npy": lambda: npy(rows),
    }
    return bodies[content_type]()


def npy(rows):
    """Write a table of text and numbers as an array: of text, an empty cell where none is."""
    file = io.BytesIO()
    np.save(file, rows.astype("object").where(rows.notna(), "").to_numpy().astype(str))
    return file.getvalue()


def read(reply, accept):
    """Read predictions as a caller would."""
    answers = {
        "text/csv": lambda: [row[0] for row in csv.reader(io.StringIO(reply.body.decode()))],
        "application/json": lambda: json.loads(reply.body)["predictions"],
        "application/jsonlines": lambda: [
            json.loads(line)["prediction"] for line in reply.body.splitlines()
        ],
        "application/x-parquet": lambda: pd.read_parquet(io.BytesIO(reply.body))[
            "prediction"
        ].tolist(),
    }
    return answers[accept]()


@pytest.mark.parametrize("accept", WRITERS)
@pytest.mark.parametrize("content_type", READERS)
def test_of_the_server_in_each_format(server, rows, model, content_type, accept):
    reply = server.invoke(written(rows, content_type), content_type, Accept=accept)
    assert reply.status == 200, reply.body
    assert read(reply, accept) == model.predict(rows).tolist()


# As transform jobs are set up for each format: lines are cut into requests, other files go whole.
TRANSFORMS = {
    "text/csv": {"SplitType": "Line"},
    "application/jsonlines": {"SplitType": "Line"},
    "application/json": {"SplitType": "None"},
    "application/x-parquet": {"SplitType": "None"},
    "application/x-npy": {"SplitType": "None"},
}


@pytest.fixture
def project(tmp_path):
    """Settings of local runs whose serving program is the default one."""
    program = tmp_path / "serve.py"
    program.write_text(
        f"import sys\n\nsys.path[:0] = {[str(LIBRARY), str(tmp_path)]!r}\n"
        "from sagepipe import serving\n\nserving.run('team_predictor')\n"
    )
    (tmp_path / "team_predictor.py").write_text("")
    return local.LocalSettings(root=tmp_path / ".sagepipe", project=tmp_path, serve=program)


def transform(project, directory, body, content_type, strategy="MultiRecord", accept="text/csv"):
    """Run a transform job over one file; return the predictions in its output."""
    source = project.s3 / "b/in/rows"
    source.parent.mkdir(parents=True)
    source.write_bytes(body.encode() if isinstance(body, str) else body)
    with tarfile.open(project.s3 / "b/model.tar.gz", "w:gz") as archive:
        archive.add(directory, ".")
    container = {"Image": "image", "ModelDataUrl": "s3://b/model.tar.gz"}
    data = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/in"}}
    steps = [
        {"Name": "model", "Type": "Model", "Arguments": {"PrimaryContainer": container}},
        {
            "Name": "score",
            "Type": "Transform",
            "Arguments": {
                "ModelName": {"Get": "Steps.model.ModelName"},
                "BatchStrategy": strategy,
                "TransformInput": {
                    "DataSource": data,
                    "ContentType": content_type,
                    **TRANSFORMS[content_type],
                },
                "TransformOutput": {
                    "S3OutputPath": "s3://b/out",
                    "AssembleWith": TRANSFORMS[content_type]["SplitType"],
                    "Accept": accept,
                },
                "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            },
        },
    ]
    definition = {"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": steps}
    execution = local.run(definition, {}, project)
    assert execution.status == "Succeeded", execution.steps
    return read(SimpleNamespace(body=(project.s3 / "b/out/rows.out").read_bytes()), accept)


@pytest.mark.once
@pytest.mark.parametrize("engine", ["onnx_directory", "model_directory"], ids=["onnx", "sklearn"])
@pytest.mark.parametrize("content_type", TRANSFORMS)
def test_of_a_transform_job_in_each_format(project, request, rows, model, content_type, engine):
    body = written(rows, content_type)
    if content_type == "text/csv":
        body = rows.to_csv(index=False, header=False)  # a request may begin at any line
    predicted = transform(project, request.getfixturevalue(engine), body, content_type)
    assert predicted == model.predict(rows).tolist()


@pytest.mark.once
@pytest.mark.parametrize("accept", [kind for kind in WRITERS if kind != "text/csv"])
def test_of_a_transform_job_answered_in_each_format(project, onnx_directory, rows, model, accept):
    kind = "application/json"
    predicted = transform(project, onnx_directory, written(rows, kind), kind, accept=accept)
    assert predicted == model.predict(rows).tolist()


def test_of_a_transform_job_row_by_row(project, model_directory, rows, model):
    some = rows.head(40)
    body = some.to_csv(index=False, header=False)
    predicted = transform(project, model_directory, body, "text/csv", "SingleRecord")
    assert predicted == model.predict(some).tolist()


def test_of_probabilities(server, rows, model):
    reply = server.invoke(written(rows, "text/csv"), "text/csv", Accept="application/json")
    np.testing.assert_allclose(
        reply.json["probabilities"], model.predict_proba(rows), rtol=0, atol=1e-15
    )


def test_of_mlflow(logged, rows, model):
    np.testing.assert_array_equal(logged.predict(rows), model.predict(rows))


def test_of_mlflow_with_what_its_own_server_makes_of_a_request(logged, rows, model):
    """JSON in split form, which both servers take; MLflow's reads it by the model's signature."""
    from mlflow.pyfunc.scoring_server import infer_and_parse_data

    asked = {"dataframe_split": json.loads(rows.to_json(orient="split", double_precision=15))}
    table = infer_and_parse_data(asked, logged.metadata.get_input_schema())
    np.testing.assert_array_equal(logged.predict(table), model.predict(rows))
