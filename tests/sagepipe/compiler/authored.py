"""A pipeline as an author writes it, for the compiler's tests."""

from sagepipe import dsl
from sagepipe.components.publish import publish
from sagepipe.dsl import Dataset, Input, Metrics, Model, Output


@dsl.component
def prepare(
    raw: Input[Dataset],
    train: Output[Dataset],
    test: Output[Dataset],
    share: float = 0.2,
    columns: list = ["a", "b"],  # noqa: B006 - never changed
    label: str = "late",
    strict: bool = True,
) -> None:
    """Prepare the data.

    Not part of the step's description.
    """


@dsl.component(kind="training", instance_type="ml.c5.xlarge", volume_size_gb=50)
def fit(train: Input[Dataset], model: Output[Model], rate: float = 0.1, rounds: int = 100) -> None:
    """Fit a model."""


@dsl.component
def score(test: Input[Dataset], model: Input[Model], metrics: Output[Metrics]) -> None:
    """Score the model."""


@dsl.pipeline(name="every-feature")
def every_feature(
    data_uri: str,
    min_auc: float = 0.8,
    rounds: int = 100,
    strict: bool = True,
    instance_type: str = "ml.m5.xlarge",
) -> None:
    """Everything that the first compiler knows."""
    data = dsl.importer(data_uri, Dataset)
    prepared = prepare(raw=data, strict=strict, label="it's late").set_caching_options(True, "P30D")
    fitted = (
        fit(train=prepared.outputs["train"], rounds=rounds)
        .set_instance_type(instance_type)
        .set_retry(3, "30s")
        .set_display_name("Fit")
    )
    scored = score(test=prepared.outputs["test"], model=fitted.outputs["model"])
    scored.set_env_variable("BAR", "1").after(prepared)
    metrics = scored.outputs["metrics"]
    good = (metrics["auc"] >= min_auc) & (
        (metrics["by class"]["late"] > 0.5) | ~(metrics["n"] < 10)
    )
    with dsl.If(good):
        registered = dsl.register_model(
            model=fitted.outputs["model"], metrics=metrics, metadata={"owner": "team"}
        )
        publish(model=fitted.outputs["model"]).set_output_uri(
            "published", dsl.bucket_uri("models", "every-feature", "output")
        ).after(registered)
    with dsl.Else():
        dsl.fail(dsl.join("the bar is auc ", dsl.EXECUTION_ID))
