"""The trained reader as a torch model, and how a question and a passage become its input."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LAYERS, HEADS, SIZE, INNER, VOCABULARY, POSITIONS = 6, 12, 384, 1536, 30522, 512
PARTS = {
    "words.weight": "embeddings.word_embeddings.weight",
    "positions.weight": "embeddings.position_embeddings.weight",
    "types.weight": "embeddings.token_type_embeddings.weight",
    "norm.weight": "embeddings.LayerNorm.weight",
    "norm.bias": "embeddings.LayerNorm.bias",
} | {
    f"layers.{layer}.{ours}.{kind}": f"encoder.layer.{layer}.{theirs}.{kind}"
    for layer in range(LAYERS)
    for kind in ("weight", "bias")
    for ours, theirs in {
        "out": "attention.output.dense",
        "norm": "attention.output.LayerNorm",
        "inner": "intermediate.dense",
        "outer": "output.dense",
        "last_norm": "output.LayerNorm",
    }.items()
}
"""The names of the weights here and in the published file; query, key and value are one matrix here."""


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """Rows of one padded length that lie one behind the other; `bias` (rows x 1 x 1 x length) hides padding."""

    rows: int
    length: int
    bias: torch.Tensor | None


class Layer(nn.Module):
    """A layer of BERT."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(SIZE, 3 * SIZE)
        self.out = nn.Linear(SIZE, SIZE)
        self.norm = nn.LayerNorm(SIZE, 1e-12)
        self.inner = nn.Linear(SIZE, INNER)
        self.outer = nn.Linear(INNER, SIZE)
        self.last_norm = nn.LayerNorm(SIZE, 1e-12)

    def forward(self, x: torch.Tensor, blocks: Sequence[Block], owner: torch.Tensor, dropout: float) -> torch.Tensor:
        """Return the next hidden states, tokens x 384. All but the attention sees the tokens as one long row."""
        parts = self.qkv(x).split([block.rows * block.length for block in blocks])
        mixed = torch.cat([self._attend(part, block) for part, block in zip(parts, blocks, strict=True)])
        x = self.norm(x + self._drop(self.out(mixed), owner, dropout))
        return self.last_norm(x + self._drop(self.outer(functional.gelu(self.inner(x))), owner, dropout))

    def _attend(self, qkv: torch.Tensor, block: Block) -> torch.Tensor:
        """Return what the heads found. Plain products: on a processor faster, backwards, than the fused attention."""
        q, k, v = (
            part.view(block.rows, block.length, HEADS, SIZE // HEADS).transpose(1, 2) for part in qkv.split(SIZE, -1)
        )
        weights = (q * (SIZE // HEADS) ** -0.5) @ k.transpose(-1, -2)
        if block.bias is not None:
            weights = weights + block.bias
        return (weights.softmax(-1) @ v).transpose(1, 2).reshape(-1, SIZE)

    def _drop(self, x: torch.Tensor, owner: torch.Tensor, share: float) -> torch.Tensor:
        """Drop features of a whole row (Gal and Ghahramani 2016): few random numbers, which cost most of a dropout."""
        if not share or not self.training:
            return x
        return x * functional.dropout(torch.ones(int(owner.max()) + 1, SIZE, dtype=x.dtype), share)[owner]


class CrossEncoder(nn.Module):
    """Reads question and passage together.

    Gives start and end logits for every token (the first token stands for "no answer here") and one logit for whether
    the passage answers at all.
    """

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, SIZE)
        self.positions = nn.Embedding(POSITIONS, SIZE)
        self.types = nn.Embedding(2, SIZE)
        self.norm = nn.LayerNorm(SIZE, 1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.spans = nn.Linear(SIZE, 2)
        self.answers = nn.Linear(SIZE, 1)
        self.dropout = dropout
        for head in (self.spans, self.answers):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def read(
        self, ids: torch.Tensor, types: torch.Tensor, places: torch.Tensor, blocks: Sequence[Block], owner: torch.Tensor
    ) -> torch.Tensor:
        """Return the last hidden states, tokens x 384, of rows laid one behind the other.

        All but `blocks` have one number a token: `places` its place in its row, `owner` its row.
        """
        x = self.norm(self.words(ids) + self.positions(places) + self.types(types))
        for layer in self.layers:
            x = layer(x, blocks, owner, self.dropout)
        return x

    def forward(self, ids: torch.Tensor, types: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return span logits (tokens x 2) and the answer logit (1) of one row."""
        places = torch.arange(len(ids))
        x = self.read(ids, types, places, [Block(1, len(ids), None)], torch.zeros_like(ids))
        return self.spans(x), self.answers(x[0])


def load_backbone(model: CrossEncoder, weights: Path) -> None:
    """Fill all but the heads from the published BERT weights (safetensors)."""
    from safetensors.torch import load_file

    found = load_file(weights)
    state = {ours: found[theirs] for ours, theirs in PARTS.items()}
    for layer in range(LAYERS):
        for kind in ("weight", "bias"):
            own = f"encoder.layer.{layer}.attention.self"
            products = [found[f"{own}.{name}.{kind}"] for name in ("query", "key", "value")]
            state[f"layers.{layer}.qkv.{kind}"] = torch.cat(products)
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or {name.split(".")[0] for name in missing} != {"spans", "answers"}:
        raise SystemExit(f"The weights do not fit: {missing} {unexpected}")


@dataclasses.dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids and segment types of one input; `passage` is where the passage's tokens begin."""

    ids: list[int]
    types: list[int]
    passage: int
    offsets: list[tuple[int, int]]
    """Characters of each passage token, in the passage."""


class Encoder:
    """Makes `[CLS] question [SEP] header [SEP] passage [SEP]`; the first two parts are cut, a long passage is, too."""

    QUESTION, HEADER, PASSAGE = 64, 32, 192

    def __init__(self, tokenizer: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._cls = self._tokenizer.token_to_id("[CLS]")
        self._sep = self._tokenizer.token_to_id("[SEP]")

    def encode(self, question: str, header: str, passage: str) -> Encoded:
        """Return the input."""
        asked, head, read = self._tokenizer.encode_batch([question, header, passage], add_special_tokens=False)
        before = [self._cls, *asked.ids[: self.QUESTION], self._sep]
        middle = [*head.ids[: self.HEADER], self._sep]
        text = read.ids[: self.PASSAGE]
        return Encoded(
            [*before, *middle, *text, self._sep],
            [0] * len(before) + [1] * (len(middle) + len(text) + 1),
            len(before) + len(middle),
            read.offsets[: self.PASSAGE],
        )
