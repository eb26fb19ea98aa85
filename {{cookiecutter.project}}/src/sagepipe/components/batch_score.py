"""Predictions for a whole table, by the model that serves."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sagepipe import tracking
from sagepipe.components import tables
from sagepipe.components.evaluation import served
from sagepipe.components.evaluation.served import Served
from sagepipe.dsl import Dataset, Input, Model, Output, component

if TYPE_CHECKING:
    import pandas as pd

PREDICTION = "prediction"
PROBABILITY = "probability_"  # and the class


class Scored(NamedTuple):
    """What came of it.

    Attributes:
        rows: How many rows were scored.
        outside_values: Values that training's expectations do not hold for.
    """

    rows: int
    outside_values: int


@component
def batch_score(
    data: Input[Dataset],
    model: Input[Model],
    scored: Output[Dataset],
    keep: list[str] | None = None,
    probabilities: bool = True,
) -> Scored:
    """Add a model's predictions to a table, as the served model would answer.

    Each file of the table is scored by itself, so that memory need hold no more than one of them.
    Every row is scored. Values that training's expectations do not hold for, which a server would
    refuse or warn of, are counted, and named in the log.

    Args:
        data: A CSV or Parquet table, in one file or several; its columns have to hold the model's.
        model: The trained model.
        scored: The same files, each row with a column ``prediction`` and, of a classifier, one
            ``probability_<class>`` for each class.
        keep: The columns of the table to keep; all of them where not given.
        probabilities: Whether a classifier's probabilities are written too.

    Returns:
        How many rows were scored, and how many values are not as expected.

    Raises:
        ValueError: There is no table, it lacks a column, or it has a column of the predictions.
        ModelError: There is no model, or a broken one.
        ExportError: The exported model answers otherwise than the trained one.
    """
    asked = served.load(model.directory)
    rows = outside = 0
    for file in tables.files(data.path):
        table = tables.read(file, text=asked.schema.by_type.get("string", ()))
        answered = _scored(table, asked, keep, probabilities, file.name)
        tables.write(answered, Path(scored.directory) / file.name)
        outside += _outside(table, asked, file.name)
        rows += len(table)
        print(f"{file.name}: {len(table)} rows scored")
    found = Scored(rows, outside)
    tracking.log_metrics(found._asdict())
    return found


def _outside(table: "pd.DataFrame", asked: Served, file: str) -> int:
    """Count the values that training's expectations do not hold for, and name the first."""
    found = asked.outside(asked.features(table)) if len(table) else None
    if found is None:
        return 0
    counted = ", ".join(f"{name} {count}" for name, count in found.counts.items())
    print(f"{file}: values outside of what training expects, scored all the same: {counted}")
    if found.refusal:
        print(f"{file}: a server refuses {found.refusal}")
    return sum(found.counts.values())


def _scored(
    table: "pd.DataFrame",
    asked: Served,
    keep: list[str] | None,
    probabilities: bool,
    file: str,
) -> "pd.DataFrame":
    import pandas as pd

    names = asked.schema.names
    if lacking := [name for name in (*names, *(keep or ())) if name not in table]:
        raise ValueError(f"{file} lacks {', '.join(lacking)}; the model takes {', '.join(names)}")
    kept = table if keep is None else table[keep]
    if not len(table):
        return kept.assign(**{PREDICTION: []})
    found = asked.predict(asked.features(table), prove=True)
    added = {PREDICTION: found.values}
    if probabilities and found.probabilities is not None and found.classes is not None:
        for place, label in enumerate(found.classes.tolist()):
            added[f"{PROBABILITY}{label}"] = found.probabilities[:, place]
    if taken := [name for name in added if name in kept]:
        raise ValueError(f"{file} has a column {taken[0]} already: leave it out of keep")
    return pd.concat([kept, pd.DataFrame(added, index=kept.index)], axis=1)
