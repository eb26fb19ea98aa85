"""The same rows get the same answer from training, the server and MLflow."""

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest

from sagepipe.serving.readers import READERS
from sagepipe.serving.writers import WRITERS


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


def test_of_the_server_row_by_row(server, rows, model):
    """As a batch transform with the SingleRecord strategy sends them."""
    some = rows.head(40)
    answers = [
        read(
            server.invoke(some.iloc[[row]].to_csv(index=False, header=False), "text/csv"),
            "text/csv",
        )
        for row in range(len(some))
    ]
    assert [answer for (answer,) in answers] == model.predict(some).tolist()


def test_of_probabilities(server, rows, model):
    reply = server.invoke(written(rows, "text/csv"), "text/csv", Accept="application/json")
    np.testing.assert_allclose(
        reply.json["probabilities"], model.predict_proba(rows), rtol=0, atol=1e-15
    )


def test_of_mlflow(logged, rows, model):
    np.testing.assert_array_equal(logged.predict(rows), model.predict(rows))
