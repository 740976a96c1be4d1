"""JSON as scrapers, APIs and databases write it: where the articles are in it, and what their fields are called."""

import datetime as dt
import json
from pathlib import Path

import pytest

from index.article import Article
from index.errors import SourceError
from index.sources import load

TEXT = "The ferry to Skerrin was late."
DAY = "2024-05-06T09:12:00Z"
HTML = "<p>The ferry to Skerrin <b>was</b> late.</p><script>track()</script>"
SHAPES = {
    "news-please": {
        "title": "Ferry late",
        "maintext": TEXT,
        "authors": ["Ann Lee"],
        "date_publish": "2024-05-06 09:12:00",
        "date_download": "2025-01-01",
        "source_domain": "gazette.example",
        "description": "d",
        "url": "u",
    },
    "newspaper": [{"title": "Ferry late", "text": TEXT, "authors": ["Ann Lee"], "publish_date": DAY, "summary": ""}],
    "trafilatura": {
        "title": "Ferry late",
        "author": "Ann Lee",
        "date": "2024-05-06",
        "hostname": "gazette.example",
        "raw_text": "x" * 900,
        "text": TEXT,
        "source": "https://gazette.example/ferry",
        "id": None,
    },
    "Scrapy": [{"title": ["Ferry late"], "body": [TEXT], "date": ["2024-05-06"], "author": ["Ann Lee"]}],
    "Guardian": {
        "response": {
            "status": "ok",
            "results": [
                {
                    "webTitle": "Ferry late",
                    "webPublicationDate": DAY,
                    "fields": {"bodyText": TEXT, "byline": "Ann Lee in Skerrin"},
                }
            ],
        }
    },
    "NYT": {
        "response": {
            "docs": [
                {
                    "headline": {"main": "Ferry late"},
                    "abstract": TEXT,
                    "pub_date": DAY,
                    "byline": {"original": "By Ann Lee"},
                }
            ]
        }
    },
    "NewsAPI": {
        "status": "ok",
        "articles": [
            {
                "title": "Ferry late",
                "author": "Ann Lee",
                "publishedAt": DAY,
                "content": f"{TEXT} [+2345 chars]",
                "source": {"id": None, "name": "G"},
            }
        ],
    },
    "MediaCloud": [
        {"stories_id": 7, "title": "Ferry late", "author": "Ann Lee", "publish_date": "2024-05-06", "text": TEXT}
    ],
    "WordPress": [
        {
            "id": 7,
            "date": "2024-05-06T09:12:00",
            "title": {"rendered": "Ferry late"},
            "author": 3,
            "content": {"rendered": HTML},
            "_embedded": {"author": [{"name": "Ann Lee"}]},
            "status": "publish",
        }
    ],
    "schema.org": {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": "The Gazette", "url": "https://gazette.example"},
            {
                "@type": "NewsArticle",
                "headline": "Ferry late",
                "articleBody": TEXT,
                "author": {"@type": "Person", "name": "Ann Lee"},
                "datePublished": DAY,
            },
        ],
    },
    "EventRegistry": {
        "articles": {
            "results": [
                {
                    "title": "Ferry late",
                    "body": TEXT,
                    "dateTime": DAY,
                    "source": {"title": "G"},
                    "authors": [{"name": "Ann Lee"}],
                }
            ]
        }
    },
    "JSON Feed": {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "G",
        "items": [
            {
                "id": "7",
                "title": "Ferry late",
                "content_html": HTML,
                "date_published": DAY,
                "authors": [{"name": "Ann Lee"}],
            }
        ],
    },
    "ninjs": {
        "uri": "urn:g:7",
        "headline": "Ferry late",
        "byline": "Ann Lee",
        "body_html": HTML,
        "versioncreated": DAY,
    },
    "Elasticsearch": {
        "hits": {
            "total": 1,
            "hits": [
                {
                    "_id": "a7",
                    "_source": {"title": "Ferry late", "text": TEXT, "author": "Ann Lee", "timestamp": 1714986720},
                }
            ],
        }
    },
    "HuffPost": {"headline": "Ferry late", "short_description": TEXT, "authors": "Ann Lee", "date": "2024-05-06"},
    "under ids": {"a7": {"title": "Ferry late", "text": TEXT, "author": "Ann Lee", "date": "2024-05-06"}},
    "data": {
        "meta": {"found": 1},
        "data": [
            {
                "type": "article",
                "attributes": {"title": "Ferry late", "body": TEXT, "author": "Ann Lee", "created": "2024-05-06"},
            }
        ],
    },
    "columns": {
        "title": {"0": "Ferry late"},
        "text": {"0": TEXT},
        "author": {"0": "Ann Lee"},
        "date": {"0": "2024-05-06"},
    },
}


