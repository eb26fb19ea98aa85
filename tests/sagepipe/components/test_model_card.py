"""A model card says what the run's steps left, and SageMaker would take it."""

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from sagepipe import export, validation
from sagepipe.components import tables
from sagepipe.components.card import schema
from sagepipe.components.evaluation import classification
from sagepipe.components.evaluation.results import Sampling
from sagepipe.components.model_card import model_card
from sagepipe.dsl import HTML, Artifact, Dataset, Model
from sagepipe.tracking import provenance

pytestmark = pytest.mark.once

SUITE = {
    "name": "trees",
    "expectations": [
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "size", "min_value": 0, "max_value": 0.5},
        },
        {"type": "expect_column_to_exist", "kwargs": {"column": "colour"}},
    ],
}


class Run:
    """What the steps before the card leave."""

    def __init__(self, folder: Path, evaluating: ModuleType) -> None:
        self.folder = folder
        train, test = evaluating.make_table(400, 1), evaluating.make_table(400, 2)
        # One colour is told at random, so that the model serves it worse than the rest.
        drawn = np.random.default_rng(3).choice(["old", "young"], len(test))
        test["old"] = test["old"].where(test["colour"] == "red", drawn)
        for name, table in (("train", train), ("test", test)):
            tables.write(table, folder / f"{name}.parquet")
        self.model = evaluating.fit(train, "old", folder / "model", evaluating.FEATURES)
        self.evaluation = self.measure(test, folder / "evaluation")
        (folder / "suite.json").write_text(json.dumps(SUITE))
        self.report = folder / "report"
        self.report.mkdir()
        validation.check(train, folder / "suite.json", name="raw", report=self.report)

    def measure(self, test: pd.DataFrame, folder: Path, target: str = "old") -> Path:
        predictions = export.predict_as_served(self.model, test[["size", "colour"]])
        answers = classification.answers(test["old"], predictions)
        found = classification.measure(answers, target, test, ["colour"], Sampling(rounds=100))
        folder.mkdir()
        found.write(folder)
        return folder

    def card(self, **given: Any) -> tuple[dict[str, Any], str]:
        (self.folder / "card").mkdir(exist_ok=True)
        arguments: dict[str, Any] = {
            "evaluation": Artifact(directory=self.evaluation),
            "train": Dataset(path=self.folder / "train.parquet", uri="s3://b/train"),
            "test": Dataset(path=self.folder / "test.parquet", uri="s3://b/test"),
            "validations": HTML(directory=self.report),
            "purpose": "Tell old trees.",
            "owner": "Forest <team>",
            "limits": ["Not for palms."],
        }
        model_card.python_func(
            model=Model(directory=self.model, metadata={"mlflow.run_id": "abc"}),
            card=HTML(path=self.folder / "card.html"),
            sagemaker=Artifact(directory=self.folder / "card"),
            name="Trees",
            **arguments | given,
        )
        text = (self.folder / "card" / "model_card.json").read_text()
        assert "\n" not in text  # ModelCardContent: .*
        return json.loads(text), (self.folder / "card.html").read_text()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, evaluating: ModuleType) -> Run:
    return Run(tmp_path_factory.mktemp("run"), evaluating)


def test_the_card_says_what_the_run_left(run: Run) -> None:
    content, html = run.card()

    overview, evaluated, validated = (
        content["model_overview"],
        *content["evaluation_details"],
    )
    assert overview["algorithm_type"] == "LogisticRegression"
    assert overview["problem_type"] == "Binary classification"
    assert overview["model_owner"] == "Forest <team>"
    metrics, by_colour = evaluated["metric_groups"]
    assert metrics["metric_data"][0]["name"] == "auc"
    assert by_colour["name"] == "By colour"
    assert evaluated["datasets"] == ["s3://b/test"]
    assert [item["value"] for item in validated["metric_groups"][0]["metric_data"]] == [2, 1]
    details = content["additional_information"]["custom_details"]
    digest = provenance.data_hash(run.folder / "train.parquet")
    assert details["training data"] == f"400 rows, 6 columns, {digest}"
    assert details["MLflow run"] == "abc" and "MLflow model version" not in details
    assert "proven on 400 rows" in details["served as"]
    training = content["training_details"]["training_job_details"]
    assert {"name": "C", "value": "1.0"} in training["user_provided_hyper_parameters"]
    for said in ("Trees", "Tell old trees.", "Forest &lt;team&gt;", "LogisticRegression", digest):
        assert said in html
    assert "http" not in html


def test_a_segment_that_is_served_worse_is_a_limit_beside_those_that_people_name(run: Run) -> None:
    content, html = run.card()
    caveats = content["additional_information"]["caveats_and_recommendations"]

    assert caveats.startswith("Not for palms. ")
    assert re.search(
        r"auc is 0\.\d+ where colour is green \(\d+ rows\), and 0\.\d+ overall", caveats
    )
    assert "where colour is red" not in caveats
    assert html.count("where colour is green") == 1


def test_what_was_not_given_is_left_out_and_said(run: Run) -> None:
    content, html = run.card(train=None, test=None, validations=None, limits=None, owner="")

    assert len(content["evaluation_details"]) == 1
    assert "model_owner" not in content["model_overview"]
    assert "datasets" not in content["evaluation_details"][0]
    assert "The card was given no validation of the data." in html


def test_sagemakers_service_model_takes_it(run: Run) -> None:
    run.card()
    service = ServiceModel(Loader().load_service_model("sagemaker", "service-2"))
    request = service.operation_model("CreateModelCard").input_shape
    content = request.members["Content"]
    found = ParamValidator().validate(
        {
            "ModelCardName": "trees",
            "ModelCardStatus": "Draft",
            "Content": (run.folder / "card" / "model_card.json").read_text(),
        },
        request,
    )

    assert not found.has_errors(), found.generate_report()
    assert content.metadata["max"] == schema.MOST_CHARACTERS


def test_a_text_that_is_too_long_is_named(run: Run) -> None:
    with pytest.raises(ValueError, match=r"purpose_of_model has 3,000 characters, and takes 2,048"):
        run.card(purpose="x" * 3000)


def test_an_evaluation_of_another_target_is_refused(run: Run, tmp_path: Path) -> None:
    test = tables.read(run.folder / "test.parquet")
    other = run.measure(test, tmp_path / "evaluation", target="stage")
    with pytest.raises(ValueError, match="is of 'stage' and the model predicts 'old'"):
        run.card(evaluation=Artifact(directory=other))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"model_overveiw": {}}, "model card has no 'model_overveiw'"),
        ({"intended_uses": {"risk_rating": "Huge"}}, "'Huge', and has to be one of High, Medium"),
        (
            {"evaluation_details": [{"name": "a", "datasets": ["x"] * 11}]},
            "datasets takes 10 items, not 11",
        ),
        (
            {"additional_information": {"custom_details": {"a": "x" * 100_000}}},
            "SageMaker takes 100,000: evaluate by fewer segments",
        ),
    ],
)
def test_a_card_that_sagemaker_would_refuse_is_refused_here(
    content: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        schema.dumps(content)
