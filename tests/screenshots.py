"""Takes the pictures of docs/images: `python -m tests.screenshots`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from index import Article, ArticleIndex
from index.passages.embedding_bundled import BundledEmbedder
from index.sources import load
from tests.browser import PHONE, ask, opened_browser, visiting
from tests.serving import running, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

_ROOT = Path(__file__).parent.parent
_IMAGES = _ROOT / "docs" / "images"
_SIZE = {"width": 1280, "height": 760}
_CROWD = "How many people came to Lantern Night?"


def open_second_source(page: Page) -> None:
    ask(page, _CROWD)
    expect(page.locator("#next .follow")).to_be_visible()
    page.locator(".chip").nth(1).click()


def ask_a_follow_up(page: Page) -> None:
    ask(page, "Who is Alexander Grushko?")
    ask(page, "What did he demand?")
    page.locator(".turn").last.locator(".chip").last.click()


def point_at_a_chip(page: Page) -> None:
    ask(page, "What did Grushko demand?")
    page.locator(".chip").first.hover()


def read_an_article(page: Page) -> None:
    open_second_source(page)
    page.locator("#sources .card.current [data-read]").click()
    expect(page.locator("#reader mark")).to_be_in_viewport()


def see_the_articles(page: Page) -> None:
    page.get_by_role("tab", name="Articles").click()
    expect(page.locator(".article-list")).to_be_visible()


def evaluate_the_samples(page: Page) -> None:
    page.get_by_role("tab", name="Evaluate").click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Report of").first.click(timeout=120_000)
    expect(page.frame_locator("#evaluate-report iframe").locator("#plot-latency svg")).to_be_visible()


_PICTURES: dict[str, tuple[Callable[[Page], None], dict[str, Any]]] = {
    "chat-answer": (open_second_source, {}),
    "chat-hover": (point_at_a_chip, {}),
    "chat-dark": (ask_a_follow_up, {"color_scheme": "dark"}),
    "chat-not-found": (lambda page: ask(page, "Who won the World Cup in 1966?"), {}),
    "chat-reader": (read_an_article, {}),
    "chat-articles": (see_the_articles, {}),
    "chat-evaluate": (evaluate_the_samples, {"viewport": {"width": 1280, "height": 1100}}),
    "chat-phone": (lambda page: ask(page, _CROWD), {"viewport": PHONE, "is_mobile": True, "has_touch": True}),
}


def main() -> None:
    _IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with ArticleIndex.open(home, embedder=BundledEmbedder(), write=True) as index:
            samples = load(str(_ROOT / "index" / "samples" / "articles.jsonl"))
            index.add(item for item in samples if isinstance(item, Article))
        with running(settings(home), chat=True) as server, opened_browser() as browser:
            for name, (act, options) in _PICTURES.items():
                with visiting(browser, server.url, **{"viewport": _SIZE, **options}) as page:
                    expect(page.locator(".welcome .ask").first).to_be_visible()
                    act(page)
                    page.wait_for_timeout(500)  # pictures, not tests: let fonts and focus settle
                    page.screenshot(path=_IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
