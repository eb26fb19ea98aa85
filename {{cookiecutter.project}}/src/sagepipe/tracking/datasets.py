"""Data sets in MLflow."""

import json
from typing import TYPE_CHECKING

from sagepipe.tracking import quiet, tags
from sagepipe.tracking.run import ActiveRun

if TYPE_CHECKING:
    import pandas
    from mlflow.entities import Dataset

_CONTEXT = "mlflow.data.context"  # MLflow's tag of a data set that says what it was used for
_ROWS = 100  # that MLflow sees
_DIGITS = 8  # as many as MLflow's own digests have


def log(run: ActiveRun, frame: "pandas.DataFrame", name: str, context: str) -> None:
    """Record which data a step's run used.

    Args:
        run: The step's run.
        frame: The data.
        name: Their name.
        context: What they were used for.
    """
    from mlflow.entities import DatasetInput, InputTag

    data = describe(frame, name, run.identity.step)
    run.client.log_inputs(run.run_id, [DatasetInput(data, [InputTag(_CONTEXT, context)])])


def describe(frame: "pandas.DataFrame", name: str, step: str) -> "Dataset":
    """Describe a table as MLflow does: name, digest, source, schema, size.

    ``mlflow.data.from_pandas`` looks at each cell in turn, for 20 columns half a second in 13,000
    rows and half a minute in a million, so it is given a few rows. The digest, unlike MLflow's, is
    of all rows.

    Args:
        frame: The table.
        name: Its name.
        step: The step that uses it, which is its source.

    Returns:
        The data set; its schema is None where MLflow knows none for it.
    """
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.pandas_dataset import from_pandas
    from mlflow.entities import Dataset

    source = CodeDatasetSource(tags={tags.SOURCE_NAME: step})
    with quiet.hints():
        few = from_pandas(_few(frame), source=source, name=name, digest=_digest(frame))
        described = few.to_dict()
    size = {"num_rows": len(frame), "num_elements": int(frame.size)}
    return Dataset(**{**described, "profile": json.dumps(size)})


def _few(frame: "pandas.DataFrame") -> "pandas.DataFrame":
    """Take a table's first rows, and one of each kind of value, none too, in each column.

    These tell a column's type, and whether values are missing, as all rows would.
    """
    if len(frame) <= _ROWS or not len(frame.columns):
        return frame
    from pandas import StringDtype

    missing = frame.isna().to_numpy()
    shown = {*range(_ROWS), *missing.argmax(axis=0), *(~missing).argmax(axis=0)}
    for place, kind in enumerate(frame.dtypes):
        if kind.kind == "O" and not isinstance(kind, StringDtype):  # that holds text alone
            cells = frame.iloc[:, place].tolist()
            kinds = {type(cell): row for row, cell in enumerate(cells)}
            shown |= set(kinds.values())
    return frame.iloc[sorted(shown)]


def _digest(frame: "pandas.DataFrame") -> str:
    import hashlib

    from pandas.util import hash_pandas_object

    try:
        rows = hash_pandas_object(frame, index=False)
    except TypeError:  # cells that can't be hashed, such as lists
        rows = hash_pandas_object(frame.astype(str), index=False)
    columns = json.dumps([str(name) for name in frame.columns])
    made = hashlib.md5(columns.encode(), usedforsecurity=False)
    made.update(rows.to_numpy().tobytes())
    return made.hexdigest()[:_DIGITS]
