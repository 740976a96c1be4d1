"""Addresses that a server watches by itself, over REST and the command line."""

import datetime as dt
import json
import time
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from tests.serving import PATIENCE, client, running, settings
from tests.test_fetching import Site, site
from tests.test_watching import LINES, feed, page
from ui.chat.markup import render
from ui.cli import main
from ui.service.watches import Watch

__all__ = ["site"]  # a fixture


def until(holds: Callable[[], object]) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_a_server_adds_what_is_new_at_a_watched_address(site: Site, tmp_path: Path) -> None:
    site.serve("/a", page(*LINES))
    url = site.serve("/feed", feed("/a"), "application/rss+xml")
    with running(settings(tmp_path, allow_private_urls=True)) as server:
        api = f"{server.url}/api"

        def watched() -> dict[str, object]:
            [found] = client.get(f"{api}/watches").json()["watches"]
            return dict(found)

        made = client.post(f"{api}/watches", json={"url": url, "every": 3600}).json()
        until(lambda: watched()["looked_at"])
        assert watched() | {"looked_at": "", "next_at": ""} == made | {
            "looked_at": "", "next_at": "", "state": "waiting", "articles": 1,
        }  # fmt: skip
        site.serve("/a", page(*LINES, "Two trout were lost."))
        site.serve("/b", page("The fair at Aldham is put off until the water is back.", title="Fair put off"))
        site.serve("/feed", feed("/a", "/b"), "application/rss+xml")
        again = client.post(f"{api}/watches", json={"url": url, "every": 7200}).json()
        assert (again["id"], again["every"]) == (made["id"], 7200)
        until(lambda: watched()["articles"] == 3)
        [changed] = client.get(f"{api}/articles", params={"q": "trout"}).json()["articles"]
        assert len(client.get(f"{api}/versions/{changed['id']}").json()["versions"]) == 1
    assert (tmp_path / "watches.json").stat().st_mode & 0o77 == 0
    with running(settings(tmp_path, allow_private_urls=True)) as server:
        [kept] = client.get(f"{server.url}/api/watches").json()["watches"]
        assert (kept["id"], kept["articles"], kept["state"]) == (made["id"], 3, "waiting")


def test_what_a_watched_address_does_not_have_is_told_without_the_network_behind(site: Site, tmp_path: Path) -> None:
    with running(settings(tmp_path)) as server:
        api = f"{server.url}/api/watches"
        client.post(api, json={"url": f"{site.url}/private", "every": 60})
        until(lambda: client.get(api).json()["watches"][0]["state"] == "failed")
        [found] = client.get(api).json()["watches"]
        assert "could not be fetched: it is not there, does not answer, or has a private address." in found["error"]
        for wrong in ({"url": "file:///etc/passwd"}, {"url": f"{site.url}/a", "every": 5}, {"url": "https://"}):
            assert client.post(api, json=wrong).status_code == 422
        assert client.delete(f"{api}/none").json()["error"]["code"] == "watch_not_found"
    assert site.seen == []


def test_the_command_line_lists_adds_and_removes_them(site: Site, tmp_path: Path) -> None:
    site.serve("/a", page(*LINES))
    with running(settings(tmp_path, allow_private_urls=True)) as server:

        def run(*words: str) -> str:
            result = CliRunner().invoke(main, ["--server", server.url, "watches", *words])
            assert result.exit_code == 0, result.output
            return result.output.strip()

        id_ = run("add", f"{site.url}/a", "--every", "2h")
        [listed] = json.loads(run("list", "--json"))["watches"]
        assert (listed["id"], listed["url"], listed["every"]) == (id_, f"{site.url}/a", 7200)
        assert f"{id_}  every 7200 s" in run("list")
        run("remove", id_)
        assert run("list") == ""


def test_the_page_lists_watched_addresses() -> None:
    now = dt.datetime(2026, 5, 3, 8, 15, tzinfo=dt.UTC)
    watch = Watch(
        id="a", url="https://gazette.example/<feed>", every=900, owner="", next_at=now, error="It is & was gone."
    )
    html = render("watches", watches=[watch])
    assert "https://gazette.example/&lt;feed&gt;" in html
    assert "Waiting, every 15 min" in html
    assert "next look 2026-05-03 08:15 UTC: It is &amp; was gone." in html
    assert render("watches", watches=[]).strip() == ""
