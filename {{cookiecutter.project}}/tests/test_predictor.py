"""Serving: what a request becomes, without the server around it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sagepipe.serving import BadRequest
from sagepipe.serving.engines import sklearn as engine

from {{ cookiecutter.package }} import predictor, schema

JSON, CSV = "application/json", "text/csv"


@pytest.fixture(scope="module")
def served(model):
    """The model as the server loads it."""
    return predictor.load(Path(model.directory))


@pytest.fixture
def rows(flights) -> pd.DataFrame:
    return flights[schema.FEATURES].head(20)


def invoke(served, body: str, content_type: str, accept: str) -> bytes:
    columns = predictor.parse(body.encode(), content_type, served.schema)
    answer, answered_type = predictor.format(predictor.predict(served, columns), accept)
    assert answered_type.startswith(accept)
    return answer


def test_json_and_csv_requests_get_what_the_trained_model_says(served, model, rows):
    expected = engine.load(model.directory).estimator.predict(schema.features(rows))
    instances = json.dumps({"instances": json.loads(rows.to_json(orient="records"))})
    as_json = json.loads(invoke(served, instances, JSON, JSON))["predictions"]
    as_csv = invoke(served, rows.to_csv(index=False), CSV, CSV).decode().split()
    assert np.array(as_json) == pytest.approx(expected)
    assert np.array(as_csv, dtype=float) == pytest.approx(expected)

{%- if cookiecutter.task == "classification" %}


def test_each_answer_carries_the_probability_of_both_classes(served, rows):
    answer = json.loads(invoke(served, rows.to_csv(index=False), CSV, JSON))
    assert answer["classes"] == [0, 1]
    assert np.sum(answer["probabilities"], axis=1) == pytest.approx(1)
{%- endif %}


def test_the_models_own_example_is_answered(served):
    body = json.dumps({"instances": [served.schema.example]})
    assert len(json.loads(invoke(served, body, JSON, JSON))["predictions"]) == 1


def test_a_request_without_a_column_names_it(served, rows):
    with pytest.raises(BadRequest, match="carrier"):
        invoke(served, rows.drop(columns="carrier").to_csv(index=False), CSV, CSV)
