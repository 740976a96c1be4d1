"""Adds articles from the page, and shows a job's progress and report as HTML."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from markupsafe import Markup

from assistant.build import limits
from index.errors import ArticleNotFoundError, DatelineError
from index.notices import in_words
from ui.chat.answers import title_of
from ui.chat.article_list import counted
from ui.chat.markup import explained, note, render
from ui.chat.sent_files import delete
from ui.service.uploads import Uploads, from_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from index import ArticleIndex
    from ui.service.acting import Acting
    from ui.service.jobs import Job
    from ui.service.service import Service
    from ui.service.uploads import SourceToAdd

_log = logging.getLogger("dateline.chat")

_BETWEEN_LOOKS = 0.2  # seconds
_NOTHING = Markup("<strong>Nothing was added.</strong>")
_SHOWN = 10  # articles and problems that a report lists


async def add_files(service: Service, acting: Acting, paths: Sequence[Path]) -> AsyncIterator[tuple[str, Job | None]]:
    """Add uploaded files and delete them; yield as `add_url` does."""
    uploads = Uploads(limits(service.settings))

    def take() -> list[SourceToAdd]:
        try:
            return [_take(uploads, path) for path in paths]
        except BaseException:
            uploads.delete()
            raise

    async for progress in _follow(service, acting, take, uploads.delete):
        yield progress


async def add_url(service: Service, acting: Acting, url: str) -> AsyncIterator[tuple[str, Job | None]]:
    """Add a page or feed; yield its progress, with the job once there is one, and finally its report.

    Errors of an addition are shown, not raised. Closing the generator does not stop the job.
    """
    url = url.strip()
    if url and "://" not in url:
        url = f"https://{url}"
    async for progress in _follow(service, acting, lambda: [from_url(url, limits(service.settings))], None):
        yield progress


def cancel(acting: Acting, job: str) -> None:
    """Cancel an addition; what has been added stays."""
    with contextlib.suppress(DatelineError):  # it ended long ago
        acting.cancel_job(job)


async def _follow(
    service: Service, acting: Acting, take: Callable[[], list[SourceToAdd]], on_end: Callable[[], None] | None
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
        yield note("problem", "The upload was incomplete. Please send the files again."), None


def _take(uploads: Uploads, path: Path) -> SourceToAdd:
    """Move an upload out of the folder in which the page's server keeps it."""
    try:
        with path.open("rb") as stream:
            return uploads.put(path.name, stream)
    finally:
        delete(path)


def progress_html(job: Job) -> str:
    """Return the progress of an addition."""
    return render("adding", job=job.id, is_queued=job.status == "queued", progress=job.progress)


def report_html(job: Job, index: ArticleIndex) -> str:
    """Return the report of an addition: what was added or replaced, and what was skipped and why."""
    report = job.report
    ids = [*report.added, *report.replaced, *report.unchanged]
    return render(
        "added",
        kind="done" if report.is_of_use else "problem",
        lines=list(_outcome(job)),
        articles=list(_titles(ids[:_SHOWN], index)),
        articles_more=max(0, len(ids) - _SHOWN),
        notices=[f"{in_words(group)}." for group in report.notices],
        skipped=report.skipped[:_SHOWN],
        skipped_more=max(0, len(report.skipped) - _SHOWN) + report.skipped_more,
        error=_explain(job.error) if job.error is not None and not report.skipped else "",
    )


def _outcome(job: Job) -> Iterator[str]:
    report = job.report
    if job.status == "cancelled":
        yield "Stopped. Articles already added are kept."
    if report.is_of_use:
        skipped = len(report.skipped) + report.skipped_more
        counts = [f"Added {counted(len(report.added))}"]
        counts += [f"replaced {len(report.replaced):,}"] if report.replaced else []
        counts += [f"{len(report.unchanged):,} already there"] if report.unchanged else []
        counts += [f"skipped {skipped:,}"] if skipped else []
        yield Markup("<strong>{}.</strong>").format(", ".join(counts))
    elif job.status != "cancelled":
        yield _NOTHING


def _titles(ids: Sequence[str], index: ArticleIndex) -> Iterator[tuple[str, str]]:
    """Yield the articles with these ids that still exist, each with its title."""
    for id_ in ids:
        with contextlib.suppress(ArticleNotFoundError):  # it has been removed in the meantime
            yield id_, title_of({"title": index.article(id_).title})


def _failure(error: DatelineError) -> str:
    return note("problem", _NOTHING, _explain(error))


def _explain(error: BaseException) -> str:
    if isinstance(error, DatelineError):
        return explained(error)
    _log.error("an addition failed", exc_info=error)
    return "Something unexpected happened. See the server's log for details."
