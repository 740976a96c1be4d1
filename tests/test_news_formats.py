"""What agencies, sites and feed readers export: NITF, NewsML-G2, ninjs, WordPress, sitemaps, OPML, bookmarks, feeds."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from index.errors import FetchError
from index.sources import Fetched
from tests.reading import articles, one, problems, read

if TYPE_CHECKING:
    from pathlib import Path

LEAD = "The ferry to Skerrin ran aground on Friday, and all forty on board were brought ashore."
NEXT = "The owners said that the captain had been warned of the sandbank the week before."
NITF = f"""<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE nitf SYSTEM "http://www.nitf.org/IPTC/NITF/3.4/specification/dtd/nitf-3-4.dtd">
<nitf><head><title>Ferry</title><docdata><date.issue norm="20240511T091200Z"/></docdata></head>
<body><body.head><hedline><hl1>Ferry runs&nbsp;aground</hl1><hl2>All forty are safe</hl2></hedline>
<byline>By <person>Nora Quist</person></byline><distributor>Skerrin Press</distributor></body.head>
<body.content><p>{LEAD}</p><media media-type="image"><media-caption>The boat</media-caption></media>
<block><p>The owners said that <person>the captain</person> had been warned of the sandbank the week before.</p></block>
</body.content><body.end><tagline>Bo Chan helped.</tagline></body.end></body></nitf>"""
NEWSML = f"""<?xml version="1.0"?><newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>
<newsItem guid="urn:1"><itemMeta><provider literal="Skerrin Press"/>
<versionCreated>2024-05-12T08:00:00Z</versionCreated>
<firstCreated>2024-05-11T08:00:00Z</firstCreated><pubStatus qcode="stat:usable"/></itemMeta>
<contentMeta><headline>Ferry runs aground</headline><by>By Nora Quist</by></contentMeta>
<contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title>
</head><body><p>{LEAD}</p><p>{NEXT}</p></body></html></inlineXML></contentSet></newsItem>
<newsItem guid="urn:2"><itemMeta><pubStatus qcode="stat:canceled"/></itemMeta>
<contentSet><inlineData>Not for use, said the owners.</inlineData></contentSet></newsItem>
<newsItem guid="urn:3"><contentMeta><headline>Plain</headline></contentMeta>
<contentSet><inlineData contenttype="text/plain">{NEXT}</inlineData></contentSet></newsItem>
</itemSet></newsMessage>"""

INDEX = "<?xml version='1.0'?>\n<sitemapindex><sitemap><loc>https://skerrin.example/map</loc></sitemap></sitemapindex>"


@pytest.mark.parametrize("name", ["a.xml", "a.nitf"])
def test_a_nitf_document(tmp_path: Path, name: str) -> None:
    article = one(tmp_path / name, NITF)
    assert (article.title, article.author, article.source) == ("Ferry runs aground", "Nora Quist", "Skerrin Press")
    assert article.text == f"All forty are safe\n\n{LEAD}\n\n{NEXT}\n\nBo Chan helped."
    assert article.published == dt.date(2024, 5, 11)
    assert [notice.text for notice in article.notices] == ["The boat"]


def test_a_newsml_message_is_its_texts_without_withdrawn_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    found = read(path, NEWSML)
    first, second = articles(found)
    assert (first.title, first.author, first.source) == ("Ferry runs aground", "Nora Quist", "Skerrin Press")
    assert (first.published, first.text) == (dt.date(2024, 5, 11), f"{LEAD}\n\n{NEXT}")
    assert (second.title, second.text) == ("Plain", NEXT)
    assert problems(found) == [f"{path}/item 2 is withdrawn by its agency and was left out."]


def post(title: str, content: str, *, type_: str = "post", status: str = "publish", more: str = "") -> str:
    return (
        f"<item><title><![CDATA[{title}]]></title><link>https://skerrin.example/{title[:3]}</link>"
        "<pubDate>Sat, 11 May 2024 23:12:00 +0000</pubDate><dc:creator><![CDATA[nq]]></dc:creator>"
        f"<content:encoded><![CDATA[{content}]]></content:encoded><excerpt:encoded>Short.</excerpt:encoded>"
        f"<wp:post_date>2024-05-12 01:12:00</wp:post_date><wp:post_type>{type_}</wp:post_type>"
        f"<wp:status>{status}</wp:status>{more}</item>"
    )


def test_a_wordpress_export_is_its_published_posts(tmp_path: Path) -> None:
    classic = (
        f'{LEAD}\n\n[caption id="a" width="3"]<img src=\'b.jpg\'> The boat[/caption]\n\n[gallery ids="1,2"]'
        f"\n\n<em>{NEXT[:9]}</em>{NEXT[9:]}\nShe did not [sic] answer."
    )
    blocks = f"<!-- wp:paragraph -->\n<p>{LEAD}</p>\n<!-- /wp:paragraph -->\n<!-- wp:list --><ul><li>One</li></ul>"
    path = tmp_path / "a.xml"
    found = read(
        path,
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Skerrin &amp; Isles</title><wp:author>'
        "<wp:author_login>nq</wp:author_login><wp:author_display_name>Nora Quist</wp:author_display_name></wp:author>"
        + post("Ferry &amp; rocks", classic)
        + post("Lists", blocks)
        + post("Later", LEAD, status="draft")
        + post("Later still", LEAD, status="draft")
        + post("Gone", LEAD, status="trash")
        + post("Inside", LEAD, more="<wp:post_password>x</wp:post_password>")
        + post("About", LEAD, type_="page")
        + "</channel></rss>",
    )
    first, second = articles(found)
    assert (first.title, first.author, first.source) == ("Ferry & rocks", "Nora Quist", "Skerrin & Isles")
    assert (first.published, first.url) == (dt.date(2024, 5, 12), "https://skerrin.example/Fer")
    assert first.text == f"{LEAD}\n\nThe boat\n\n{NEXT}\nShe did not [sic] answer."
    assert [notice.text for notice in first.notices] == ['[gallery ids="1,2"]']
    assert second.text == f"{LEAD}\n\n- One"
    assert problems(found) == [
        f"{path}: 2 drafts (“Later”, “Later still”), 1 trashed post (“Gone”), 1 post with a password (“Inside”), "
        "1 page (“About”) were left out."
    ]


class Site:
    """A fetcher with pages in memory, which notes what it was asked for."""

    def __init__(self, **pages: str) -> None:
        self._pages = pages
        self.asked: list[str] = []

    def fetch(self, url: str) -> Fetched:
        name = url.rpartition("/")[2]
        if name not in self._pages:
            raise FetchError(f"{url} answered 404.")
        self.asked.append(url)
        kind = "text/xml" if self._pages[name].startswith("<?xml") else "text/html"
        return Fetched(url=url, content=self._pages[name].encode(), content_type=kind)


def page(title: str) -> str:
    return f"<html><head><title>{title}</title></head><body><article><p>{LEAD}</p><p>{NEXT}</p></article></body></html>"


def test_the_pages_of_a_sitemap_are_fetched_with_what_it_says_of_them(tmp_path: Path) -> None:
    listed = "<?xml version='1.0'?>\n<urlset xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'>" + "".join(
        f"<url><loc>https://skerrin.example/{name}</loc><news:news><news:title>Told before</news:title>"
        f"<news:publication_date>2024-05-1{number}</news:publication_date></news:news></url>"
        for number, name in enumerate("ab")
    )
    site = Site(a=page("A"), b=page("B"), map=f"{listed}</urlset>")
    for name, data in (("map.xml", f"{listed}</urlset>"), ("index.xml", INDEX)):
        found = read(tmp_path / name, data, fetcher=site)
        days = [(item.title, item.published) for item in articles(found)]
        assert days == [("A", dt.date(2024, 5, 10)), ("B", dt.date(2024, 5, 11))]
        assert problems(found) == []


def test_the_feeds_of_a_list_and_the_bookmarks_of_a_browser_are_fetched(tmp_path: Path) -> None:
    feed = (
        "<?xml version='1.0'?><rss version='2.0'><channel><title>Skerrin Post</title><item><title>F</title>"
        "<link>https://skerrin.example/a</link></item></channel></rss>"
    )
    site = Site(a=page("A"), feed=feed)
    outline = '<outline text="News"><outline type="rss" xmlUrl="https://skerrin.example/feed"/></outline>'
    found = read(tmp_path / "a.opml", f'<opml version="2.0"><head/><body>{outline * 2}</body></opml>', fetcher=site)
    assert [(item.title, item.text) for item in articles(found)] == [("A", f"{LEAD}\n{NEXT}")]
    marks = (
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>Bookmarks</TITLE><DL><p>"
        '<DT><A HREF="https://skerrin.example/a" ADD_DATE="1">Ferry</A>\n<DT><A HREF="javascript:alert(1)">x</A></DL>'
    )
    [article] = articles(read(tmp_path / "marks.html", marks, fetcher=site))
    assert article.url == "https://skerrin.example/a"
    assert site.asked == ["https://skerrin.example/feed", "https://skerrin.example/a", "https://skerrin.example/a"]


def test_a_list_that_names_lists_without_end(tmp_path: Path) -> None:
    site = Site(map=INDEX)
    [problem] = problems(read(tmp_path / "a.xml", INDEX, fetcher=site))
    assert problem == "https://skerrin.example/map was not fetched."
    assert len(site.asked) == 1


def test_the_entries_of_a_json_feed_are_fetched_and_used_themselves_if_their_pages_are_gone(tmp_path: Path) -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Skerrin Post",
        "items": [
            {"id": "1", "url": "https://skerrin.example/a", "title": "F", "date_published": "2024-05-11T08:00:00Z"},
            {"id": "2", "title": "Owners", "content_text": f"{NEXT}\n{LEAD}", "authors": [{"name": "Nora Quist"}]},
        ],
    }
    page_, own = articles(read(tmp_path / "a.json", json.dumps(feed), fetcher=Site(a=page("A"))))
    assert (page_.title, page_.published, page_.text) == ("A", dt.date(2024, 5, 11), f"{LEAD}\n{NEXT}")
    assert (own.title, own.author, own.source) == ("Owners", "Nora Quist", "Skerrin Post")
    assert own.text.split("\n")[0] == NEXT


def test_ninjs_without_what_its_agency_has_withdrawn(tmp_path: Path) -> None:
    items = [
        {"uri": "urn:1", "pubstatus": "usable", "headline": "Ferry", "byline": "By Nora Quist",
         "body_xhtml": f"<p>{LEAD}</p>"},
        {"uri": "urn:2", "pubstatus": "canceled", "headline": "Pier", "body_text": NEXT},
    ]  # fmt: skip
    path = tmp_path / "a.json"
    found = read(path, json.dumps(items))
    assert [(item.title, item.author, item.text) for item in articles(found)] == [("Ferry", "Nora Quist", LEAD)]
    assert problems(found) == [f"{path}: 'Pier' is withdrawn by its agency and was left out."]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.opml", "<opml/>", "lists no feeds."),
        ("a.nitf", "<nitf><head/></nitf>", "is not a NITF document with a body."),
        ("a.xml", "<nitf><body><body.content>", "is not sound XML: "),
        ("a.xml", "<urlset></urlset>", "is a sitemap without addresses."),
        ("a.xml", "<newsItem/>", "holds no text."),
        ("a.html", "<!DOCTYPE NETSCAPE-Bookmark-file-1><dl></dl>", "has no bookmarks of web pages."),
        ("a.xml", "<!DOCTYPE nitf [<!ENTITY a 'b'>]><nitf>&a;</nitf>", "defines XML entities, which Dateline does not"),
    ],
)
def test_exports_that_hold_nothing(tmp_path: Path, name: str, data: str, message: str) -> None:
    [problem] = problems(read(tmp_path / name, data))
    assert problem.startswith(f"{tmp_path / name} {message}")
