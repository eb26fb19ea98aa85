"""The proof that an exported model answers as the native one does."""

import json
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from sagepipe.export.edges import Edge
from sagepipe.export.errors import ExportError
from sagepipe.serving.columns import Columns
from sagepipe.serving.engines.onnx import Facts, OnnxModel, inputs_of
from sagepipe.serving.predictions import Predictions
from sagepipe.serving.rowwise import row_by_row
from sagepipe.serving.schema import Schema

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

PARITY_FILE = "parity.json"

# Scores may differ by this much, numbers by this share of their size. Double precision leaves
# 1e-12 and less; an estimator that ONNX computes in single precision leaves 1e-7.
TOLERANCE = 1e-6
_NAMED_ROWS = 5
# Each of them is computed alone, and with others in groups of each size up to the server's.
_ROWS_TOGETHER = 200


@dataclass(frozen=True)
class Proof:
    """How far two models' answers to the same rows differ.

    Attributes:
        rows: Rows of data that both answered.
        test_rows: How many of them the model was not fitted on.
        edge_rows: Rows with missing values, unknown categories and extreme numbers that both did.
        label_differences: Rows with different labels; always 0 for numbers.
        worst_difference: Between scores; of numbers, as a share of their size.
        tolerance: What ``worst_difference`` may be.
        refused: What the native model takes no answer to, by kind: the features.
        row_by_row: Whether the exported model's answer to a row is the same to the last bit,
            whichever rows it is computed with.
    """

    rows: int
    test_rows: int
    edge_rows: int
    label_differences: int
    worst_difference: float
    tolerance: float = TOLERANCE
    refused: dict[str, list[str]] = field(default_factory=dict)
    row_by_row: bool = False

    def __str__(self) -> str:
        """Say it in one line."""
        return (
            f"ONNX answers as scikit-learn does: {self.rows:,} rows, of which {self.test_rows:,} "
            f"are the test set's, and {self.edge_rows:,} with missing, unknown or extreme values, "
            f"{self.label_differences} labels differ, scores by at most {self.worst_difference:.1e}"
        )

    @property
    def metrics(self) -> dict[str, float]:
        """The proof's numbers, for a run's metrics."""
        return {
            "parity_rows": float(self.rows),
            "parity_test_rows": float(self.test_rows),
            "parity_edge_rows": float(self.edge_rows),
            "parity_label_differences": float(self.label_differences),
            "parity_worst_difference": self.worst_difference,
        }

    def write(self, directory: Path) -> Path:
        """Write ``parity.json`` into a model folder."""
        path = directory / PARITY_FILE
        beside = path.with_suffix(".json.tmp")
        beside.write_text(json.dumps({"version": 1, **asdict(self)}, indent=2) + "\n")
        beside.replace(path)
        return path


