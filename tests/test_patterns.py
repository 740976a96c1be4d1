"""No regular expression takes much longer than a text is long, whatever the text."""

from __future__ import annotations

import re
import signal
import time

import pytest

from tests.patterns import Attack, Used, attacks, find_patterns

pytestmark = pytest.mark.slow

TRUSTED = {"ui.chat.gateway._INLINE"}  # looks through Gradio's own page, and nothing else
PATTERNS = [used for used in find_patterns() if used.place not in TRUSTED]
SIZE, TIMES = 2_000, 10
NOTICED = 0.001  # seconds, which few patterns that are well take for SIZE characters
ENOUGH = 2.0
LEAST = 0.15  # seconds, which what is quadratic takes for TIMES as much text even on a fast machine
MOST = 40.0  # what TIMES as much text may take, where linear is 10 and quadratic is 100


def slow_text(used: Used) -> str | None:
    """Return a text for which a pattern takes time that grows faster than it does."""
    return next((f"{attack.text(60)!r}" for attack in attacks(used.pattern) if is_slow(used, attack)), None)


def is_slow(used: Used, attack: Attack) -> bool:
    short = attack.text(SIZE)
    if took(used, short) < NOTICED:
        return False
    # Whatever else the machine does makes some of these longer, so the shortest counts.
    first = min(took(used, short) for _ in range(4))
    if first < NOTICED:
        return False
    long = attack.text(SIZE * TIMES)
    return min(took(used, long) for _ in range(3)) > min(max(MOST * first, LEAST), ENOUGH * 0.9)


def took(used: Used, text: str) -> float:
    """Return how many seconds of the processor a text takes, ENOUGH where it takes any longer."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, ENOUGH)
    began = time.thread_time()
    try:
        used.run(text)
    except TimeoutError:
        return ENOUGH
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return time.thread_time() - began


@pytest.mark.parametrize(
    "pattern", [r"\s+$", r"(?:a+)+b", r"\w+-\w+", r"a\s*b?\s*c", r"“[^”]*”", r"https?://\S+(?:[\s,]+https?://\S+)*x"]
)
def test_a_pattern_that_is_not_linear_is_detected(pattern: str) -> None:
    assert slow_text(Used("here", re.compile(pattern), is_whole=False))


@pytest.mark.parametrize("pattern", [r"(?<!\s)\s++$", r"(?<!a)a++b", r"\b\w++-\w++", r"a\s*+(?:b\s*+)?c", r"“[^“”]*”"])
def test_a_pattern_that_is_linear_passes(pattern: str) -> None:
    assert not slow_text(Used("here", re.compile(pattern), is_whole=False))


def test_the_patterns_of_the_code_are_found() -> None:
    places = {used.place.partition(":")[0].rpartition(".")[0] for used in PATTERNS} | {used.place for used in PATTERNS}
    assert len(PATTERNS) > 200
    assert {
        "index.sources.text.furniture.RULES",
        "index.sources.metadata.header._DATELINE",
        "assistant.understanding.followup._PRONOUN",
    } <= places


@pytest.mark.parametrize("used", PATTERNS, ids=[used.place for used in PATTERNS])
def test_every_pattern_is_linear(used: Used) -> None:
    assert slow_text(used) is None
