"""Serving: what a request becomes, without the server around it."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sagepipe.serving import BadRequest
from sagepipe.serving.engines import sklearn as engine

from {{ cookiecutter.package }} import data, predictor, schema

JSON, CSV = "application/json", "text/csv"


@pytest.fixture(scope="module")
def served(model):
    """The model as the server loads it."""
    return predictor.load(Path(model.directory))


@pytest.fixture
def some(rows) -> pd.DataFrame:
    return data.features(rows.head(20))


def invoke(served, body: str, content_type: str, accept: str) -> bytes:
    columns = predictor.parse(body.encode(), content_type, served.schema)
    answer, answered_type = predictor.format(predictor.predict(served, columns), accept)
    assert answered_type.startswith(accept)
    return answer


def test_json_and_csv_requests_get_what_the_trained_model_says(served, model, some):
    expected = engine.load(model.directory).estimator.predict(some)
    instances = json.dumps({"instances": json.loads(some.to_json(orient="records"))})
    as_json = json.loads(invoke(served, instances, JSON, JSON))["predictions"]
    as_csv = invoke(served, some.to_csv(index=False), CSV, CSV)
    answered = pd.read_csv(io.BytesIO(as_csv), header=None)[0].tolist()
    if schema.TASK == "regression":
        assert as_json == pytest.approx(expected)
        assert answered == pytest.approx(expected)
    else:
        assert as_json == expected.tolist()
        assert list(map(str, answered)) == list(map(str, as_json))


@pytest.mark.skipif(schema.TASK != "classification", reason="a number has no classes")
def test_each_answer_carries_the_probability_of_every_class(served, some):
    answer = json.loads(invoke(served, some.to_csv(index=False), CSV, JSON))
    assert sorted(answer["classes"], key=str) == sorted(schema.CLASSES, key=str)
    assert np.sum(answer["probabilities"], axis=1) == pytest.approx(1)


def test_the_models_own_example_is_answered(served):
    body = json.dumps({"instances": [served.schema.example]})
    assert len(json.loads(invoke(served, body, JSON, JSON))["predictions"]) == 1


def test_a_request_without_a_column_names_it(served, some):
    name = schema.FEATURES[-1]
    with pytest.raises(BadRequest, match=re.escape(repr(name))):
        invoke(served, some.drop(columns=name).to_csv(index=False), CSV, CSV)
