"""Signing in and out, and what each role sees, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import browser, copied, of_gradio, visiting
from tests.serving import Running, running, settings
from tests.test_access import PASSWORD, command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["browser"]
pytestmark = of_gradio
REFUSED = "status of 401"  # which the browser's console tells of a wrong password
# Gradio's stream, refused once nobody is signed in: it logs the status, and throws the bare `Response`.
SIGNED_OUT = (REFUSED, "401", "console: Response")


@pytest.fixture(scope="module")
def server(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = copied(sample_home, tmp_path_factory.mktemp("signing-in"))
    for name, role in (("rita", "reader"), ("ed", "editor"), ("ada", "admin")):
        command(home, "users", "add", name, "--role", role, given=f"{PASSWORD}\n")
    with running(settings(home), chat=True) as server:
        yield server


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_wrong_password_is_reported_and_the_right_one_opens_the_page(browser: Browser, server: Running) -> None:
    with visiting(browser, server.url, expects=(REFUSED,)) as page:
        expect(page).to_have_title("Sign in to Dateline")
        expect(page.get_by_label("Name")).to_be_focused()
        sign_in(page, "rita", "wrong")
        expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
        expect(page.get_by_label("Name")).to_have_value("rita")
        expect(page.get_by_label("Password")).to_be_focused()
        sign_in(page, "rita")
        expect(page.get_by_label("Your question")).to_be_visible()


def test_after_sign_out_the_back_button_shows_nothing(browser: Browser, server: Running) -> None:
    with visiting(browser, server.url, expects=SIGNED_OUT) as page:
        sign_in(page, "ed")
        expect(page.get_by_label("Your question")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_title("Sign in to Dateline")
        page.go_back()
        expect(page).to_have_title("Sign in to Dateline")
        expect(page.get_by_label("Your question")).to_have_count(0)


def test_a_session_that_has_ended_asks_for_the_password_again(browser: Browser, server: Running) -> None:
    store = server.app.state.access.store
    now = store.now
    with visiting(browser, server.url, expects=SIGNED_OUT) as page:
        sign_in(page, "rita")
        expect(page.get_by_label("Your question")).to_be_visible()
        store.now = lambda: now() + 13 * 3600
        try:
            page.reload()
            expect(page).to_have_title("Sign in to Dateline")
        finally:
            store.now = now


@pytest.mark.parametrize(("name", "may_change"), [("rita", False), ("ed", True)])
def test_the_page_shows_what_a_role_allows(browser: Browser, server: Running, name: str, *, may_change: bool) -> None:
    with visiting(browser, server.url) as page:
        sign_in(page, name)
        page.get_by_role("tab", name="Articles").click()
        expect(page.locator(".article-row").first).to_be_visible()
        expect(page.locator("#articles-add")).to_be_visible(visible=may_change)
        expect(page.locator(".article-remove")).to_have_count(page.locator(".article-row").count() if may_change else 0)


def test_the_handlers_refuse_what_the_page_hides(browser: Browser, server: Running) -> None:
    service = server.app.state.service
    id_ = service.index.articles(limit=1)[0].id
    with visiting(browser, server.url) as page:
        sign_in(page, "rita")
        page.get_by_role("tab", name="Articles").click()
        expect(page.locator(".article-row").first).to_be_visible()
        before = service.index.count()
        page.evaluate(
            """(id) => {
              const list = document.querySelector("#articles-list");
              const button = document.createElement("button");
              button.dataset.remove = id;
              button.dataset.title = "x";
              button.textContent = "Planted";
              list.querySelector(".article-row").append(button);
            }""",
            id_,
        )
        page.get_by_role("button", name="Planted").click()
        page.get_by_role("button", name="Remove it").click()
        expect(page.locator("#articles-report")).to_contain_text("may not add or remove articles")
        assert service.index.count() == before


def test_runs_belong_to_their_owner(browser: Browser, server: Running) -> None:
    with visiting(browser, server.url) as page:
        sign_in(page, "ed")
        page.get_by_role("tab", name="Evaluate").click()
        page.get_by_label("At most").fill("1")
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.locator(".run.done")).to_have_count(1)
    for name, seen in (("rita", 0), ("ada", 1)):
        with visiting(browser, server.url) as page:
            sign_in(page, name)
            page.get_by_role("tab", name="Evaluate").click()
            expect(page.locator(".run")).to_have_count(seen)
