"""BERT models as ONNX files: fused, and in int8 with one scale a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_TABLE = [30522, 384]  # tokens x numbers


def export_fused(
    model: torch.nn.Module,
    inputs: Mapping[str, torch.Tensor],
    outputs: Mapping[str, Sequence[int]],
    target: Path,
) -> None:
    """Write a BERT in float32 with fused attention; `outputs` are names with the axes that can have any length."""
    raw = target.with_suffix(".raw.onnx")
    torch.onnx.export(
        model,
        tuple(inputs.values()),
        str(raw),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_axes={**{key: [0, 1] for key in inputs}, **{name: list(axes) for name, axes in outputs.items()}},
        opset_version=17,
        dynamo=False,
    )
    optimizer.optimize_model(
        str(raw), model_type="bert", num_heads=12, hidden_size=384, opt_level=0
    ).save_model_to_file(str(target))


def quantise(
    source: Path, target: Path, shrink_table: Callable[[onnx.GraphProto, onnx.TensorProto], None], *, per_channel: bool
) -> None:
    """Write an int8 copy of the fused graph, its token table as `shrink_table` has it."""
    quantize_dynamic(
        source,
        target,
        op_types_to_quantize=["MatMul", "Attention"],
        per_channel=per_channel,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    model = onnx.load(target)
    (table,) = [one for one in model.graph.initializer if list(one.dims) == _TABLE]
    model.graph.initializer.remove(table)
    shrink_table(model.graph, table)
    onnx.save(model, target)


def table_as_float16(graph: onnx.GraphProto, table: onnx.TensorProto) -> None:
    """Store the table as float16."""
    half = numpy_helper.from_array(numpy_helper.to_array(table).astype(np.float16), table.name + "_float16")
    graph.initializer.append(half)
    graph.node.insert(0, helper.make_node("Cast", [half.name], [table.name], to=onnx.TensorProto.FLOAT))


def table_as_int8(graph: onnx.GraphProto, table: onnx.TensorProto) -> None:
    """Store the table as int8 with one scale a token."""
    exact = numpy_helper.to_array(table)
    scale = (np.abs(exact).max(1, keepdims=True) / 127).astype(np.float32)
    whole = np.round(exact / scale).astype(np.int8)
    stored = [
        numpy_helper.from_array(whole, f"{table.name}_int8"),
        numpy_helper.from_array(scale, f"{table.name}_scale"),
    ]
    graph.initializer.extend(stored)
    cast = helper.make_node("Cast", [stored[0].name], [f"{table.name}_cast"], to=onnx.TensorProto.FLOAT)
    graph.node.insert(0, helper.make_node("Mul", [cast.output[0], stored[1].name], [table.name]))
    graph.node.insert(0, cast)
