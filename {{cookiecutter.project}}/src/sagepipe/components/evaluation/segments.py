"""Parts of the rows: does the model serve each of them as well as all?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sagepipe.components.evaluation import bootstrap
from sagepipe.components.evaluation.results import Sampling, Score, Segment

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

LEAST_ROWS = 30  # of a segment of its own
MOST_VALUES = 12  # of a column; a number with more is cut into quarters
_ROUNDS = 200  # enough for an interval of a part


def measure(
    frame: "pd.DataFrame | None",
    columns: Sequence[str],
    scores: "Callable[[NDArray[Any]], Sequence[Score]]",
    sampling: Sampling,
) -> tuple[Segment, ...]:
    """Measure each segment.

    Args:
        frame: The rows.
        columns: Columns whose values are segments.
        scores: From a mask of rows to the metrics of those rows.
        sampling: How intervals are found; of at most 200 rounds.

    Returns:
        The segments, column by column.

    Raises:
        ValueError: The rows have no such column.
    """
    if not columns:
        return ()
    absent = [name for name in columns if frame is None or name not in frame.columns]
    if frame is None or absent:
        raise ValueError(f"the rows have no column {', '.join(absent)} to make segments of")
    fewer = replace(sampling, rounds=min(sampling.rounds, _ROUNDS))
    found = []
    for column in columns:
        for value, rows in split(frame[column]):
            size = int(rows.sum())
            metrics = bootstrap.metrics(scores(rows), size, fewer, frame[rows])
            found.append(Segment(column, value, size, metrics))
    return tuple(found)


def split(column: "pd.Series") -> "Iterator[tuple[str, NDArray[Any]]]":
    """Split rows by a column.

    A number with more than 12 different values is cut into quarters. Values with fewer than 30
    rows, and those beyond the 12 most frequent ones, are taken together.

    Args:
        column: The column, shape (rows,).

    Yields:
        The segment's name and a mask of its rows, shape (rows,); together they are all rows.
    """
    import pandas as pd

    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numeric and column.nunique() > MOST_VALUES:
        column = pd.qcut(column, 4, duplicates="drop")
        names = {item: f"{item.left:g} to {item.right:g}" for item in column.cat.categories}
    else:
        names = {}
    missing = column.isna().to_numpy()
    counts = column.value_counts()
    large = [value for value in counts.index[:MOST_VALUES] if counts[value] >= LEAST_ROWS]
    rest = ~missing
    for value in sorted(large) if names else large:
        rows = (column == value).to_numpy(dtype=bool, na_value=False)
        rest &= ~rows
        yield names.get(value, str(value)), rows
    if rest.any():
        others = column[rest].nunique()
        yield (f"{others} others" if large else "all"), rest
    if missing.any():
        yield "missing", missing
