"""The Articles tab and the filters in a real browser, and their handling of hostile values."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect

from index import Article, ArticleIndex
from tests.browser import PHONE, ask, browser, copied, of_gradio, visiting
from tests.conftest import SAMPLES
from tests.fakes import WordEmbedder
from tests.serving import Running, running, settings
from ui.chat.article_list import PAGE, View, list_html

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["browser"]  # a fixture
pytestmark = of_gradio

TITLE = "<img src=x onerror=alert(1)> ${alert(2)} {{value}} \\u `x`"
HOSTILE = {
    "id": "h'\"><b>",
    "title": TITLE,
    "text": "The kettle fair of Zembla was moved. ${document.body.remove()} <svg onload=alert(3)>",
    "source": "<svg onload=alert(4)>",
    "author": "Ann ${alert(5)}",
    "url": "javascript:alert(6)",
}
LANTERNS = "The guild of lantern makers chose Petra Quillfeather as its warden on Monday. She won by eleven votes."
WARDEN = "Whom did the guild of lantern makers choose as its warden?"


@pytest.fixture(scope="module")
def home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(sample_home, tmp_path_factory.mktemp("articles"))


@pytest.fixture(scope="module")
def started(home: Path) -> Iterator[Running]:
    with running(settings(home, max_upload_mb=1, allow_private_urls=True), chat=True) as server:
        yield server


@pytest.fixture
def server(started: Running) -> Iterator[Running]:
    """The sample collection, and only that at the beginning of each test."""
    service = started.app.state.service
    before = {info.id for info in service.index.articles()}
    yield started
    service.remove({info.id for info in service.index.articles()} - before)


@contextlib.contextmanager
def articles(browser: Browser, server: Running, **options: Any) -> Iterator[Page]:
    """Open the tab."""
    with visiting(browser, server.url, **options) as page:
        page.get_by_role("tab", name="Articles").click()
        expect(page.locator(".articles-total")).to_have_text("24 articles")
        yield page


def search(page: Page, words: str) -> None:
    page.get_by_label("Search").fill(words)
    expect(page.locator(".articles-total")).to_contain_text(f"“{words}”")


def remove(page: Page, title: str) -> None:
    page.get_by_label("Order").select_option("Recently added")
    page.get_by_role("button", name=f"Remove {title}", exact=True).click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator("#articles-report")).to_contain_text(f"Removed “{title}”.")


def test_an_article_is_added_asked_about_and_removed(
    browser: Browser, server: Running, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "Lantern makers.txt").write_text(LANTERNS)
    (tmp_path / "twice.txt").write_text(LANTERNS)
    (tmp_path / "odd.xyz").write_text(LANTERNS)
    with articles(browser, server) as page:
        page.locator("#articles [type=file]").set_input_files(sorted(tmp_path.glob("*.*")))
        report = page.locator("#articles-report")
        expect(report).to_contain_text("Added 2 articles, skipped 1.")
        expect(report).to_contain_text("odd.xyz has the ending '.xyz'")
        expect(page.locator(".articles-total")).to_have_text("26 articles")
        left = {path.name for path in Path(tempfile.gettempdir()).glob("dateline-*/**/*") if path.is_file()}
        assert not {"Lantern makers.txt", "twice.txt", "odd.xyz"} & left

        page.get_by_role("tab", name="Ask").click()
        ask(page, WARDEN)
        expect(page.locator(".turn .chip").first).to_be_visible()
        expect(page.locator(".turn .answer")).to_contain_text("Petra Quillfeather")
        assert b"Quillfeather" in in_files(home)

        page.get_by_role("tab", name="Articles").click()
        remove(page, "Lantern makers")
        remove(page, "twice")
        expect(page.locator(".articles-total")).to_have_text("24 articles")
        assert b"Quillfeather" not in in_files(home)

        page.get_by_role("tab", name="Ask").click()
        ask(page, f"{WARDEN} ")
        expect(page.locator(".turn .missing").last).to_contain_text("Not in these articles.")


def test_adding_a_file_again_says_it_is_already_there(browser: Browser, server: Running, tmp_path: Path) -> None:
    (tmp_path / "Lantern makers.txt").write_text(LANTERNS)
    with articles(browser, server) as page:
        for expected in ("Added 1 article.", "Added 0 articles, 1 already there."):
            page.locator("#articles [type=file]").set_input_files(tmp_path / "Lantern makers.txt")
            expect(page.locator("#articles-report")).to_contain_text(expected)
        page.locator("#articles-report").get_by_role("button", name="Lantern makers").click()
        expect(page.locator("#reader-body")).to_contain_text("She won by eleven votes.")


def test_files_can_be_dropped(browser: Browser, server: Running) -> None:
    with articles(browser, server) as page:
        data = page.evaluate_handle(
            "(text) => { const data = new DataTransfer();"
            " data.items.add(new File([text], 'Lantern makers.txt')); return data; }",
            LANTERNS,
        )
        page.dispatch_event(".drop-zone", "drop", {"dataTransfer": data})
        expect(page.locator("#articles-report")).to_contain_text("Added 1 article.")
        search(page, "Quillfeather")
        expect(page.locator(".article-name")).to_have_text("Lantern makers")


def test_a_file_that_is_too_large_is_refused(browser: Browser, server: Running, tmp_path: Path) -> None:
    (tmp_path / "large.txt").write_text("word " * 300_000)
    with articles(browser, server, expects=("413", "exceeds the maximum")) as page:
        page.locator("#articles [type=file]").set_input_files(tmp_path / "large.txt")
        expect(page.locator(".sending")).to_have_text("large.txt could not be sent. The request is larger than 1 MiB.")
        expect(page.locator("#articles-report")).to_be_empty()


def test_a_page_is_added_by_its_address(browser: Browser, server: Running) -> None:
    with site() as address, articles(browser, server) as page:
        field, report = page.get_by_label("Or enter the address of a page or feed"), page.locator("#articles-report")
        field.fill("file:///etc/passwd")
        field.press("Enter")
        expect(report).to_contain_text("'file:///etc/passwd' is not an http or https address.")
        expect(field).to_have_value("file:///etc/passwd")
        field.fill(f"{address}/nothing")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(report).to_contain_text("404")
        field.fill(address)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(report).to_contain_text("Added 1 article.")
        expect(field).to_have_value("")
        search(page, "Quillfeather")
        expect(page.locator(".article-name")).to_have_text("The warden")


def test_search_order_and_pages(browser: Browser, server: Running) -> None:
    with articles(browser, server) as page:
        rows = page.locator(".article-row")
        expect(rows).to_have_count(PAGE)
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_text("Page 2 of 2")).to_be_visible()
        expect(rows).to_have_count(24 - PAGE)
        page.get_by_role("button", name="Previous").click()
        expect(rows).to_have_count(PAGE)
        page.get_by_label("Order").select_option("By title")
        lines = (SAMPLES / "articles.jsonl").read_text("utf-8").splitlines()
        titles = sorted((json.loads(line)["title"] for line in lines), key=str.casefold)
        expect(page.locator(".article-name")).to_have_text(titles[:PAGE])
        search(page, "lantern NIGHT")
        expect(page.locator(".articles-total")).to_have_text(re.compile(r"^\d of 24 articles with “lantern NIGHT”$"))
        search(page, "xyzzy")
        expect(page.locator(".articles-total")).to_have_text("No article with “xyzzy”. 24 articles in all.")
        expect(rows).to_have_count(0)


def test_hostile_text_is_shown_as_text(browser: Browser, server: Running, tmp_path: Path) -> None:
    (tmp_path / "hostile.jsonl").write_text(json.dumps(HOSTILE))
    (tmp_path / "<img src=x>.xyz").write_text("x")
    with articles(browser, server) as page:
        page.locator("#articles [type=file]").set_input_files(sorted(tmp_path.iterdir()))
        expect(page.locator("#articles-report")).to_contain_text(TITLE)
        search(page, "${document.body.remove()}")
        row = page.locator(".article-row")
        expect(row).to_contain_text(TITLE)
        expect(row).to_contain_text("<svg onload=alert(4)> · Ann ${alert(5)}")
        row.locator(".article-open").click()
        reader = page.locator("#reader-body")
        expect(reader).to_contain_text("${document.body.remove()} <svg onload=alert(3)>")
        expect(reader.locator("a")).to_have_count(0)
        page.keyboard.press("Escape")

        page.get_by_role("tab", name="Ask").click()
        page.get_by_role("button", name="Filters").click()
        page.get_by_label("<svg onload=alert(4)>").check()
        expect(page.locator("#filter-matches")).to_contain_text("Matches 1 of 25 articles.")
        page.get_by_role("tab", name="Articles").click()
        row.get_by_role("button", name="Remove").click()
        expect(page.locator(".ask-first h2")).to_have_text(f"Remove “{TITLE}”?")
        page.get_by_role("button", name="Remove it").click()
        expect(page.locator("#articles-report")).to_contain_text(f"Removed “{TITLE}”.")
        assert page.locator("#articles img, #articles svg, #articles b, .ask-first img").count() == 0


def test_filters_show_counts_and_are_applied(browser: Browser, server: Running) -> None:
    with visiting(browser, server.url) as page:
        button, matches = page.locator(".filter-button"), page.locator("#filter-matches")
        button.click()
        expect(button).to_have_attribute("aria-expanded", "true")
        page.get_by_role("checkbox", name="The Kessary Ledger").check()
        expect(matches).to_contain_text("Matches 4 of 24 articles.")
        expect(button).to_have_text("Filters (1)")
        ask(page, "How many people came to Lantern Night?")
        expect(page.locator(".turn .missing, .turn .text")).not_to_be_empty()
        sources = page.locator(".turn .stock .byline").all_text_contents()
        assert sources
        assert all("The Kessary Ledger" in source for source in sources)

        page.get_by_label("since").fill("2031-01-01")
        expect(matches).to_contain_text("None of 24 articles match. No question will find an answer.")
        ask(page, "What did Grushko demand?")
        expect(page.locator(".turn .missing").last).to_be_visible()
        expect(page.locator(".turn").last.locator(".stock .card")).to_have_count(0)

        page.get_by_label("until").fill("2030-01-01")
        expect(matches).to_contain_text("No day is both since 2031-01-01 and until 2030-01-01.")
        page.get_by_role("button", name="Clear filters").click()
        expect(matches).to_be_empty()
        expect(button).to_have_text("Filters")
        expect(page.get_by_role("checkbox", name="The Kessary Ledger")).not_to_be_checked()
        expect(page.get_by_label("since")).to_have_value("")
        ask(page, "What did Grushko demand?")
        expect(page.locator(".turn").last.locator(".chip").first).to_be_visible()


def test_everything_can_be_done_with_the_keyboard(browser: Browser, server: Running) -> None:
    with articles(browser, server) as page:
        page.get_by_label("Search").focus()
        page.keyboard.type("Lantern Night")
        expect(page.locator(".articles-total")).to_contain_text("“Lantern Night”")
        page.keyboard.press("Tab")  # to the order
        page.keyboard.press("Tab")
        opened = page.locator(".article-open").first
        expect(opened).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#reader-body h2")).to_have_text(opened.inner_text())
        page.keyboard.press("Escape")
        expect(opened).to_be_focused()
        page.keyboard.press("Tab")
        removing = page.locator(".article-remove").first
        expect(removing).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Keep it")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".ask-first")).to_be_hidden()
        expect(removing).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        expect(page.locator(".ask-first")).to_be_hidden()
        search(page, "Night")
        page.locator("#articles [type=file]").focus()
        expect(page.locator(".drop-zone")).to_have_css("outline-style", "solid")
    with articles(browser, server) as page:  # nothing was removed
        expect(page.locator(".articles-total")).to_have_text("24 articles")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(browser: Browser, server: Running, scheme: str) -> None:
    with articles(browser, server, viewport=PHONE, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        expect(page.locator(".article-remove").first).to_be_in_viewport()
        box = page.locator(".article-remove").first.bounding_box()
        assert box
        assert box["height"] >= 40
        page.get_by_role("tab", name="Ask").click()
        page.get_by_role("button", name="Filters").click()
        page.get_by_role("checkbox", name="The Kessary Ledger").check()
        expect(page.locator("#filter-matches")).to_contain_text("Matches 4 of 24")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_adding_can_be_stopped(browser: Browser, server: Running, tmp_path: Path) -> None:
    rows = ({"id": f"n{n}", "title": f"Note {n}", "text": f"Note {n} tells of mill {n}. " * 8} for n in range(3000))
    (tmp_path / "notes.jsonl").write_text("\n".join(map(json.dumps, rows)))
    index: ArticleIndex = server.app.state.service.index
    with articles(browser, server) as page:
        page.locator("#articles [type=file]").set_input_files(tmp_path / "notes.jsonl")
        report = page.locator("#articles-report")
        expect(report.locator("progress")).to_be_visible()
        report.get_by_role("button", name="Stop").click()
        expect(report).to_contain_text("Stopped. Articles already added are kept.")
        assert index.count() < 3024


# Without a browser


def test_any_value_is_read_as_a_view() -> None:
    assert View.read("a  b", "title", 3) == View(words="a b", sort="title", page=3)
    for words, sort, page in ((None, None, None), (["x"], "1; DROP", "2"), ({}, [], -1), (7, 7, 2**40), ("", "", 1.5)):
        assert View.read(words, sort, page) == View()
    assert len(View.read("x" * 5000, "newest").words) == 200


def test_pages_beyond_the_end_show_the_last_page(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path, embedder=WordEmbedder(), write=True) as index:
        assert "no articles yet" in list_html(index, View())
        index.add(Article.create("It turns.", title=f"Mill {n:03}", id=f"m{n}") for n in range(PAGE + 1))
        html = list_html(index, View(sort="title", page=9))
        assert "Page 2 of 2" in html
        assert f"Mill {PAGE:03}" in html
        assert html.count("article-row") == 1
        assert f"1 of {PAGE + 1} articles" in list_html(index, View(words="mill 007"))


def in_files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@contextlib.contextmanager
def site() -> Iterator[str]:
    """Serve one page on loopback."""
    text = f"<p>{LANTERNS}</p><p>The guild has stood in Oswin Row for ninety years and never had a younger one.</p>"
    body = f"<body><article><h1>The warden</h1>{text}</article></body>"
    page = f"<!doctype html><html><title>The warden</title>{body}</html>"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_there = self.path == "/"
            self.send_response(200 if is_there else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode() if is_there else b"no")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}"
        finally:
            listening.shutdown()
            thread.join()
