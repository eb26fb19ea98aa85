"""The columns that a model takes: written beside the model in training, held against requests."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from sagepipe.serving.errors import ModelError
from sagepipe.serving.expectations import Expectation

if TYPE_CHECKING:
    from pandas import DataFrame, Series

SCHEMA_FILE = "schema.json"
FeatureType = Literal["number", "integer", "string", "boolean"]

# pandas.api.types.infer_dtype's names, missing values left out.
_INFERRED: dict[str, FeatureType] = {
    "string": "string",
    "boolean": "boolean",
    "integer": "integer",
    "floating": "number",
    "mixed-integer-float": "number",
    "empty": "number",
}


@dataclass(frozen=True)
class Feature:
    """One column that the model takes."""

    name: str
    type: FeatureType


@dataclass(frozen=True)
class Schema:
    """The model's columns in order, what it predicts, one row to try it with, what is expected."""

    features: tuple[Feature, ...]
    target: str | None = None
    example: Mapping[str, Any] | None = None
    expectations: tuple[Expectation, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features' names in order."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def by_type(self) -> Mapping[FeatureType, tuple[str, ...]]:
        """The features' names by their type."""
        found: dict[FeatureType, tuple[str, ...]] = {}
        for feature in self.features:
            found[feature.type] = (*found.get(feature.type, ()), feature.name)
        return found

    @cached_property
    def pick(self) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
        """Take the features' values, in order, out of a record; KeyError where one is missing."""
        return picker(self.names)

    @classmethod
    def from_frame(cls, frame: "DataFrame", target: str | None = None) -> "Schema":
        """Read the schema from the table that the model is fitted on.

        Args:
            frame: The features alone, in the model's order; its first row becomes the example.
            target: Name of the predicted column.

        Returns:
            The schema.

        Raises:
            ModelError: A column holds something that a CSV or JSON request can't carry.
        """
        features = tuple(Feature(str(name), _feature_type(frame[name])) for name in frame.columns)
        example = None
        if len(frame):
            example = {
                feature.name: _plain(frame[feature.name].iloc[0], feature.type)
                for feature in features
            }
        return cls(features, target, example)

    def write(self, directory: Path) -> None:
        """Write ``schema.json`` into a model folder."""
        content = {"version": 1, **asdict(self)}
        content["expectations"] = [_shortened(item) for item in content["expectations"]]
        path = directory / SCHEMA_FILE
        beside = path.with_suffix(".json.tmp")
        beside.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        beside.replace(path)

    @classmethod
    def read(cls, directory: Path) -> "Schema":
        """Read ``schema.json`` of a model folder.

        Args:
            directory: The unpacked model.

        Returns:
            The schema.

        Raises:
            ModelError: The file is missing or is not a schema.
        """
        path = directory / SCHEMA_FILE
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            features = tuple(Feature(item["name"], item["type"]) for item in content["features"])
            unknown = {feature.type for feature in features} - set(get_args(FeatureType))
            if unknown or not features:
                raise ValueError(f"feature types are {', '.join(get_args(FeatureType))}")
            listed = content.get("expectations", [])
            expectations = tuple(_expectation(item, features) for item in listed)
            return cls(features, content.get("target"), content.get("example"), expectations)
        except FileNotFoundError:
            raise ModelError(
                f"{path}: no such file; training writes it beside the model (sagepipe.export.save)"
            ) from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ModelError(
                f"{path}: not a model schema ({type(error).__name__}: {error}); "
                "train the model again"
            ) from None


def picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Make a function that takes values out of a record; KeyError where one is missing."""
    if len(names) < 2:  # itemgetter would give the value alone
        return lambda record: tuple(record[name] for name in names)
    return itemgetter(*names)


def _shortened(expectation: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of an expectation what it does not say."""
    says_nothing = asdict(Expectation(""))
    return {name: value for name, value in expectation.items() if value != says_nothing[name]}


def _expectation(item: Mapping[str, Any], features: tuple[Feature, ...]) -> Expectation:
    lists = {name: tuple(item[name]) for name in ("among", "not_among") if name in item}
    expectation = Expectation(**{**item, **lists})
    if expectation.column not in {feature.name for feature in features}:
        raise ValueError(f"an expectation of {expectation.column!r}, which is no feature")
    return expectation


def _feature_type(column: "Series[Any]") -> FeatureType:
    from pandas import CategoricalDtype
    from pandas.api.types import infer_dtype

    inferred = infer_dtype(column, skipna=True)
    if isinstance(column.dtype, CategoricalDtype) or inferred not in _INFERRED:
        raise ModelError(
            f"column {column.name!r} holds {column.dtype} ({inferred}), which a CSV or JSON "
            "request can't carry; make it numbers, text or true/false before the model is fitted"
        )
    if inferred == "empty" and column.dtype.kind == "O":
        return "string"
    return _INFERRED[inferred]


def _plain(value: Any, feature_type: FeatureType) -> Any:
    """Turn a cell into what JSON can hold."""
    if value is None or value != value:
        return None
    if feature_type == "number":
        return float(value) if math.isfinite(value) else None
    return {"integer": int, "string": str, "boolean": bool}[feature_type](value)
