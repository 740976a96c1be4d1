"""What is quoted reads well alone: whole quotations, no dangling start, no copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.readers.excerpts import excerpt, merge_copies, reads_alone, state
from assistant.readers.sentence_features import list_sentences
from index import Article, ScoredPassage
from index.article import Passage

if TYPE_CHECKING:
    from assistant.readers.reader import DraftStatement


def quote(text: str, wanted: str, name: str = "a") -> DraftStatement:
    """Return the statement made of the sentence of `text` that has the `wanted` words."""
    article = Article.create(text, id=name)
    passage = Passage(f"{name}-1", name, 0, len(article.text), article.text)
    sentences = list_sentences([ScoredPassage(passage, article, 1.0, 1)])
    span = excerpt(next(one for one in sentences if wanted in one.text))
    assert article.text[span.start : span.end] == span.text
    return state(span)


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        (
            "Mayor Ode Varn spoke first. She wants a new pier. The vote is in May.",
            "new pier",
            "Mayor Ode Varn spoke first. She wants a new pier.",
        ),
        (
            "Ode Varn spoke.\n\nShe left. But she came back for the vote.",
            "the vote",
            "Ode Varn spoke. She left. But she came back for the vote.",
        ),
        (
            "The vote was late. “We waited for the ferry. Nobody told us why,” said Ode Varn. Rain fell.",
            "Nobody told",
            "“We waited for the ferry. Nobody told us why,” said Ode Varn.",
        ),
        (
            "The vote was late. “We waited for the ferry. Nobody told us why,” said Ode Varn. Rain fell.",
            "We waited",
            "“We waited for the ferry. Nobody told us why,” said Ode Varn.",
        ),
        (
            'VARN SAID : " WE WAITED FOR THE FERRY . " THE PIER WAS CLOSED . RAIN FELL .',
            "THE PIER",
            "THE PIER WAS CLOSED .",
        ),
        (
            'THE VOTE WAS LATE . " WE WAITED, " SAID VARN, " FOR THE FERRY . " THE PIER WAS CLOSED .',
            "WE WAITED",
            '" WE WAITED, " SAID VARN, " FOR THE FERRY . "',
        ),
        (
            "Rain fell. “We waited for the ferry. Nobody came to the pier. It was a shame,” said Ode Varn.",
            "Nobody came",
            "“We waited for the ferry. Nobody came to the pier. It was a shame,” said Ode Varn.",
        ),
        ("But Varn wants a pier. The vote is in May.", "a pier", "Varn wants a pier."),
        ("The vote is in May. Rain fell.", "The vote", "The vote is in May."),
    ],
)
def test_an_excerpt_stands_alone(text: str, wanted: str, expected: str) -> None:
    statement = quote(text, wanted)
    assert statement.text == expected
    assert reads_alone(statement.text)


def test_a_sentence_that_cannot_be_completed_is_kept_as_it_is() -> None:
    long = "Varn said that the pier was old and that the town should have built a new one years ago. " * 10
    assert quote(f"{long}\n\nShe wants a new pier.", "new pier").text.endswith("She wants a new pier.")


def test_copies_in_several_articles_are_one_statement_with_all_citations() -> None:
    wire = "Ode Varn opened the new pier in Marl on Friday after 14 years of repairs."
    copies = [quote(f"{wire} Rain fell.", "new pier", name) for name in ("one", "two")]
    other = quote("Ode Varn opened the new pier in Marl on Friday after 15 years of repairs.", "new pier", "three")
    merged = merge_copies([copies[0], other, copies[1], copies[0]])
    assert [statement.text for statement in merged] == [wire, other.text]
    assert [span.passage.article_id for span in merged[0].spans] == ["one", "two"]
