"""The Evaluate tab in a real browser: a set is uploaded and run, its report shown, and two runs compared."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser import PHONE, browser, copied, of_gradio, visiting
from tests.serving import PATIENCE, Running, running, settings
from ui.chat.run_list import runs_html
from ui.service.evaluation_store import Evaluation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["browser"]  # a fixture
pytestmark = of_gradio

HOSTILE = "<img src=x onerror=alert(1)> ${alert(2)} {{value}} \\u `x`"
ROWS: list[dict[str, Any]] = [
    {
        "id": "demand",
        "question": "What did Grushko demand?",
        "answers": ["ironclad security guarantees"],
        "articles": ["grushko-guarantees"],
        "type": "fact",
    },
    {"id": "hostile", "question": HOSTILE, "answerable": False, "type": HOSTILE},
    {"id": "harvest", "question": "How large was the cranberry harvest on Thule?", "answerable": False, "type": "fact"},
]


@pytest.fixture(scope="module")
def started(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = copied(sample_home, tmp_path_factory.mktemp("evaluate"))
    with running(settings(home, max_upload_mb=1), chat=True) as server:
        yield server


@pytest.fixture
def server(started: Running) -> Iterator[Running]:
    """The sample collection, without runs and kept sets at the beginning of each test."""
    yield started
    evaluations = started.app.state.service.evaluations
    for evaluation in evaluations.all():
        evaluations.remove(evaluation.id)
    for name in evaluations.set_names():
        if name != "samples":
            evaluations.remove_set(name)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "islands (1).jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in ROWS))
    return path


@contextlib.contextmanager
def evaluating(browser: Browser, server: Running, **options: Any) -> Iterator[Page]:
    """Open the tab."""
    with visiting(browser, server.url, **options) as page:
        page.get_by_role("tab", name="Evaluate").click()
        expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()
        runs = page.locator("#evaluate-runs")
        expect(runs.locator(".run").or_(runs.get_by_text("There are no runs yet.")).first).to_be_visible()
        yield page


def send(page: Page, path: Path) -> None:
    page.get_by_label("Upload a question set").set_input_files(path)
    expect(page.locator("#evaluate-said")).to_contain_text("Saved")


def run(page: Page) -> None:
    """Run the set that is chosen, and wait for its end."""
    before = page.locator(".run.done").count()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator(".run.done")).to_have_count(before + 1)


def report(page: Page) -> FrameLocator:
    """Open the report of the newest run."""
    page.get_by_role("button", name="Report of").first.click()
    frame = page.frame_locator("#evaluate-report iframe")
    expect(frame.get_by_role("heading", level=1)).to_be_visible()
    return frame


def test_a_set_is_uploaded_and_run_and_its_report_is_shown(browser: Browser, server: Running, questions: Path) -> None:
    with evaluating(browser, server) as page:
        expect(page.locator("#evaluate-runs")).to_contain_text("There are no runs yet.")
        send(page, questions)
        expect(page.locator("#evaluate-said")).to_contain_text("Saved “islands -1”: 3 questions.")
        expect(page.get_by_role("combobox", name="Question set")).to_have_value("islands -1")
        run(page)
        expect(page.locator(".run").first).to_contain_text("3 questions")
        expect(page.locator(".run-figure").first).to_contain_text("right")
        frame = report(page)
        expect(frame.locator(".figures").first).to_contain_text("recall@5")
        expect(frame.locator("#plot-latency svg")).to_be_visible()
        expect(frame.locator(".count")).to_have_text("3 questions")
        frame.locator("details.question summary").first.click()
        expect(frame.locator(".chip").first).to_be_visible()
        expect(frame.locator(".asked").nth(1)).to_have_text(HOSTILE)


def test_two_runs_are_compared(browser: Browser, server: Running, questions: Path) -> None:
    with evaluating(browser, server) as page:
        send(page, questions)
        run(page)
        page.get_by_label("At most").fill("2")
        run(page)
        frame = report(page)
        expect(frame.get_by_text("Against the baseline")).to_have_count(0)
        page.get_by_label("Compare with").select_option(index=1)
        expect(frame.get_by_text("Of 2 questions that both have")).to_be_visible()
        page.locator("[data-theme]").first.click()
        expect(frame.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_report_can_be_downloaded_and_closed(
    browser: Browser, server: Running, questions: Path, tmp_path: Path
) -> None:
    with evaluating(browser, server) as page:
        send(page, questions)
        run(page)
        report(page)
        with page.expect_download() as downloading:
            page.get_by_role("button", name="Download").click()
        assert "How large was the cranberry harvest" in downloading.value.path().read_text(encoding="utf-8")
        page.get_by_role("button", name="Close", exact=True).click()
        expect(page.locator(".evaluate-viewer")).to_be_hidden()


def test_the_samples_can_be_run_and_stopped_and_removed(browser: Browser, server: Running) -> None:
    with evaluating(browser, server) as page:
        expect(page.get_by_role("combobox", name="Question set")).to_have_value("samples")
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_role("button", name="Stop samples").click()
        expect(page.locator(".run.cancelled")).to_have_count(1)
        remove = page.get_by_role("button", name="Remove samples")
        remove.click()
        expect(remove).to_have_text("Really remove?")
        remove.click()
        expect(page.locator("#evaluate-runs")).to_contain_text("There are no runs yet.")


def test_a_run_started_elsewhere_is_followed(browser: Browser, server: Running) -> None:
    asked = {"name": "samples", "limit": 5}
    httpx.post(f"{server.url}/api/evaluations", json=asked, timeout=PATIENCE).raise_for_status()
    with evaluating(browser, server) as page:
        expect(page.locator(".run.done")).to_have_count(1)


def test_a_file_without_questions_is_refused(browser: Browser, server: Running, tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text('{"answers": ["x"]}\n')
    with evaluating(browser, server) as page:
        page.get_by_label("Upload a question set").set_input_files(path)
        expect(page.locator("#evaluate-said")).to_contain_text("notes.jsonl, line 1: question is missing.")


def test_a_kept_set_can_be_removed(browser: Browser, server: Running, questions: Path) -> None:
    with evaluating(browser, server) as page:
        send(page, questions)
        page.get_by_role("button", name="Remove this set").click()
        page.get_by_role("button", name="Really remove it?").click()
        expect(page.get_by_role("combobox", name="Question set")).to_have_value("samples")
        assert server.app.state.service.evaluations.set_names() == ["samples"]


def test_it_fits_a_phone(browser: Browser, server: Running, questions: Path) -> None:
    with evaluating(browser, server, viewport=PHONE) as page:
        send(page, questions)
        run(page)
        report(page)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


# What the list is made of


def test_hostile_names_are_shown_as_text() -> None:
    at = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    failed = Evaluation(
        id="0" * 16, name=HOSTILE, reader="dateline", status="failed", created_at=at, error={"message": HOSTILE}
    )
    html = runs_html([failed, dataclasses.replace(failed, status="done", is_whole=True)])
    assert "<img" not in html
    assert 'onerror=alert(1)"' not in html


def test_a_run_reduced_to_its_figures_has_no_report() -> None:
    figures = {"right": {"value": 0.5, "lower": 0.25, "upper": 0.75, "n": 4}}
    done = Evaluation(id="0" * 16, name="x", reader="dateline", status="done", metrics=figures)
    assert "0.250 to 0.750" in runs_html([done])
    assert "data-report" not in runs_html([done])
    assert "data-report" in runs_html([dataclasses.replace(done, is_whole=True)])
