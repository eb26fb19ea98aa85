"""scikit-learn's trees as one TreeEnsemble node, which compares and adds in double precision.

skl2onnx writes TreeEnsembleClassifier and TreeEnsembleRegressor, whose scores are single precision:
sums of votes that are equal in scikit-learn differ there in the last bit, and the label flips. Its
trees also lose which way missing values go. Here thresholds and leaves are scikit-learn's own
doubles, and the trees are added in its order, so the sums are its sums to the last bit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sagepipe.export.graph import ML, TREE_ENSEMBLE, Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Kept: TypeAlias = "dict[str, list[NDArray[Any]]]"

_LEAF = -1
_LESS_OR_EQUAL = 0
_SUM = 1


@dataclass(frozen=True)
class Tree:
    """One tree that adds to one target; arrays have an item a node, the root first.

    Attributes:
        left: Where values up to the threshold go; -1 at a leaf.
        right: Where others go.
        feature: The column that is compared.
        threshold: What it is compared with.
        missing_left: Whether missing values go left.
        value: What a leaf adds.
        target: The column of the result.
    """

    left: "NDArray[Any]"
    right: "NDArray[Any]"
    feature: "NDArray[Any]"
    threshold: "NDArray[Any]"
    missing_left: "NDArray[Any]"
    value: "NDArray[Any]"
    target: int

    @classmethod
    def plain(cls, tree: Any, values: "NDArray[Any]", target: int = 0) -> "Tree":
        """Read a tree of forests and of GradientBoosting (``estimator.tree_``)."""
        return cls(
            tree.children_left,
            tree.children_right,
            tree.feature,
            tree.threshold,
            tree.missing_go_to_left,
            values,
            target,
        )

    @classmethod
    def binned(cls, predictor: Any, target: int = 0) -> "Tree":
        """Read a tree of HistGradientBoosting."""
        import numpy as np

        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        return cls(
            np.where(leaf, _LEAF, nodes["left"].astype(np.int64)),
            np.where(leaf, _LEAF, nodes["right"].astype(np.int64)),
            nodes["feature_idx"],
            nodes["num_threshold"],
            nodes["missing_go_to_left"],
            nodes["value"],
            target,
        )

    @classmethod
    def constant(cls, value: float, target: int = 0) -> "Tree":
        """Make a tree that adds the same to every row."""
        import numpy as np

        leaf, zero = np.array([_LEAF]), np.array([0])
        return cls(leaf, leaf, zero, zero, zero, np.array([value]), target)


def add(graph: Graph, features: str, trees: Iterable[Tree], targets: int) -> str:
    """Add the trees' leaves, the first tree's first.

    Args:
        graph: The graph.
        features: Name of a matrix in double precision.
        trees: The trees.
        targets: Number of the result's columns.

    Returns:
        Name of the sums, shape (rows, targets).
    """
    parts = _Parts()
    for tree in trees:
        parts.append(tree)
    return graph.node(TREE_ENSEMBLE, [features], None, ML, n_targets=targets, **parts.attributes())


class _Parts:
    """The operator's attributes: inner nodes and leaves of all trees, numbered on."""

    def __init__(self) -> None:
        self._roots: list[int] = []
        self._nodes: _Kept = {}
        self._leaves: _Kept = {}
        self._node_count = 0
        self._leaf_count = 0

    def append(self, tree: Tree) -> None:
        import numpy as np

        is_leaf = tree.left == _LEAF
        inner, leaves = np.flatnonzero(~is_leaf), np.flatnonzero(is_leaf)
        # A node's place among the inner ones, a leaf's among the leaves.
        place = np.empty(len(is_leaf), dtype=np.int64)
        place[inner] = self._node_count + np.arange(len(inner))
        place[leaves] = self._leaf_count + np.arange(len(leaves))
        self._roots.append(self._node_count)
        # The operator knows no tree without a split: both ways of one lead to the same leaf.
        splits = inner if len(inner) else np.array([0])
        left, right = (tree.left[inner], tree.right[inner]) if len(inner) else (leaves, leaves)
        self._keep(
            self._nodes,
            nodes_featureids=tree.feature[splits],
            nodes_splits=tree.threshold[splits].astype(np.float64),
            nodes_missing_value_tracks_true=tree.missing_left[splits],
            nodes_truenodeids=place[left],
            nodes_trueleafs=is_leaf[left],
            nodes_falsenodeids=place[right],
            nodes_falseleafs=is_leaf[right],
        )
        self._keep(
            self._leaves,
            leaf_weights=tree.value[leaves].astype(np.float64),
            leaf_targetids=np.full(len(leaves), tree.target),
        )
        self._node_count += len(splits)
        self._leaf_count += len(leaves)

    def attributes(self) -> dict[str, Any]:
        import numpy as np

        return {
            "aggregate_function": _SUM,
            "tree_roots": self._roots,
            "nodes_modes": _tensor(np.full(self._node_count, _LESS_OR_EQUAL, dtype=np.uint8)),
            **{name: _attribute(parts) for name, parts in self._nodes.items()},
            **{name: _attribute(parts) for name, parts in self._leaves.items()},
        }

    @staticmethod
    def _keep(kept: _Kept, **parts: "NDArray[Any]") -> None:
        for name, part in parts.items():
            kept.setdefault(name, []).append(part)


def _attribute(parts: Sequence["NDArray[Any]"]) -> Any:
    """Numbers with a fraction are a tensor, others a list."""
    import numpy as np

    whole = np.concatenate(list(parts))
    return _tensor(whole) if whole.dtype.kind == "f" else whole.astype(np.int64).tolist()


def _tensor(values: "NDArray[Any]") -> Any:
    from onnx import numpy_helper

    return numpy_helper.from_array(values)
