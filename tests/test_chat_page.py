"""The chat with a real server in a real browser."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from index import Article, ArticleIndex
from tests.browser import PHONE, ask, browser, copied, of_gradio, visiting
from tests.scripted_llm import Gate, ScriptedLlm, say
from tests.serving import PATIENCE, Running, running, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from index.passages.embedding_bundled import BundledEmbedder

__all__ = ["browser"]  # a fixture
pytestmark = of_gradio

GRUSHKO = "What did Grushko demand?"
CROWD = "How many people came to Lantern Night?"
NOWHERE = "Who won the World Cup in 1966?"
SCRIPT = "<script>alert('article')</script><img src=x onerror=alert(1)><a href='javascript:alert(2)'>here</a>"
HOSTILE = Article.create(
    f"The harbour of Zembla reopens in May, said {SCRIPT} the port. ${{alert(3)}} `alert(4)` {{{{alert(5)}}}} \\u0061",
    title="<img src=x onerror=alert(6)> ${alert(7)} of Zembla",
    source='"><svg onload=alert(8)>',
    author="![x](http://evil.example/x.png)",
    url="javascript:alert(9)",
    id="hostile'\"><b>",
)


@pytest.fixture(scope="module")
def server(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The sample collection, answered without a language model."""
    home = copied(sample_home, tmp_path_factory.mktemp("chat"))
    with running(settings(home), chat=True) as server:
        yield server


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedLlm]:
    with ScriptedLlm() as model:
        yield model


@pytest.fixture(scope="module")
def written(
    sample_home: Path, tmp_path_factory: pytest.TempPathFactory, model: ScriptedLlm, embedder: BundledEmbedder
) -> Iterator[Running]:
    """The sample collection and a hostile article, answered by a language model, for those who log in."""
    home = copied(sample_home, tmp_path_factory.mktemp("written"))
    with ArticleIndex.open(home, embedder=embedder, write=True) as index:
        index.add([HOSTILE])
    given = settings(
        home,
        llm="openai",
        llm_model="scripted",
        openai_api_key=model.key,
        openai_base_url=model.url,
        users="ana:correct horse,ben:battery staple",
    )
    with running(given, chat=True) as server:
        yield server


def log_in(page: Page, name: str = "ana", password: str = "correct horse") -> None:  # noqa: S107
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_chip_shows_its_source_and_opens_it_at_the_quote(browser: Browser, server: Running) -> None:
    with visiting(browser, server.url) as page:
        ask(page, CROWD)
        chips = page.locator(".turn .chip")
        expect(chips).to_have_text(["1", "2"])
        expect(page.locator(".short")).to_contain_text("31,000")
        expect(page.locator(".made")).to_contain_text("8 passages read")

        chips.nth(1).hover()
        peek = page.locator("#peek")
        expect(peek).to_be_visible()
        expect(peek).to_contain_text("Lantern Night drew 48,000 people")
        expect(peek).to_contain_text("Record 48,000 at Lantern Night, organisers say")
        expect(peek).to_contain_text("Averil Harbour Post")
        expect(peek).to_contain_text("19 August 2024")

        chips.nth(1).click()
        expect(peek).to_be_hidden()
        cards = page.locator("#sources .panel > #panel-body > .cards > .card")
        expect(cards.locator(".number")).to_have_text(["1", "2"])
        card = page.locator("#sources .card.current")
        expect(card).to_be_focused()
        expect(card).to_have_attribute("data-card", "2")
        expect(card.locator("mark")).to_have_text(re.compile(r"^Lantern Night drew 48,000 people .* 22 years\.$"))

        card.get_by_role("button", name="Read the article").click()
        mark = page.locator("#reader mark")
        expect(mark).to_be_in_viewport()
        expect(mark).to_contain_text("Lantern Night drew 48,000 people")
        expect(page.locator("#reader h2")).to_have_text("Record 48,000 at Lantern Night, organisers say")
        page.keyboard.press("Escape")
        expect(page.locator("#reader")).to_be_hidden()
        page.keyboard.press("Escape")
        expect(chips.nth(1)).to_be_focused()


