"""Preprocess, train and evaluate flights with KFP's SubprocessRunner: see ``flight_parts.py``.

python flight_kfp.py data/flights.csv       # in a folder that takes the outputs
"""

import sys

from kfp import dsl, local
from kfp.dsl import Dataset, Input, Model, Output


@dsl.component(install_kfp_package=False)
def preprocess(raw: str, train: Output[Dataset], test: Output[Dataset]):
    """Validate, clean and split the raw table."""
    import flight_parts

    flight_parts.preprocess(raw, train.path, test.path)


@dsl.component(install_kfp_package=False)
def train(train: Input[Dataset], test: Input[Dataset], model: Output[Model]):
    """Fit the model."""
    import flight_parts

    flight_parts.train(train.path, test.path, model.path)


@dsl.component(install_kfp_package=False)
def evaluate(test: Input[Dataset], model: Input[Model], report: Output[Dataset]) -> float:
    """Measure the model."""
    import flight_parts

    return flight_parts.evaluate(test.path, model.path, report.path)


@dsl.pipeline(name="flight")
def flight(raw: str) -> float:
    """Train and measure a model."""
    prepared = preprocess(raw=raw)
    fitted = train(train=prepared.outputs["train"], test=prepared.outputs["test"])
    scored = evaluate(test=prepared.outputs["test"], model=fitted.outputs["model"])
    return scored.outputs["Output"]


if __name__ == "__main__":
    local.init(local.SubprocessRunner(use_venv=False))
    print(f"auc {flight(raw=sys.argv[1]).output:.4f}")
