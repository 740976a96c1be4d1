# mypy: ignore-errors
"""Draw what `against_peers --json` and `scale --json` wrote; needs matplotlib.

python tests/benchmarks/pictures.py PEERS.json SCALE.json FOLDER
"""

import argparse
import json
import statistics
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot

_OURS, _THEIRS = "#1d4f91", "#b9bec7"
_LINES = ("#1d4f91", "#b3541e", "#5b8c5a", "#7a5195")
_PEERS = {
    "adding": "adding, s",
    "search_p50": "search p50, ms",
    "memory": "memory at most, MiB",
    "first_answer": "first answer, s",
    "ndcg": "nDCG@10 (more is better)",
}
_SCALE = {
    "searching, ms (p50)": {
        "search p50, ms": "everywhere",
        "search of 4 % p50, ms": "where 4 % match",
        "search of 50 % p50, ms": "where half match",
        "ask p50, ms": "a whole answer",
    },
    "changing, s": {
        "add 1 article, s": "add 1 article",
        "add 100 articles, s": "add 100",
        "add 10,000 articles, s": "add 10,000",
        "remove 1 article, s": "remove 1",
    },
    "starting, s": {"open and search once, s": "open, search once", "and is /ready, s": "server ready"},
    "room, MiB": {
        "memory asking, MiB": "memory, asking",
        "memory changing, MiB": "memory, changing",
        "disk, MiB": "disk",
    },
}


def draw_peers(rounds: dict[str, list[dict[str, float]]], target: Path) -> None:
    """Draw the median of each system as a bar, and each round as a dot."""
    figure, places = pyplot.subplots(1, len(_PEERS), figsize=(13, 2.6), layout="constrained")
    for place, (key, title) in zip(places, _PEERS.items(), strict=True):
        for row, own in enumerate(rounds.values()):
            values = [one[key] for one in own]
            place.barh(row, statistics.median(values), color=_THEIRS if row else _OURS)
            place.plot(values, [row] * len(values), ".", color="0.25", markersize=4)
        place.set_yticks(range(len(rounds)), rounds if place is places[0] else [""] * len(rounds))
        place.invert_yaxis()
        place.set_title(title, fontsize=10)
        place.spines[["top", "right"]].set_visible(False)
    figure.savefig(target, dpi=110)


def draw_scale(rows: list[dict[str, float]], target: Path) -> None:
    """Draw each cost by the number of passages, both logarithmic: a straight line is a power of the number."""
    figure, places = pyplot.subplots(1, len(_SCALE), figsize=(15, 3.6), layout="constrained")
    sizes = [row["passages"] for row in rows]
    for place, (title, lines) in zip(places, _SCALE.items(), strict=True):
        for colour, (key, label) in zip(_LINES, lines.items(), strict=False):
            place.loglog(sizes, [row[key] for row in rows], marker="o", color=colour, label=label)
        place.set_title(title, fontsize=10)
        place.set_xlabel("passages")
        place.grid(visible=True, which="major", color="0.9")
        place.legend(fontsize=8, frameon=False, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    figure.savefig(target, dpi=110)


def main() -> None:
    """Draw both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peers", type=Path)
    parser.add_argument("scale", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    draw_peers(json.loads(given.peers.read_text()), given.folder / "against-peers.png")
    draw_scale(json.loads(given.scale.read_text()), given.folder / "scale.png")


if __name__ == "__main__":
    main()
