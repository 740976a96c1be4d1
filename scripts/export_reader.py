"""Make the bundled reader of the weights of training runs: int8 ONNX, compared with the model as it was trained.

    pip install -e ".[export]"
    python -m scripts.export_reader --weights DIR --run DIR [SHARE DIR SHARE ...] --compare SET_FOLDER

--weights and the runs are those of scripts/train_reader.py. Of several runs, one begun with the weights of another, the
weights are mixed by the given shares (Wortsman et al. 2022, "Model soups"). Writes model.onnx, PROVENANCE.json and the
logs of the training into assistant/readers/models/reader-MiniLM-L6. The graph takes token ids and segment types (int64,
rows x tokens) and gives the logits of start and end (float32, rows x tokens x 2) and of "this passage answers"
(float32, rows x 1). With --compare it asks a set's questions of their own articles and prints how often both models
give the same words and the same verdict.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import torch

from scripts.bert_onnx import Graph, encode, float_product, int8_product, int8_table
from scripts.reader_model import LAYERS, PARTS, CrossEncoder, Encoder, load_backbone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TARGET = Path(__file__).parent.parent / "assistant" / "readers" / "models" / "reader-MiniLM-L6"


def export(trained: CrossEncoder, target: Path) -> None:
    """Write the trained weights as the graph that the product runs."""
    state = {name: value.float().numpy() for name, value in trained.state_dict().items()}
    weights = {theirs: state[ours] for ours, theirs in PARTS.items()}
    for layer in range(LAYERS):
        for kind in ("weight", "bias"):
            products = np.split(state[f"layers.{layer}.qkv.{kind}"], 3)
            for name, product in zip(("query", "key", "value"), products, strict=True):
                weights[f"encoder.layer.{layer}.attention.self.{name}.{kind}"] = product
    graph = Graph()
    hidden = encode(graph, weights, "ids", types="types", product=int8_product, table=int8_table)
    first = graph.add("Gather", hidden, graph.constant(np.array(0)), axis=1)
    heads = {
        name: float_product(graph, read, state[f"{name}.weight"].T, state[f"{name}.bias"])
        for name, read in (("spans", hidden), ("answers", first))
    }
    outputs = {"spans": (heads["spans"], ["rows", "tokens", 2]), "answers": (heads["answers"], ["rows", 1])}
    graph.save(target, inputs=["ids", "types"], outputs=outputs)


def load_trained(weights: Path, runs: Mapping[Path, float]) -> CrossEncoder:
    """Return the model with the averaged weights of runs, mixed by their shares."""
    model = CrossEncoder()
    load_backbone(model, weights / "model.safetensors")
    states = [(torch.load(run / "model.pt"), share) for run, share in runs.items()]
    mixed = {name: sum(share * state[name] for state, share in states) for name in states[0][0]}
    model.load_state_dict(mixed, strict=False)
    return model.eval()


def read_log(run: Path) -> Iterable[dict[str, Any]]:
    """Return the lines of a run's log, without what a break made it write twice."""
    lines = map(json.loads, (run / "log.jsonl").read_text().splitlines())
    return {line["step"]: line for line in lines}.values()


def compare(trained: CrossEncoder, exported: Path, encoder: Encoder, folder: Path) -> dict[str, float]:
    """Return in which share of questions, each asked of its own article, both models agree."""
    session = onnxruntime.InferenceSession(str(exported), providers=["CPUExecutionProvider"])
    articles = {row["id"]: row for row in map(json.loads, (folder / "articles.jsonl").open())}
    same_words, same_verdict, apart = [], [], []
    for row in map(json.loads, (folder / "questions.jsonl").open()):
        article = articles[row.get("context") or row["articles"][0]]
        one = encoder.encode(row["question"], article["title"] or "", article["text"])
        ids, types = torch.tensor(one.ids), torch.tensor(one.types)
        with torch.no_grad():
            spans, answers = trained(ids, types)
        found = session.run(None, {"ids": ids.numpy()[None], "types": types.numpy()[None]})
        same_words.append(_best(spans.numpy(), one.passage) == _best(found[0][0], one.passage))
        same_verdict.append((answers.item() > 0) == (found[1].item() > 0))
        apart.append(abs(answers.item() - found[1].item()))
    return {
        "same_words": round(float(np.mean(same_words)), 4),
        "same_verdict": round(float(np.mean(same_verdict)), 4),
        "mean_difference_of_logits": round(float(np.mean(apart)), 4),
    }


def _best(spans: np.ndarray, first: int) -> tuple[int, int]:
    """Return the tokens of the best answer of at most 30 tokens."""
    starts, ends = spans[first:-1, 0], spans[first:-1, 1]
    scores = np.triu(starts[:, None] + ends[None, :]) - np.tri(len(starts), k=-1) * 1e9
    scores -= np.triu(np.full_like(scores, 1e9), k=30)
    at = int(scores.argmax())
    return at // len(starts), at % len(starts)


def main() -> None:
    """Export, shrink, compare, and write the model folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--run", nargs="+", required=True, metavar="DIR [SHARE]")
    parser.add_argument("--compare", type=Path, nargs="*", default=[])
    given: Any = parser.parse_args()
    words = [*given.run, "1"] if len(given.run) == 1 else given.run
    runs = {Path(run): float(share) for run, share in zip(words[::2], words[1::2], strict=True)}
    trained = load_trained(given.weights, runs)
    TARGET.mkdir(parents=True, exist_ok=True)
    export(trained, TARGET / "model.onnx")
    encoder = Encoder(given.weights / "tokenizer.json")
    agreement = {folder.name: compare(trained, TARGET / "model.onnx", encoder, folder) for folder in given.compare}
    provenance = {
        "model": "reader-MiniLM-L6",
        "made_by": "scripts/train_reader.py, scripts/export_reader.py",
        "form": "ONNX, per-column dynamic int8, token table int8 with a scale a row",
        "sha256": hashlib.sha256((TARGET / "model.onnx").read_bytes()).hexdigest(),
        "trained": [
            {"share": share, **json.loads((run / "run.json").read_text()), "last": list(read_log(run))[-1]}
            for run, share in runs.items()
        ],
        "agreement_with_float32": agreement,
    }
    logs = [{"run": number, **line} for number, run in enumerate(runs, start=1) for line in read_log(run)]
    (TARGET / "training.jsonl").write_text("".join(json.dumps(line) + "\n" for line in logs))
    (TARGET / "PROVENANCE.json").write_text(json.dumps(provenance, indent=2) + "\n")
    print(json.dumps(agreement, indent=1), (TARGET / "model.onnx").stat().st_size)


if __name__ == "__main__":
    main()
