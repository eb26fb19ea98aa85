"""The model as it will be served, and the rows that it is asked about."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagepipe import export
from sagepipe.components import tables
from sagepipe.serving import Model, Predictions, Schema, engines
from sagepipe.serving.expectations import Expectations, Outside
from sagepipe.serving.schema import FeatureType

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Served:
    """A model folder, loaded.

    Attributes:
        folder: The unpacked model.
        model: What answers requests.
        schema: The columns that it takes.
    """

    folder: Path
    model: Model
    schema: Schema

    def target(self, given: str | None) -> str:
        """Return the column to hold the model against.

        Args:
            given: What the caller says; where it is None, what the model says.

        Raises:
            ValueError: Neither says it.
        """
        target = given or self.schema.target
        if not target:
            raise ValueError(f"{self.folder} does not say what the model predicts: give a target")
        return target

    def features(self, table: "pd.DataFrame") -> "pd.DataFrame":
        """Take the model's input out of a table.

        Args:
            table: Rows.

        Returns:
            The model's columns in its order, each of its type.

        Raises:
            ValueError: The table has not all of them, or one of another type.
        """
        absent = [name for name in self.schema.names if name not in table.columns]
        if absent:
            raise ValueError(
                f"the model in {self.folder} takes {', '.join(absent)}, which the table does not "
                f"have (it has {', '.join(map(str, table.columns))})"
            )
        columns = {item.name: _typed(table[item.name], item.type) for item in self.schema.features}
        return table[[]].assign(**columns)

    def outside(self, features: "pd.DataFrame") -> Outside | None:
        """Look for values that training's expectations do not hold for, as the server does.

        Args:
            features: Rows of its columns.

        Returns:
            What was found; None where all is well.
        """
        if not self.schema.expectations:
            return None
        columns = {name: _plain(features[name]) for name in features.columns}
        return Expectations(self.schema.expectations).find(columns)

    def predict(self, features: "pd.DataFrame", prove: bool = False) -> Predictions:
        """Ask the model as a request would.

        Args:
            features: Rows of its columns.
            prove: Whether the native model, where there is one, has to answer the same.

        Returns:
            One prediction a row.

        Raises:
            ExportError: The two answer otherwise.
        """
        if prove:
            return export.predict_as_served(self.folder, features)
        return self.model.predict({name: features[name].to_numpy() for name in features.columns})


def load(folder: str | Path) -> Served:
    """Load a model folder.

    Args:
        folder: The unpacked model (``Input[Model].directory``).

    Returns:
        The model.

    Raises:
        ModelError: There is no model, or a broken one.
    """
    path = Path(folder)
    return Served(path, engines.load(path), Schema.read(path))


def read(place: str | Path, *models: Served) -> "pd.DataFrame":
    """Read the rows that models are asked about, columns of text as text.

    Args:
        place: A table, CSV or Parquet, or the folder of one.
        models: The models.

    Returns:
        The table.

    Raises:
        ValueError: There is no table or no row.
    """
    features = [item for model in models for item in model.schema.features]
    table = tables.read(place, text=[item.name for item in features if item.type == "string"])
    if table.empty:
        raise ValueError(f"{place} has no rows to measure the model on")
    return table


def column(table: "pd.DataFrame", name: str) -> "pd.Series[Any]":
    """Take the target out of a table.

    Args:
        table: Rows.
        name: The target.

    Raises:
        ValueError: There is no such column.
    """
    if name not in table.columns:
        known = ", ".join(map(str, table.columns))
        raise ValueError(f"the table has no target {name!r}; it has {known}")
    return table[name]


def _typed(column: "pd.Series[Any]", kind: FeatureType) -> "pd.Series[Any]":
    """Give a column the type that the model was fitted on."""
    if kind == "string" and column.dtype.kind in "iufb" and column.notna().any():
        raise ValueError(
            f"column {column.name!r} holds {column.dtype}, and the model takes text: "
            "keep it as text"
        )
    if kind == "number" or (kind == "integer" and column.isna().any()):
        try:
            return column.astype("float64")
        except (ValueError, TypeError) as error:
            raise ValueError(f"column {column.name!r}: the model takes numbers: {error}") from None
    return column


def _plain(column: "pd.Series[Any]") -> "NDArray[Any]":
    """Write missing values as the server has them: NaN in numbers, None in all else."""
    if column.dtype.kind in "iufb":
        return column.to_numpy()
    return column.astype(object).where(column.notna(), None).to_numpy()
