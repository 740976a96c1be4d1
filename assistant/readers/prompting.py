"""What is sent to a language model: prompts are read and checked, passages fenced off, and everything made to fit."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.resources
import itertools
import re
from string import Template
from typing import TYPE_CHECKING

from assistant.chat_models.chat_model import PromptMessage
from assistant.errors import SettingsError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from assistant.chat_models.chat_model import ChatModel
    from assistant.conversation import Turn
    from assistant.understanding.kinds import Kind
    from index.article import ScoredPassage

NOT_IN_ARTICLES = "NOT IN THESE ARTICLES"

# The variables of each prompt: all are required, and no others are allowed.
_VARIABLES: dict[str, set[str]] = {
    "answer": {"not_found"},
    "passage": {"number", "mark", "title", "source", "author", "published", "text"},
    "question": {"mark", "passages", "today", "question"},
    "summary": set(),
    "timeline": set(),
    "comparison": set(),
    "notes": {"not_found"},
    "from_notes": {"mark", "notes", "today", "question"},
    "standalone": {"history", "today", "question"},
    "draft_questions": {"mark", "title", "source", "published", "text"},
}
# Chat templates add a few tokens to every message.
_AROUND_MESSAGE = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Prompts:
    """The texts of prompts/ as templates: the system message, a passage, the user's turn, and rewriting a follow-up.

    `summary`, `timeline` and `comparison` say what is different for these kinds of questions; `notes` and `from_notes`
    are for passages that do not fit in one request.
    """

    answer: Template
    passage: Template
    question: Template
    standalone: Template
    summary: Template
    timeline: Template
    comparison: Template
    notes: Template
    from_notes: Template

    def rules(self, kind: Kind) -> str:
        """Return the system message for a kind of question."""
        special = {"summary": self.summary, "timeline": self.timeline, "comparison": self.comparison}.get(kind)
        rules = self.answer.substitute(not_found=NOT_IN_ARTICLES)
        return f"{rules}\n\n{special.substitute()}" if special is not None else rules


@dataclasses.dataclass(frozen=True, slots=True)
class Composed:
    """What is sent to a model, and the passages it is shown: number n means `shown[n - 1]`."""

    messages: tuple[PromptMessage, ...]
    shown: tuple[ScoredPassage, ...]


def load_prompts(folder: Path | None = None) -> Prompts:
    """Return the prompts for answers; those in `folder` replace Dateline's own. Raises SettingsError."""
    return Prompts(**{field.name: load_prompt(field.name, folder) for field in dataclasses.fields(Prompts)})


def load_prompt(name: str, folder: Path | None = None) -> Template:
    """Return one prompt; one in `folder` replaces Dateline's own. Raises SettingsError."""
    if folder is not None:
        _check_folder(folder)
    override = folder / f"{name}.txt" if folder else None
    path = override if override and override.is_file() else importlib.resources.files("prompts") / f"{name}.txt"
    try:
        text = path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The prompt {path} cannot be read: {error}.", help="Save it as UTF-8 text.") from None
    return _check(Template(text), str(path), _VARIABLES[name])


def _check_folder(folder: Path) -> None:
    """Refuse a folder that does not exist or contains a file that is not a prompt, such as one with a misspelt name."""
    known = ", ".join(f"{name}.txt" for name in _VARIABLES)
    if not folder.is_dir():
        raise SettingsError(f"DATELINE_PROMPTS names {folder}, which is not a folder.", help="Correct or unset it.")
    for path in sorted(folder.glob("*.txt")):
        if path.stem not in _VARIABLES:
            raise SettingsError(f"{path} is not the name of a prompt.", help=f"They are {known}.")


def _check(template: Template, path: str, variables: set[str]) -> Template:
    """Return the template. Raises SettingsError if its variables are not those of its prompt."""
    takes = "It takes " + ", ".join(f"${name}" for name in sorted(variables)) + "; a dollar sign is written $$."
    if not template.is_valid():
        invalid = next(match for match in template.pattern.finditer(template.template) if match["invalid"] is not None)
        line = template.template.count("\n", 0, invalid.start()) + 1
        raise SettingsError(f"The prompt {path} has a dollar sign without a variable in line {line}.", help=takes)
    present = set(template.get_identifiers())
    for name in sorted(present ^ variables):
        problem = "does not know the variable" if name in present else "lacks the variable"
        raise SettingsError(f"The prompt {path} {problem} ${name}.", help=takes)
    return template


