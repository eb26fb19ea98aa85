"""Components that are compiled and never run."""

from sagepipe import dsl
from sagepipe.dsl import Dataset, Input, Metrics, Model, Output


@dsl.component
def preprocess(
    raw: Input[Dataset],
    train: Output[Dataset],
    test: Output[Dataset],
    test_fraction: float = 0.2,
    seed: int = 7,
) -> None:
    """Split the raw table."""


@dsl.component(kind="training")
def train(
    train: Input[Dataset], model: Output[Model], learning_rate: float = 0.1, max_iter: int = 100
) -> None:
    """Fit the model."""


@dsl.component
def evaluate(test: Input[Dataset], model: Input[Model], metrics: Output[Metrics]) -> None:
    """Measure the model."""


@dsl.component
def publish(model: Input[Model], published: Output[Model]) -> None:
    """Copy the model to where it is expected."""


@dsl.component
def work(data: Input[Dataset], result: Output[Dataset], number: int) -> None:
    """Make one table of another."""
