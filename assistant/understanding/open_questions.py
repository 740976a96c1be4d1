"""Whether a question leaves open what it is about, so that a conversation has to say it: weighed by fitted weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.readers.scoring import logistic, weigh
from assistant.understanding.carried_terms import measure_question, rarity_of, words_of
from assistant.understanding.carried_weights import OPEN_WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.conversation import Turn

_FIRST = "what who how when where why which is are was were do does did can could tell".split()
_TWO = 2
_RARE = 0.95
_COMMON = 0.85
_ADDRESSED = frozenset("i you my your me".split())
_HANGING = frozenset("of for in from with to about on".split())
_BINDING = frozenset("in of at from for".split())
_OF_HISTORY = ("answered", "short_answer", "turns", "last_who", "last_length")


def weigh_openness(question: str, turns: Sequence[Turn]) -> float:
    """Return the probability that a question needs words of the conversation."""
    return logistic(weigh(OPEN_WEIGHTS, measure_openness(question, turns)))


def measure_openness(question: str, turns: Sequence[Turn]) -> dict[str, float]:
    """Return what shows whether a question says itself what it is about."""
    words = words_of(question)
    lower = [word.text.lower() for word in words]
    telling = [word for word in words if word.terms]
    rarities = sorted((rarity_of(word.text) for word in telling), reverse=True)
    about = {name: value for name, value in measure_question(question, turns).items() if name not in _OF_HISTORY}
    first = lower[0] if lower else ""
    return about | {
        **{f"first_{word}": float(first == word) for word in _FIRST},
        "first_other": float(first not in _FIRST),
        "how_many_names": min(sum(word.is_name for word in words), 4) / 4,
        "number": float(any(word.text[0].isdigit() for word in words)),
        "usual_rarity": sum(rarities) / len(rarities) if rarities else 0.0,
        "all_rarity": min(sum(rarities), 8) / 8,
        "second_rarity": rarities[1] if len(rarities) > 1 else 0.0,
        "rare_words": sum(rarity > _RARE for rarity in rarities) / 4,
        "addressed": float(not _ADDRESSED.isdisjoint(lower)),
        "common_after_the": sum(
            before == "the" and bool(word.terms) and rarity_of(word.text) < _COMMON
            for before, word in zip(lower, words[1:], strict=False)
        )
        / 2,
        "hanging": float(bool(lower) and lower[-1] in _HANGING),
        "bound_within": float(not _BINDING.isdisjoint(lower[1:-1])),
        "open_pronoun": (1 - about["no_pronoun"]) * (1 - about["bound"]),
        "lower": float(question == question.lower()),
        "words": min(len(words), 15) / 15,
        "one_term": float(len(telling) <= 1),
        "two_terms": float(len(telling) == _TWO),
    }
