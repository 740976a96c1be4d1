"""Earlier versions of articles: kept, compared, never replaced by less, and removed without trace."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from index import Article, ArticleIndex
from index.corrections import Correction, corrections
from index.reindexing import reindex
from tests.fakes import WordEmbedder
from tests.serving import client, running, settings
from tests.test_article_index import traces
from ui.chat.sources import article_html
from ui.cli import main

URL = "https://gazette.example/tram"
LINES = (
    "The new tram line to Holm will open on 3 May, the mayor said.",
    "It has eleven stops and cost ninety million crowns.",
    "Two bus routes will end where the tram begins.",
    "A first tram ran empty through the town on Friday night.",
    "Shopkeepers on the square had asked for a stop of their own.",
)


def tram(*lines: str, title: str = "Tram to Holm opens in May", origin: str | None = URL) -> Article:
    return Article.create("\n".join(lines), title=title, origin=origin, url=origin)


@pytest.fixture
def index(tmp_path: Path) -> ArticleIndex:
    return ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True)


def test_a_changed_article_keeps_its_earlier_versions(index: ArticleIndex) -> None:
    corrected = tram(LINES[0].replace("3 May", "10 May"), *LINES[1:])
    longer = tram(corrected.text, "The mayor apologised for the mistake.")
    for article in (tram(*LINES), corrected, longer):
        report = index.add([article])
    assert report.replaced == (longer.id,)
    second, first = index.versions(longer.id)
    assert (first.article.text, second.article.text) == ("\n".join(LINES), corrected.text)
    assert first.replaced_at <= second.replaced_at
    assert corrections(first.article, second.article) == [Correction(LINES[0], LINES[0].replace("3 May", "10 May"))]
    assert corrections(second.article, longer) == [Correction("", "The mayor apologised for the mistake.")]
    assert index.count() == 1
    index.close()


def test_only_the_last_twenty_versions_stay(index: ArticleIndex) -> None:
    for number in range(24):
        index.add([Article.create(f"Version {number} of the notice.", id="notice")])
    assert [version.article.text for version in index.versions("notice")][::19] == [
        "Version 22 of the notice.",
        "Version 3 of the notice.",
    ]
    index.close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (tram(LINES[0]), "now has less than half of the article that is stored, which stays."),
        (
            tram("Our shop has cups and calendars for friends of the paper.", title="Support us"),
            "now shows another text than the article that is stored, which stays.",
        ),
    ],
)
def test_a_page_with_less_of_an_article_does_not_replace_it(index: ArticleIndex, answer: Article, reason: str) -> None:
    whole = tram(*LINES)
    index.add([whole])
    report = index.add([answer])
    [refusal] = report.refused
    assert str(refusal) == f"{URL} {reason}"
    assert (report.added, report.replaced, report.unchanged) == ((), (), ())
    assert index.article(whole.id).text == whole.text
    assert index.versions(whole.id) == []
    index.remove([whole.id])
    assert index.add([answer]).added == (answer.id,)
    index.close()


def test_a_file_and_a_live_page_may_change_as_they_like(index: ArticleIndex) -> None:
    index.add([tram(*LINES, origin="/notes.txt")])
    assert index.add([tram(LINES[0], origin="/notes.txt")]).replaced
    index.add([tram(*LINES, title="Traffic now")])
    assert index.add([tram("Fog on the bridge; the harbour is clear.", title="Traffic now")]).replaced
    index.close()


def test_removal_removes_the_earlier_versions_without_trace(index: ArticleIndex, tmp_path: Path) -> None:
    secret = "Zyxwvutsr"  # noqa: S105 - a word to look for
    index.add([tram(*LINES, f"The driver was {secret}.", title=f"On {secret}")])
    now = tram(*LINES, "The driver was not named.")
    index.add([now])
    assert traces(tmp_path, (secret,))
    index.remove([now.id])
    assert traces(tmp_path, (secret,)) == []
    assert index.versions(now.id) == []
    index.close()
    assert traces(tmp_path, (secret,)) == []


def test_versions_outlive_a_new_index(index: ArticleIndex, tmp_path: Path) -> None:
    index.add([tram(*LINES)])
    now = tram(*LINES, "It rained.")
    index.add([now])
    index.close()
    reindex(tmp_path, embedder=WordEmbedder())
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder()) as made:
        [version] = made.versions(now.id)
    assert version.article.text == "\n".join(LINES)


RECORD = '{{"id": "tram", "title": "Tram to Holm", "text": "{}"}}'


def test_the_command_shows_what_was_corrected(tmp_path: Path) -> None:
    home, file = str(tmp_path / "home"), tmp_path / "trams.jsonl"
    for text in ("The tram opens on 3 May. It is red.", "The tram opens on 10 May. It is red."):
        file.write_text(RECORD.format(text))
        assert CliRunner().invoke(main, ["--home", home, "add", str(file)]).exit_code == 0
    shown = CliRunner().invoke(main, ["--home", home, "show", "--versions", "tram"]).output
    assert "Corrected on 20" in shown
    assert "- The tram opens on 3 May.\n  + The tram opens on 10 May." in shown
    assert "red" not in shown


def test_a_server_returns_earlier_versions_and_the_page_shows_them(tmp_path: Path) -> None:
    with running(settings(tmp_path)) as server:
        for text in ("The tram opens on 3 May.", "The tram opens on 10 May."):
            client.post(f"{server.url}/api/articles", json={"articles": [{"id": "tram", "text": text}]})
        [version] = client.get(f"{server.url}/api/versions/tram").json()["versions"]
        assert version["article"]["text"] == "The tram opens on 3 May."
        assert version["corrections"] == [{"before": "The tram opens on 3 May.", "now": "The tram opens on 10 May."}]
        assert client.get(f"{server.url}/api/versions/none").status_code == 404


def test_the_page_shows_what_was_corrected(index: ArticleIndex) -> None:
    index.add([tram(*LINES)])
    now = tram(*LINES[:4], "Shopkeepers & guests had asked for a stop.")
    index.add([now])
    html = article_html(now, versions=index.versions(now.id))
    assert "what changed</summary>" in html
    assert f"<del>{LINES[4]}</del>" in html
    assert "<ins>Shopkeepers &amp; guests had asked for a stop.</ins>" in html
    index.close()
