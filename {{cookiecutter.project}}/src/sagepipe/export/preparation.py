"""Converters for the steps before an estimator, in double precision and with missing text.

skl2onnx computes these in single precision, and a value that is rounded there falls on the other
side of a split. Missing text, which ONNX has no value for, travels as ``MISSING``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sagepipe.export.errors import ExportError
from sagepipe.export.graph import ML, Graph
from sagepipe.serving.engines.onnx import MISSING

if TYPE_CHECKING:
    from numpy.typing import NDArray


def shape(operator: Any) -> None:
    """Say what the converters of this module give: doubles, or text where text is imputed."""
    from skl2onnx.common.data_types import DoubleTensorType, StringTensorType

    rows = operator.inputs[0].get_first_dimension()
    made = StringTensorType if _imputes_text(operator) else DoubleTensorType
    operator.outputs[0].set_type(made([rows, _width(operator)]))


def parser(
    scope: Any, model: Any, inputs: Sequence[Any], custom_parsers: Mapping[type, Any] | None = None
) -> Any:
    """Declare a step's output as double: after text skl2onnx takes single precision for given."""
    from skl2onnx import get_model_alias
    from skl2onnx.common.data_types import DoubleTensorType, StringTensorType

    operator = scope.declare_local_operator(get_model_alias(type(model)), model)
    operator.inputs = list(inputs)
    text = hasattr(model, "statistics_") and isinstance(inputs[0].type, StringTensorType)
    made = StringTensorType if text else DoubleTensorType
    operator.outputs.append(scope.declare_local_variable("prepared", made()))
    return operator.outputs


def imputer(scope: Any, operator: Any, container: Any) -> None:
    """Convert SimpleImputer, with its indicator of what was missing."""
    import numpy as np

    model = operator.raw_operator
    _check_imputer(operator)
    graph = Graph(scope, container)
    output = operator.outputs[0].full_name
    values = graph.matrix(operator.inputs)
    if _imputes_text(operator):
        missing = graph.node("Equal", [values, graph.constant(np.array([MISSING], dtype=object))])
        graph.node("Where", [missing, graph.constant(model.statistics_[None, :]), values], output)
        return
    missing = graph.node("IsNaN", [values])
    fills = graph.constant(model.statistics_.astype(np.float64)[None, :])
    if not model.add_indicator:
        graph.node("Where", [missing, fills, values], output)
        return
    filled = graph.node("Where", [missing, fills, values])
    shown = graph.node("Gather", [missing, graph.constant(model.indicator_.features_)], axis=1)
    graph.node("Concat", [filled, graph.double(shown)], output, axis=1)


def one_hot(scope: Any, operator: Any, container: Any) -> None:
    """Convert OneHotEncoder; an unknown category is a row of zeros."""
    model = operator.raw_operator
    if model.handle_unknown not in ("ignore", "error") or model._infrequent_enabled:
        raise ExportError(
            "OneHotEncoder with infrequent categories can't be exported: "
            'say handle_unknown="ignore" and neither min_frequency nor max_categories'
        )
    graph = Graph(scope, container)
    output = operator.outputs[0].full_name
    columns = _columns(graph, operator)
    if all(text for _, text in columns):
        places = [
            _places(graph, column, categories)
            for (column, _), categories in zip(columns, model.categories_, strict=True)
        ]
        # (rows, 1, categories) each: made a matrix of doubles together, not one by one.
        wide = graph.node("Squeeze", [_beside(graph, places, 2), graph.constant([1])])
        _keep(graph, graph.double(wide), model, output)
        return
    encoded = [
        graph.double(
            graph.node("Squeeze", [_places(graph, column, categories), graph.constant([1])])
        )
        if text
        else _equal(graph, column, categories)
        for (column, text), categories in zip(columns, model.categories_, strict=True)
    ]
    _keep(graph, _beside(graph, encoded, 1), model, output)


def ordinal(scope: Any, operator: Any, container: Any) -> None:
    """Convert OrdinalEncoder."""
    import numpy as np

    model = operator.raw_operator
    if model._infrequent_enabled:
        raise ExportError("OrdinalEncoder with infrequent categories can't be exported")
    unknown = np.nan if model.unknown_value is None else model.unknown_value
    graph = Graph(scope, container)
    encoded = []
    for (column, text), categories in zip(
        _columns(graph, operator), model.categories_, strict=True
    ):
        if not text:
            raise ExportError("OrdinalEncoder over numbers can't be exported: pass them through")
        codes = np.arange(len(categories), dtype=np.float64)
        codes[_missing(categories)] = model.encoded_missing_value
        found = graph.node(
            "LabelEncoder",
            [column],
            None,
            ML,
            keys_strings=_texts(categories),
            values_floats=codes.astype(np.float32).tolist(),
            default_float=float(unknown),
        )
        encoded.append(graph.double(found))
    graph.node("Concat", encoded, operator.outputs[0].full_name, axis=1)


