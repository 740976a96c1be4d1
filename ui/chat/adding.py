"""Adding articles from the page: a job's progress and what became of it, as HTML that follows it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from assistant.build import limits
from index.errors import ArticleNotFoundError, DatelineError
from ui.chat.answers import title_of
from ui.chat.article_list import counted
from ui.chat.markup import escape, explained, note, shown
from ui.chat.sent_files import delete
from ui.service.uploads import Uploads, from_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from index import ArticleIndex
    from ui.service.acting import Acting
    from ui.service.jobs import Job, Skipped
    from ui.service.service import Service
    from ui.service.uploads import Source

_log = logging.getLogger("dateline.chat")

_BETWEEN_LOOKS = 0.2  # seconds
_SHOWN = 10  # articles and problems that a report names one by one


async def add_files(service: Service, acting: Acting, paths: Sequence[Path]) -> AsyncIterator[tuple[str, Job | None]]:
    """Add files that a browser has sent, which are deleted then; yield as `add_url` does."""
    uploads = Uploads(limits(service.settings))

    def take() -> list[Source]:
        try:
            return [_take(uploads, path) for path in paths]
        except BaseException:
            uploads.delete()
            raise

    async for told in _follow(service, acting, take, uploads.delete):
        yield told


async def add_url(service: Service, acting: Acting, url: str) -> AsyncIterator[tuple[str, Job | None]]:
    """Add a page or feed; yield what to show in the meantime, with the job once there is one, and at last its report.

    Never raises for what can go wrong with an addition: that is shown. Closing the generator leaves the job to go on.
    """
    url = url.strip()
    if url and "://" not in url:
        url = f"https://{url}"
    async for told in _follow(service, acting, lambda: [from_url(url, limits(service.settings))], None):
        yield told


def cancel(acting: Acting, job: str) -> None:
    """End an addition; what has been added stays."""
    with contextlib.suppress(DatelineError):  # it has ended long ago
        acting.cancel_job(job)


async def _follow(
    service: Service, acting: Acting, take: Callable[[], list[Source]], on_end: Callable[[], None] | None
) -> AsyncIterator[tuple[str, Job | None]]:
    try:
        acting.require_change()
        job = acting.add(await asyncio.to_thread(take), on_end=on_end)
        while not job.has_ended:
            yield progress_html(job), job
            await asyncio.sleep(_BETWEEN_LOOKS)
            job = acting.job(job.id)
        yield report_html(job, service.index), job
    except DatelineError as error:
        yield _failure(error), None
    except OSError as error:
        _log.warning("an upload could not be read: %s", error.strerror)
        yield note("problem", "<p>The files did not arrive whole. Please send them again.</p>"), None


def _take(uploads: Uploads, path: Path) -> Source:
    """Move an upload out of the folder in which the page's server would keep it."""
    try:
        with path.open("rb") as stream:
            return uploads.put(path.name, stream)
    finally:
        delete(path)


def progress_html(job: Job) -> str:
    """Return how far an addition is."""
    progress = job.progress
    if job.status == "queued":
        text, bar = "About to begin", "<progress></progress>"
    else:
        read = f"{progress.sources_done:,} of {progress.sources:,} read"
        text = f"Adding: {read}" + (f", {progress.passages:,} passages indexed" if progress.passages else "")
        counted_off = f' max="{progress.sources}" value="{progress.sources_done}"' if progress.sources > 1 else ""
        bar = f"<progress{counted_off}></progress>"
    stop = f'<button type="button" data-stop="{escape(job.id)}">Stop</button>'
    return note("running", f"<p>{text}</p>{bar}{stop}")


def report_html(job: Job, index: ArticleIndex) -> str:
    """Return what became of an addition: what was added or replaced, and what was skipped and why."""
    report = job.report
    parts: list[str] = []
    if job.status == "cancelled":
        parts.append("<p>Stopped. What had been added stays.</p>")
    if report.is_of_use:
        skipped = len(report.skipped) + report.skipped_more
        counts = [f"Added {counted(len(report.added))}"]
        counts += [f"replaced {len(report.replaced):,}"] if report.replaced else []
        counts += [f"{len(report.unchanged):,} already there"] if report.unchanged else []
        counts += [f"skipped {skipped:,}"] if skipped else []
        parts.append(f"<p><strong>{', '.join(counts)}.</strong></p>")
    elif job.status != "cancelled":
        parts.append("<p><strong>Nothing was added.</strong></p>")
    parts.append(_named([*report.added, *report.replaced, *report.unchanged], index))
    parts.append(_problems(report.skipped, report.skipped_more))
    if job.error is not None and not report.skipped:
        parts.append(f"<p>{_explain(job.error)}</p>")
    return note("done" if report.is_of_use else "problem", "".join(parts))


def _named(ids: Sequence[str], index: ArticleIndex) -> str:
    items: list[str] = []
    for id_ in ids[:_SHOWN]:
        with contextlib.suppress(ArticleNotFoundError):  # somebody has removed it already
            title = shown(title_of({"title": index.article(id_).title}))
            items.append(f'<li><button type="button" class="link" data-read="{escape(id_)}">{title}</button></li>')
    more = f"<li>and {len(ids) - _SHOWN:,} more</li>" if len(ids) > _SHOWN else ""
    return f"<ul>{''.join(items)}{more}</ul>" if items else ""


def _problems(skipped: Sequence[Skipped], further: int) -> str:
    items = "".join(map(_problem, skipped[:_SHOWN]))
    rest = max(0, len(skipped) - _SHOWN) + further
    more = f"<li>and {rest:,} more</li>" if rest else ""
    return f'<ul class="skips" aria-label="Skipped">{items}{more}</ul>' if items else ""


def _problem(skipped: Skipped) -> str:
    name = "" if skipped.source in skipped.message else f"{shown(skipped.source)}: "
    return f"<li>{name}{shown(skipped.message)} {shown(skipped.help)}</li>"


def _failure(error: DatelineError) -> str:
    return note("problem", f"<p><strong>Nothing was added.</strong></p><p>{_explain(error)}</p>")


def _explain(error: BaseException) -> str:
    if isinstance(error, DatelineError):
        return explained(error)
    _log.error("an addition failed", exc_info=error)
    return "Something unexpected happened. The server's log says more."
