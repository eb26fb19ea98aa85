import json

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
