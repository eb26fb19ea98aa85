"""A model card from the run's own facts."""

from pathlib import Path
from typing import Literal

from sagepipe import tracking
from sagepipe.components.card import content, facts, schema
from sagepipe.dsl import HTML, Artifact, Dataset, Input, Model, Output, component

CARD_FILE = "model_card.json"


@component
def model_card(
    model: Input[Model],
    evaluation: Input[Artifact],
    card: Output[HTML],
    sagemaker: Output[Artifact],
    name: str,
    purpose: str,
    train: Input[Dataset] | None = None,
    test: Input[Dataset] | None = None,
    validations: Input[HTML] | None = None,
    owner: str = "",
    risk: Literal["High", "Medium", "Low", "Unknown"] = "Unknown",
    limits: list[str] | None = None,
    ethics: str = "",
) -> None:
    """Write a model card: what people say of the model, and what the run knows of it.

    From the run come the data with their hashes, their validation, the metrics with intervals and
    segments, the features and their importance, the estimator and its hyperparameters, the code's
    commit, the model's version in MLflow. To the limits that people name it adds what the facts
    show: segments that are surely served worse than the rest, and rows that the model refuses.

    Args:
        model: The trained model.
        evaluation: The ``evaluation`` of ``evaluate_classifier`` or ``evaluate_regressor``.
        card: The card as a page.
        sagemaker: ``model_card.json``, the text that CreateModelCard takes as ``Content``.
        name: What the model is called.
        purpose: What it is for; at most 2,048 characters.
        train: The table that it was trained on.
        test: The table that it was tested on.
        validations: The report of ``validate_data``, or of a step that validated the data.
        owner: Who answers for it.
        risk: SageMaker's risk rating.
        limits: What it must not be used for, and what to beware of, a sentence each.
        ethics: Whom it touches, and how; at most 2,048 characters.

    Raises:
        ValueError: The evaluation is of another target, or a text is longer than SageMaker takes.
    """
    said = content.Statement(name, purpose, owner, risk, tuple(limits or ()), ethics)
    found = facts.gather(model, evaluation, train, test, validations)
    file = Path(sagemaker.directory) / CARD_FILE
    file.write_text(schema.dumps(content.content(said, found)), encoding="utf-8")
    tracking.log_artifact(file)
    Path(card.path).write_text(content.render(said, found), encoding="utf-8")
    print(f"model card of {name}: {len(found.limits)} limits found, {len(said.limits)} named")
