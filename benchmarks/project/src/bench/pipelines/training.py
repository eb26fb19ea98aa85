"""Preprocess, train, evaluate; publish or fail. ``peers/training_sdk.py`` has the same steps."""

from bench.components import evaluate, preprocess, publish, train
from sagepipe import dsl
from sagepipe.dsl import Dataset


@dsl.pipeline(name="bench-training")
def training(data_uri: str, learning_rate: float = 0.1, min_auc: float = 0.65) -> None:
    """Train a model."""
    prepared = preprocess(raw=dsl.importer(data_uri, Dataset))
    fitted = train(train=prepared.outputs["train"], learning_rate=learning_rate)
    scored = evaluate(test=prepared.outputs["test"], model=fitted.outputs["model"])
    with dsl.If(scored.outputs["metrics"]["auc"] >= min_auc, name="good-enough"):
        publish(model=fitted.outputs["model"])
    with dsl.Else():
        dsl.fail("auc below the bar")
