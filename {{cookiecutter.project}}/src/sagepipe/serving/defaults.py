"""The four functions between a request and its answer, for a predictor that has none of its own."""

from pathlib import Path

from sagepipe.serving.columns import Columns
from sagepipe.serving.predictions import Model, Predictions
from sagepipe.serving.schema import Schema


def load(directory: Path) -> Model:
    """Load the model once, at the start.

    Args:
        directory: The unpacked model, ``/opt/ml/model``.

    Returns:
        Anything with a ``predict(columns)``; ``predict`` below gets it.

    Raises:
        ModelError: There is no model in the folder, or a broken one.
    """
    from sagepipe.serving import engines

    return engines.load(directory)


def parse(body: bytes, content_type: str, schema: Schema) -> Columns:
    """Read a request's body.

    Args:
        body: The bytes as they came.
        content_type: The Content-Type header, ``text/csv`` or ``application/json``.
        schema: The columns that the model was fitted on.

    Returns:
        Column name → NumPy array, the model's columns in its order.

    Raises:
        BadRequest: The body is not a table of those columns; the answer is 400.
        UnsupportedMediaType: Another Content-Type; the answer is 415.
    """
    from sagepipe.serving import readers

    return readers.read(body, content_type, schema)


def predict(model: Model, columns: Columns) -> Predictions:
    """Predict every row.

    Args:
        model: What ``load`` returned.
        columns: What ``parse`` returned.

    Returns:
        One prediction a row, in the rows' order.
    """
    return model.predict(columns)


def format(predictions: Predictions, accept: str) -> tuple[bytes, str]:
    """Write the answer.

    Args:
        predictions: What ``predict`` returned.
        accept: The Accept header; the request's own Content-Type where the caller has no wish.

    Returns:
        The body and its Content-Type, ``application/json`` or ``text/csv``.

    Raises:
        NotAcceptable: The caller accepts neither; the answer is 406.
    """
    from sagepipe.serving import writers

    return writers.write(predictions, accept)