def prove(
    estimator: Any,
    exported: OnnxModel,
    table: "DataFrame",
    edges: Iterable[Edge] = (),
    tolerance: float = TOLERANCE,
    test: "DataFrame | None" = None,
) -> Proof:
    """Hold the exported model against the native one, row by row.

    Args:
        estimator: The fitted scikit-learn estimator.
        exported: What was made of it.
        table: Rows of features that both have to answer.
        edges: Rows that the native model may refuse.
        tolerance: What scores may differ by; numbers by this share of their size.
        test: The test set: more rows that both have to answer.

    Returns:
        The proof.

    Raises:
        ExportError: Answers differ; the message names rows.
    """
    sets = {"rows": table} if test is None else {"rows": table, "test rows": test}
    worst = max(
        _difference(answer(estimator, rows), exported.predict(columns(rows)), what, tolerance)
        for what, rows in sets.items()
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other, edge_rows, refused = _edges(estimator, exported, list(edges), tolerance)
    tested = 0 if test is None else len(test)
    every = len(table) + tested
    alike = _row_by_row(exported, table)
    return Proof(every, tested, edge_rows, 0, max(worst, other), tolerance, refused, alike)


def _row_by_row(exported: OnnxModel, table: "DataFrame") -> bool:
    """Compare rows alone and together: many of the table, from its start to its end."""
    numbers, texts = exported.matrices(columns(table.iloc[:: -(-len(table) // _ROWS_TOGETHER)]))
    return row_by_row(exported.compute, numbers, texts, exported.inline_rows)


_Edges: TypeAlias = tuple[float, int, dict[str, list[str]]]
# scikit-learn's words for a value that it does not take.
_REFUSALS = (ValueError, TypeError)


def _edges(estimator: Any, exported: OnnxModel, edges: Sequence[Edge], tolerance: float) -> _Edges:
    """Compare all edges at once, which takes milliseconds, or else each to name the one."""
    if not edges:
        return 0.0, 0, {}
    import pandas as pd

    rows = pd.concat([edge.rows for edge in edges], ignore_index=True)
    try:
        native = answer(estimator, rows)
        return (
            _difference(native, exported.predict(columns(rows)), "rows", tolerance),
            len(rows),
            {},
        )
    except (*_REFUSALS, ExportError):
        return _each_edge(estimator, exported, edges, tolerance)


def _each_edge(
    estimator: Any, exported: OnnxModel, edges: Sequence[Edge], tolerance: float
) -> _Edges:
    worst, rows, refused = 0.0, 0, dict[str, list[str]]()
    for edge in edges:
        try:
            native = answer(estimator, edge.rows)
        except _REFUSALS:
            features = refused.setdefault(edge.kind, [])
            features += [] if edge.feature in features else [edge.feature]
            continue
        what = f"rows with {edge.feature} {edge.kind}" if edge.feature else f"rows {edge.kind}"
        other = exported.predict(columns(edge.rows))
        worst = max(worst, _difference(native, other, what, tolerance))
        rows += len(edge.rows)
    return worst, rows, refused


def columns(table: "DataFrame") -> Columns:
    """Take a table apart as a request's parser would hand it over."""
    return {str(name): table[name].to_numpy() for name in table.columns}


def answer(estimator: Any, table: "DataFrame") -> Predictions:
    """Ask the native model."""
    values = estimator.predict(table)
    if not hasattr(estimator, "predict_proba"):
        return Predictions(values)
    return Predictions(values, estimator.predict_proba(table), estimator.classes_)


def facts(
    estimator: Any,
    schema: Schema,
    proof: Proof | None = None,
    table: "DataFrame | None" = None,
) -> Facts:
    """Collect what the graph alone does not say.

    Args:
        estimator: The native model.
        schema: Its columns.
        proof: With what the native model refused, where that is known.
        table: Where the known categories are.
    """
    import numpy as np

    refused = proof.refused if proof else {}
    known = {
        name: sorted(table[name].dropna().unique().tolist())
        for name in refused.get("unknown", [])
        if table is not None
    }
    return Facts(
        classes=estimator.classes_.tolist() if hasattr(estimator, "classes_") else None,
        probabilities=hasattr(estimator, "predict_proba"),
        no_missing=refused.get("missing", []),
        no_unknown=known,
        limits=dict.fromkeys(refused.get("huge", []), float(np.finfo(np.float32).max)),
        inputs=inputs_of(schema),
        row_by_row=bool(proof and proof.row_by_row),
    )


def _difference(native: Predictions, other: Predictions, what: str, tolerance: float) -> float:
    """Return the worst difference of scores, or say which rows differ."""
    import numpy as np

    if native.classes is None and native.values.dtype.kind == "f":
        numbers = np.asarray(native.values).reshape(-1)
        apart = _apart(numbers, other.values) / np.maximum(1.0, np.abs(numbers))
    else:
        differ = np.flatnonzero(np.asarray(native.values) != other.values)
        _check("labels differ", differ, native.values, other.values, what)
        if native.probabilities is None or other.probabilities is None:
            return 0.0
        apart = _apart(native.probabilities, other.probabilities).max(axis=1)
    far = np.flatnonzero(~(apart <= tolerance))
    scores = native.values if native.probabilities is None else native.probabilities
    others = other.values if other.probabilities is None else other.probabilities
    _check(f"scores differ by more than {tolerance:g}", far, scores, others, what)
    return float(apart.max(initial=0.0))


def _apart(one: "NDArray[Any]", other: "NDArray[Any]") -> "NDArray[Any]":
    """Absolute differences; equal infinities and two NaN are no difference."""
    import numpy as np

    same = (one == other) | (np.isnan(one) & np.isnan(other))
    with np.errstate(invalid="ignore"):
        return np.where(same, 0.0, np.abs(one - other))


def _check(
    fault: str,
    rows: "NDArray[Any]",
    native: "NDArray[Any]",
    other: "NDArray[Any]",
    what: str,
) -> None:
    if not len(rows):
        return
    shown = "; ".join(
        f"row {row + 1}: scikit-learn {native[row]}, ONNX {other[row]}"
        for row in rows[:_NAMED_ROWS]
    )
    raise ExportError(f"in {len(rows)} of {len(native)} {what}, {fault} ({shown})")
