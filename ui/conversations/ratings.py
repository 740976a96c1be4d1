"""Users' ratings of answers, as a question set."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from assistant import sources_json
from assistant.evaluation.sets.formats.values import filters
from assistant.evaluation.sets.question_set import Evidence, Question
from ui.conversations.kept import REMOVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ui.conversations.kept import KeptTurn


def as_questions(rated: Iterable[tuple[str, KeptTurn]]) -> Iterator[Question]:
    """Yield the questions of turns with feedback, each with the id of its conversation, in the form of a question set.

    A liked answer counts as right: its citations are the evidence, and its short answer, if it has one, the answer. A
    disliked one gets the type `disliked` and the reason, and no gold answer; that the question has an answer is only
    assumed. Answers whose articles have been removed since say nothing and are left out.
    """
    for conversation, turn in rated:
        answer, feedback = turn.answer, turn.feedback
        if feedback is None or answer["text"] == REMOVED:
            continue
        known: dict[str, Any] = {"type": "disliked"}
        if feedback.good:
            known = {
                "type": "liked",
                "answers": (answer["short_answer"],) if answer["short_answer"] else (),
                "answerable": answer["found"],
                "articles": tuple(dict.fromkeys(source["article_id"] for source in sources_json(answer))),
                "evidence": tuple(
                    Evidence(article=citation["article_id"], quote=citation["quote"])
                    for citation in answer["citations"]
                ),
            }
        yield Question(
            id="feedback-" + hashlib.sha256(f"{conversation} {turn.number}".encode()).hexdigest()[:16],
            question=turn.standalone_question,
            filters=filters(turn.filters),
            as_of=turn.asked_at.date(),
            fields={"reason": feedback.reason} if feedback.reason else {},
            **known,
        )
