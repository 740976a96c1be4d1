"""What a reader tells about a text that did not come in exactly as it stood in its source.

A reader makes a `Notice` for everything it leaves out, repairs, guesses or cannot read, and gives them to
`Article.create(..., notices=...)` or `compose(..., notices=...)`. They are stored with the article, shown by
`dateline show --dropped`, REST and the page, and summed up in the report of an addition:

    notices = [
        Notice(kind="left_out", rule="page furniture: caption", text="The pier (AP Photo)", place="line 7"),
        Notice(kind="left_out", rule="tracked deletion", text="three million", place="paragraph 2"),
        Notice(kind="repaired", rule="quotation mark", text='"The pier, sold', place="line 12"),
        Notice(kind="guessed", rule="encoding", text="windows-1251"),
        Notice(kind="unread", rule="date", text="03/04/2025"),
        Notice(kind="unread", rule="page without text", text="page 3"),
    ]

`Article.create` itself adds a notice for lines with U+FFFD, which stands for bytes that are no characters, so readers
that decode with `errors="replace"` need not. What does not become an article at all is a `SourceError`, as before.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

NoticeKind = Literal["left_out", "repaired", "guessed", "unread"]
KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)
_MOST = 10_000  # notices of one article
_MOST_GROUPS = 100
_EXAMPLE = 200  # characters
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"


def _about(description: str, example: object) -> dict[str, Any]:
    """Return what REST documents of a field."""
    return {"description": description, "examples": [example]}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that reading left out, repaired, guessed or could not read, and the text it is about.

    `rule` names what decided it; words after a colon narrow it down, and reports only count what stands before.
    `place` says where it was in the source, in words ("line 7", "page 3"), if that is known.
    """

    kind: NoticeKind = dataclasses.field(
        metadata=_about("Whether the text was left out, repaired, guessed or not read.", "left_out")
    )
    rule: str = dataclasses.field(metadata=_about("What decided it.", "page furniture: sharing"))
    text: str = dataclasses.field(metadata=_about("The text it is about.", "Share this article"))
    place: str = dataclasses.field(default="", metadata=_about("Where it was in the source.", "line 7"))

    @property
    def category(self) -> str:
        """What stands before the colon of the rule."""
        return self.rule.partition(":")[0]

    @property
    def lines(self) -> int:
        """How many lines the text has, without empty ones."""
        return max(1, sum(bool(line.strip()) for line in self.text.split("\n")))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NoticeGroup:
    """All notices of one kind and category in an addition: how many articles and lines, and one of them."""

    kind: NoticeKind = dataclasses.field(
        metadata=_about("Whether texts were left out, repaired, guessed or not read.", "left_out")
    )
    rule: str = dataclasses.field(metadata=_about("What decided it.", "page furniture"))
    articles: int = dataclasses.field(metadata=_about("How many articles it is about.", 1))
    lines: int = dataclasses.field(metadata=_about("How many lines it is about.", 3))
    example: str = dataclasses.field(
        metadata=_about("The beginning of one of the texts, if there is any.", "Share this article")
    )
    article_id: str = dataclasses.field(metadata=_about("The article with that text.", "ferry-late"))


def all_notices(text: str, notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Return the notices of an article with this text, each once, with those about unreadable characters in it."""
    unique = dict.fromkeys(notices)
    if _UNREADABLE in text:
        for number, line in enumerate(text.split("\n"), 1):
            if _UNREADABLE in line:
                place = f"line {number} of the article"
                unique[Notice(kind="repaired", rule="unreadable characters", text=line, place=place)] = None
    kept = list(unique)
    if len(kept) > _MOST:
        rest = "\n".join(notice.text for notice in kept[_MOST - 1 :])
        kept[_MOST - 1 :] = [Notice(kind=kept[_MOST - 1].kind, rule="many more", text=rest)]
    return tuple(kept)


def notices_json(notices: Iterable[Notice]) -> list[dict[str, str]]:
    """Return notices as plain values."""
    return [{field: getattr(notice, field) for field in _FIELDS} for notice in notices]


def notices_from_json(values: Iterable[Mapping[str, str]]) -> tuple[Notice, ...]:
    """Return the notices in plain values. Raises ValueError, KeyError or TypeError if they are none."""
    return tuple(_notice(value) for value in values)


def _notice(value: Mapping[str, str]) -> Notice:
    fields = {field: value[field] for field in _FIELDS}
    if fields["kind"] not in KINDS or not all(isinstance(part, str) for part in fields.values()):
        raise ValueError("not a notice")
    return Notice(**fields)  # type: ignore[arg-type]


_FIELDS = tuple(field.name for field in dataclasses.fields(Notice))


class NoticeTally:
    """Counts the notices of the articles in an addition by kind and category; articles without a date count, too."""

    def __init__(self) -> None:
        self._groups: dict[tuple[NoticeKind, str], NoticeGroup] = {}

    def count(self, article_id: str, published: dt.date | None, notices: Sequence[Notice]) -> None:
        """Count what is told about one article."""
        own: dict[tuple[NoticeKind, str], list[Notice]] = {}
        for notice in notices:
            own.setdefault((notice.kind, notice.category), []).append(notice)
        if published is None:
            own.setdefault(("unread", "date"), [])
        for (kind, rule), group in own.items():
            example = next(iter(group[0].text.split("\n")))[:_EXAMPLE] if group else ""
            lines = sum(notice.lines for notice in group)
            self.add(NoticeGroup(
                kind=kind, rule=rule, articles=1, lines=lines, example=example, article_id=article_id
            ))  # fmt: skip

    def add(self, group: NoticeGroup) -> None:
        """Count what was counted before."""
        known = self._groups.get((group.kind, group.rule))
        if known is None and len(self._groups) < _MOST_GROUPS:
            self._groups[group.kind, group.rule] = group
        elif known is not None:
            shown = known if known.example else group
            self._groups[group.kind, group.rule] = dataclasses.replace(
                shown, articles=known.articles + group.articles, lines=known.lines + group.lines
            )

    def groups(self) -> tuple[NoticeGroup, ...]:
        """Return what was counted, in the order of the kinds."""
        return tuple(sorted(self._groups.values(), key=lambda group: KINDS.index(group.kind)))


def joined(*parts: Iterable[NoticeGroup]) -> tuple[NoticeGroup, ...]:
    """Return the groups of several additions as those of one."""
    tally = NoticeTally()
    for part in parts:
        for group in part:
            tally.add(group)
    return tally.groups()


def in_words(group: NoticeGroup) -> str:
    """Return a group as a sentence of a report, such as "3 lines left out as page furniture"."""
    lines = f"{group.lines:,} line{'' if group.lines == 1 else 's'}"
    articles = f"{group.articles:,} article{'' if group.articles == 1 else 's'}"
    example = f" (such as “{group.example}”)" if group.example else ""
    match group.kind:
        case "left_out":
            return f"{lines} left out as {group.rule}, in {articles}"
        case "repaired":
            return f"{lines} repaired: {group.rule}, in {articles}{example}"
        case "guessed":
            return f"{group.rule[:1].upper()}{group.rule[1:]} guessed, in {articles}{example}"
        case "unread":
            return f"No {group.rule} could be read, in {articles}{example}"
