"""Predictions to response bodies, one writer for each media type."""

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

from sagepipe.serving.errors import NotAcceptable
from sagepipe.serving.media import choose
from sagepipe.serving.predictions import Predictions


def write(predictions: Predictions, accept: str) -> tuple[bytes, str]:
    """Write predictions in the format that the caller likes best.

    Args:
        predictions: What the model said, one for each row of the request.
        accept: The Accept header.

    Returns:
        The body and its Content-Type.

    Raises:
        NotAcceptable: No writer for any of the accepted media types.
    """
    name = choose(accept, WRITERS)
    if name is None:
        raise NotAcceptable(f"Accept {accept!r} can't be met; ask for one of {', '.join(WRITERS)}")
    return WRITERS[name](predictions), name


def write_json(predictions: Predictions) -> bytes:
    """Write ``{"predictions": [...]}``, for classifiers ``probabilities`` and ``classes`` too."""
    import orjson

    content: dict[str, Any] = {"predictions": predictions.values.tolist()}
    if predictions.probabilities is not None:
        content["probabilities"] = predictions.probabilities.tolist()
    if predictions.classes is not None:
        content["classes"] = predictions.classes.tolist()
    return orjson.dumps(content)


def write_csv(predictions: Predictions) -> bytes:
    """Write one prediction a line and no header, as batch transform joins and assembles them."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [value] for value in predictions.values.tolist()
    )
    return text.getvalue().encode()


WRITERS: Mapping[str, Callable[[Predictions], bytes]] = {
    "application/json": write_json,
    "text/csv": write_csv,
}
