"""The OpenAPI document of a server, made from the columns that its model takes."""

import sys
from collections.abc import Mapping
from typing import Any

from sagepipe.contract import hosting
from sagepipe.serving.expectations import Expectation
from sagepipe.serving.readers import READERS
from sagepipe.serving.schema import Feature, FeatureType, Schema
from sagepipe.serving.writers import WRITERS

_JSON = "application/json"
_INT64 = 2**63
_LARGEST = sys.float_info.max

_TYPES: Mapping[FeatureType, Mapping[str, Any]] = {
    "number": {"type": ["number", "null"], "minimum": -_LARGEST, "maximum": _LARGEST},
    "integer": {"type": ["integer", "null"], "minimum": -_INT64, "maximum": _INT64 - 1},
    "string": {"type": ["string", "null"]},
    "boolean": {"type": ["boolean", "null"]},
}
_BODIES: Mapping[str, str] = {
    "text/csv": "A line a row, with a header line or without: then the model's columns in order.",
    "application/jsonlines": "A record, or a list in the model's order, on each line.",
    "application/x-parquet": "A Parquet file with the model's columns; needs pyarrow.",
    "application/x-npy": "A NumPy array: rows by columns in the model's order, numbers or text.",
}
_ANSWERS: Mapping[str, str] = {
    "text/csv": "A line a row: the prediction.",
    "application/jsonlines": "A line a row.",
    "application/x-parquet": "A row a row; needs pyarrow.",
}
_REFUSALS: Mapping[int, str] = {
    400: "The body is not a table of the model's columns; row and column are named.",
    406: "None of the accepted media types can be written.",
    408: "The body took too long to arrive.",
    413: "The body is too large.",
    415: "The body's media type can't be read.",
    500: "The model failed.",
    503: "The model is being loaded, too much waits already, or a prediction took too long.",
}


def document(schema: Schema, max_body_bytes: int) -> dict[str, Any]:
    """Describe the server.

    Args:
        schema: The columns that the model takes; none where a ``parse`` of one's own reads bodies.
            What is expected of them is part of the document: leave it out where it is not refused.
        max_body_bytes: Larger bodies are refused.

    Returns:
        An OpenAPI 3.1 document.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Predictions of {schema.target}" if schema.target else "Predictions",
            "version": "1",
            "description": f"Bodies of up to {max_body_bytes:,} bytes.",
        },
        "paths": {
            hosting.PING_PATH: {"get": _ping()},
            hosting.INVOCATIONS_PATH: {"post": _invocations(schema)},
            hosting.EXECUTION_PARAMETERS_PATH: {"get": _parameters()},
            hosting.METRICS_PATH: {
                "get": _operation("Numbers for Prometheus.", {"text/plain": {"type": "string"}})
            },
        },
        "components": {"schemas": {"Row": _row(schema), "Error": _error()}},
    }


def _ping() -> dict[str, Any]:
    return {
        "summary": "Whether the model is loaded and has predicted.",
        "responses": {"200": {"description": "It has."}, "503": _refusal(503)},
    }


def _parameters() -> dict[str, Any]:
    names = {
        "MaxConcurrentTransforms": {"type": "integer"},
        "BatchStrategy": {"type": "string"},
        "MaxPayloadInMB": {"type": "integer"},
    }
    content = {_JSON: {"type": "object", "properties": names, "required": list(names)}}
    return _operation("How a transform job had best ask.", content)


def _operation(summary: str, content: Mapping[str, Any]) -> dict[str, Any]:
    answers = {name: {"schema": schema} for name, schema in content.items()}
    return {"summary": summary, "responses": {"200": {"description": summary, "content": answers}}}


def _invocations(schema: Schema) -> dict[str, Any]:
    bodies: dict[str, Any] = {_JSON: {"schema": _table(schema)}} if schema.features else {"*/*": {}}
    if schema.features:
        bodies |= {name: _as_text(_BODIES[name]) for name in READERS if name in _BODIES}
    if schema.features and schema.example is not None:
        bodies[_JSON]["example"] = [dict(schema.example)]
    answers: dict[str, Any] = {_JSON: {"schema": _predictions()}}
    answers |= {name: _as_text(_ANSWERS[name]) for name in WRITERS if name in _ANSWERS}
    return {
        "summary": "Predict rows.",
        "description": "The answer's format is what Accept asks for, else the body's own. Its "
        "parameter output says what is in it: predictions, probabilities or both.",
        "parameters": [_custom_attributes()],
        "requestBody": {"required": True, "content": bodies},
        "responses": {
            "200": {"description": "A prediction a row, in the rows' order.", "content": answers},
            **{str(status): _refusal(status) for status in _REFUSALS},
        },
    }


def _custom_attributes() -> dict[str, Any]:
    return {
        "name": hosting.CUSTOM_ATTRIBUTES_HEADER,
        "in": "header",
        "description": "Comes back as it is.",
        "schema": {
            "type": "string",
            "maxLength": hosting.CUSTOM_ATTRIBUTES_CHARACTERS,
            "pattern": "^[ -~]*$",
        },
    }


def _as_text(says: str) -> dict[str, Any]:
    return {"schema": {"type": "string", "description": says}}


def _table(schema: Schema) -> dict[str, Any]:
    """Write down all forms that a table has in JSON."""
    row = {"$ref": "#/components/schemas/Row"}
    records = {"type": "array", "items": row, "minItems": 1}
    values = [_feature(feature, schema) for feature in schema.features]
    width = len(values)
    lists = {
        "type": "array",
        "items": {"type": "array", "prefixItems": values, "minItems": width, "maxItems": width},
        "minItems": 1,
    }
    # Columns may stand in another order, too, with others among them; a schema can't say so.
    split = _object({"columns": {"const": list(schema.names)}, "data": lists})
    return {
        "anyOf": [
            records,
            lists,
            row,
            _object({"instances": records}),
            _object({"dataframe_records": records}),
            _object({"dataframe_split": split}),
            split,
        ]
    }


def _row(schema: Schema) -> dict[str, Any]:
    return _object({feature.name: _feature(feature, schema) for feature in schema.features})


def _feature(feature: Feature, schema: Schema) -> dict[str, Any]:
    value = dict(_TYPES[feature.type])
    for expectation in schema.expectations:
        if expectation.column == feature.name and expectation.critical:
            value = {**value, **_expected(expectation, value)}
    if "enum" in value and "null" in value["type"]:
        value["enum"] = [*value["enum"], None]
    return value


def _expected(expectation: Expectation, value: Mapping[str, Any]) -> dict[str, Any]:
    """Write down what is expected of a value over what is known of it."""
    if not expectation.missing:
        return {"type": value["type"][0]}
    if expectation.among is not None:
        known = value.get("enum", expectation.among)
        return {"enum": [item for item in expectation.among if item in known]}
    if expectation.not_among is not None:
        return {"not": {"enum": list(expectation.not_among)}}
    low, high = expectation.bounds
    return {"minimum": max(low, value["minimum"]), "maximum": min(high, value["maximum"])}


def _predictions() -> dict[str, Any]:
    rows = {"type": "array"}
    return {
        "type": "object",
        "properties": {
            "predictions": rows,
            "probabilities": {"type": "array", "items": {"type": "array"}},
            "classes": rows,
        },
    }


def _error() -> dict[str, Any]:
    return _object({"error": {"type": "string", "description": "What is wrong."}})


def _refusal(status: int) -> dict[str, Any]:
    schema = {"schema": {"$ref": "#/components/schemas/Error"}}
    return {"description": _REFUSALS[status], "content": {_JSON: schema}}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}