def test_an_answer_that_was_not_found_looks_different_and_offers_the_nearest_passages(
    browser: Browser, server: Running
) -> None:
    with visiting(browser, server.url) as page:
        ask(page, NOWHERE)
        missing = page.locator(".answer.missing")
        expect(missing).to_contain_text("Not in these articles")
        expect(page.locator(".turn .chip")).to_have_count(0)
        near = missing.locator(".near")
        expect(near).to_have_count(3)
        near.nth(0).click()
        expect(page.locator("#panel-title")).to_have_text("Nearest passages")
        expect(page.locator("#sources .card.current")).to_be_focused()


def test_the_question_can_be_asked_exactly_as_written(browser: Browser, server: Running) -> None:
    with visiting(browser, server.url) as page:
        ask(page, "Who is Alexander Grushko?")
        ask(page, "What did he demand?")
        second = page.locator(".turn").nth(1)
        expect(second.locator(".known")).to_contain_text("Understood as: What did Alexander Grushko demand?")
        second.get_by_role("button", name="Ask it exactly as written").click()
        expect(second.locator(".known")).to_have_count(0)
        expect(page.locator(".turn.running")).to_have_count(0)

        ask(page, "What did the news from May 2023 say about the bridge?")
        third = page.locator(".turn").nth(2)
        expect(third.locator(".known")).to_contain_text("from 1 May 2023 to 31 May 2023")
        third.get_by_role("button", name="Ask without this time").click()
        expect(third.locator(".known")).to_have_count(0)
        expect(second.get_by_role("button", name="Ask again")).to_have_count(0)


def test_the_last_question_can_be_changed_and_the_answer_copied_rated_and_exported(
    browser: Browser, server: Running
) -> None:
    with visiting(browser, server.url, permissions=["clipboard-read", "clipboard-write"]) as page:
        ask(page, NOWHERE)
        page.get_by_role("button", name="Edit the question").click()
        field = page.get_by_label("Your question")
        expect(field).to_have_value(NOWHERE)
        expect(field).to_be_focused()
        field.fill(GRUSHKO)
        page.keyboard.press("Enter")
        expect(page.locator(".turn .question")).to_have_text(re.compile("Grushko"))
        expect(page.locator(".turn .chip").first).to_be_visible()

        page.get_by_role("button", name="Copy with sources").click()
        expect(page.locator("#said")).to_contain_text("Copied")
        copied_text = page.evaluate("navigator.clipboard.readText()")
        assert copied_text.startswith(f"{GRUSHKO}\n\nGrushko demanded that ironclad security guarantees")
        assert "Grushko sets out Russian terms" in copied_text

        page.get_by_role("button", name="Bad answer").click()
        page.get_by_label("A reason, in your own words").fill("Too long")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")

        with page.expect_download() as download:
            page.get_by_role("button", name="Export as JSON").click()
        turns = json.loads(download.value.path().read_text())["turns"]
        assert [turn["question"] for turn in turns] == [GRUSHKO]
        assert turns[0]["feedback"] == {"good": False, "reason": "Too long"}
        with page.expect_download() as download:
            page.get_by_role("button", name="Export as Markdown").click()
        assert GRUSHKO in download.value.path().read_text()


def test_examples_and_suggestions_can_be_clicked(browser: Browser, server: Running) -> None:
    with visiting(browser, server.url) as page:
        example = page.locator(".welcome .ask").first
        question = example.inner_text()
        example.click()
        expect(page.locator(".turn .question")).to_contain_text(question)
        expect(page.locator(".turn .chip").first).to_be_visible()
        following = page.locator(".follow .ask").first
        question = following.inner_text()
        following.click()
        expect(page.locator(".turn .question").nth(1)).to_contain_text(question)
        expect(page.locator(".turn").nth(1).locator(".chip").first).to_be_visible()


