"""The training pipeline: from the raw table to a registered model."""

from sagepipe import dsl
from sagepipe.components.publish import publish
from sagepipe.dsl import Dataset

from {{ cookiecutter.package }}.components.evaluate import evaluate
from {{ cookiecutter.package }}.components.preprocess import preprocess
from {{ cookiecutter.package }}.components.train import train

NAME = "{{ cookiecutter.project }}-training"


@dsl.pipeline(name=NAME)
def training(
    data_uri: str,
    test_fraction: float = 0.2,
    seed: int = 7,
    learning_rate: float = 0.1,
    max_iter: int = 100,
{%- if cookiecutter.task == "classification" %}
    min_auc: float = 0.65,
{%- else %}
    max_mae: float = 26.0,
{%- endif %}
    instance_type: str = "ml.m5.xlarge",
    engine: str = "onnx",
) -> None:
    """Train a model on the raw table and register it if it is good enough.

    Args:
        data_uri: Where the raw table is.
        test_fraction: Share of the days that the model is tested on.
        seed: Which days those are, and what is random in the fit.
        learning_rate: How much each tree of the model adds.
        max_iter: Number of trees.
{%- if cookiecutter.task == "classification" %}
        min_auc: The bar: a model with a lower area under the ROC curve is not registered.
{%- else %}
        max_mae: The bar: a model that is off by more minutes on average is not registered.
{%- endif %}
        instance_type: The machine that trains.
        engine: What serves the model, ``onnx`` or ``sklearn``; ``sagepipe.toml`` says which.
    """
    prepared = preprocess(
        raw=dsl.importer(data_uri, Dataset), test_fraction=test_fraction, seed=seed
    )
    fitted = train(
        train=prepared.outputs["train"],
        learning_rate=learning_rate,
        max_iter=max_iter,
        seed=seed,
        engine=engine,
    ).set_instance_type(instance_type)
    scored = evaluate(test=prepared.outputs["test"], model=fitted.outputs["model"])

{%- if cookiecutter.task == "classification" %}

    auc = scored.outputs["metrics"]["auc"]
    with dsl.If(auc >= min_auc, name="good-enough"):
{%- else %}

    mae = scored.outputs["metrics"]["mae"]
    with dsl.If(mae <= max_mae, name="good-enough"):
{%- endif %}
        registered = dsl.register_model(
            model=fitted.outputs["model"],
            metrics=scored.outputs["metrics"],
            metadata={
                "mlflow.model_version": scored.outputs["model_version"],
                "mlflow.run_id": scored.outputs["run_id"],
            },
        )
        publish(model=fitted.outputs["model"]).set_output_uri(
            "published", dsl.bucket_uri("models", NAME, "output")
        ).after(registered)
    with dsl.Else():
{%- if cookiecutter.task == "classification" %}
        dsl.fail(dsl.join("auc ", auc, " is below min_auc ", min_auc, ": model not registered"))
{%- else %}
        dsl.fail(dsl.join("mae ", mae, " is above max_mae ", max_mae, ": model not registered"))
{%- endif %}
