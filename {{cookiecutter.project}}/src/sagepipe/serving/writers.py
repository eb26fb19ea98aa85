"""Predictions to response bodies, one writer for each media type."""

import csv
import io
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal, TypeAlias, cast, get_args

from sagepipe.serving import parquet
from sagepipe.serving.errors import NotAcceptable
from sagepipe.serving.media import MediaType, choose
from sagepipe.serving.predictions import Predictions

Output: TypeAlias = Literal["predictions", "probabilities", "both"]
Writer: TypeAlias = Callable[[Predictions, Output, MediaType], bytes]


def write(predictions: Predictions, accept: str) -> tuple[bytes, str]:
    """Write predictions in the format that the caller likes best.

    Args:
        predictions: What the model said, one for each row of the request.
        accept: The Accept header. The parameter ``output`` of a media type says what to write:
            ``predictions``, ``probabilities`` or ``both``.

    Returns:
        The body and its Content-Type.

    Raises:
        NotAcceptable: No writer for any of the accepted media types, or no probabilities.
    """
    media, output = _agreed(accept, predictions.probabilities is not None)
    return WRITERS[media.name](predictions, output, media), media.name


@lru_cache(maxsize=64)  # callers send the same few headers again and again
def _agreed(accept: str, probabilities: bool) -> tuple[MediaType, Output]:
    """Settle the format, and what of the predictions to write."""
    offered = tuple(WRITERS)
    media = choose(accept, offered)
    if media and media.name == parquet.MEDIA_TYPE and not parquet.installed():
        offered = tuple(name for name in WRITERS if name != parquet.MEDIA_TYPE)
        media = choose(accept, offered)
    if media is None:
        missing = "" if parquet.MEDIA_TYPE in offered else f"; for Parquet {parquet.REMEDY}"
        raise NotAcceptable(
            f"Accept {accept[:200]!r} can't be met; ask for one of {', '.join(offered)}{missing}"
        )
    return media, _output(probabilities, media)


def write_json(predictions: Predictions, output: Output, media: MediaType) -> bytes:
    """Write ``{"predictions": [...], "probabilities": [[...]], "classes": [...]}``."""
    import orjson

    content: dict[str, Any] = {}
    if output != "probabilities":
        content["predictions"] = predictions.values.tolist()
    if output != "predictions" and predictions.probabilities is not None:
        content["probabilities"] = predictions.probabilities.tolist()
        if predictions.classes is not None:
            content["classes"] = predictions.classes.tolist()
    return orjson.dumps(content)


def write_jsonlines(predictions: Predictions, output: Output, media: MediaType) -> bytes:
    """Write ``{"prediction": ..., "probabilities": {"class": ...}}`` on a line for each row."""
    import orjson

    lines: list[dict[str, Any]] = [{} for _ in range(len(predictions.values))]
    if output != "probabilities":
        for line, value in zip(lines, predictions.values.tolist(), strict=True):
            line["prediction"] = value
    if output != "predictions" and predictions.probabilities is not None:
        names = _class_names(predictions)
        for line, row in zip(lines, predictions.probabilities.tolist(), strict=True):
            line["probabilities"] = dict(zip(names, row, strict=True))
    return b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)


def write_csv(predictions: Predictions, output: Output, media: MediaType) -> bytes:
    """Write a line a row; without a header line, as batch transform joins and assembles them."""
    table = _table(predictions, output)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if media.parameters.get("header", "absent").lower() == "present":
        writer.writerow(table)
    writer.writerows(zip(*table.values(), strict=True))
    return text.getvalue().encode()


def write_parquet(predictions: Predictions, output: Output, media: MediaType) -> bytes:
    """Write a Parquet file: ``prediction``, and ``probability of`` each class."""
    return parquet.write_parquet(_table(predictions, output))


def _output(probabilities: bool, media: MediaType) -> Output:
    """Find out what is asked for.

    Without a word all is written where it has names; CSV has none, and batch transform joins its
    lines to the input's.
    """
    default = "predictions" if media.name == "text/csv" else "both"
    asked = media.parameters.get("output", default).lower()
    if asked not in get_args(Output):
        raise NotAcceptable(f"Accept: output={asked!r}; it is one of {', '.join(get_args(Output))}")
    stated = "output" in media.parameters
    if stated and asked != "predictions" and not probabilities:
        raise NotAcceptable(f"Accept: output={asked!r}, and the model has no probabilities")
    return cast(Output, asked)


def _table(predictions: Predictions, output: Output) -> dict[str, list[Any]]:
    table = {}
    if output != "probabilities":
        table["prediction"] = predictions.values.tolist()
    if output != "predictions" and predictions.probabilities is not None:
        columns = predictions.probabilities.T.tolist()
        names = (f"probability of {name}" for name in _class_names(predictions))
        table.update(zip(names, columns, strict=True))
    return table


def _class_names(predictions: Predictions) -> list[str]:
    if predictions.classes is not None:
        return [str(name) for name in predictions.classes.tolist()]
    assert predictions.probabilities is not None
    return [str(number) for number in range(predictions.probabilities.shape[1])]


WRITERS: Mapping[str, Writer] = {
    "application/json": write_json,
    "text/csv": write_csv,
    "application/jsonlines": write_jsonlines,
    parquet.MEDIA_TYPE: write_parquet,
}
