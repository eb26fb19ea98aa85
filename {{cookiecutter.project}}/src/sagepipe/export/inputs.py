"""A graph's inputs: all numbers side by side and all text, in the place of a column each.

ONNX Runtime takes about a microsecond to look at each input of each call, which for twenty columns
is as long as it computes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagepipe.serving.engines.onnx import NUMBERS, TEXTS, inputs_of
from sagepipe.serving.schema import Schema


def side_by_side(model: Any, schema: Schema) -> None:
    """Make two inputs of a graph's many.

    Args:
        model: The ``onnx.ModelProto``, with an input of one column for each feature, in order.
        schema: The features.
    """
    from onnx import TensorProto, helper

    made = dict(zip(schema.names, [item.name for item in model.graph.input], strict=True))
    nodes = list(model.graph.node)
    del model.graph.input[:], model.graph.node[:]
    kinds = {NUMBERS: TensorProto.DOUBLE, TEXTS: TensorProto.STRING}
    first: list[Any] = []
    for matrix, names in inputs_of(schema).items():
        if not names:
            continue
        columns = {made[name]: place for place, name in enumerate(names)}
        item = helper.make_tensor_value_info(matrix, kinds[matrix], [None, len(names)])
        model.graph.input.append(item)
        for node in nodes:
            _take_from(model.graph, node, matrix, columns)
        first += _taken_apart(nodes, matrix, list(columns))
    model.graph.node.extend([*first, *nodes])


def _take_from(graph: Any, node: Any, matrix: str, columns: Mapping[str, int]) -> None:
    """Let a node that puts columns side by side take them from where they are so already."""
    from onnx import TensorProto, helper

    if node.op_type != "Concat" or not set(node.input) <= columns.keys():
        return
    places = [columns[name] for name in node.input]
    output = list(node.output)
    if places == list(range(len(columns))):
        taken = helper.make_node("Identity", [matrix], output)
    else:
        which = f"{matrix} in {output[0]}"
        graph.initializer.append(
            helper.make_tensor(which, TensorProto.INT64, [len(places)], places)
        )
        taken = helper.make_node("Gather", [matrix, which], output, axis=1)
    node.CopyFrom(taken)


def _taken_apart(nodes: Sequence[Any], matrix: str, columns: Sequence[str]) -> Iterator[Any]:
    """Take the columns apart again for nodes that look at one."""
    from onnx import helper

    used = {name for node in nodes for name in node.input}
    if used.isdisjoint(columns):
        return
    if len(columns) == 1:
        yield helper.make_node("Identity", [matrix], columns)
    else:
        yield helper.make_node("Split", [matrix], columns, axis=1, num_outputs=len(columns))