def standard_scaler(scope: Any, operator: Any, container: Any) -> None:
    """Convert StandardScaler: subtract and divide, as scikit-learn does."""
    model = operator.raw_operator
    graph = Graph(scope, container)
    values = graph.matrix(operator.inputs)
    if model.with_mean:
        values = graph.node("Sub", [values, graph.constant(model.mean_[None, :])])
    if model.with_std:
        values = graph.node("Div", [values, graph.constant(model.scale_[None, :])])
    graph.node("Identity", [values], operator.outputs[0].full_name)


def _imputes_text(operator: Any) -> bool:
    from skl2onnx.common.data_types import StringTensorType

    imputes = hasattr(operator.raw_operator, "statistics_")
    return imputes and isinstance(operator.inputs[0].type, StringTensorType)


def _width(operator: Any) -> int:
    return len(operator.raw_operator.get_feature_names_out())


def _check_imputer(operator: Any) -> None:
    import numpy as np

    model = operator.raw_operator
    if not (isinstance(model.missing_values, float) and np.isnan(model.missing_values)):
        raise ExportError(
            f"SimpleImputer(missing_values={model.missing_values!r}) can't be exported"
        )
    text = _imputes_text(operator)
    if text and model.add_indicator:
        raise ExportError("SimpleImputer(add_indicator=True) over text can't be exported")
    if _missing(model.statistics_).any():
        raise ExportError("SimpleImputer over a column without any value can't be exported")


def _columns(graph: Graph, operator: Any) -> list[tuple[str, bool]]:
    """Take the inputs apart: each column's name, and whether it holds text."""
    from skl2onnx.common.data_types import StringTensorType

    columns = []
    for variable in operator.inputs:
        text = isinstance(variable.type, StringTensorType)
        width = variable.type.shape[1]
        total = width if isinstance(width, int) else len(operator.raw_operator.categories_)
        for index in range(total):
            whole = total == 1
            name = variable.full_name
            columns.append(
                (
                    name
                    if whole
                    else graph.node("Gather", [name, graph.constant([index])], axis=1),
                    text,
                )
            )
    return columns


def _places(graph: Graph, column: str, categories: "NDArray[Any]") -> str:
    """Look text up among the categories; the result is (rows, 1, categories)."""
    return graph.node("OneHotEncoder", [column], None, ML, cats_strings=_texts(categories), zeros=1)


def _equal(graph: Graph, column: str, categories: "NDArray[Any]") -> str:
    """Compare numbers with each category; the result is (rows, categories)."""
    same = graph.node("Equal", [column, graph.constant(categories.astype("float64")[None, :])])
    missing = _missing(categories)
    if missing.any():
        # NaN equals nothing, not even itself.
        width = graph.constant([1, len(categories)])
        unknown = graph.node("Expand", [graph.node("IsNaN", [column]), width])
        place = graph.node(
            "Equal", [graph.constant(missing.astype("int64")[None, :]), graph.constant([1])]
        )
        same = graph.node("Or", [same, graph.node("And", [unknown, place])])
    return graph.double(same)


def _beside(graph: Graph, values: Sequence[str], axis: int) -> str:
    return graph.node("Concat", values, axis=axis) if len(values) > 1 else values[0]


def _keep(graph: Graph, encoded: str, model: Any, output: str) -> None:
    """Leave out the categories that ``drop`` names."""
    import numpy as np

    if model.drop_idx_ is None:
        graph.node("Identity", [encoded], output)
        return
    kept = [
        [place != dropped for place in range(len(categories))]
        for categories, dropped in zip(model.categories_, model.drop_idx_, strict=True)
    ]
    graph.node(
        "Gather", [encoded, graph.constant(np.flatnonzero(np.concatenate(kept)))], output, axis=1
    )


def _missing(values: "NDArray[Any]") -> "NDArray[Any]":
    import numpy as np

    return np.array([value is None or value != value for value in values], dtype=bool)


def _texts(categories: "NDArray[Any]") -> list[str]:
    missing = _missing(categories)
    return [
        MISSING if absent else str(value) for value, absent in zip(categories, missing, strict=True)
    ]


def converters() -> Mapping[type, Callable[[Any, Any, Any], None]]:
    """List the converters by transformer."""
    from sklearn import impute, preprocessing

    return {
        impute.SimpleImputer: imputer,
        preprocessing.OneHotEncoder: one_hot,
        preprocessing.OrdinalEncoder: ordinal,
        preprocessing.StandardScaler: standard_scaler,
    }