def read(tmp_path: Path, content: object, name: str = "a.json") -> list[Article | SourceError]:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return list(load(str(path)))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_article_is_found_with_its_fields(tmp_path: Path, shape: str) -> None:
    [found] = read(tmp_path, SHAPES[shape])
    assert isinstance(found, Article), found
    assert (found.title, found.author, found.text) == ("Ferry late", "Ann Lee", TEXT)
    assert found.published == dt.date(2024, 5, 6)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("separator", ["\n", "\n\n"])
def test_objects_one_after_the_other_in_either_ending(
    tmp_path: Path, name: str, indent: int | None, separator: str
) -> None:
    rows = [{"title": "A", "text": "One.", "tags": ["x", "y"]}, {"title": "B", "text": "Two."}]
    found = read(tmp_path, separator.join(json.dumps(row, indent=indent) for row in rows), name)
    assert [getattr(article, "text", None) for article in found] == ["One.", "Two."]
    whole = read(tmp_path, json.dumps(rows, indent=indent), name)
    assert [getattr(article, "text", None) for article in whole] == ["One.", "Two."]


def test_what_a_service_cut_off_is_told(tmp_path: Path) -> None:
    [cut] = read(tmp_path, SHAPES["NewsAPI"])
    [summary] = read(tmp_path, SHAPES["HuffPost"])
    assert isinstance(cut, Article)
    assert isinstance(summary, Article)
    assert [(notice.kind, notice.rule, notice.text) for notice in cut.notices] == [
        ("unread", "rest of the text", "[+2345 chars]")
    ]
    assert [(notice.kind, notice.rule) for notice in summary.notices] == [("unread", "full text")]


@pytest.mark.parametrize(
    "row",
    [
        {"text": " ", "body": TEXT},
        {"text": "The ferry…", "content": TEXT},
        {"text": "The ferry was", "content": TEXT},
        {"text": None, "content": [{"type": "p", "text": TEXT}]},
        {"description": "The ferry was late, people say, and they say it often.", "story": TEXT},
    ],
)
def test_a_full_text_beats_a_blank_one_and_a_teaser(tmp_path: Path, row: dict[str, object]) -> None:
    [found] = read(tmp_path, [row])
    assert isinstance(found, Article)
    assert found.text == TEXT


def test_drafts_and_records_without_a_text_are_reported(tmp_path: Path) -> None:
    rows = [
        {"title": "A", "content": {"rendered": "x"}, "status": "draft"},
        {"title": "B", "url": "https://g.example/b"},
    ]
    draft, empty = read(tmp_path, rows)
    assert "is not published (draft)" in str(draft)
    assert isinstance(empty, SourceError)
    assert empty.help == "Add its page: https://g.example/b"


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("[[author]]", None),
        ("['Ann Lee', 'Bo Chan']", "Ann Lee, Bo Chan"),
        (["By Ann Lee", {"first": "Bo", "last": "Chan"}], "Ann Lee, Bo Chan"),
        ("Ann Lee; Bo Chan", "Ann Lee, Bo Chan"),
        ("https://facebook.com/annlee", None),
        ("desk@gazette.example (Ann Lee)", "Ann Lee"),
        (float("nan"), None),
        ("By Ann Lee and Bo Chan, The Gazette", "Ann Lee, Bo Chan"),
    ],
)
def test_authors_as_programs_write_them(tmp_path: Path, author: object, expected: str | None) -> None:
    [found] = read(tmp_path, [{"text": TEXT, "author": author}])
    assert isinstance(found, Article)
    assert found.author == expected


def test_an_address_where_the_source_should_be_is_the_address(tmp_path: Path) -> None:
    [found] = read(tmp_path, SHAPES["trafilatura"])
    assert isinstance(found, Article)
    assert (found.source, found.url) == ("gazette.example", "https://gazette.example/ferry")


@pytest.mark.parametrize(
    "markup", ["One <b>two</b>.\n\nThree.", "<p>One two.</p>\n<p>Three.</p>", "One two.<br/><br/>Three."]
)
def test_html_in_a_field_becomes_text_with_its_paragraphs(tmp_path: Path, markup: str) -> None:
    [found] = read(tmp_path, [{"text": markup}])
    assert isinstance(found, Article)
    assert found.text == "One two.\n\nThree."


@pytest.mark.parametrize("prose", ["3 < 4 > 2, and a <b c> d.", "Write </> for a fragment.", "if (a<b && c>d) return"])
def test_prose_with_angle_brackets_is_kept_as_it_is(tmp_path: Path, prose: str) -> None:
    [found] = read(tmp_path, [{"text": prose}])
    assert isinstance(found, Article)
    assert found.text == prose


@pytest.mark.parametrize(
    ("language", "day"), [("en-US", "2025-03-04"), ("en_GB", "2025-04-03"), ("de", "2025-04-03"), ("en", "None")]
)
def test_the_language_of_a_record_shows_how_its_date_is_meant(tmp_path: Path, language: str, day: str) -> None:
    [found] = read(tmp_path, [{"text": TEXT, "date": "03/04/2025", "language": language}])
    assert isinstance(found, Article)
    assert str(found.published) == day