def compose(
    question: str,
    evidence: Sequence[ScoredPassage],
    *,
    model: ChatModel,
    history: Sequence[Turn],
    today: dt.date,
    prompts: Prompts,
    kind: Kind = "fact",
) -> Composed:
    """Return the messages that ask a model a question: the best passages that fit in full, then the newest turns.

    For a timeline the oldest passage is shown first. Raises SettingsError if not even one passage fits.
    """
    page = _Page(question, evidence, model=model, today=today, prompts=prompts, rules=prompts.rules(kind))
    shown, room = page.fit(evidence)
    if evidence and not shown:
        raise _too_small(model)
    if kind == "timeline":
        shown.sort(key=lambda scored: str(scored.article.published or ""))
    system, asked = page.messages(shown)
    return Composed((system, *_newest_turns(history, model, room), asked), tuple(shown))


def compose_notes(
    question: str,
    evidence: Sequence[ScoredPassage],
    *,
    model: ChatModel,
    today: dt.date,
    prompts: Prompts,
    most: int,
) -> list[Composed]:
    """Return up to `most` requests for notes that together show the passages in their order, numbered throughout.

    A passage that does not even fit alone is left out.
    """
    rules = prompts.notes.substitute(not_found=NOT_IN_ARTICLES)
    page = _Page(question, evidence, model=model, today=today, prompts=prompts, rules=rules)
    requests: list[Composed] = []
    rest, before = list(evidence), 0
    while rest and len(requests) < most:
        shown, _ = page.fit(rest, in_order=True)
        if not shown:
            rest = rest[1:]
            continue
        requests.append(Composed(page.messages(shown, first=before + 1), tuple(shown)))
        before += len(shown)
        rest = rest[len(shown) :]
    return requests


def compose_from_notes(
    question: str,
    notes: Sequence[str],
    shown: Sequence[ScoredPassage],
    *,
    model: ChatModel,
    history: Sequence[Turn],
    today: dt.date,
    prompts: Prompts,
    kind: Kind,
) -> Composed:
    """Return the messages that ask for an answer from notes, as many as fit; their numbers are those of `shown`."""
    notes = [_without_tags(note.strip()) for note in notes]
    mark = make_mark([question, *notes])

    def ask(text: str) -> PromptMessage:
        values = {"mark": mark, "notes": text, "today": _day(today), "question": neutralise(question)}
        return PromptMessage("user", prompts.from_notes.substitute(values))

    system = PromptMessage("system", prompts.rules(kind))
    room = _room(model, system, ask(""))
    kept: list[str] = []
    for note in notes:
        room -= model.count_tokens(note)
        if room < 0:
            break
        kept.append(note)
    if not kept:
        raise _too_small(model)
    return Composed((system, *_newest_turns(history, model, room), ask("\n\n".join(kept))), tuple(shown))


class _Page:
    """Shows numbered passages to a model, as many as fit beside the rules and the question."""

    def __init__(
        self,
        question: str,
        evidence: Sequence[ScoredPassage],
        *,
        model: ChatModel,
        today: dt.date,
        prompts: Prompts,
        rules: str,
    ) -> None:
        self._question, self._model, self._today, self._prompts = question, model, today, prompts
        self._abouts = {scored.passage.id: _about(scored) for scored in evidence}
        self._mark = make_mark([question, *(text for about in self._abouts.values() for text in about.values())])
        self._system = PromptMessage("system", rules)

    def fit(self, evidence: Sequence[ScoredPassage], *, in_order: bool = False) -> tuple[list[ScoredPassage], int]:
        """Return the passages that fit, and the tokens left; `in_order`, none after the first that does not."""
        room = _room(self._model, self._system, self._ask(""))
        shown: list[ScoredPassage] = []
        for scored in evidence:
            needed = self._model.count_tokens(self._show(scored, len(shown) + 1))
            if needed <= room:
                room -= needed
                shown.append(scored)
            elif in_order:
                break
        return shown, room

    def messages(self, shown: Sequence[ScoredPassage], *, first: int = 1) -> tuple[PromptMessage, PromptMessage]:
        """Return the rules, and the question with the passages, which are numbered from `first`."""
        texts = [self._show(scored, number) for number, scored in enumerate(shown, start=first)]
        return self._system, self._ask("\n\n".join(texts))

    def _show(self, scored: ScoredPassage, number: int) -> str:
        return self._prompts.passage.substitute(self._abouts[scored.passage.id], number=number, mark=self._mark)

    def _ask(self, passages: str) -> PromptMessage:
        values = {
            "mark": self._mark,
            "passages": passages,
            "today": _day(self._today),
            "question": neutralise(self._question),
        }
        return PromptMessage("user", self._prompts.question.substitute(values))


