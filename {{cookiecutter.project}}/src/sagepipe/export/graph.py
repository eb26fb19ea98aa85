"""Adding nodes to the ONNX graph that skl2onnx builds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

ML = "ai.onnx.ml"

# The operator sets that skl2onnx 1.20 writes.
OPSET = {"": 21, ML: 3}
# TreeEnsemble, which computes in double precision, came with this version of ai.onnx.ml.
TREE_ENSEMBLE = "TreeEnsemble"
TREE_ENSEMBLE_SINCE = 5


class Graph:
    """A converter's view of the graph: nodes and constants in, names of their values out.

    Args:
        scope: Where skl2onnx finds names that are not taken.
        container: Where it keeps the graph.
    """

    def __init__(self, scope: Any, container: Any) -> None:
        self._scope = scope
        self._container = container

    def node(
        self,
        operator: str,
        inputs: Sequence[str],
        output: str | None = None,
        domain: str = "",
        **attributes: Any,
    ) -> str:
        """Add a node.

        Args:
            operator: The ONNX operator.
            inputs: Names of values.
            output: Name of the result, where it is given.
            domain: The operator's domain.
            attributes: The operator's attributes.

        Returns:
            The result's name.
        """
        result = output or self._scope.get_unique_variable_name(operator.lower())
        self._container.add_node(
            operator,
            list(inputs),
            [result],
            op_domain=domain,
            op_version=OPSET[domain],
            name=self._scope.get_unique_operator_name(operator),
            **attributes,
        )
        return str(result)

    def constant(self, values: "NDArray[Any] | Sequence[Any]") -> str:
        """Add a constant: text, whole numbers, or numbers in double precision."""
        import numpy as np
        from onnx import TensorProto

        array = np.asarray(values)
        if array.dtype.kind in "OUST":
            kind = TensorProto.STRING
            content = np.array([str(value).encode() for value in array.flat], dtype=np.object_)
        elif array.dtype.kind in "iu":
            kind, content = TensorProto.INT64, array.astype(np.int64)
        else:
            kind, content = TensorProto.DOUBLE, array.astype(np.float64)
        name = self._scope.get_unique_variable_name("constant")
        self._container.add_initializer(name, kind, list(array.shape), content.ravel().tolist())
        return str(name)

    def matrix(self, variables: Sequence[Any]) -> str:
        """Put the operator's inputs side by side."""
        names = [variable.full_name for variable in variables]
        return names[0] if len(names) == 1 else self.node("Concat", names, axis=1)

    def double(self, value: str, output: str | None = None) -> str:
        """Cast a value to double precision."""
        from onnx import TensorProto

        return self.node("Cast", [value], output, to=TensorProto.DOUBLE)

    def single(self, value: str) -> str:
        """Round a value to what single precision can hold; it stays a double."""
        from onnx import TensorProto

        return self.double(self.node("Cast", [value], to=TensorProto.FLOAT))
