"""Tables, models and a pipeline that the tests of the evaluating components share."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagepipe import dsl, export
from sagepipe.components import tables
from sagepipe.components.compare_to_champion import compare_to_champion
from sagepipe.components.current_model import current_model
from sagepipe.components.evaluate_classifier import evaluate_classifier
from sagepipe.components.evaluate_regressor import evaluate_regressor
from sagepipe.components.model_card import model_card
from sagepipe.components.publish import publish
from sagepipe.dsl import Dataset, Input, Model, Output

if TYPE_CHECKING:
    import pandas as pd

FEATURES = ["size", "colour"]
PUBLISHED = dsl.bucket_uri("models", "trees", "output")


def make_table(rows: int, seed: int) -> "pd.DataFrame":
    """Draw trees: features, two kinds of target, and the day they were seen on."""
    import numpy as np
    import pandas as pd

    draw = np.random.default_rng(seed)
    size, colour = draw.random(rows), draw.choice(["red", "green"], rows)
    age = 10 * size + 3 * (colour == "red") + draw.standard_normal(rows)
    return pd.DataFrame(
        {
            "size": size,
            "colour": colour,
            "day": np.arange(rows) % 40,
            "age": age,
            "old": np.where(age > 7, "old", "young"),
            "stage": pd.cut(age, [-99, 4, 8, 99], labels=["a", "b", "c"]).astype(str),
        }
    )


def fit(table: "pd.DataFrame", target: str, folder: Path, features: list[str]) -> Path:
    """Fit a model and save it as training does."""
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    texts = [name for name in features if name == "colour"]
    numbers = [name for name in features if name != "colour"]
    columns = ColumnTransformer([("text", OneHotEncoder(), texts), ("n", "passthrough", numbers)])
    estimator: Any = LinearRegression() if target == "age" else LogisticRegression()
    model = make_pipeline(columns, estimator).fit(table[features], table[target])
    export.save(model, folder, table[features], target=target)
    return folder


@dsl.component(kind="training")
def grow(train: Input[Dataset], model: Output[Model], features: list, target: str) -> None:
    """Fit a model of some of the features."""
    fit(tables.read(train.path), target, Path(model.directory), features)


@dsl.pipeline(name="trees")
def trees(train_uri: str, test_uri: str, features: list = FEATURES) -> None:
    """Publish a model that is better than the published one."""
    test = dsl.importer(test_uri, Dataset)
    current = current_model().set_output_uri("place", PUBLISHED)
    train = dsl.importer(train_uri, Dataset)
    fitted = grow(train=train, features=features, target="old")
    scored = evaluate_classifier(
        test=test, model=fitted.outputs["model"], segments=["colour"], groups=["day"], rounds=50
    )
    model_card(
        model=fitted.outputs["model"],
        evaluation=scored.outputs["evaluation"],
        train=train,
        test=test,
        name="Trees",
        purpose="Tell old trees.",
        limits=["Not for palms."],
    )
    compared = compare_to_champion(
        test=test,
        candidate=fitted.outputs["model"],
        champion=current.outputs["place"],
        groups=["day"],
        rounds=50,
    )
    with dsl.If(compared.outputs["better"]):
        publish(model=fitted.outputs["model"]).set_output_uri("published", PUBLISHED)
    with dsl.Else():
        dsl.fail(compared.outputs["why"])


@dsl.pipeline(name="ages")
def ages(train_uri: str, test_uri: str, max_mae: float = 1.5) -> None:
    """Pass a model that is surely off by little enough."""
    train = dsl.importer(train_uri, Dataset)
    fitted = grow(train=train, features=FEATURES, target="age")
    scored = evaluate_regressor(
        test=dsl.importer(test_uri, Dataset), model=fitted.outputs["model"], unit="years", rounds=50
    )
    model_card(
        model=fitted.outputs["model"],
        evaluation=scored.outputs["evaluation"],
        name="Ages",
        purpose="Say how old a tree is.",
    )
    with dsl.If(scored.outputs["metrics"]["mae_high"] > max_mae):
        dsl.fail("not surely below the bar")
