"""Web pages saved as files: main text, metadata, and no furniture."""

import datetime as dt
from pathlib import Path

import pytest

from index.article import Article
from index.errors import SourceError
from index.sources import load

PARAGRAPHS = (
    "The harbour wall at Port Ellis gave way early on Monday, flooding two streets and a school.",
    "Nobody was hurt, but engineers said the wall had been leaking for weeks before it failed — “badly”.",
    "Repairs will take three months, the council said, and cost about two million pounds in total.",
)
HEAD = (
    "<title>Harbour wall gives way | The Bay Gazette</title>"
    '<meta property="og:site_name" content="The Bay Gazette"><meta name="author" content="Ann Lee; Bo Chan">'
    '<meta property="article:published_time" content="2024-05-06T10:15:00Z">'
    '<link rel="canonical" href="https://gazette.example/harbour">'
)


def page(*blocks: str, head: str = HEAD) -> str:
    return (
        f"<!doctype html><html><head>{head}</head><body><nav><a href='/'>Home</a></nav><article>"
        f"<h1>Harbour wall gives way</h1>{''.join(blocks)}</article>"
        "<footer>All rights reserved</footer></body></html>"
    )


def read(tmp_path: Path, content: str | bytes, name: str = "page.html") -> Article | SourceError:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    [found] = load(str(path))
    return found


def article(tmp_path: Path, content: str | bytes) -> Article:
    found = read(tmp_path, content)
    assert isinstance(found, Article), found
    return found


def paragraphs(*more: str) -> list[str]:
    return [f"<p>{text}</p>" for text in (*PARAGRAPHS, *more)]


def test_text_and_metadata(tmp_path: Path) -> None:
    found = article(tmp_path, page(*paragraphs()))
    assert found.text == "\n".join(PARAGRAPHS)
    assert found.title == "Harbour wall gives way"
    assert found.author == "Ann Lee, Bo Chan"
    assert found.source == "The Bay Gazette"
    assert found.published == dt.date(2024, 5, 6)
    assert found.url == "https://gazette.example/harbour"
    assert found.origin == str(tmp_path / "page.html")


def test_furniture_and_posts_inside_the_article_go(tmp_path: Path) -> None:
    post = (
        '<blockquote class="twitter-tweet"><p>Look at all this water in our street</p>'
        '&mdash; Bo Chan (@bochan) <a href="https://twitter.com/b/1">May 6, 2024</a></blockquote>'
    )
    plain = "<p>Look at it now pic.twitter.com/aB3dE5</p><p>— Cy Diaz (@cydiaz) May 7, 2024</p>"
    first, *rest = paragraphs()
    found = article(tmp_path, page(first, "<p>Advertisement</p>", post, plain, "<p>Read more: Other news</p>", *rest))
    assert found.text == "\n".join(PARAGRAPHS)


def test_what_the_metadata_lacks_is_read_above_the_text(tmp_path: Path) -> None:
    byline = "<p>By Ann Lee, The Bay Gazette</p><p>Published 6 May 2024</p>"
    found = article(tmp_path, page(byline, *paragraphs(), head="<title>Harbour wall gives way</title>"))
    assert (found.author, found.published) == ("Ann Lee", dt.date(2024, 5, 6))
    assert found.text == "\n".join(PARAGRAPHS)


@pytest.mark.parametrize("charset", ["windows-1252", "utf-8", "koi8-r"])
def test_the_page_names_its_encoding(tmp_path: Path, charset: str) -> None:
    text = "Шторм" if charset == "koi8-r" else "Café “open”"
    extra = f"The sign at the corner said {text} all night long, as the people of the town remember it."
    content = page(*paragraphs()[:1], f"<p>{extra}</p>", head=f'<meta charset="{charset}">')
    # koi8-r has no typographic quotes.
    assert extra in article(tmp_path, content.encode(charset)).text


@pytest.mark.parametrize(
    "content",
    [
        "<html><head><title>Only a title</title></head><body></body></html>",
        "<div>" * 50_000,
        "<html><body><script>alert(1)</script></body></html>",
    ],
)
def test_a_page_without_text_is_an_error(tmp_path: Path, content: str) -> None:
    found = read(tmp_path, content)
    assert isinstance(found, SourceError)
    assert str(found) == f"{tmp_path / 'page.html'} has no recognisable article text."
    assert found.help


@pytest.mark.parametrize(
    ("language", "extra", "day"),
    [
        ("en-US", "", dt.date(2024, 3, 4)),
        ("en-GB", "", dt.date(2024, 4, 3)),
        ("de", "", dt.date(2024, 4, 3)),
        ("en", "", None),
        ("en-CA", "", None),
        ("en", "The council met on 13/03/2024 and again later to talk about the wall's cost.", dt.date(2024, 4, 3)),
        ("en", "The council met on 03/13/2024 and again later to talk about the wall's cost.", dt.date(2024, 3, 4)),
        ("en", "Repairs would cost £4 million, the council said in its letter to the town.", dt.date(2024, 4, 3)),
        ("en-US", "The council had met on 13/02/2024, and on 02/14/2024 it met again to talk.", dt.date(2024, 3, 4)),
    ],
)  # fmt: skip
def test_a_numeric_date_is_read_as_the_page_shows_or_not_at_all(
    tmp_path: Path, language: str, extra: str, day: dt.date | None
) -> None:
    head = "<title>Harbour wall gives way</title>"
    content = page("<p class='date'>03/04/2024</p>", *paragraphs(extra), head=head)
    found = article(tmp_path, content.replace("<html>", f"<html lang='{language}'>"))
    assert found.published == day
    assert [notice.text for notice in found.notices if notice.rule == "date"] == ([] if day else ["03/04/2024"])


