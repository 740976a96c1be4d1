"""Browser tests: a real server, a real Chromium, and a page that must be silent.

    from tests.browser import browser, of_gradio, visiting

    __all__ = ["browser"]  # a fixture
    pytestmark = of_gradio

    def test_it(browser: Browser, server: Running) -> None:
        with visiting(browser, server.url) as page:
            ask(page, "What did Grushko demand?")

Leaving `visiting` fails the test where the page wrote an error to its console, opened a dialog of the browser's own or
called another host. That Gradio's streams end when a page is left or loaded anew is no such error. `browser` lasts as
long as the module: what Playwright leaves running in a thread would keep other tests from running an event loop.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

_ON_LEAVING = ("AbortError", "Connection errored out")  # what Gradio tells of streams that end with their page
PATIENCE = 60_000  # milliseconds that nothing here takes unless something is broken
DESKTOP = {"width": 1360, "height": 860}
PHONE = {"width": 390, "height": 844}

# Gradio 6.31 uses what pandas 3 is about to drop, each time an event is queued.
of_gradio = pytest.mark.filterwarnings(
    "ignore:'future.no_silent_downcasting' is deprecated", "ignore:The copy keyword is deprecated"
)
"""For modules that start the chat: lets pass what Gradio is warned of."""

_CHROMIUM = Path("/usr/bin/chromium")
_QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window: Debian's where there is one, or else Playwright's."""
    with opened_browser() as browser:
        yield browser


@contextlib.contextmanager
def opened_browser(*options: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(
            executable_path=str(_CHROMIUM) if _CHROMIUM.exists() else None, args=[*_QUIET, *options]
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclasses.dataclass(slots=True)
class Noise:
    """What a page did that it must not do."""

    heard: list[str] = dataclasses.field(default_factory=list)
    pages: int = 0  # that were loaded, one after the other
    closing: bool = False

    def unexpected(self, expects: tuple[str, ...]) -> list[str]:
        # What a page wrote as it was left may be heard before its follower is asked for, or long after.
        passing = (*expects, *_ON_LEAVING) if self.pages > 1 else expects
        return [heard for heard in self.heard if not any(part in heard for part in passing)]

    def listen(self, page: Page, url: str) -> None:
        page.on("console", lambda message: self._add(message.type == "error", f"console: {message.text}"))
        page.on("pageerror", lambda error: self._add(True, f"error: {error}"))
        page.on("request", lambda request: self._add(_is_foreign(request.url, url), f"foreign: {request.url}"))

        def dismiss(dialog: Any) -> None:
            self._add(True, f"dialog: {dialog.message}")
            dialog.dismiss()

        page.on("dialog", dismiss)

        def count(request: Request) -> None:
            if request.is_navigation_request() and not request.frame.parent_frame and not request.redirected_from:
                self.pages += 1

        page.on("request", count)

    def _add(self, is_noise: bool, text: str) -> None:
        if is_noise and not self.closing:
            self.heard.append(text)


def _is_foreign(address: str, url: str) -> bool:
    host = "/".join(url.split("/")[:3])
    return not address.startswith((f"{host}/", "data:", "blob:"))


@contextlib.contextmanager
def visiting(
    browser: Browser, url: str, *, path: str = "/", expects: tuple[str, ...] = (), **options: Any
) -> Iterator[Page]:
    """Open the page as a new user of the browser; noise fails the test, but for what `expects` names a part of."""
    noise = Noise()
    context = browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce", **options})
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        noise.listen(page, url)
        page.goto(url + path)
        yield page
    finally:
        noise.closing = True
        context.close()
    unexpected = noise.unexpected(expects)
    assert not unexpected, unexpected


def ask(page: Page, question: str) -> None:
    """Ask a question and wait for the whole answer."""
    number = page.locator(".turn").count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").nth(number)
    expect(turn.locator(".question")).to_contain_text(question)
    expect(page.locator(".turn.running")).to_have_count(0)


def copied(home: Path, folder: Path) -> Path:
    """Return a copy of a home that a server may write to."""
    target = folder / "home"
    shutil.copytree(home, target, ignore=shutil.ignore_patterns("lock*"))
    return target