def compose_standalone(
    question: str, history: Sequence[Turn], *, model: ChatModel, today: dt.date, prompts: Prompts
) -> tuple[PromptMessage, ...]:
    """Return the messages that ask a model to rewrite a follow-up so that it stands alone, with the newest turns that
    fit.
    """

    def ask(turns: str) -> PromptMessage:
        values = {"history": turns, "today": _day(today), "question": neutralise(question)}
        return PromptMessage("user", prompts.standalone.substitute(values))

    turns = _newest_turns(history, model, _room(model, ask("")))
    lines = (f"{'Question' if turn.role == 'user' else 'Answer'}: {turn.content}" for turn in turns)
    return (ask("\n".join(lines)),)


def make_mark(texts: Iterable[str]) -> str:
    """Return eight hexadecimal digits that do not occur in any of the texts.

    They are a hash of the texts, so the author of a text cannot know the mark: writing it into the text changes it.
    """
    everything = "\0".join(texts)
    marks = (hashlib.sha256(f"{attempt}\0{everything}".encode()).hexdigest()[:8] for attempt in itertools.count())
    return next(mark for mark in marks if mark not in everything.casefold())


# A tag, a token of a chat template such as <|im_start|> or [/INST], and what could pass for a citation marker.
_TAG = re.compile(r"[<＜](?=[/|!?<]|[^\W\d]|\s++(?:/\s*+)?(?:passage|system|user|assistant)\b)", re.IGNORECASE)
_TEMPLATE = re.compile(r"\[(/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS))\]")
_MARKER = re.compile(r"[\[［【](\d+(?:\s*[-–,;]\s*\d+)*)[\]］】]")


def neutralise(text: str) -> str:
    """Return a text that cannot be mistaken for markup: tags lose their brackets, and [1] becomes (1)."""
    return _MARKER.sub(r"(\1)", _without_tags(text))


def _without_tags(text: str) -> str:
    return _TEMPLATE.sub(r"(\1)", _TAG.sub("‹", text))


def _about(scored: ScoredPassage) -> dict[str, str]:
    """Return what a model is shown of a passage."""
    article = scored.article
    values = {
        "title": article.title,
        "source": article.source,
        "author": article.author,
        "published": article.published.isoformat() if article.published else None,
        "text": scored.passage.text,
    }
    return {name: neutralise(value or "unknown") for name, value in values.items()}


def _newest_turns(history: Sequence[Turn], model: ChatModel, room: int) -> list[PromptMessage]:
    """Return the newest turns that fit, oldest first, without their markers, which refer to other passages."""
    messages: list[PromptMessage] = []
    for turn in reversed(history):
        pair = [
            PromptMessage("user", neutralise(turn.question)),
            PromptMessage("assistant", neutralise(re.sub(r"(?:(?<!\s)\s++)?+" + _MARKER.pattern, "", turn.answer))),
        ]
        room -= _count(model, *pair)
        if room < 0:
            break
        messages[:0] = pair
    return messages


def _room(model: ChatModel, *messages: PromptMessage) -> int:
    """Return the tokens left for passages and turns besides the answer and these messages."""
    room = model.context_window - model.max_output - _count(model, *messages)
    if room < 0:
        raise _too_small(model)
    return room


def _count(model: ChatModel, *messages: PromptMessage) -> int:
    return sum(_AROUND_MESSAGE + model.count_tokens(message.content) for message in messages)


def _too_small(model: ChatModel) -> SettingsError:
    return SettingsError(
        f"The {model.context_window} tokens of {model.name} leave no room for a passage"
        f" and an answer of {model.max_output}.",
        help="Raise DATELINE_LLM_CONTEXT_WINDOW, or lower DATELINE_LLM_MAX_OUTPUT.",
    )


def _day(day: dt.date) -> str:
    return f"{day:%A}, {day.isoformat()}"
