"""What the command line prints: in colour on a terminal, plain in a pipe."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from assistant import Citation, DoneEvent, PassagesEvent, RestartEvent, TextEvent
from assistant.support.marker_places import in_plain_text, pieces
from index.notices import in_words
from ui.visible import plain, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from assistant import Answer, Event, Marker
    from index import Article, ArticleInfo, ScoredPassage
    from index.notices import NoticeGroup, NoticeKind

_NEAREST = 3
_KINDS: dict[NoticeKind, str] = {
    "left_out": "Left out", "repaired": "Repaired", "guessed": "Guessed", "unread": "Not read"
}  # fmt: skip


def print_stream(events: Iterable[Event], question: str) -> Answer:
    """Print an answer as it is written, then its citations or the nearest passages; return the answer."""
    console = open_console()
    answer = None
    printed = 0
    for event in events:
        if isinstance(event, PassagesEvent) and event.standalone_question != " ".join(question.split()):
            print_text(console, Text(f"({plain(event.standalone_question)})", "dim"))
        elif isinstance(event, TextEvent):
            console.print(
                _marked(event.text, [marker.moved(-printed) for marker in event.markers]), end="", soft_wrap=True
            )
            printed += len(event.text)
        elif isinstance(event, RestartEvent):
            console.print(Text("\n(starts again)", "dim"))
            printed = 0
        elif isinstance(event, DoneEvent):
            answer = event.answer
    if answer is None:
        raise TypeError("the events ended without an answer")
    console.print()
    _print_rest(console, answer)
    return answer


def _print_rest(console: Console, answer: Answer) -> None:
    """Print the part after the text of an answer."""
    if answer.notice:
        print_text(console, Text(plain(answer.notice), "yellow"))
    for statement in answer.statements:
        if not statement.supported:
            print_text(console, Text(f"Not supported by the articles: {one_line(statement.text)}", "red"))
    if answer.short_answer and answer.short_answer.strip() != answer.text.strip():
        print_text(console, Text.assemble(("In short: ", "dim"), (plain(answer.short_answer), "bold")))
    _print_sources(console, answer)
    read, seconds = len(answer.passages), answer.timings_ms["total"] / 1e3
    if answer.time:
        print_text(console, Text(f"Understood as a time: “{plain(answer.time.phrase or '')}”", "dim"))
    if answer.kind not in {"fact", "small_talk"}:
        print_text(console, Text(f"Understood as a question of the kind “{answer.kind.replace('_', '/')}”", "dim"))
    if not answer.passages:
        return
    made = f"{answer.reader} reader, {read} passages read, {seconds:.1f} s, confidence {answer.confidence:.2f}"
    print_text(console, Text(f"\n{made}", "dim"))


def _print_sources(console: Console, answer: Answer) -> None:
    """Print what an answer cites; of one that was not found, the nearest passages."""
    if answer.found:
        for source in answer.sources:
            console.print()
            print_text(console, Text.assemble((f"[{source.number}] ", "cyan"), *_headline(source.article)))
            if isinstance(source, Citation):
                print_text(console, Text(f"    > {one_line(source.quote)}", "italic"))
    elif answer.passages:
        print_text(console, Text("\nThe nearest passages:", "dim"))
        print_passages(answer.passages[:_NEAREST])


def print_passages(passages: Sequence[ScoredPassage]) -> None:
    """Print passages by rank, or one line if there are none."""
    console = open_console()
    if not passages:
        print_text(console, Text("No passages. Loosen the filters, or see `dateline list`."))
    for scored in passages:
        print_text(
            console,
            Text.assemble((f"{scored.rank}. ", "cyan"), *_headline(scored.article), (f"  {scored.score:.2f}", "dim")),
        )
        print_text(console, Text(f"    {one_line(scored.passage.text)}"))


def print_articles(articles: Sequence[ArticleInfo]) -> None:
    """Print one article per line; in a pipe the fields are separated by tabs."""
    console = open_console()
    if not console.is_terminal:
        for article in articles:
            fields = [article.id, _day(article), article.source, article.author, article.title]
            sys.stdout.write("\t".join(plain(field or "-") for field in fields) + "\n")
        return
    from rich.table import Table

    table = Table(box=None, header_style="dim")
    for column, overflow in (
        ("id", "fold"),
        ("published", "fold"),
        ("source", "ellipsis"),
        ("title", "ellipsis"),
    ):
        table.add_column(column, overflow=overflow, no_wrap=column == "published")  # type: ignore[arg-type]
    for article in articles:
        table.add_row(
            Text(plain(article.id), "cyan"),
            Text(_day(article)),
            Text(plain_name(article.source or "-")),
            Text(plain_name(article.title or "(untitled)")),
        )
    console.print(table)
    print_text(console, Text(f"{len(articles):,} in all", "dim"))


def print_article(article: Article, also_in: Sequence[ArticleInfo] = ()) -> None:
    """Print what is known of an article, where else mostly the same stands, and its text."""
    console = open_console()
    print_text(console, Text(plain_name(article.title or "(untitled)"), "bold"))
    known = [
        article.author,
        article.source,
        article.published and article.published.isoformat(),
        article.updated and f"updated {article.updated.isoformat()}",
        article.url,
        article.id,
    ]
    print_text(console, Text(" · ".join(plain(str(value)) for value in known if value), "dim"))
    for other in also_in:
        print_text(console, Text.assemble(("Also in: ", "dim"), *_headline(other), (f" · {plain(other.id)}", "dim")))
    console.print()
    print_text(console, Text(plain(article.text)))


def print_versions(versions: Sequence[Mapping[str, Any]]) -> None:
    """Print what each earlier version of an article said where the next one differs."""
    console = open_console()
    if not versions:
        print_text(console, Text("There is no earlier version."))
    for version in versions:
        print_text(console, Text(f"Corrected on {version['replaced_at'][:10]}", "bold"))
        for made in version["corrections"]:
            for sign, text in (("-", made["before"]), ("+", made["now"])):
                if text:
                    print_text(console, Text(f"  {sign} {plain(text)}"))


def print_notices(article: Article) -> None:
    """Print what reading left out of an article, repaired or guessed, each with its rule and place."""
    console = open_console()
    if not article.notices:
        print_text(console, Text("Nothing was left out, repaired or guessed."))
    for notice in article.notices:
        about = ", ".join(filter(None, (notice.rule, notice.place)))
        print_text(console, Text.assemble((f"{_KINDS[notice.kind]} ({plain(about)}): ", "cyan"), plain(notice.text)))


def notice_line(group: NoticeGroup) -> str:
    """Return a line of the report of an addition, with what shows more."""
    more = f" See `dateline show --dropped {group.article_id}`." if group.lines else ""
    return plain(f"{in_words(group)}.{more}")


class AddingBar:
    """The progress bar of `add`: sources read, and passages embedded so far."""

    def __init__(self, sources: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        self._passages = 0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[passages]:,} passages"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("Adding", total=sources, passages=0)

    def next_source(self) -> None:
        """Count one more source as read."""
        self._bar.advance(self._task)

    def add_passages(self, number: int) -> None:
        """Count passages as embedded."""
        self._passages += number
        self._bar.update(self._task, passages=self._passages)

    @contextlib.contextmanager
    def shown(self) -> Iterator[AddingBar]:
        """Show the bar while the `with` lasts."""
        with self._bar:
            yield self


def progress(sources: int) -> contextlib.AbstractContextManager[AddingBar]:
    """Return a progress bar on stderr, shown only on a terminal."""
    return AddingBar(sources).shown()


def _marked(piece: str, markers: Sequence[Marker]) -> Text:
    """Return a piece of an answer with its markers in colour; text that only looks like a marker gets backslashes."""
    text, placed = in_plain_text(piece, markers)
    parts = (part if isinstance(part, str) else (f"[{part.number}]", "cyan") for part in pieces(text, placed))
    return Text.assemble(*((plain(part) if isinstance(part, str) else part) for part in parts))


def _headline(article: ArticleInfo) -> list[tuple[str, str]]:
    """Return title, source, author and date as styled pieces."""
    about = ", ".join(
        plain_name(part) for part in (article.source, article.author, _day(article)) if part and part != "-"
    )
    title = plain_name(article.title or "(untitled)")
    return [(title, "bold"), (f" — {about}" if about else "", "")]


def _day(article: ArticleInfo) -> str:
    return article.published.isoformat() if article.published else "-"


def one_line(text: str) -> str:
    """Return a text on one line, safe for a terminal."""
    return " ".join(plain(text).split())


def open_console() -> Console:
    """Return the standard output as a console that prints every text unchanged."""
    return Console(highlight=False, markup=False, emoji=False)


def print_text(console: Console, text: Text) -> None:
    """Print, wrapped at words on a terminal and not at all in a pipe."""
    console.print(text, soft_wrap=not console.is_terminal)
