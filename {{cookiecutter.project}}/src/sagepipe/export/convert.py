"""From a fitted scikit-learn estimator to an ONNX graph."""

from typing import Any

from sagepipe.export import ensembles, preparation
from sagepipe.export.errors import ExportError
from sagepipe.export.graph import ML, OPSET, TREE_ENSEMBLE, TREE_ENSEMBLE_SINCE
from sagepipe.export.inputs import side_by_side
from sagepipe.serving import Schema
from sagepipe.serving.engines.onnx import FACTS, Facts

REMEDY = 'or say engine = "sklearn" in sagepipe.toml'


def convert(estimator: Any, schema: Schema) -> Any:
    """Make the graph: two inputs, then labels (or numbers) and probabilities.

    Numbers, whole numbers and true/false are one input, in double precision; text is the other.

    Args:
        estimator: A fitted estimator, most often a pipeline.
        schema: The columns it was fitted on.

    Returns:
        The ``onnx.ModelProto``.

    Raises:
        ExportError: A step that can't be exported.
    """
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import DoubleTensorType, StringTensorType

    types = {"string": StringTensorType}
    inputs = [
        (feature.name, types.get(feature.type, DoubleTensorType)([None, 1]))
        for feature in schema.features
    ]
    functions = {**preparation.converters(), **ensembles.converters()}
    shapes = {
        **dict.fromkeys(preparation.converters(), preparation.shape),
        **dict.fromkeys(ensembles.converters(), ensembles.shape),
    }
    try:
        model = convert_sklearn(
            _one_matrix(estimator, schema),
            "model",
            inputs,
            options=_options(estimator),
            target_opset=OPSET,
            custom_conversion_functions=functions,
            custom_shape_calculators=shapes,
            custom_parsers=dict.fromkeys(preparation.converters(), preparation.parser),
        )
    except ExportError as error:
        raise ExportError(f"{error}; {REMEDY}") from None
    except Exception as error:  # skl2onnx raises whatever its converters meet
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise ExportError(
            f"{_name(estimator)} can't be exported to ONNX: {reason[:_REASON_CHARACTERS]}; "
            f"choose other steps, {REMEDY}"
        ) from error
    _declare_opset(model)
    side_by_side(model, schema)
    return model


def with_facts(model: Any, facts: Facts) -> bytes:
    """Write the graph and the facts about it as a file's content."""
    del model.metadata_props[:]
    entry = model.metadata_props.add()
    entry.key, entry.value = FACTS, facts.dumps()
    content: bytes = model.SerializeToString()
    return content


_REASON_CHARACTERS = 300


def _options(estimator: Any) -> dict[int, dict[str, Any]] | None:
    """Ask for probabilities as a matrix, not as a list of dictionaries."""
    return {id(estimator): {"zipmap": False}} if hasattr(estimator, "predict_proba") else None


def _one_matrix(estimator: Any, schema: Schema) -> Any:
    """Put the columns side by side for an estimator that takes them without choosing any.

    skl2onnx has a matrix for the first step of a pipeline only where a ColumnTransformer makes one.
    """
    import numpy as np
    from pandas import DataFrame
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    first = estimator[0] if isinstance(estimator, Pipeline) else estimator
    text = any(feature.type == "string" for feature in schema.features)
    if isinstance(first, ColumnTransformer) or text or len(schema.features) == 1:
        return estimator
    names = list(schema.names)
    columns = ColumnTransformer([("all", "passthrough", names)])
    columns.fit(DataFrame(np.zeros((1, len(names))), columns=names))
    return Pipeline([("columns", columns), ("estimator", estimator)])


def _declare_opset(model: Any) -> None:
    """Raise the version of ai.onnx.ml where a node needs it; skl2onnx refuses to write it."""
    if any(node.op_type == TREE_ENSEMBLE for node in model.graph.node):
        for entry in model.opset_import:
            if entry.domain == ML:
                entry.version = TREE_ENSEMBLE_SINCE


def _name(estimator: Any) -> str:
    from sklearn.pipeline import Pipeline

    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    return type(last).__name__
