# mypy: ignore-errors
"""What every system does in a process of its own: add the articles, answer a first search, answer many.

    python with_SYSTEM.py add ARTICLES.jsonl WEIGHTS HOME
    python with_SYSTEM.py first WEIGHTS HOME QUESTIONS.jsonl
    python with_SYSTEM.py search WEIGHTS HOME QUESTIONS.jsonl

`search` prints one JSON object: milliseconds of each search, each question asked once after a first one that loads what
is loaded late, and the ids of the ten best articles of each question. Nothing but the standard library is needed here.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

Search = Callable[[str], Sequence[str]]
"""Gives the article ids of the passages found, best first; an id may come again."""
FOUND = 50
"""How many passages are searched for."""
_ARTICLES = 10


def run(add: Callable[[list[dict], Path, Path], str], open_search: Callable[[Path, Path], Search]) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    doing = parser.add_subparsers(dest="doing", required=True)
    for name, arguments in {
        "add": ("articles", "weights", "home"),
        "first": ("weights", "home", "questions"),
        "search": ("weights", "home", "questions"),
    }.items():
        command = doing.add_parser(name)
        for argument in arguments:
            command.add_argument(argument, type=Path)
    given = parser.parse_args()
    if given.doing == "add":
        print(add(_rows(given.articles), given.weights, given.home))
        return
    questions = _rows(given.questions)
    search = open_search(given.weights, given.home)
    first = search(questions[0]["question"])
    if given.doing == "first":
        print(first[0])
        return
    milliseconds, ranked = [], {}
    for row in questions:
        began = time.perf_counter()
        found = search(row["question"])
        milliseconds.append((time.perf_counter() - began) * 1000)
        ranked[row["id"]] = list(dict.fromkeys(found))[:_ARTICLES]
    print(json.dumps({"milliseconds": milliseconds, "ranked": ranked}))


def _rows(path: Path) -> list[dict]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
