"""Hidden characters, direction marks and lookalikes are made visible."""

from __future__ import annotations

import html
import itertools
import json
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from index import Article, ArticleIndex
from tests.answers import make_answer, make_turn
from tests.browser import ask, browser, copied, of_gradio, visiting
from tests.serving import running, settings
from ui.chat.export import as_json, as_markdown, as_text
from ui.chat.markup import label, shown, words
from ui.cli import main
from ui.conversations.kept import KeptConversation
from ui.visible import pieces, plain, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from index.passages.embedding_bundled import BundledEmbedder
    from tests.serving import Running

__all__ = ["browser"]  # a fixture
pytestmark = of_gradio

HIDDEN = [
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u2060\ufeff\u00ad\u034f\u3164\u2800\x1b\x9b\x00\U000e0041"
]


@pytest.mark.parametrize("character", HIDDEN, ids=lambda character: f"{ord(character):04X}")
def test_hidden_characters_are_reported(character: str) -> None:
    code = f"U+{ord(character):04X}"
    assert plain(f"a {character} b") == f"a <{code}> b"
    marked = words(f"a {character} b")
    assert f'data-code="{code}"' in marked
    assert f'title="{code} ' in marked
    assert text_of(marked) == f"a {character} b"
    assert character not in label(f"a {character} b")


@pytest.mark.parametrize(
    "text",
    [
        "می‌خواهم کتاب‌ها را بخوانم",
        "क्‍ष और श्री",
        "👩‍👩‍👧‍👦 🏳️‍🌈 👩🏽‍🚀 ❤️‍🔥 1️⃣ ☎️",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "שלום עולם\u200f, 2025",
        "قال الوزير\u200f: نعم.",
        "Donau\u00addampf\u00adschiff",
        "Москва и Reuters: IT-компания",
        "Αθήνα, Ελλάδα and TNFα, IFNγ, 5 kΩ, 3 μm, NFκB",
        "日本語のテキストとLatin",
        "naïve café — “Łódź”\u00a0…\n\tnext",
    ],
)
def test_characters_that_a_script_needs_are_left_alone(text: str) -> None:
    assert [piece.text for piece in pieces(text)] == [text]
    assert plain_name(text) == text
    assert text_of(shown(text)) == text


@pytest.mark.parametrize(
    ("text", "marked", "explanation"),
    [
        ("By R\u0435uters today", "R\u0435uters", "Cyrillic and Latin letters"),
        ("\u0422rump", "\u0422rump", "Cyrillic and Latin letters"),
        ("\u0391ssociated Press", "\u0391ssociated", "Greek and Latin letters"),
        ("ap\u13e2le", "ap\u13e2le", "Cherokee and Latin letters"),
        ("pass\u200dword", "\u200d", "U+200D zero width joiner"),
        ("x\ufe0fy", "\ufe0f", "U+FE0F variation selector-16"),
        ("Paris\u200f!", "\u200f", "U+200F right-to-left mark"),
        (
            "a\u200b\u200b\u200b\u200b\u200bb",
            "\u200b" * 5,
            "U+200B U+200B U+200B and 2 more: characters that do not show",
        ),
    ],
)
def test_misleading_words_are_reported(text: str, marked: str, explanation: str) -> None:
    assert [(piece.text, piece.explanation) for piece in pieces(text) if piece.explanation] == [(marked, explanation)]
    assert html.escape(explanation) in words(text)


ANY = st.text(st.sampled_from([*HIDDEN, *"ab <&\"'\u0430\u05d0\u0627\u200d\u200c\ufe0f❤👩\n"]), max_size=40)


