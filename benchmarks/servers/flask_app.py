"""What AWS's examples of a container of one's own do: Flask, pandas and the native model."""

import io
import os
import pickle
from pathlib import Path

import flask
import pandas as pd

MODEL = pickle.loads(Path(os.environ["MODEL_FILE"]).read_bytes())
app = flask.Flask(__name__)


@app.get("/ping")
def ping() -> flask.Response:
    """Answer 200: the model is loaded with the module."""
    return flask.Response(status=200)


@app.post("/invocations")
def invocations() -> flask.Response:
    """Predict CSV or JSON records, each answered in kind."""
    if flask.request.mimetype == "text/csv":
        table = pd.read_csv(io.BytesIO(flask.request.data))
        lines = "".join(f"{label}\n" for label in MODEL.predict(table))
        return flask.Response(lines, mimetype="text/csv")
    table = pd.DataFrame(flask.request.get_json())
    return flask.jsonify(predictions=MODEL.predict(table).tolist())
