from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from assistant import Marker
from index import Article
from tests.hostile import HOSTILE
from ui.chat.answers import text_html, written_day
from ui.chat.log import chat_html
from ui.chat.sources import article_html, cards_html
from ui.chat.turns import Chat, ChatTurn, QuestionWish

QUOTE = "The harbour reopens in May."
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def citation(number: int = 1, **given: Any) -> dict[str, Any]:
    about = {"title": "Harbour to reopen", "source": "Harbour Post", "author": None, "published": "2025-03-07"}
    place = {"article_id": "a1", "passage_id": "p1", "quote": QUOTE, "start": 110, "end": 110 + len(QUOTE), "url": None}
    return {"number": number, **about, **place, **given}


def passage(**given: Any) -> dict[str, Any]:
    text = f"It is so.\n{QUOTE} So it says."
    about = {"title": "Harbour to reopen", "source": "Harbour Post", "published": "2025-03-07", "url": None}
    place = {"id": "p1", "article_id": "a1", "start": 100, "end": 100 + len(text), "text": text}
    return {**about, **place, "score": 0.5, "rank": 1, **given}


def answer(**given: Any) -> dict[str, Any]:
    return {
        "question": "When?",
        "standalone_question": "When?",
        "text": f"{QUOTE} [1]",
        "markers": [{"start": len(QUOTE) + 1, "end": len(QUOTE) + 4, "number": 1}],
        "short_answer": None,
        "found": True,
        "confidence": 0.9,
        "reader": "extractive",
        "statements": [{"text": QUOTE, "citations": [1], "supported": True, "support": 1.0}],
        "citations": [citation()],
        "passages": [passage()],
        "timings_ms": {"total": 123.4},
        "usage": None,
        "notice": None,
        "time": None,
        **given,
    }


def turn_html(*, question: str = "When?", state: Any = "answered", **given: Any) -> str:
    turn = ChatTurn(wish=QuestionWish(question=question), state=state, answer=answer(**given), number=1)
    return chat_html(Chat("c1", (turn,)))[0]


def record(field: str = "author", quote: str = "Ada Orr", **given: Any) -> dict[str, Any]:
    about = {"title": "Harbour to reopen", "source": "Harbour Post", "author": "Ada Orr", "published": "2025-03-07"}
    return {"number": 2, "article_id": "a1", "field": field, "quote": quote, "url": None, **about, **given}


def test_a_cited_record_is_a_chip_and_a_card_that_opens_the_article() -> None:
    text = f"{QUOTE} [1] Ada Orr wrote it. [2]"
    end = len(text)
    markers = [*answer()["markers"], {"start": end - 3, "end": end, "number": 2}]
    shown = turn_html(text=text, markers=markers, records=[record()])
    assert 'data-card="2" aria-label="Source 2: Harbour to reopen, Harbour Post, 7 March 2025"' in shown
    assert "2 sources" in shown
    cards = cards_html(answer(records=[record()]))
    assert '<span class="field">Author</span> <mark>Ada Orr</mark>' in cards
    assert cards.count('data-read="a1"') == 2
    assert "7 March 2025" in cards_html(answer(citations=[], records=[record("published", "2025-03-07")]))


def test_a_hostile_record_is_shown_as_words() -> None:
    cards = cards_html(answer(citations=[], records=[record(quote=SCRIPT, author=SCRIPT, title=SCRIPT)]))
    assert "<script" not in cards
    assert "<img" not in cards


@pytest.mark.parametrize(("kind", "chip"), [("summary", "a summary"), ("record", "a question about the articles")])
def test_the_kind_that_was_understood_can_be_taken_away(kind: str, chip: str) -> None:
    shown = turn_html(kind=kind)
    assert f"Understood as {chip}" in shown
    assert 'data-without="kind"' in shown
    assert "data-without" not in turn_html(kind="fact")


def test_a_request_that_is_not_served_is_no_missing_answer() -> None:
    sentence = "Translating needs a language model, and none is set up."
    given: dict[str, Any] = {
        "text": sentence,
        "markers": [],
        "statements": [],
        "citations": [],
        "passages": [],
        "found": False,
    }
    shown = turn_html(kind="request", **given)
    assert sentence in shown
    assert "nearest passages" not in shown
    assert 'class="answer missing"' not in shown
    assert "No passages to read" not in shown


def test_markers_become_chips_and_lookalikes_stay_text() -> None:
    text = "It is [1][2] so [3], says [x], as [1] says."
    markers = [Marker(6, 9, 1), Marker(9, 12, 2)]
    html = text_html(text, markers=markers, citations=[citation(1), citation(2)])
    assert html.count('class="chip"') == 2
    assert "as [1] says" in html
    assert 'data-card="2" aria-label="Source 2: Harbour to reopen, Harbour Post, 7 March 2025"' in html
    assert "so [3], says [x]," in html


def test_unsupported_statements_are_marked_with_the_reason() -> None:
    statements = [
        {"text": "It opens.", "citations": [1], "supported": True, "support": 1.0},
        {"text": "It is green.", "citations": [], "supported": False, "support": 0.0},
        {"text": "It is old.", "citations": [1], "supported": False, "support": 0.2},
    ]
    text = "It opens. [1] It is green. It is old. [1]"
    markers = [Marker(10, 13, 1), Marker(38, 41, 1)]
    html = text_html(text, markers=markers, citations=[citation()], statements=statements)
    assert '<span class="unsupported">It is green.<span class="why">No passage of the articles says this.' in html
    assert html.count('class="unsupported"') == 2
    assert "The cited passage does not clearly say this." in html
    assert html.startswith("<p>It opens.&NoBreak;<button")