def test_conversations_are_kept_for_their_user(browser: Browser, server: Running) -> None:
    with (
        visiting(browser, server.url) as page,
        visiting(browser, server.url) as other,
    ):
        ask(page, GRUSHKO)
        expect(page.locator(".side .open")).to_have_count(1)
        ask(other, NOWHERE)
        other.reload()
        expect(other.locator(".side .open")).to_have_count(1)
        expect(other.locator("body")).not_to_contain_text("Grushko")

        page.reload()
        page.locator(".side .open").click()
        expect(page.locator(".turn .question")).to_contain_text(GRUSHKO)
        page.locator(".chip").first.click()
        expect(page.locator("#sources .card.current mark")).to_contain_text("ironclad security guarantees")
        ask(page, "And what did Trump propose?")
        expect(page.locator(".turn")).to_have_count(2)

        page.locator(".side").get_by_role("button", name="New conversation").click()
        expect(page.locator(".turn")).to_have_count(0)
        page.locator(".side .open").hover()
        page.locator(".side .delete").click()
        page.locator(".side .delete").click()
        expect(page.locator(".side .open")).to_have_count(0)


def test_everything_works_from_the_keyboard(browser: Browser, server: Running) -> None:
    with visiting(browser, server.url) as page:
        expect(page.locator(".welcome")).to_be_visible()
        page.get_by_label("Your question").focus()
        page.keyboard.type(GRUSHKO)
        page.keyboard.press("Enter")
        chip = page.locator(".turn .chip").first
        expect(chip).to_be_visible()
        expect(page.locator(".turn.running")).to_have_count(0)
        for _ in range(60):
            page.keyboard.press("Shift+Tab")
            if chip.evaluate("node => node === document.activeElement"):
                break
        expect(chip).to_be_focused()
        expect(page.locator("#peek")).to_be_visible()
        outline = chip.evaluate("node => getComputedStyle(node).outlineStyle")
        assert outline == "solid"
        page.keyboard.press("Enter")
        expect(page.locator("#sources .card.current")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#reader mark")).to_be_in_viewport()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Read the article").first).to_be_focused()
        page.keyboard.press("Escape")
        expect(chip).to_be_focused()
        unnamed = page.evaluate(
            """() => [...document.querySelectorAll("#desk :is(button, textarea, input)")].filter((node) =>
              node.checkVisibility() && !node.innerText?.trim() && !node.getAttribute("aria-label") &&
              !node.labels?.length && !node.title).map((node) => node.outerHTML)"""
        )
        assert unnamed == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_fits_on_a_phone(browser: Browser, server: Running, scheme: str) -> None:
    with visiting(browser, server.url, viewport=PHONE, color_scheme=scheme, has_touch=True, is_mobile=True) as page:
        ask(page, CROWD)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        expect(page.locator("#sources")).to_be_hidden()
        page.locator(".chip").first.click()
        card = page.locator("#sources .card.current")
        expect(card).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.get_by_role("button", name="Close the sources").click()
        expect(page.locator("#sources")).to_be_hidden()
        page.get_by_role("button", name="Conversations").click()
        expect(page.locator(".side .open")).to_be_in_viewport()
        assert worst_contrast(page) >= 4.5


def worst_contrast(page: Page) -> float:
    """Return the lowest contrast of a text with what is behind it."""
    lowest: float = page.evaluate(
        """() => {
          const rgb = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
          const linear = (part) => part <= 10 ? part / 3295 : ((part / 255 + 0.055) / 1.055) ** 2.4;
          const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
          const behind = (node) => {
            for (; node; node = node.parentElement) {
              const [r, g, b, a = 1] = rgb(getComputedStyle(node).backgroundColor);
              if (a > 0.99) return [r, g, b];
            }
            return [255, 255, 255];
          };
          const has_text = (node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
          return Math.min(...[...document.querySelectorAll("#desk *, #masthead *")]
            .filter((node) => node.checkVisibility() && has_text(node))
            .map((node) => [light(rgb(getComputedStyle(node).color)), light(behind(node))])
            .map(([one, other]) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)));
        }"""
    )
    return lowest


def test_an_empty_collection_says_how_to_start(browser: Browser, tmp_path: Path) -> None:
    with running(settings(tmp_path / "home"), chat=True) as server, visiting(browser, server.url) as page:
        expect(page.locator("#welcome")).to_contain_text("This collection is empty")
        page.get_by_role("button", name="Add the sample collection").click()
        expect(page.locator(".welcome .ask").first).to_be_visible()
        ask(page, GRUSHKO)
        expect(page.locator(".chip").first).to_be_visible()


def test_visitors_who_are_not_signed_in_see_nothing(browser: Browser, written: Running) -> None:
    with visiting(browser, written.url, expects=("401", "400")) as page:
        expect(page.get_by_label("Name")).to_be_visible()
        assert "composer" not in page.content()
        log_in(page, password="wrong")  # noqa: S106
        expect(page.get_by_text("The name or the password is wrong.")).to_be_visible()
        log_in(page)
        expect(page.locator(".welcome")).to_be_visible()


def test_a_stopped_answer_stays_and_cancels_the_model(browser: Browser, written: Running, model: ScriptedLlm) -> None:
    gate = Gate()
    model.script(say("He demanded ironclad security guarantees [1] and", then=[gate]), say("Something else [1]."))
    with visiting(browser, written.url, expects=("401",)) as page:
        log_in(page)
        page.get_by_label("Your question").fill(GRUSHKO)
        page.keyboard.press("Enter")
        expect(page.locator(".turn.running .text")).to_contain_text("ironclad security guarantees")
        page.get_by_role("button", name="Stop the answer").click()
        expect(page.locator(".turn.stopped")).to_contain_text("You stopped this answer")
        expect(page.locator(".turn.stopped .text")).to_contain_text("ironclad security guarantees")
        assert model.received[-1].disconnected.wait(PATIENCE)
        page.get_by_role("button", name="Ask again").click()
        expect(page.locator(".turn.answered .text")).to_contain_text("Something else")


def test_text_of_models_and_articles_is_never_markup(browser: Browser, written: Running, model: ScriptedLlm) -> None:
    model.script(
        say(
            f"{SCRIPT} ![p](http://evil.example/p.png) [go](javascript:alert(1)) **${{alert(2)}}** `x` \\u0041."
            " It is so."
        )
    )
    with visiting(browser, written.url, expects=("401",)) as page:
        log_in(page)
        question = f"When does the harbour of Zembla reopen? {SCRIPT}"
        page.get_by_label("Your question").fill(question)
        page.keyboard.press("Enter")
        turn = page.locator(".turn")
        expect(turn.locator(".text, .missing").first).to_be_visible()
        expect(page.locator(".turn.running")).to_have_count(0)
        expect(turn.locator(".question")).to_contain_text(SCRIPT)
        expect(turn.locator(".text")).to_contain_text("![p](http://evil.example/p.png) [go](javascript:alert(1))")
        expect(turn.locator(".text")).to_contain_text("${alert(2)}")
        expect(turn.locator(".why").first).to_contain_text("No passage of the articles says this.")
        card = page.locator("#sources .card", has_text="of Zembla").first
        expect(card).to_contain_text("<img src=x onerror=alert(6)> ${alert(7)} of Zembla")
        card.get_by_role("button", name="Read the article").click()
        expect(page.locator("#reader")).to_contain_text("<script>alert('article')</script>")
        expect(page.locator("#reader")).to_contain_text("![x](http://evil.example/x.png)")
        assert page.locator("#desk img, #desk script, #reader img, #reader a, #desk a").count() == 0


def test_statements_without_support_are_marked(browser: Browser, written: Running, model: ScriptedLlm) -> None:
    model.script(say("Grushko demanded ironclad security guarantees [1][2]. He likes to sail in June."))
    with visiting(browser, written.url, expects=("401",)) as page:
        log_in(page, "ben", "battery staple")
        ask(page, GRUSHKO)
        expect(page.locator(".unsupported")).to_have_count(1)
        expect(page.locator(".unsupported")).to_contain_text("He likes to sail in June.")
        expect(page.locator(".made")).to_contain_text("Written by scripted")
        expect(page.locator(".side .open")).to_have_count(1)  # and none of what ana asked
