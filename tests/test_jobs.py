from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from index import Article, ArticleIndex, FetchError, SourceError
from index.sources import Limits
from index.sources.limits import LONGEST_ARTICLE
from tests.fakes import WordEmbedder
from tests.serving import PATIENCE, WAITING, running, settings
from ui.rest import schemas
from ui.service.errors import BusyError, JobNotFoundError, NotReadyError
from ui.service.jobs import JobReport, Jobs, NothingUsableError
from ui.service.temporary import temporary_folder
from ui.service.uploads import SourceToAdd, Uploads, from_records, from_url, safe_name

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from tests.serving import Running

FERRY = "The ferry to Skerrin is late by a year. It waits for its batteries."
MILL = "The mill burned in one night. Nobody was hurt."


def given(*articles: Article | SourceError, name: str = "given") -> SourceToAdd:
    def read() -> Generator[Article | SourceError, None, None]:
        yield from articles

    return SourceToAdd(name, read)


def ferry(number: int) -> Article:
    return Article.create(f"{FERRY} This is report number {number}.", id=f"ferry-{number}")


class Slow:
    """A source that says when it is read, and gives its article when it is let."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.reached = threading.Event()
        self.go = threading.Event()

    @property
    def source(self) -> SourceToAdd:
        return SourceToAdd("slow", self._read)

    def _read(self) -> Generator[Article | SourceError, None, None]:
        self.reached.set()
        assert self.go.wait(PATIENCE)
        yield self.article


@pytest.fixture
def index(tmp_path: Path) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path / "home", embedder=WordEmbedder(), write=True) as opened:
        yield opened


@pytest.fixture
def jobs(index: ArticleIndex) -> Iterator[Jobs]:
    with contextlib.closing(Jobs(lambda: index, waiting=2, kept=3)) as made:
        yield made


# Jobs


def test_a_job_adds_and_reports(index: ArticleIndex, jobs: Jobs) -> None:
    index.add([ferry(1), ferry(2)])
    changed = Article.create(MILL, id="ferry-2")
    ended: list[bool] = []
    broken = SourceError("It is broken.", help="Mend it.")
    sources = [given(ferry(1), changed, ferry(3)), given(broken, ferry(4), name="b.txt")]
    job = jobs.submit(sources, on_end=lambda: ended.append(True))
    assert (job.status, job.progress.sources) == ("queued", 2)
    job = jobs.ended(job.id).result(PATIENCE)
    assert jobs.get(job.id) == job
    assert (job.status, job.error) == ("done", None)
    assert job.report.added == ("ferry-3", "ferry-4")
    assert (job.report.replaced, job.report.unchanged) == (("ferry-2",), ("ferry-1",))
    skipped = job.report.skipped[0]
    assert (skipped.source, skipped.message, skipped.help) == ("b.txt", "It is broken.", "Mend it.")
    assert (job.progress.sources_done, job.progress.passages) == (2, 3)
    assert job.ended_at is not None
    assert job.ended_at >= job.created_at
    assert ended == [True]
    assert index.article("ferry-2").text == MILL


def test_jobs_run_one_after_the_other_and_the_queue_is_limited(index: ArticleIndex, jobs: Jobs) -> None:
    slow, let_go = Slow(ferry(0)), []
    first = jobs.submit([slow.source])
    assert slow.reached.wait(PATIENCE)
    others = [jobs.submit([given(ferry(number))]) for number in (1, 2)]
    with pytest.raises(BusyError) as caught:
        jobs.submit([given(ferry(3))], on_end=lambda: let_go.append(True))
    assert caught.value.retry_after > 0
    assert let_go == [True]
    assert [job.status for job in jobs.list()] == ["queued", "queued", "running"]
    slow.go.set()
    for job in (first, *others):
        assert jobs.ended(job.id).result(PATIENCE).status == "done"
    assert [article.id for article in index.articles(sort="added")] == ["ferry-2", "ferry-1", "ferry-0"]


def test_a_waiting_job_is_cancelled_at_once(index: ArticleIndex, jobs: Jobs) -> None:
    slow, let_go = Slow(ferry(0)), []
    jobs.submit([slow.source])
    assert slow.reached.wait(PATIENCE)
    waiting = jobs.submit([given(ferry(1))], on_end=lambda: let_go.append(True))
    assert jobs.cancel(waiting.id).status == "cancelled"
    assert let_go == [True]
    assert jobs.cancel(waiting.id).status == "cancelled"  # again does no harm
    slow.go.set()
    assert jobs.ended(jobs.submit([given(ferry(2))]).id).result(PATIENCE).status == "done"
    assert {article.id for article in index.articles()} == {"ferry-0", "ferry-2"}


def test_a_running_job_is_cancelled_before_its_next_article(index: ArticleIndex, jobs: Jobs) -> None:
    slow = Slow(ferry(0))
    job = jobs.submit([given(ferry(1)), slow.source])
    assert slow.reached.wait(PATIENCE)
    assert jobs.cancel(job.id).status == "running"
    slow.go.set()
    ended = jobs.ended(job.id).result(PATIENCE)
    assert (ended.status, ended.report.added) == ("cancelled", ())
    assert index.count() == 0


def test_articles_added_before_a_job_ended_are_reported(index: ArticleIndex, jobs: Jobs) -> None:
    slow = Slow(ferry(0))
    job = jobs.submit([given(*(ferry(number) for number in range(1, 301))), slow.source])
    assert slow.reached.wait(PATIENCE)
    jobs.cancel(job.id)
    slow.go.set()
    report = jobs.ended(job.id).result(PATIENCE).report
    assert 0 < len(report.added) < 300
    assert {article.id for article in index.articles()} == set(report.added)


def test_a_job_fails_with_its_error(tmp_path: Path) -> None:
    class Broken(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            raise OSError("no room")

    with (
        ArticleIndex.open(tmp_path / "home", embedder=Broken(), write=True) as index,
        contextlib.closing(Jobs(lambda: index)) as jobs,
    ):
        job = jobs.ended(jobs.submit([given(ferry(1))]).id).result(PATIENCE)
        assert (job.status, job.report.added) == ("failed", ())
        assert isinstance(job.error, OSError)
        assert index.count() == 0


def test_nothing_usable_is_a_failure_with_the_reason(jobs: Jobs) -> None:
    problems = [SourceError(f"{name} is empty.", help="Check it.") for name in "ab"]
    job = jobs.ended(jobs.submit([given(*problems)]).id).result(PATIENCE)
    assert job.status == "failed"
    assert isinstance(job.error, NothingUsableError)
    assert "a is empty." in str(job.error)
    assert len(job.report.skipped) == 2
    assert job.error.report == job.report


def test_endless_problems_are_counted(jobs: Jobs) -> None:
    job = jobs.submit([given(ferry(1), *(SourceError(str(number)) for number in range(1500)))])
    report = jobs.ended(job.id).result(PATIENCE).report
    assert (len(report.skipped), report.skipped_more) == (1000, 500)


def test_only_the_last_jobs_are_kept(jobs: Jobs) -> None:
    made = [jobs.submit([given(ferry(0))]) for _ in range(1)]
    for number in range(1, 5):
        jobs.ended(made[-1].id).result(PATIENCE)
        made.append(jobs.submit([given(ferry(number))]))
    jobs.ended(made[-1].id).result(PATIENCE)
    assert [job.id for job in jobs.list()] == [job.id for job in reversed(made[-3:])]
    with pytest.raises(JobNotFoundError):
        jobs.get(made[0].id)


def test_closing_ends_all_jobs_and_then_the_index_is_not_changed(index: ArticleIndex) -> None:
    jobs, slow, let_go = Jobs(lambda: index), Slow(ferry(0)), []
    running_one = jobs.submit([slow.source], on_end=lambda: let_go.append("running"))
    assert slow.reached.wait(PATIENCE)
    waiting = jobs.submit([given(ferry(1))], on_end=lambda: let_go.append("waiting"))
    ended = jobs.ended(running_one.id)
    closing = threading.Thread(target=jobs.close)
    closing.start()
    assert jobs.ended(waiting.id).result(PATIENCE).status == "cancelled"
    slow.go.set()
    closing.join(PATIENCE)
    assert ended.result(PATIENCE).status == "cancelled"
    assert let_go == ["waiting", "running"]
    assert index.count() == 0
    with pytest.raises(NotReadyError):
        jobs.submit([given(ferry(2))])


# What is sent


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\win.ini", "win.ini"),
        ("/abs/olute.md", "olute.md"),
        ("..", "unnamed"),
        (".", "unnamed"),
        ("", "unnamed"),
        ("no\x00tes\n.txt", "notes.txt"),
        ("CON.txt", "_CON.txt"),
        ("lpt1", "_lpt1"),
        ("console.txt", "console.txt"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        ("Überfähre 月.html", "Überfähre 月.html"),
        (".hidden.txt", "hidden.txt"),
        ("trailing. . ", "trailing"),
        ("~root.txt", "~root.txt"),
        ("x" * 5000 + ".txt", "x" * 120 + ".txt"),
        ("月" * 5000 + ".txt", "月" * 40 + ".txt"),
        ("a." + "b" * 300, "a." + "b" * 118),
    ],
)
def test_names_of_uploads_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    uploads = Uploads(Limits())
    try:
        source = uploads.put(name, io.BytesIO(FERRY.encode()))
        assert source.name == safe
        items = list(source.read())
        assert len(items) == 1
        assert tempfile.gettempdir() not in str(items[0])
    finally:
        uploads.delete()


def test_uploads_are_deleted_and_replace_nothing_of_the_same_name() -> None:
    before = set(temporary_folder().glob("upload-*"))
    uploads = Uploads(Limits())
    sources = [uploads.put("notes.txt", io.BytesIO(text.encode())) for text in (FERRY, MILL)]
    articles = [next(source.read()) for source in sources]
    assert all(isinstance(article, Article) and article.origin is None for article in articles)
    assert [article.text for article in articles if isinstance(article, Article)] == [FERRY, MILL]
    uploads.delete()
    assert set(temporary_folder().glob("upload-*")) <= before
    problem = next(sources[0].read())
    assert isinstance(problem, SourceError)


UPLOAD = """
import io, sys
from index.sources import Limits
from ui.service.uploads import Uploads
Uploads(Limits()).put(sys.argv[1], io.BytesIO(b"The ferry is late."))
print("uploaded", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def uploading(name: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    command, settings = [sys.executable, "-c", UPLOAD, name], os.environ | {"TMPDIR": str(folder)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=settings) as process:
        assert process.stdout
        assert process.stdout.readline() == "uploaded\n"
        yield process


def test_uploads_of_a_killed_process_are_deleted_by_the_next_one(tmp_path: Path) -> None:
    def kept() -> set[str]:
        return {path.name for path in tmp_path.rglob("*.txt")}

    with uploading("lives.txt", tmp_path):
        with uploading("killed.txt", tmp_path) as killed:
            killed.kill()
        assert kept() == {"lives.txt", "killed.txt"}
        with uploading("next.txt", tmp_path):
            assert kept() == {"lives.txt", "next.txt"}
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "url",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        "notes.txt",
        "ht\ntp://x/../../../../../../../etc/hostname.txt",
        "http:/etc/passwd",
        "http://",
        "https://user:secret@example.org/",
        "ftp://example.org/a.txt",
        "http://a b/",
    ],
)
def test_only_addresses_on_the_web_are_taken(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        from_url(url, Limits())
    assert "secret" not in str(caught.value)


def test_articles_are_read_as_records() -> None:
    first, second = from_records(
        [{"text": FERRY, "published": "6 May 2024"}, {"text": MILL, "published": "31/31/2024"}]
    )
    (article,), (problem,) = first.read(), second.read()
    assert isinstance(article, Article)
    assert str(article.published) == "2024-05-06"
    assert "article 2" in str(problem)


# Over REST


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with running(settings(tmp_path / "home", allow_private_urls=True)) as started:
        yield started


@pytest.fixture
def client(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=PATIENCE, headers=WAITING) as client:
        yield client


class Site:
    """A web server on loopback with one page, which comes when it is let."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.go = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.reached.set()
                site.go.wait(PATIENCE)
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(f"<html><title>Ferry late</title><p>{FERRY}</p></html>".encode())

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/ferry"
        self._thread = threading.Thread(target=self._server.serve_forever)

    @contextlib.contextmanager
    def open(self) -> Iterator[Site]:
        self._thread.start()
        try:
            yield self
        finally:
            self.go.set()
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


def wait_for_end(client: httpx.Client, server: Running, url: str) -> dict[str, Any]:
    with contextlib.suppress(JobNotFoundError):
        server.app.state.service.jobs.ended(url.rpartition("/")[2]).result(PATIENCE)
    job: dict[str, Any] = client.get(url).json()
    return job


def test_files_are_added_and_what_is_broken_is_reported(client: httpx.Client) -> None:
    files = [
        ("files", ("../notes.txt", FERRY.encode())),
        ("files", ("notes.txt", MILL.encode())),
        ("files", ("picture.png", b"\x89PNG")),
        ("files", ("empty.txt", b"")),
        ("files", ("rows.jsonl", b'{"id": "row", "text": "A row is an article, too."}\n{"title": "no text"}\n')),
    ]
    response = client.post("/api/articles", files=files)
    assert response.status_code == 201
    report = response.json()
    assert set(report) == {field.name for field in dataclasses.fields(JobReport)}
    assert len(report["added"]) == 3
    assert "row" in report["added"]
    assert [skipped["source"] for skipped in report["skipped"]] == ["picture.png", "empty.txt", "rows.jsonl"]
    assert all(tempfile.gettempdir() not in f"{skipped['message']} {skipped['help']}" for skipped in report["skipped"])
    assert client.get("/api/articles").json()["total"] == 3
    again = client.post("/api/articles", files=files).json()
    assert (again["added"], again["replaced"], len(again["unchanged"])) == ([], [], 3)
    assert not list(Path(tempfile.gettempdir()).glob("dateline-files-*/upload-*/*/notes.txt"))


def test_an_article_longer_than_any_book_is_refused(client: httpx.Client) -> None:
    articles = [{"text": "a" * (LONGEST_ARTICLE + 1)}, {"id": "ferry", "text": "The ferry is late."}]
    report = client.post("/api/articles", json={"articles": articles}).json()
    assert report["added"] == ["ferry"]
    [skipped] = report["skipped"]
    assert skipped["message"] == "article 1 has 5,000,001 characters; an article may have 5,000,000."


def test_nothing_usable_is_refused_with_the_report(client: httpx.Client) -> None:
    response = client.post("/api/articles", files=[("files", ("picture.png", b"\x89PNG"))])
    assert response.status_code == 422
    body = response.json()
    assert "picture.png" in body["error"]["message"]
    assert body["report"]["skipped"][0]["source"] == "picture.png"
    response = client.post("/api/articles", json={"articles": [{"text": "x", "published": "31/31/2024"}]})
    assert response.status_code == 422
    assert client.get("/api/articles").json()["total"] == 0


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {}}, 422),
        ({"json": {"articles": []}}, 422),
        ({"json": {"articles": [{"title": "No text"}]}}, 422),
        ({"json": {"articles": [{"text": "x", "date": "2024-01-01"}]}}, 422),
        ({"json": {"url": "/etc/passwd"}}, 422),
        ({"json": {"url": "ht\ntp://x/../../../../../../etc/hostname"}}, 422),
        ({"json": {"url": "https://example.org/", "articles": []}}, 422),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 422),
        ({"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}}, 422),
        ({"content": b"\xff", "headers": {"Content-Type": "application/json"}}, 422),
        ({"content": b"text", "headers": {"Content-Type": "text/plain"}}, 415),
        ({"content": b"text"}, 415),
        ({"data": {"files": "text"}, "files": [("files", ("a.txt", b"text"))]}, 422),
        ({"files": [("file", ("a.txt", b"text"))]}, 422),
        ({"content": b"no parts", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400),
        ({"content": b"no parts", "headers": {"Content-Type": "multipart/form-data"}}, 400),
    ],
)
def test_invalid_additions_are_refused(client: httpx.Client, sent: dict[str, Any], status: int) -> None:
    response = client.post("/api/articles", **sent)
    assert response.status_code == status, response.text
    assert set(response.json()["error"]) == {"code", "message", "help"}


def test_a_page_is_fetched_while_the_server_goes_on_answering(server: Running, client: httpx.Client) -> None:
    with Site().open() as site:
        accepted = client.post("/api/articles", json={"url": site.url}, headers={"Prefer": "respond-async"})
        assert accepted.status_code == 202
        assert accepted.headers["preference-applied"] == "respond-async"
        assert accepted.headers["location"] == accepted.json()["url"] == f"/api/jobs/{accepted.json()['id']}"
        assert site.reached.wait(PATIENCE)
        job = client.get(accepted.json()["url"]).json()
        assert set(job) == set(schemas.JobRecord.model_fields)
        assert job["status"] == "running"
        assert client.get("/api/articles").json()["total"] == 0
        assert client.get("/api/jobs").json() == {"total": 1, "jobs": [job]}
        assert not client.post("/api/ask", json={"question": "How late is the ferry?"}).json()["found"]
        site.go.set()
        job = wait_for_end(client, server, accepted.json()["url"])
    assert (job["status"], job["error"], len(job["report"]["added"])) == ("done", None, 1)
    article = client.get(f"/api/articles/{job['report']['added'][0]}").json()
    assert (article["title"], article["url"]) == ("Ferry late", site.url)
    assert client.post("/api/ask", json={"question": "How late is the ferry to Skerrin?"}).json()["found"]


def test_a_client_that_has_waited_long_enough_gets_the_job(server: Running, client: httpx.Client) -> None:
    with Site().open() as site:
        headers = {"Prefer": "handling=lenient, Wait=0"}
        accepted = client.post("/api/articles", json={"url": site.url}, headers=headers)
        assert (accepted.status_code, accepted.headers["preference-applied"]) == (202, "wait=0")
        cancelled = client.delete(accepted.json()["url"])
        assert cancelled.status_code == 200
        site.go.set()
        assert wait_for_end(client, server, accepted.json()["url"])["status"] == "cancelled"
        assert client.get("/api/articles").json()["total"] == 0
        waited = client.post("/api/articles", json={"url": site.url}, headers={"Prefer": "respond-async, wait=30"})
        assert waited.status_code == 201
    assert client.get("/api/jobs/unknown").json()["error"]["code"] == "job_not_found"
    assert client.delete("/api/jobs/unknown").status_code == 404
    assert [len(client.get(f"/api/jobs?limit=1&offset={at}").json()["jobs"]) for at in range(3)] == [1, 1, 0]


def test_too_many_additions_are_refused(client: httpx.Client) -> None:
    with Site().open() as site:
        statuses = []
        for _ in range(30):
            response = client.post("/api/articles", json={"url": site.url}, headers={"Prefer": "respond-async"})
            statuses.append(response.status_code)
            if response.status_code != 202:
                break
        assert statuses[-1] == 503
        assert len(statuses) > 10
        assert int(response.headers["retry-after"]) > 0
        for job in client.get("/api/jobs?limit=100").json()["jobs"]:
            client.delete(f"/api/jobs/{job['id']}")


def test_private_addresses_are_not_fetched_unless_allowed(tmp_path: Path) -> None:
    with Site().open() as site, running(settings(tmp_path / "home")) as server:
        response = httpx.post(f"{server.url}/api/articles", json={"url": site.url}, headers=WAITING, timeout=PATIENCE)
        assert response.status_code == 422
        assert "private" in response.json()["error"]["message"]
        assert not site.reached.is_set()


def test_a_server_stops_while_a_page_is_still_loading(tmp_path: Path) -> None:
    with Site().open() as site:
        with running(settings(tmp_path / "home", allow_private_urls=True)) as server:
            jobs = server.app.state.service.jobs
            httpx.post(
                f"{server.url}/api/articles",
                json={"url": site.url},
                headers={"Prefer": "respond-async"},
                timeout=PATIENCE,
            )
            assert site.reached.wait(PATIENCE)
            (job,) = jobs.list()
        with ArticleIndex.open(tmp_path / "home", embedder=_bundled()) as index:
            assert index.count() == 0
        site.go.set()
        assert jobs.ended(job.id).result(PATIENCE).status == "cancelled"


def _bundled() -> Any:
    from index.passages.embedding_bundled import BundledEmbedder

    return BundledEmbedder()