def test_a_statement_over_several_lines_is_marked_in_each_and_explained_once() -> None:
    statements = [{"text": "One.\n\nTwo.", "citations": [], "supported": False, "support": 0.0}]
    html = text_html("One.\n\nTwo.", statements=statements)
    assert html.count('class="unsupported"') == 2
    assert html.count('class="why"') == 1


def test_paragraphs_lists_headings_and_bold_are_read() -> None:
    html = text_html("# Top\nA **b** c\nd\n\n- one\n- two\n3. three")
    assert html == (
        "<p><strong>Top</strong></p><p>A <strong>b</strong> c<br>d</p>"
        '<ul><li>one</li><li>two</li></ul><ol start="3"><li>three</li></ol>'
    )


@pytest.mark.parametrize("text", [hostile.text for hostile in HOSTILE] + [SCRIPT, "${alert(1)} `x` {{y}}", "a" * 9000])
def test_any_answer_is_shown_as_text(text: str) -> None:
    """Nothing of it is a tag, wherever it stands."""
    for html in (
        text_html(text, statements=[{"text": text, "citations": [], "supported": False, "support": 0.0}]),
        turn_html(
            question=text,
            text=text,
            standalone_question=text,
            notice=text,
            short_answer=text,
            citations=[citation(title=text, source=text, author=text, quote=text, article_id=text, url=text)],
            passages=[passage(id="p2", title=text, source=text, text=text)],
        ),
        turn_html(found=False, citations=[], statements=[], text=text, passages=[passage(title=text, text=text)]),
        article_html(Article.create(text, title=text, source=text, author=text, url=text), start=2, end=30),
    ):
        found = Tags()
        found.feed(html)
        assert not found.foreign


class Tags(HTMLParser):
    """Collects the tags and attributes that none of our HTML has."""

    def __init__(self) -> None:
        super().__init__()
        self.foreign: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        ours = (
            "article h2 h3 p div span button ul ol li br strong mark blockquote details summary svg path form input "
            "label pre header bdi"
        ).split()
        self.foreign += [tag] if tag not in ours else []
        self.foreign += [name for name, _ in attrs if name.startswith("on") or name in {"href", "src", "style"}]


def test_only_web_addresses_become_links() -> None:
    html = cards_html(answer(citations=[citation(url='https://example.org/a?b=1&c="x')]))
    assert 'href="https://example.org/a?b=1&amp;c=%22x" target="_blank" rel="noopener noreferrer nofollow"' in html
    assert "<a " not in cards_html(answer(citations=[citation(url="javascript:alert(1)")]))


def test_a_card_marks_the_quote_in_its_passage() -> None:
    html = cards_html(answer())
    assert f"It is so.\n<mark>{QUOTE}</mark> So it says." in html
    assert 'data-read="a1" data-start="110" data-end="137"' in html


def test_an_uncited_passage_highlights_its_relevant_sentence() -> None:
    at = 100 + len("It is so.\n")
    place = {"start": at, "end": at + len(QUOTE)}
    html = cards_html(answer(citations=[], passages=[passage(highlight=place)]))
    assert html.count("<mark") == 1
    assert f'<mark class="hint">{QUOTE}</mark>' in html
    assert "<mark" not in cards_html(answer(citations=[], passages=[passage(highlight=None)]))


def test_cards_are_ordered_by_number_and_then_the_other_passages() -> None:
    html = cards_html(
        answer(citations=[citation(1), citation(2)], passages=[passage(), passage(id="p9", rank=2, title="Other")])
    )
    places = [html.index(text) for text in ('data-card="1"', 'data-card="2"', "1 more passage read", "Other")]
    assert places == sorted(places)


def test_an_article_is_marked_across_its_paragraphs() -> None:
    html = article_html(Article.create("One two.\n\nThree four."), start=4, end=15)
    assert "<p>One <mark>two.</mark></p><p><mark>Three</mark> four.</p>" in html


def test_an_answer_that_was_not_found_looks_different_and_offers_passages() -> None:
    html = turn_html(found=False, citations=[], statements=[], text="Not in these articles.")
    assert 'class="answer missing"' in html
    assert 'class="near" data-card="p1"' in html
    assert 'data-card="p1" tabindex="-1"' in html


def test_the_understood_question_is_shown_if_it_differs() -> None:
    time = {"phrase": "last week", "since": "2025-03-10", "until": "2025-03-16", "prefer_recent": False}
    html = turn_html(standalone_question="When does it open?", time=time)
    assert "Understood as: When does it open?" in html
    assert "“last week”: published from 10 March 2025 to 16 March 2025" in html
    assert "Understood" not in turn_html(standalone_question="when?")


def test_only_the_last_question_can_be_asked_again() -> None:
    turn = ChatTurn(wish=QuestionWish(question="When?"), state="answered", answer=answer(), number=1)
    first, last = chat_html(Chat("c1", (turn, turn)))
    assert "Ask again" not in first
    assert "Ask again" in last


def test_days_are_written_as_people_write_them() -> None:
    assert written_day("2024-08-21") == "21 August 2024"
    assert written_day("in May") == "in May"
