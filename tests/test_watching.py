"""Watching: new articles arrive by themselves, changed ones replace the earlier version, nothing is read in vain."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from index import Filters, open_articles
from index.sources.web.watching import WatchedSource, read_interval
from tests.test_fetching import Site, site
from ui.cli import main

__all__ = ["site"]  # a fixture
LINES = (
    "The mill race at Aldham was dammed on Wednesday so that its banks could be repaired.",
    "Anglers moved four hundred trout to the pond behind the church, one bucket at a time.",
    "The water will be let back in before the fair, the parish clerk said.",
)


def page(*lines: str, title: str = "Trout by the bucket") -> bytes:
    text = "".join(f"<p>{line}</p>" for line in lines)
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{text}</body></html>".encode()


def feed(*paths: str) -> bytes:
    items = "".join(f"<item><title>Trout</title><link>{path}</link></item>" for path in paths)
    return f"<rss version='2.0'><channel><title>The Aldham News</title>{items}</channel></rss>".encode()


def watch(home: Path, *words: str, looks: int = 1) -> Result:
    return CliRunner().invoke(main, ["--home", str(home), "watch", *words, "--every", "1s", "--looks", str(looks)])


def texts(home: Path) -> set[str]:
    with open_articles(home) as articles:
        return {articles.article(info.id).text for info in articles.articles(Filters())}


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_ALLOW_PRIVATE_URLS", "true")


def test_new_and_changed_articles_of_a_feed_arrive(site: Site, tmp_path: Path) -> None:
    site.serve("/a", page(*LINES))
    url = site.serve("/feed", feed("/a"), "application/rss+xml")
    assert "added 1 article, replaced 0, unchanged 0." in watch(tmp_path, url).output
    site.serve("/a", page(*LINES, "Two trout were lost."))
    site.serve("/b", page("The fair at Aldham is put off until the water is back.", title="Fair put off"))
    site.serve("/feed", feed("/a", "/b"), "application/rss+xml")
    assert "added 1 article, replaced 1, unchanged 0." in watch(tmp_path, url).output
    assert "Two trout were lost." in "".join(texts(tmp_path))
    assert len(texts(tmp_path)) == 2


def test_of_a_front_page_its_feed_is_watched(site: Site, tmp_path: Path) -> None:
    site.serve("/a", page(*LINES))
    site.serve("/news.xml", feed("/a"), "application/rss+xml")
    heads = "".join(f"<h2><a href='/{number}'>What the parish decided, part {number}</a></h2>" for number in range(9))
    link = "<link rel=alternate type='application/rss+xml' href='/news.xml'>"
    url = site.serve("/", f"<html><head>{link}</head><body>{heads}</body></html>".encode())
    assert f"{site.url}/news.xml: added 1 article" in watch(tmp_path, url).output
    refused = CliRunner().invoke(main, ["--home", str(tmp_path), "add", url])
    assert f"The site has a feed: {site.url}/news.xml" in refused.output


def test_a_page_that_turns_into_a_request_for_consent_is_reported_once_and_the_article_stays(
    site: Site, tmp_path: Path
) -> None:
    url = site.serve("/a", page(*LINES))
    watch(tmp_path, url)
    site.serve("/a", page("We value your privacy.", "We and our 9 partners use cookies. Accept all.", title="Hello"))
    assert watch(tmp_path, url, looks=2).output.count("is a consent page") == 1
    assert texts(tmp_path) == {"\n".join(LINES)}


def test_only_new_and_changed_files_of_a_folder_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"{LINES[0]} This is {name}.")
    source = WatchedSource(str(folder))
    assert [Path(path).name for path in source.changed()] == ["a.txt", "b.txt"]
    assert len(source.changed()) == 2  # nobody has said that they were read
    source.keep()
    assert source.changed() == []
    (folder / "b.txt").write_text(f"{LINES[0]} This is b.txt, and longer.")
    (folder / "c.txt").write_text(LINES[1])
    assert [Path(path).name for path in source.changed()] == ["b.txt", "c.txt"]
    home = tmp_path / "home"
    assert "added 3 articles, replaced 0" in watch(home, str(folder), looks=2).output
    (folder / "b.txt").write_text(LINES[2])
    assert "added 0 articles, replaced 1, unchanged 2." in watch(home, str(folder)).output


def test_intervals() -> None:
    assert [read_interval(text) for text in ("90s", "15m", "2h", "1d", "20", " 5 M ")] == [
        90,
        900,
        7200,
        86400,
        1200,
        300,
    ]
    for text in ("", "0", "m", "-5m", "400d", "1.5h", "soon"):
        with pytest.raises(ValueError, match="no interval"):
            read_interval(text)


def test_what_is_not_there_is_reported(tmp_path: Path) -> None:
    told = watch(tmp_path / "home", str(tmp_path / "nowhere"))
    assert "There is no file or folder" in told.output
