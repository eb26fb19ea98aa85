"""The training pipeline: from the raw table to a registered model."""

from sagepipe import dsl
from sagepipe.components.publish import publish
from sagepipe.contract import hosting
from sagepipe.contract.paths import MODEL_ARCHIVE
from sagepipe.dsl import Dataset

from {{ cookiecutter.package }} import schema
from {{ cookiecutter.package }}.components.evaluate import evaluate
from {{ cookiecutter.package }}.components.preprocess import preprocess
from {{ cookiecutter.package }}.components.train import train

NAME = "{{ cookiecutter.project }}-training"

# The model in use, for the other pipelines.
PUBLISHED = dsl.bucket_uri("models", NAME, "output")
PUBLISHED_MODEL = dsl.join(PUBLISHED, MODEL_ARCHIVE, separator="/")


@dsl.pipeline(name=NAME)
def training(
    data_uri: str,
    test_fraction: float = 0.2,
    seed: int = 7,
    learning_rate: float = 0.1,
    max_iter: int = 100,
    bar: float = schema.BAR,
    instance_type: str = "ml.m5.xlarge",
    engine: str = "onnx",
) -> None:
    """Train a model on the raw table and register it if it is good enough.

    Args:
        data_uri: Where the raw table is.
        test_fraction: Share of the table that the model is tested on.
        seed: Which rows those are, and what is random in the fit.
        learning_rate: How much each tree of the model adds.
        max_iter: Number of trees.
        bar: A model whose ``schema.METRIC`` does not reach it is not registered.
        instance_type: The machine that trains.
        engine: What serves the model, ``onnx`` or ``sklearn``; ``sagepipe.toml`` says which.
    """
    prepared = preprocess(
        raw=dsl.importer(data_uri, Dataset), test_fraction=test_fraction, seed=seed
    )
    fitted = train(
        train=prepared.outputs["train"],
        test=prepared.outputs["test"],
        learning_rate=learning_rate,
        max_iter=max_iter,
        seed=seed,
        engine=engine,
    ).set_instance_type(instance_type)
    scored = evaluate(test=prepared.outputs["test"], model=fitted.outputs["model"])

    reached = scored.outputs["metrics"][schema.METRIC]
    good_enough = reached >= bar if schema.HIGHER_IS_BETTER else reached <= bar
    with dsl.If(good_enough, name="good-enough"):
        registered = dsl.register_model(
            model=fitted.outputs["model"],
            metrics=scored.outputs["metrics"],
            metadata={
                "mlflow.model_version": scored.outputs["model_version"],
                "mlflow.run_id": scored.outputs["run_id"],
            },
            environment={hosting.CHECKSUM_VARIABLE: scored.outputs["sha256"]},
        )
        published = publish(model=fitted.outputs["model"]).after(registered)
        published.set_output_uri("published", PUBLISHED)
    with dsl.Else():
        missed = f" is {'below' if schema.HIGHER_IS_BETTER else 'above'} the bar "
        dsl.fail(dsl.join(f"{schema.METRIC} ", reached, missed, bar, ": model not registered"))
