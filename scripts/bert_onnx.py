"""BERT as an ONNX graph, written node by node: int8 products, the rest in what onnxruntime runs fast on processors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Weights = Mapping[str, NDArray[np.float32]]
    Product = Callable[["Graph", str, NDArray[np.float32], NDArray[np.float32] | None], str]
    Table = Callable[["Graph", str, NDArray[np.float32]], str]

_OPSET, _FORMAT = 18, 9
_MICROSOFT = "com.microsoft"
_LAYERS, _HEADS, _SIZE = 6, 12, 384
_TINY = 1e-12  # BERT's epsilon


class Graph:
    """An ONNX graph in the making; values go by their names."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, values: Any) -> str:
        """Add fixed numbers."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.array(values, order="C"), name))
        return name

    def add(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output."""
        (name,) = self.split(kind, *inputs, parts=1, domain=domain, **attributes)
        return name

    def split(self, kind: str, *inputs: str, parts: int, domain: str = "", **attributes: Any) -> list[str]:
        """Add a node with several outputs."""
        names = [f"{kind}_{len(self._nodes)}_{part}" for part in range(parts)]
        self._nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return names

    def save(
        self, path: Path, *, inputs: Sequence[str], outputs: Mapping[str, tuple[str, Sequence[str | int]]]
    ) -> None:
        """Write the graph. Inputs are int64, rows x tokens; outputs have a name each, what gives them, and a shape."""
        ends = [helper.make_node("Identity", [value], [name]) for name, (value, _) in outputs.items()]
        graph = helper.make_graph(
            [*self._nodes, *ends],
            "bert",
            [helper.make_tensor_value_info(name, TensorProto.INT64, ["rows", "tokens"]) for name in inputs],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, (_, shape) in outputs.items()],
            self._constants,
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
        save(helper.make_model(graph, opset_imports=opsets, ir_version=_FORMAT), path)


def float_product(graph: Graph, x: str, matrix: NDArray[np.float32], bias: NDArray[np.float32] | None) -> str:
    """Add x times a matrix (in x out), plus a bias."""
    made = graph.add("MatMul", x, graph.constant(matrix))
    return made if bias is None else graph.add("Add", made, graph.constant(bias))


def int8_product(
    graph: Graph, x: str, matrix: NDArray[np.float32], bias: NDArray[np.float32] | None, *, per_column: bool = True
) -> str:
    """Add the same with int8 weights, and x made int8 as it comes, with one scale over all of it."""
    scale = (np.abs(matrix).max(0 if per_column else None) / 127).astype(np.float32)
    whole = np.round(matrix / scale).astype(np.int8)
    inputs = [x, graph.constant(whole), graph.constant(scale), ""]  # the empty one: no zero point
    if bias is not None:
        inputs.append(graph.constant(bias))
    return graph.add("DynamicQuantizeMatMul", *inputs, domain=_MICROSOFT)


def float_table(graph: Graph, ids: str, table: NDArray[np.float32]) -> str:
    """Add the rows of the token table."""
    return graph.add("Gather", graph.constant(table), ids)


def float16_table(graph: Graph, ids: str, table: NDArray[np.float32]) -> str:
    """Add the same, stored as float16."""
    return graph.add("Cast", float_table(graph, ids, table.astype(np.float16)), to=TensorProto.FLOAT)


def int8_table(graph: Graph, ids: str, table: NDArray[np.float32]) -> str:
    """Add the same, stored as int8 with one scale a token."""
    scale = (np.abs(table).max(1, keepdims=True) / 127).astype(np.float32)
    whole = float_table(graph, ids, np.round(table / scale).astype(np.int8))
    return graph.add("Mul", graph.add("Cast", whole, to=TensorProto.FLOAT), float_table(graph, ids, scale))


def encode(
    graph: Graph, weights: Weights, ids: str, *, types: str | None = None, product: Product, table: Table
) -> str:
    """Add BERT and return its last hidden states, rows x tokens x 384; `weights` go by the published names.

    The rows have no padding. Without `types` every token is of the first segment.
    """
    places = weights["embeddings.position_embeddings.weight"]
    kinds = weights["embeddings.token_type_embeddings.weight"]
    if types is None:
        places = places + kinds[0]
    count = graph.add("Shape", ids, start=1, end=2)
    x = graph.add(
        "Add",
        table(graph, ids, weights["embeddings.word_embeddings.weight"]),
        graph.add("Slice", graph.constant(places), graph.constant(np.array([0])), count),
    )
    if types is not None:
        x = graph.add("Add", x, float_table(graph, types, kinds))
    x = _norm(graph, weights, "embeddings.LayerNorm", x)
    for layer in range(_LAYERS):
        x = _layer(graph, weights, f"encoder.layer.{layer}", x, product)
    return x


def _layer(graph: Graph, weights: Weights, layer: str, x: str, product: Product) -> str:
    def linear(name: str, value: str) -> str:
        matrix, bias = weights[f"{layer}.{name}.weight"], weights[f"{layer}.{name}.bias"]
        return product(graph, value, matrix.T, bias)

    parts = [f"{layer}.attention.self.{name}" for name in ("query", "key", "value")]
    matrix = np.concatenate([weights[f"{part}.weight"] for part in parts]).T
    bias = np.concatenate([weights[f"{part}.bias"] for part in parts])
    query, key, value = graph.split("Split", product(graph, x, matrix, bias), parts=3, axis=2, num_outputs=3)
    mixed = graph.add("MultiHeadAttention", query, key, value, domain=_MICROSOFT, num_heads=_HEADS)
    x = _norm(
        graph,
        weights,
        f"{layer}.attention.output.LayerNorm",
        graph.add("Add", linear("attention.output.dense", mixed), x),
    )
    inner = product(graph, x, weights[f"{layer}.intermediate.dense.weight"].T, None)
    bias_name = graph.constant(weights[f"{layer}.intermediate.dense.bias"])
    inner = graph.add("BiasGelu", inner, bias_name, domain=_MICROSOFT)
    return _norm(graph, weights, f"{layer}.output.LayerNorm", graph.add("Add", linear("output.dense", inner), x))


def _norm(graph: Graph, weights: Weights, name: str, x: str) -> str:
    """Add a layer norm. onnxruntime's own goes number by number: a quarter of the time of the whole model."""
    mean = graph.constant(np.full((_SIZE, 1), 1 / _SIZE, np.float32))
    apart = graph.add("Sub", x, graph.add("MatMul", x, mean))
    variance = graph.add("MatMul", graph.add("Mul", apart, apart), mean)
    deviation = graph.add("Sqrt", graph.add("Add", variance, graph.constant(np.float32(_TINY))))
    scaled = graph.add("Mul", graph.add("Div", apart, deviation), graph.constant(weights[f"{name}.weight"]))
    return graph.add("Add", scaled, graph.constant(weights[f"{name}.bias"]))
