"""The scoring pipeline: what it asks which model."""

import json

from sagepipe import compiler
from sagepipe.components import tables
from sagepipe.components.batch_score import batch_score
from sagepipe.dsl import Dataset

from {{ cookiecutter.package }}.pipelines.scoring import scoring
from {{ cookiecutter.package }}.pipelines.training import training


def steps_of(pipeline) -> dict:
    found = json.loads(compiler.to_json(compiler.compile_pipeline(pipeline)))["Steps"]
    conditions = [step for step in found if step["Type"] == "Condition"]
    inside = [step for condition in conditions for step in condition["Arguments"]["IfSteps"]]
    return {step["Name"]: step["Arguments"] for step in [*found, *inside]}


def uri(channels: list[dict], name: str) -> dict:
    places = {item.get("InputName") or item["OutputName"]: item for item in channels}
    return (places[name].get("S3Input") or places[name]["S3Output"])["S3Uri"]


def test_the_model_is_the_one_that_training_published():
    publish = steps_of(training)["publish"]["ProcessingOutputConfig"]["Outputs"]
    asked = uri(steps_of(scoring)["batch-score"]["ProcessingInputs"], "model")
    assert asked["Std:Join"]["Values"] == [uri(publish, "published"), "model.tar.gz"]


def test_each_recent_row_gets_a_prediction(recent, model, new_output):
    scored = new_output(Dataset, "scored")
    found = batch_score.python_func(data=Dataset(path=recent), model=model, scored=scored)
    predictions = tables.read(scored.directory)["prediction"]
    assert len(predictions) == found.rows == len(tables.read(recent))
    assert predictions.notna().all()