@given(ANY)
@example("\u3164аab")  # a filler, which counts as a letter, before a word of two scripts
def test_marking_does_not_change_the_text(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == text
    assert text_of(words(text)) == text
    assert text_of(shown(text)) == text
    for hidden in HIDDEN[:9]:
        assert hidden not in plain(text)
        assert hidden not in re.sub(r"<span hidden>.*?</span>", "", words(text), flags=re.DOTALL)


def text_of(marked: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", marked))


# On every surface

_LINE = 8  # pixels between one line and the next, at least
TITLE = "Harbour \u202egnineposer\u202c of Zembla"
SOURCE = "R\u0435uters \u2067World"
AUTHOR = "A\u200bna Duarte"
TEXT = "The harbour of Zembla reopens in \u202eenuJ\u202c, the port\u2066 said. It cost 12\u200b million crowns."
QUESTION = "When does the harbour of Zembla reopen?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, embedder: BundledEmbedder) -> Path:
    folder = tmp_path_factory.mktemp("visible") / "home"
    article = Article.create(TEXT, id="odd", title=TITLE, source=SOURCE, author=AUTHOR)
    persian = Article.create("وزیر گفت که بندر زمبلا در ژوئن باز می‌شود.", id="fa", title="بندر زمبلا", source="روزنامه")
    with ArticleIndex.open(folder, embedder=embedder, write=True) as index:
        index.add([article, persian])
    return folder


@pytest.fixture(scope="module")
def server(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(settings(copied(home, tmp_path_factory.mktemp("served"))), chat=True) as server:
        yield server


def assert_in_order(page: Page, selector: str, *parts: str) -> None:
    """The characters of these parts of an element stand in the order of the text, on one line or several."""
    places = page.locator(selector).first.evaluate(
        """(element, parts) => {
            const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
            const nodes = [];
            while (walker.nextNode()) nodes.push(walker.currentNode);
            return parts.flatMap((part) => {
                const node = nodes.find((node) => node.data.includes(part));
                const begin = node.data.indexOf(part);
                return [begin, begin + part.trimEnd().length - 1].map((at) => {
                    const range = document.createRange();
                    range.setStart(node, at);
                    range.setEnd(node, at + 1);
                    const box = range.getBoundingClientRect();
                    return [box.top, box.left];
                });
            });
        }""",
        list(parts),
    )
    for (top, left), (next_top, next_left) in itertools.pairwise(places):
        assert next_top > top + _LINE or (abs(next_top - top) < _LINE and next_left > left), (parts, places)


def test_the_page_shows_them_and_keeps_its_direction(browser: Browser, server: Running) -> None:
    with visiting(browser, server.url) as page:
        ask(page, QUESTION)
        text = page.locator(".turn .answer .text")
        expect(text.locator(".odd").first).to_have_attribute("title", "U+202E right-to-left override")
        assert_in_order(page, ".turn .answer .text", "reopens in ", "enuJ", ", the port")
        chip = text.locator(".chip").first
        chip.hover()
        assert_in_order(page, "#peek .peek-quote", "reopens in ", "enuJ", ", the port")
        assert_in_order(page, "#peek .peek-title", "Harbour ", "gnineposer", " of Zembla")
        expect(page.locator("#peek .peek-byline .mixed")).to_have_attribute("title", "Cyrillic and Latin letters")
        chip.click()
        card = page.locator("#sources .card").first
        assert_in_order(page, "#sources .card .card-title", "Harbour ", "gnineposer", " of Zembla")
        assert_in_order(page, "#sources .card blockquote", "reopens in ", "enuJ", ", the port")
        expect(card.locator(".byline .odd")).to_have_count(2)
        assert card.locator("mark").evaluate("mark => mark.textContent") == TEXT.split(" It cost", maxsplit=1)[0]
        card.get_by_role("button", name="Read the article").click()
        expect(page.locator("#article-title .odd")).to_have_count(2)
        assert_in_order(page, ".article-text", "reopens in ", "enuJ", ", the port")
        page.keyboard.press("Escape")


def test_lists_and_names_show_them(browser: Browser, server: Running) -> None:
    with visiting(browser, server.url) as page:
        question = f"{QUESTION} \u202eabc"
        page.get_by_label("Your question").fill(question)
        page.keyboard.press("Enter")
        expect(page.locator(".turn.running")).to_have_count(0)
        assert page.locator(".turn .question").evaluate("one => one.lastChild.textContent") == question
        expect(page.locator(".turn .question .odd")).to_have_count(1)
        expect(page.locator("nav.side .name .odd")).to_have_count(1)
        expect(page.locator("nav.side .delete").first).to_have_attribute("aria-label", re.compile("<U\\+202E>abc"))
        page.get_by_role("button", name="Filters").click()
        expect(page.locator(".choice > span .mixed")).to_have_count(1)
        page.get_by_role("tab", name="Articles").click()
        row = page.locator(".article-row", has_text="Harbour")
        assert_in_order(page, ".article-row:has(.odd) .article-name", "Harbour ", "gnineposer", " of Zembla")
        row.get_by_role("button", name="Remove").click()
        expect(page.get_by_role("dialog")).to_contain_text("Harbour <U+202E>gnineposer<U+202C> of Zembla")


def test_the_terminal_and_exports_spell_them_out_and_json_is_exact(home: Path) -> None:
    for command in (["ask", QUESTION], ["search", QUESTION], ["show", "odd"], ["list"]):
        printed = CliRunner().invoke(main, [*command, "--home", str(home)])
        assert printed.exit_code == 0, printed.output
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b]", printed.output)
        assert "Harbour <U+202E>gnineposer<U+202C> of Zembla" in printed.output
        assert "R\u0435uters <U+2067>World" in printed.output
    assert "reopens in <U+202E>enuJ<U+202C>" in CliRunner().invoke(main, ["show", "odd", "--home", str(home)]).output
    written = CliRunner().invoke(main, ["ask", QUESTION, "--json", "--home", str(home)]).output
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b]", written)
    exact = json.loads(written)
    assert exact["citations"][0]["title"] == TITLE
    answer = make_answer(f"{TEXT} [1]", cites=("odd",), quote=TEXT)
    answer["citations"][0] |= {"title": TITLE, "source": SOURCE, "author": AUTHOR}
    kept = KeptConversation(id="c", title=TITLE, turns=(make_turn(TITLE, answer),))
    markdown = as_markdown(kept)
    assert "# Harbour \\<U+202E\\>gnineposer" in markdown
    assert "reopens in \\<U+202E\\>enuJ" in markdown
    assert "R\u0435uters \\<U+2067\\>World \\<Cyrillic and Latin letters\\>" in markdown
    assert "reopens in <U+202E>enuJ<U+202C>, the port<U+2066> said" in as_text(answer)
    for text in (markdown, as_text(answer)):
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b]", text)
    assert json.loads(as_json(kept))["turns"][0]["answer"] == kept.turns[0].answer
