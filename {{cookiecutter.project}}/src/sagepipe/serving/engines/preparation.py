"""A pipeline's preparation, column by column, with arrays where it makes arrays anyway.

Of the time that scikit-learn takes for one row most goes into cutting a data frame up and taking
its pieces apart. The transformers below turn what they get into an array before all else; they are
given the array that they would make. All others get a data frame of their columns.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sagepipe.serving.columns import Columns
from sagepipe.serving.schema import FeatureType, Schema

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

_NUMBERS = frozenset(["number", "integer"])
_NUMERIC = _NUMBERS | {"boolean"}
_ENCODED = (frozenset(["string"]), frozenset(["boolean"]))

# Transformer → types of columns of which it gives the same for an array as for a data frame. An
# encoder treats each column by its own type, so that they have to be alike.
_TAKE_ARRAYS: Mapping[str, tuple[frozenset[str], ...]] = {
    "MaxAbsScaler": (_NUMERIC,),
    "MinMaxScaler": (_NUMERIC,),
    "OneHotEncoder": _ENCODED,
    "OrdinalEncoder": _ENCODED,
    "RobustScaler": (_NUMERIC,),
    "StandardScaler": (_NUMERIC,),
}
_DTYPES: Mapping[FeatureType, str] = {"string": "str"}


@dataclass(frozen=True)
class Branch:
    """What one transformer of a ``ColumnTransformer`` does.

    Attributes:
        columns: The schema of the columns that it takes.
        steps: Transformers, one after the other.
        array: Whether the first takes an array; a data frame otherwise.
    """

    columns: Schema
    steps: Sequence[Any]
    array: bool

    def transform(self, columns: Columns) -> Any:
        """Prepare this branch's columns."""
        made = array(self.columns, columns) if self.array else frame(self.columns, columns)
        return _through(self.steps, made)


@dataclass(frozen=True)
class Preparation:
    """All steps of a pipeline before its estimator.

    Attributes:
        transformer: The ``ColumnTransformer`` that the pipeline begins with.
        branches: Its parts.
        steps: The transformers after it.
    """

    transformer: Any
    branches: Sequence[Branch]
    steps: Sequence[Any]

    @property
    def needs_frames(self) -> bool:
        """Whether pandas is needed."""
        return not all(branch.array for branch in self.branches)

    def transform(self, columns: Columns) -> Any:
        """Prepare rows: the same as the pipeline makes of a data frame of them.

        Args:
            columns: Column name → values.

        Returns:
            What the pipeline's estimator takes, shape (rows, prepared features).
        """
        parts = [branch.transform(columns) for branch in self.branches]
        rows = len(next(iter(columns.values())))
        return _through(self.steps, self.transformer._hstack(parts, n_samples=rows))


def find(estimator: Any, schema: Schema) -> Preparation | None:
    """Find a pipeline's preparation.

    Args:
        estimator: A fitted estimator.
        schema: The columns that it was fitted on.

    Returns:
        The preparation; None where it does not begin with a ``ColumnTransformer``, or that makes
        data frames or gives a transformer one column that is no table.
    """
    import sklearn
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    if type(estimator) is not Pipeline or sklearn.get_config()["transform_output"] != "default":
        return None
    first, *others = [step for _, step in estimator.steps[:-1]] or [None]
    if type(first) is not ColumnTransformer or _makes_frames(first):
        return None
    if not set(getattr(first, "feature_names_in_", [None])) <= set(schema.names):
        return None
    branches = []
    for name, transformer, selected in first.transformers_:
        if isinstance(transformer, str) and transformer == "drop":
            continue
        if isinstance(selected, str | int):
            return None
        names = [first.feature_names_in_[i] for i in first._transformer_to_input_indices[name]]
        if names:
            branches.append(_branch(transformer, _only(schema, names)))
    return Preparation(first, branches, _real(others)) if branches else None


def array(schema: Schema, columns: Columns) -> "NDArray[Any]":
    """Make the array that NumPy makes of a data frame of some columns.

    Args:
        schema: The columns.
        columns: Column name → values.

    Returns:
        Shape (rows, columns); missing text is NaN, as it is in pandas.
    """
    import numpy as np

    text = "string" in schema.by_type
    # Columns by rows and turned over: in memory the values of a column are next to each other, as
    # in a data frame, and sums have the same last bit.
    together = np.array([columns[name] for name in schema.names], dtype=object if text else None)
    if text:
        together[together == None] = np.nan  # noqa: E711  # each by itself
    return together.T


def frame(schema: Schema, columns: Columns) -> "DataFrame":
    """Make a data frame of some columns, with the types that they had in training.

    Args:
        schema: The columns.
        columns: Column name → values.

    Returns:
        The data frame.
    """
    import pandas as pd

    return pd.DataFrame(
        {
            feature.name: pd.Series(columns[feature.name], dtype=_DTYPES.get(feature.type))
            for feature in schema.features
        }
    )


def _branch(transformer: Any, schema: Schema) -> Branch:
    from sklearn.pipeline import Pipeline

    steps = [transformer]
    if type(transformer) is Pipeline and not _makes_frames(transformer):
        steps = _real([step for _, step in transformer.steps])
    if not steps or _makes_frames(steps[0]) or not _takes_arrays(steps[0], {*schema.by_type}):
        return Branch(schema, [transformer], array=False)
    first = copy.copy(steps[0])
    # Or it would warn of an array that has no names.
    vars(first).pop("feature_names_in_", None)
    return Branch(schema, [first, *steps[1:]], array=True)


def _takes_arrays(transformer: Any, types: set[str]) -> bool:
    kind = type(transformer)
    if not kind.__module__.startswith("sklearn."):
        return False
    if kind.__name__ == "FunctionTransformer":  # "passthrough": stacked, it becomes an array
        return transformer.func is None and types <= _NUMBERS
    if kind.__name__ == "SimpleImputer":
        averages = transformer.strategy in ("mean", "median")
        alike = types in ({"number"}, {"string"})
        return alike or (averages and types <= _NUMERIC)
    return any(types <= taken for taken in _TAKE_ARRAYS.get(kind.__name__, ()))


def _makes_frames(transformer: Any) -> bool:
    """Whether ``set_output`` asked for data frames."""
    outputs = getattr(transformer, "_sklearn_output_config", {})
    return any(output != "default" for output in outputs.values())


def _real(steps: Sequence[Any]) -> list[Any]:
    return [step for step in steps if step is not None and not isinstance(step, str)]


def _only(schema: Schema, names: Sequence[str]) -> Schema:
    types = {feature.name: feature for feature in schema.features}
    return Schema(tuple(types[name] for name in names))


def _through(steps: Sequence[Any], table: Any) -> Any:
    for step in steps:
        table = step.transform(table)
    return table
