"""The HTML report: one file that shows the figures and every question, and never executes text of a run."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from assistant.evaluation.figures.compare import compare
from assistant.evaluation.figures.estimates import draw_curves
from assistant.evaluation.figures.gate import decide, parse_rule
from assistant.evaluation.report.html import render_report
from assistant.evaluation.report.html_data import describe_questions, explain
from assistant.evaluation.runs.run import EvaluationFailure, GoldEvidence
from tests.browser import PHONE, browser, visiting
from tests.evaluating import make_row, make_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from assistant.evaluation.runs.run import EvaluationRow, Run

__all__ = ["browser"]

VENDOR = Path(__file__).parent.parent / "assistant" / "evaluation" / "report" / "vendor"
LAMP = "The lamp of Ennet burned whale oil. In 1904 it was changed to gas. Nobody missed the smell."
QUAY = "The quay at Ennet was built of larch."
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}${alert(3)}"


def passage(id_: str, text: str, *, rank: int, start: int = 0, title: str | None = None) -> dict[str, Any]:
    return {
        "id": f"{id_}:{start}", "article_id": id_, "start": start, "end": start + len(text), "text": text,
        "score": 1 / rank, "rank": rank, "title": title, "source": "The Ennet Post",
        "published": dt.date(2020, 1, 2).isoformat(), "url": None,
    }  # fmt: skip


def cite(number: int, id_: str, text: str, quote: str) -> dict[str, Any]:
    start = text.index(quote)
    about = {"title": None, "source": "The Ennet Post", "published": None, "url": None, "author": None}
    place = {"start": start, "end": start + len(quote), "quote": quote}
    return {"number": number, "article_id": id_, "passage_id": f"{id_}:0", **place, **about}


def answer(text: str, **given: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "question": "?", "standalone_question": "?", "text": text, "short_answer": None, "found": True,
        "confidence": 0.8, "reader": "extractive", "statements": [], "citations": [], "passages": [],
        "usage": None, "notice": None, "time": None,
    }  # fmt: skip
    return known | given


def lamp(id_: str = "q1", *, right: bool = True, **given: Any) -> EvaluationRow:
    """Return a question on the lamp, rightly answered or with the wrong sentence of the right passage."""
    quote = "In 1904 it was changed to gas." if right else "Nobody missed the smell."
    gold = "In 1904 it was changed to gas."
    known: dict[str, Any] = {
        "question": "When was the lamp of Ennet changed to gas?",
        "type": "year",
        "answers": ("1904",),
        "articles": ("lamp",),
        "evidence": (
            GoldEvidence(article="lamp", quote=gold, start=LAMP.index(gold), end=LAMP.index(gold) + len(gold), rank=1),
        ),
        "article_rank": 1,
        "outcome": "right" if right else "retrieved but not used",
        "confidence": 0.8,
        "answer": answer(
            f"{quote} [1] And [2] is no source.",
            markers=[{"start": len(quote) + 1, "end": len(quote) + 4, "number": 1}],
            question="When was the lamp of Ennet changed to gas?",
            standalone_question="When was the lamp of Ennet changed to gas?",
            citations=[cite(1, "lamp", LAMP, quote)],
            passages=[passage("lamp", LAMP, rank=1, title="The lamp"), passage("quay", QUAY, rank=2)],
        ),
    }
    scores = {
        "right": float(right),
        "answer_in_text": float(right),
        "recall@1": 1.0,
        "recall@5": 1.0,
        "f1": float(right),
    }
    return make_row(id_, scores, **known | given)


def a_run(*rows: EvaluationRow, **given: Any) -> Run:
    run = make_run(rows or [lamp(), lamp("q2", right=False)], **given)
    return dataclasses.replace(run, curves=draw_curves(run.rows, run.metrics))


def timed(run: Run, **ms: float) -> Run:
    return dataclasses.replace(run, timings_ms={row.id: ms for row in run.rows})


def without_times(page: str) -> str:
    return re.sub(r'<script type="application/json" id="times">.*?</script>', "", page)


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def opened(page: Page, number: int = 0) -> Locator:
    """Open a question and return it."""
    question = page.locator("details.question").nth(number)
    question.locator("summary").first.click()
    return question


# What the page is made of


def test_the_same_run_gives_the_same_page_but_for_its_times() -> None:
    run = a_run()
    first, second = (render_report(timed(run, search=ms, total=3 * ms)) for ms in (10.0, 20.0))
    assert first != second
    assert without_times(first) == without_times(second)
    assert render_report(run) == render_report(run)


def test_the_page_refers_to_nothing_outside() -> None:
    page = re.sub(r"<script.*?</script>", "", render_report(a_run()), flags=re.DOTALL)
    assert "default-src &#39;none&#39;" in page
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", page)
    assert "url(" not in page


def test_text_of_a_run_cannot_end_a_script_or_start_an_element() -> None:
    row = lamp(HOSTILE, question=HOSTILE, type=HOSTILE, answers=(HOSTILE,))
    page = render_report(a_run(row, name=HOSTILE, warnings=(HOSTILE,)))
    assert HOSTILE not in page
    assert "<img" not in page
    assert data_of(page)["questions"][0]["question"] == HOSTILE


def test_a_lone_surrogate_does_no_harm() -> None:
    page = render_report(a_run(lamp(question="A question\ud83d?"), name="name\ud83d"))
    assert "A question" in page.encode().decode()


def test_a_passage_that_many_questions_read_is_there_once() -> None:
    page = render_report(a_run(*[lamp(f"q{at}") for at in range(30)]))
    assert page.count("Nobody missed the smell.") == 1


def test_the_libraries_are_those_that_the_readme_names() -> None:
    told = (VENDOR / "README.md").read_text()
    for name in ("d3.min.js", "plot.umd.min.js"):
        content = (VENDOR / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() in told
        assert b"</script" not in content.lower()
        assert (VENDOR / f"{name.partition('.')[0]}.LICENSE").exists()


# What it tells


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"outcome": "right"}, "The answer holds a gold answer."),
        (
            {"outcome": "retrieved but not used"},
            "The evidence was read (passage 1), but the answer cites something else.",
        ),
        (
            {"outcome": "wrongly refused"},
            "The evidence was read (passage 1), but the answer was “not found”, with confidence 0.80.",
        ),
        ({"outcome": "wrong span"}, "The answer cites the evidence, but does not hold a gold answer."),
        (
            {"outcome": "wrongly answered", "answerable": False},
            "The collection does not answer it, but an answer was given, with confidence 0.80.",
        ),
        (
            {"outcome": "failed", "failures": (EvaluationFailure("answer", "timeout", "It took too long."),)},
            "answer, timeout: It took too long.",
        ),
        (
            {
                "outcome": "not retrieved",
                "evidence": (GoldEvidence(article="quay", quote="x", start=90, end=91, rank=17),),
            },
            "None of the passages read has the evidence. The search found it at rank 17.",
        ),
        (
            {"outcome": "not retrieved", "evidence": (), "article_rank": None, "articles": ("mill",)},
            "None of the passages read has a gold article. It is not among the first 50 search results either.",
        ),
    ],
)
def test_it_says_why_a_question_has_its_outcome(given: dict[str, Any], why: str) -> None:
    assert explain(lamp(**given), depth=50) == why


def test_marks_are_counted_as_in_a_browser() -> None:
    text = "🜁🜂 In 1904 it was changed to gas."
    start = text.index("In")
    gold = GoldEvidence(article="lamp", quote=text[start:], start=start, end=len(text), rank=1)
    row = lamp(evidence=(gold,), answer=answer("x", passages=[passage("lamp", text, rank=1)]))
    told = describe_questions(a_run(row), None)["questions"][0]["answer"]["passages"][0]
    assert told["marks"] == [[start + 2, len(text) + 2, 1, 0]]


def test_overlapping_evidence_and_quotations_are_cut_into_stretches() -> None:
    told = describe_questions(a_run(lamp(), lamp("q2", right=False)), None)
    right, wrong = (one["answer"]["passages"][0]["marks"] for one in told["questions"])
    begin = LAMP.index("In 1904")
    end = LAMP.index(" Nobody")
    assert right == [[begin, end, 1, 1]]
    assert wrong == [[begin, end, 1, 0], [end + 1, len(LAMP), 0, 1]]


def test_a_run_with_nothing_measured_has_a_page() -> None:
    failed = make_row("q1", outcome="failed", failures=(EvaluationFailure("answer", "crash", "It broke."),))
    page = render_report(a_run(failed))
    assert "It broke." in page
    assert "1 questions could not be measured" in page


def test_the_gate_and_the_baseline_are_shown() -> None:
    before, after = a_run(lamp(), lamp("q2")), a_run(lamp(), lamp("q2", right=False))
    comparison = compare(before, after)
    verdict = decide(after, [parse_rule("max-drop", "f1=0.01")], comparison=comparison)
    page = render_report(after, comparison, verdict, baseline=before)
    assert "f1 went from 1.0000 to 0.5000" in page
    assert "1 got worse" in page
    assert data_of(page)["questions"][1]["change"] == {"before": "right", "better": False}


def test_runs_that_cannot_be_compared_are_reported() -> None:
    before, after = a_run(lamp()), a_run(lamp("q8"))
    page = render_report(after, compare(before, after), baseline=before)
    assert "They cannot be compared." in page


# In a browser


@pytest.fixture
def shown(tmp_path: Path) -> str:
    before, after = (timed(a_run(*many(right)), search=12.0, read=40.0, total=52.0) for right in (1, 0))
    file = tmp_path / "report.html"
    file.write_text(render_report(after, compare(before, after), baseline=before), encoding="utf-8")
    return file.as_uri()


def many(right: int) -> list[EvaluationRow]:
    """Return 300 questions, of which in one run all, in the other half of the first ten are right."""
    kinds = ["year", "place"]
    return [lamp(f"q{at}", right=bool(right or at >= 10 or at % 2), type=kinds[at % 2]) for at in range(300)]


def test_questions_can_be_filtered_and_opened(browser: Browser, shown: str) -> None:
    with visiting(browser, shown, path="") as page:
        expect(page.locator(".count")).to_have_text("300 questions")
        assert page.locator("details.question").count() < 300  # the others come when they are scrolled to
        page.get_by_label("Outcome").select_option("retrieved but not used")
        expect(page.locator(".count")).to_have_text("5 of 300 questions")
        expect(page.locator("details.question")).to_have_count(5)
        page.get_by_label("Outcome").select_option("")
        page.get_by_role("button", name="5 got worse").click()
        expect(page.locator(".count")).to_have_text("5 of 300 questions")
        question = opened(page)
        expect(question.locator(".why")).to_have_text(
            "The evidence was read (passage 1), but the answer cites something else."
        )
        expect(question.locator(".answer")).to_have_text("Nobody missed the smell.1 And [2] is no source.")
        expect(question.locator("mark.gold:not(.key mark)")).to_have_text("In 1904 it was changed to gas.")
        expect(question.locator("mark.cited:not(.key mark)")).to_have_text("Nobody missed the smell.")
        expect(question.locator(".facts")).to_contain_text("in the baselineright")
        page.get_by_role("searchbox").fill("no such words")
        expect(page.locator(".count")).to_have_text("0 of 300 questions")


def test_a_chip_shows_its_quote_and_leads_to_its_passage(browser: Browser, shown: str) -> None:
    with visiting(browser, shown, path="") as page:
        question = opened(page)
        chip = question.get_by_role("button", name="Source 1")
        chip.hover()
        expect(page.get_by_role("tooltip")).to_contain_text("Nobody missed the smell.")
        page.keyboard.press("Escape")
        expect(page.get_by_role("tooltip")).to_be_hidden()
        chip.focus()
        expect(page.get_by_role("tooltip")).to_be_visible()
        chip.click()
        expect(question.locator(".passage").first).to_be_in_viewport()


def test_the_list_is_for_the_keyboard_too(browser: Browser, shown: str) -> None:
    with visiting(browser, shown, path="") as page:
        first, second = (page.locator("details.question > summary").nth(at) for at in (0, 1))
        first.focus()
        page.keyboard.press("ArrowDown")
        expect(second).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("details.question").nth(1).locator(".why")).to_be_visible()
        page.keyboard.press("ArrowUp")
        expect(first).to_be_focused()


def test_every_plot_is_drawn(browser: Browser, shown: str) -> None:
    with visiting(browser, shown, path="") as page:
        for name in ("recall", "risk", "calibration", "latency", "breakdown"):
            expect(page.locator(f"#plot-{name} svg").first).to_be_visible()
        page.get_by_label("Metric").select_option("f1")
        expect(page.locator("#plot-breakdown svg")).to_have_attribute("aria-label", re.compile("f1 by type. "))


def test_it_fits_a_phone(browser: Browser, shown: str) -> None:
    with visiting(browser, shown, path="", viewport=PHONE, color_scheme="dark") as page:
        opened(page)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_it_works_in_a_sandboxed_frame_and_takes_its_theme(browser: Browser, shown: str, tmp_path: Path) -> None:
    around = tmp_path / "around.html"
    report = json.dumps((tmp_path / "report.html").read_text(encoding="utf-8")).replace("</", "<\\/")
    around.write_text(
        '<!doctype html><iframe sandbox="allow-scripts" width="900" height="700"></iframe><script>'
        f'const frame = document.querySelector("iframe"); frame.srcdoc = {report};'
        'frame.onload = () => frame.contentWindow.postMessage({ theme: "dark" }, "*");</script>',
        encoding="utf-8",
    )
    with visiting(browser, around.as_uri(), path="") as page:
        frame = page.frame_locator("iframe")
        expect(frame.locator(".count")).to_have_text("300 questions")
        expect(frame.locator("#plot-recall svg")).to_be_visible()
        expect(frame.locator("html")).to_have_attribute("data-theme", "dark")


def test_hostile_text_is_shown_unchanged(browser: Browser, tmp_path: Path) -> None:
    row = lamp(
        "q1", question=HOSTILE, type=HOSTILE, answers=(HOSTILE,),
        answer=answer(
            f"{HOSTILE} [1]", notice=HOSTILE, citations=[cite(1, "lamp", LAMP, "Nobody missed the smell.")],
            passages=[passage("lamp", HOSTILE, rank=1, title=HOSTILE)],
        ),
    )  # fmt: skip
    file = tmp_path / "report.html"
    file.write_text(render_report(a_run(row, lamp("q2"), name=HOSTILE)), encoding="utf-8")
    with visiting(browser, file.as_uri(), path="") as page:
        expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
        question = opened(page)
        expect(question.locator(".asked")).to_have_text(HOSTILE)
        expect(question.locator(".answer")).to_contain_text(HOSTILE)
        expect(question.locator(".passage p")).to_have_text(HOSTILE)
        expect(page.locator("img")).to_have_count(0)


def test_direction_marks_are_made_visible(browser: Browser, tmp_path: Path) -> None:
    odd = "The lamp \u202esag\u202c is \u2067out."
    row = lamp(question=odd, answers=(odd,), answer=answer(odd, passages=[passage("lamp", odd, rank=1, title=odd)]))
    file = tmp_path / "report.html"
    file.write_text(render_report(a_run(row, name=odd)), encoding="utf-8")
    with visiting(browser, file.as_uri(), path="") as page:
        question = opened(page)
        for selector in (".answer", ".passage p", ".passage b", ".gold-list li"):
            shown = question.locator(selector).first
            expect(shown.locator(".odd")).to_have_count(3)
            expect(shown.locator(".odd").first).to_have_attribute("data-code", "U+202E")
            assert shown.evaluate("one => /[\\u202a-\\u202e\\u2066-\\u2069]/.test(one.textContent)") is False