def test_a_numeric_date_in_words_elsewhere_on_the_page_is_sure(tmp_path: Path) -> None:
    head = "<title>Harbour wall gives way</title><meta name='date' content='03/04/2024'>"
    found = article(tmp_path, page("<p>Published 3 April 2024</p>", *paragraphs(), head=head))
    assert found.published == dt.date(2024, 4, 3)


def test_raised_lowered_and_quoted_words_are_written_in_characters(tmp_path: Path) -> None:
    found = article(
        tmp_path,
        page(
            *paragraphs(),
            "<p>It holds 10<sup>12</sup> litres, 5 km<sup>3</sup> of it SO<sub>2</sub>; log<sub>2</sub>8 is 3.</p>",
            "<p>On the 21<sup>st</sup> he wrote: <q>Nobody may say <q>never</q></q>, and left<sup>[4]</sup>.</p>",
            "<p><ruby>東京<rt>Tokyo</rt></ruby> sent <ins>five</ins> <mark>buses</mark>.</p>",
        ),
    )
    assert "It holds 10¹² litres, 5 km³ of it SO2; log₂8 is 3." in found.text
    assert "On the 21st he wrote: “Nobody may say ‘never’”, and left[4]." in found.text
    assert "東京(Tokyo) sent five buses." in found.text


def test_struck_out_words_are_left_out_and_told(tmp_path: Path) -> None:
    found = article(
        tmp_path, page(*paragraphs(), "<p>The fine is <s>£2m</s> <ins>£3m</ins>, <del>he</del> she said.</p>")
    )
    assert "The fine is £3m, she said." in found.text
    assert [(notice.rule, notice.text) for notice in found.notices] == [("struck out", "£2m"), ("struck out", "he")]


def test_a_tag_that_was_never_closed_strikes_nothing_out(tmp_path: Path) -> None:
    assert PARAGRAPHS[2] in article(tmp_path, page(f"<p>{PARAGRAPHS[0]}</p><s>", *paragraphs()[1:])).text


def test_sentences_outside_the_main_text_are_told(tmp_path: Path) -> None:
    beside = "The weather will stay dry in all of the county until the weekend, forecasters say."
    content = page(*paragraphs()).replace("<footer>", f"<aside><p>{beside}</p></aside><footer>")
    found = article(tmp_path, content)
    assert beside not in found.text
    assert [(notice.rule, notice.text) for notice in found.notices] == [("outside the main text", beside)]


def live_page(head: str, update: str) -> str:
    updates = (
        update.format(hour=hour, text=f"The water at gauge {hour} stood at {hour} metres.") for hour in (7, 8, 9)
    )
    return (
        f"<html><head>{head}</head><body><h1>Flood live: gauges rise</h1>{''.join(updates)}<main></main></body></html>"
    )


@pytest.mark.parametrize(
    "update",
    [
        '<div class="post"><time>{hour}:15 CET</time><h2>Gauge {hour}</h2><p>{text}</p></div>',
        '<li class="item new"><h3>Gauge {hour}</h3><span class="timestamp">{hour}:15 CET</span><p>{text}</p></li>',
        '<section><time datetime="{hour}:15 CET">2 hours ago</time><h4>Gauge {hour}</h4><p>{text}</p></section>',
    ],
)
@pytest.mark.parametrize(
    "head",
    [
        "<title>Flood live: gauges rise</title>",
        '<title>Flood</title><script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": '
        '"Flood live: gauges rise", "liveBlogUpdate": [{"@type": "BlogPosting", "headline": "Bridge shut"}]}</script>',
    ],
)
def test_a_live_blog_keeps_its_title_and_the_times_and_headings_of_updates(
    tmp_path: Path, head: str, update: str
) -> None:
    found = article(tmp_path, live_page(head, update))
    assert found.title == "Flood live: gauges rise"
    assert [line for line in found.text.split("\n") if line] == [
        line
        for hour in (7, 8, 9)
        for line in (f"{hour}:15 CET Gauge {hour}", f"The water at gauge {hour} stood at {hour} metres.")
    ]


def test_the_day_of_the_last_change_is_read_from_the_metadata(tmp_path: Path) -> None:
    changed = '<meta property="article:modified_time" content="2024-05-08T09:00:00Z">'
    found = article(tmp_path, page(*paragraphs(), head=HEAD + changed))
    assert (found.published, found.updated) == (dt.date(2024, 5, 6), dt.date(2024, 5, 8))
    script = '<script type="application/ld+json">{"@type": "NewsArticle", "dateModified": "2024-05-09"}</script>'
    assert article(tmp_path, page(*paragraphs(), head=HEAD + script)).updated == dt.date(2024, 5, 9)
