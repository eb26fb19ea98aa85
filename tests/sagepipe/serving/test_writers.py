import io
import json
import sys

import numpy as np
import pytest

from sagepipe.serving import NotAcceptable, Predictions
from sagepipe.serving.writers import write

LABELS = Predictions(
    np.array(["late", "on, time"], dtype=object),
    np.array([[0.75, 0.25], [0.5, 0.5]]),
    np.array(["late", "on, time"], dtype=object),
)
NUMBERS = Predictions(np.array([1.5, -2.0]))


def test_json_of_a_classifier_has_the_probability_of_each_class():
    body, content_type = write(LABELS, "application/json")
    assert content_type == "application/json"
    assert json.loads(body) == {
        "predictions": ["late", "on, time"],
        "probabilities": [[0.75, 0.25], [0.5, 0.5]],
        "classes": ["late", "on, time"],
    }


def test_json_of_a_regression_has_only_predictions():
    assert json.loads(write(NUMBERS, "application/json")[0]) == {"predictions": [1.5, -2.0]}


@pytest.mark.parametrize(
    ("predictions", "text"),
    [
        (LABELS, b'late\n"on, time"\n'),
        (NUMBERS, b"1.5\n-2.0\n"),
        (Predictions(np.array([1, 0])), b"1\n0\n"),
        (Predictions(np.array([True, False])), b"True\nFalse\n"),
    ],
    ids=["text", "numbers", "integers", "booleans"],
)
def test_csv_is_one_prediction_a_line(predictions, text):
    assert write(predictions, "text/csv") == (text, "text/csv")


def test_numbers_come_back_exactly():
    values = np.random.default_rng(7).normal(size=100)
    body, _ = write(Predictions(values), "text/csv")
    assert [float(line) for line in body.split()] == values.tolist()
    body, _ = write(Predictions(values), "application/json")
    assert json.loads(body)["predictions"] == values.tolist()


def test_other_formats_are_refused_with_those_that_can_be_written():
    with pytest.raises(NotAcceptable, match="ask for one of application/json, text/csv"):
        write(NUMBERS, "image/png")


def test_json_lines_are_one_prediction_a_line():
    body, content_type = write(LABELS, "application/jsonlines")
    assert content_type == "application/jsonlines"
    assert [json.loads(line) for line in body.splitlines()] == [
        {"prediction": "late", "probabilities": {"late": 0.75, "on, time": 0.25}},
        {"prediction": "on, time", "probabilities": {"late": 0.5, "on, time": 0.5}},
    ]


def test_parquet_has_a_column_for_each_class():
    from pyarrow.parquet import read_table

    body, content_type = write(LABELS, "application/x-parquet")
    assert content_type == "application/x-parquet"
    assert read_table(io.BytesIO(body)).to_pydict() == {
        "prediction": ["late", "on, time"],
        "probability of late": [0.75, 0.5],
        "probability of on, time": [0.25, 0.5],
    }


@pytest.mark.parametrize(
    ("accept", "text"),
    [
        ("text/csv; output=predictions", b'late\n"on, time"\n'),
        ("text/csv; output=probabilities", b"0.75,0.25\n0.5,0.5\n"),
        ("text/csv; output=both", b'late,0.75,0.25\n"on, time",0.5,0.5\n'),
        (
            "text/csv; output=both; header=present",
            b'prediction,probability of late,"probability of on, time"\n'
            b'late,0.75,0.25\n"on, time",0.5,0.5\n',
        ),
        ("application/json; output=predictions", b'{"predictions":["late","on, time"]}'),
        (
            "application/json; output=probabilities",
            b'{"probabilities":[[0.75,0.25],[0.5,0.5]],"classes":["late","on, time"]}',
        ),
        (
            "application/jsonlines; output=predictions",
            b'{"prediction":"late"}\n{"prediction":"on, time"}\n',
        ),
    ],
)
def test_the_callers_parameter_says_what_is_written(accept, text):
    assert write(LABELS, accept)[0] == text


@pytest.mark.parametrize("output", ["probabilities", "both"])
def test_probabilities_of_a_model_without_are_refused(output):
    with pytest.raises(NotAcceptable, match="the model has no probabilities"):
        write(NUMBERS, f"application/json; output={output}")


def test_an_unknown_output_is_refused():
    with pytest.raises(NotAcceptable, match="output='all'; it is one of predictions, prob"):
        write(LABELS, "text/csv; output=all")


def test_parquet_without_pyarrow_is_refused_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr("sagepipe.serving.parquet.find_spec", lambda name: None)
    with pytest.raises(NotAcceptable, match="for Parquet install pyarrow"):
        write(NUMBERS, "application/x-parquet")
    assert write(NUMBERS, "*/*")[1] == "application/json"
