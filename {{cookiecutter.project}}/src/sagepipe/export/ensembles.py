"""Converters for scikit-learn's trees, forests and boosting: exact in labels and in scores."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sagepipe.export import trees
from sagepipe.export.errors import ExportError
from sagepipe.export.graph import Graph
from sagepipe.export.trees import Tree

if TYPE_CHECKING:
    from numpy.typing import NDArray


def shape(operator: Any) -> None:
    """Say what the converters of this module give: doubles, and for classifiers labels."""
    from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType

    model = operator.raw_operator
    rows = operator.inputs[0].get_first_dimension()
    if not hasattr(model, "classes_"):
        operator.outputs[0].set_type(DoubleTensorType([rows, 1]))
        return
    text = model.classes_.dtype.kind in "OUT"
    operator.outputs[0].set_type((StringTensorType if text else Int64TensorType)([rows]))
    operator.outputs[1].set_type(DoubleTensorType([rows, len(model.classes_)]))


def forest(scope: Any, operator: Any, container: Any) -> None:
    """Convert RandomForest, ExtraTrees and DecisionTree: the mean of the trees' leaves."""
    model = operator.raw_operator
    graph = Graph(scope, container)
    members = getattr(model, "estimators_", [model])
    _one_target(model)
    # scikit-learn compares what it has rounded to single precision with thresholds in double.
    features = graph.single(graph.matrix(operator.inputs))
    targets = len(model.classes_) if hasattr(model, "classes_") else 1
    shares = (
        Tree.plain(member.tree_, member.tree_.value[:, 0, target], target)
        for member in members
        for target in range(targets)
    )
    total = trees.add(graph, features, shares, targets)
    count = graph.constant([float(len(members))])
    if not hasattr(model, "classes_"):
        graph.node("Div", [total, count], operator.outputs[0].full_name)
        return
    mean = graph.node("Div", [total, count], operator.outputs[1].full_name)
    _label(graph, model.classes_, _first_highest(graph, mean), operator.outputs[0].full_name)


def gradient_boosting(scope: Any, operator: Any, container: Any) -> None:
    """Convert GradientBoosting: a start, and what each tree adds to it."""
    import numpy as np

    model = operator.raw_operator
    if not (model.init is None or isinstance(model.init, str)):
        raise ExportError(f"{type(model).__name__}(init=an estimator) can't be exported")
    graph = Graph(scope, container)
    features = graph.single(graph.matrix(operator.inputs))
    start = model._raw_predict_init(np.zeros((1, model.n_features_in_), dtype=np.float32)).ravel()
    stages = (
        Tree.plain(member.tree_, model.learning_rate * member.tree_.value[:, 0, 0], target)
        for stage in model.estimators_
        for target, member in enumerate(stage)
    )
    raw = _boosted(graph, features, start, stages)
    if not hasattr(model, "classes_"):
        graph.node("Identity", [raw], operator.outputs[0].full_name)
        return
    # The exponential loss takes half of the log-odds (sklearn._loss.ExponentialLoss).
    factor = 2.0 if model.loss == "exponential" else 1.0
    _classify(graph, operator, raw, "GreaterOrEqual", factor)


def hist_gradient_boosting(scope: Any, operator: Any, container: Any) -> None:
    """Convert HistGradientBoosting: a start, what each tree adds, and the loss's link."""
    model = operator.raw_operator
    if getattr(model, "is_categorical_", None) is not None and any(model.is_categorical_):
        raise ExportError(
            f"{type(model).__name__} with categorical_features can't be exported: encode the "
            "categories before it (OneHotEncoder, OrdinalEncoder)"
        )
    graph = Graph(scope, container)
    features = graph.matrix(operator.inputs)
    stages = (
        Tree.binned(predictor, target)
        for stage in model._predictors
        for target, predictor in enumerate(stage)
    )
    raw = _boosted(graph, features, model._baseline_prediction.ravel(), stages)
    if hasattr(model, "classes_"):
        _classify(graph, operator, raw, "Greater", 1.0)
        return
    link = type(model._loss.link).__name__
    if link not in _INVERSE_LINKS:
        raise ExportError(f"{type(model).__name__}(loss={model.loss!r}) can't be exported")
    graph.node(_INVERSE_LINKS[link], [raw], operator.outputs[0].full_name)


_INVERSE_LINKS = {"IdentityLink": "Identity", "LogLink": "Exp"}


def _one_target(model: Any) -> None:
    if model.n_outputs_ > 1:
        raise ExportError(
            f"{type(model).__name__} with {model.n_outputs_} targets can't be exported"
        )


def _boosted(graph: Graph, features: str, start: "NDArray[Any]", stages: Iterator[Tree]) -> str:
    """Add the trees to the start, in scikit-learn's order."""

    def all_trees() -> Iterator[Tree]:
        for target, value in enumerate(start):
            yield Tree.constant(float(value), target)
        yield from stages

    return trees.add(graph, features, all_trees(), len(start))


def _classify(graph: Graph, operator: Any, raw: str, positive: str, factor: float) -> None:
    """Make labels and probabilities of what boosting adds up to."""
    classes = operator.raw_operator.classes_
    label, probabilities = (output.full_name for output in operator.outputs)
    if len(classes) > 2:
        graph.node("Softmax", [raw], probabilities, axis=1)
        _label(graph, classes, _first_highest(graph, raw), label)
        return
    from onnx import TensorProto

    # Twice side by side: a processor computes two doubles at once, and what is left over by itself,
    # where the last bit may differ. A row is a pair then, whatever rows there are beside it.
    scaled = graph.node("Mul", [raw, graph.constant([[factor, factor]])])
    second = graph.node("Sigmoid", [scaled])
    below = graph.node("Sub", [graph.constant([[1.0, 0.0]]), second])
    graph.node("Abs", [below], probabilities)
    chosen = graph.node(positive, [raw, graph.constant([0.0])])
    place = graph.node("Cast", [chosen], to=TensorProto.INT64)
    _label(graph, classes, graph.node("Squeeze", [place, graph.constant([1])]), label)


def _first_highest(graph: Graph, scores: str) -> str:
    return graph.node("ArgMax", [scores], axis=1, keepdims=0)


def _label(graph: Graph, classes: "NDArray[Any]", place: str, output: str) -> None:
    """Pick each row's class: text or a whole number, which true, false and 1.0 become."""
    import numpy as np

    values = classes.astype(np.int64) if classes.dtype.kind in "bf" else classes
    graph.node("Gather", [graph.constant(values), place], output, axis=0)


def converters() -> Mapping[type, Callable[[Any, Any, Any], None]]:
    """List the converters by estimator."""
    from sklearn import ensemble, tree

    return {
        tree.DecisionTreeClassifier: forest,
        tree.DecisionTreeRegressor: forest,
        tree.ExtraTreeClassifier: forest,
        tree.ExtraTreeRegressor: forest,
        ensemble.RandomForestClassifier: forest,
        ensemble.RandomForestRegressor: forest,
        ensemble.ExtraTreesClassifier: forest,
        ensemble.ExtraTreesRegressor: forest,
        ensemble.GradientBoostingClassifier: gradient_boosting,
        ensemble.GradientBoostingRegressor: gradient_boosting,
        ensemble.HistGradientBoostingClassifier: hist_gradient_boosting,
        ensemble.HistGradientBoostingRegressor: hist_gradient_boosting,
    }
