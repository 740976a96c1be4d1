"""Every derived file, damaged in every way: the next search answers correctly after one repair, and nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from index import Article, ArticleIndex, Filters
from tests.fakes import WordEmbedder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
ARTICLES = 1100  # more than a thousand passages, beyond which Chroma keeps vectors in files of its own
ASKED = range(0, ARTICLES, 301)
# In a process of its own: damaged files can take the process that opens them down. What it prints is read by the test.
CHILD = """
import json, logging, shutil, sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.test_damage import DAMAGES, kinds, search
whole, folder, damage = Path(sys.argv[2]), Path(sys.argv[3]), DAMAGES[sys.argv[4]]
said = []
class Listening(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())
logging.getLogger("dateline.index").addHandler(Listening(logging.WARNING))
for number, (kind, file) in enumerate(kinds(whole).items()):
    home = folder / str(number)
    shutil.copytree(whole, home)
    damage(home / file.relative_to(whole))
    found = search(home)
    first = said[:]
    said.clear()
    print(json.dumps([kind, found, first, search(home), said[:]]), flush=True)
    shutil.rmtree(home)
"""


def article(number: int) -> Article:
    words = " ".join(f"w{number * k % 977}x{k}" for k in range(1, 12))
    return Article.create(f"Report {number} says {words}.", id=f"a{number}", source=f"Paper {number % 7}")


def ask(index: ArticleIndex) -> list[str]:
    """Return the ids that some questions find first, with filters and without, and how much there is."""
    found = []
    for number in ASKED:
        question = f"{article(number).text[:-1]}?"
        found += [index.retrieve(question, k=1)[0].passage.article_id]
        found += [index.retrieve(question, k=1, filters=Filters(source=(f"Paper {number % 7}",)))[0].passage.article_id]
    return [*found, str(index.count()), str(index.sizes())]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("whole") / "home"
    with ArticleIndex.open(home, embedder=WordEmbedder(), write=True) as index:
        index.add(article(number) for number in range(ARTICLES))
    return home


def delete(file: Path) -> None:
    file.unlink()


def empty(file: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    for at in range(middle, min(len(content), middle + 8)):
        content[at] ^= 0xFF
    file.write_bytes(content)


def kinds(home: Path) -> dict[str, Path]:
    """Return one file of each kind that is derived."""
    found: dict[str, Path] = {}
    for top in ("chroma", "table", "lexical"):
        for file in sorted((home / top).rglob("*")):
            if file.is_file() and file.suffix != ".lock":
                part = "/".join(file.relative_to(home).parts[:2]) if top == "lexical" else top
                found.setdefault(f"{part} {file.suffix if top == 'lexical' and file.suffix else file.name}", file)
    return found | {file.name: file for file in home.glob("*.seal")}


DAMAGES = {damage.__name__: damage for damage in (delete, empty, cut, flip)}


def search(home: Path) -> list[str]:
    """Return what the home answers, opened for reading; nothing but the questions may have been embedded for it."""
    embedder = WordEmbedder()
    with ArticleIndex.open(home, embedder=embedder) as index:
        found = ask(index)
    return [*found, str(sum("?" not in text for text in embedder.embedded))]


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damaged_derived_file_is_rebuilt(tmp_path: Path, whole: Path, damage: str) -> None:
    right = search(whole)
    assert right[:-3] == [f"a{number}" for number in ASKED for _ in range(2)]
    assert right[-3:] == [str(ARTICLES), str((ARTICLES, ARTICLES)), "0"]
    child = subprocess.run(
        [sys.executable, "-c", CHILD, ROOT, whole, tmp_path, damage], check=False, capture_output=True, text=True
    )
    outcomes = [json.loads(line) for line in child.stdout.splitlines()]
    # A flipped byte of a seal or in an unused page of Chroma's SQLite file is no damage that has to be spoken of.
    quiet = ("seal", "sqlite3") if damage == "flip" else ("seal",)
    wrong = [
        (kind, first, second)
        for kind, found, first, again, second in outcomes
        if found != right or again != right or second or not (first or kind.endswith(quiet))
    ]
    assert wrong == []
    assert [outcome[0] for outcome in outcomes] == list(kinds(whole)), child.stderr[-2000:]
    assert child.returncode == 0, child.stderr[-2000:]
