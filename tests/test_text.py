"""Plain text as people paste it: titles, bylines, sources and dates, through `load`."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.errors import SourceError
from index.sources import load
from index.sources.metadata.header import Header, split_header

SEEDS = Path(__file__).parents[2] / "shared" / "seeds"
BODY = "The harbour wall at Port Ellis gave way early on Monday.\n\nNobody was hurt."


def read(tmp_path: Path, text: str | bytes, name: str = "0a1b2c3d4e5f6071.txt") -> Article:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    [article] = load(str(path))
    assert isinstance(article, Article), article
    return article


def facts(article: Article) -> tuple[str | None, str | None, str | None, dt.date | None]:
    return article.title, article.author, article.source, article.published


def test_cable_news_layout(tmp_path: Path) -> None:
    article = read(
        tmp_path,
        "Harbour wall gives way at ‘worst possible hour’\nAnn Lee\nBy Ann Lee, CNN\n 4 minute read \n"
        f"Updated 4:48 PM EDT, Mon May 6, 2024\n\n\n\nCNN\n — \n{BODY}",
    )
    assert facts(article) == (
        "Harbour wall gives way at ‘worst possible hour’", "Ann Lee", "CNN", dt.date(2024, 5, 6),
    )  # fmt: skip
    assert article.text == BODY


def test_public_broadcaster_layout(tmp_path: Path) -> None:
    article = read(
        tmp_path,
        "Port Ellis harbour wall gives way\n\nPublished\n6 May 2024\n\nShare\n\nAnn Lee\n"
        "Europe correspondent\nBBC News\n\nImage source, Getty Images\nImage caption, The wall on Monday\n\n"
        f"{BODY}",
    )
    assert article.title == "Port Ellis harbour wall gives way"
    assert article.published == dt.date(2024, 5, 6)
    assert article.text.endswith(BODY)
    assert "Image" not in article.text


def test_agency_layout_keeps_where_it_was_written(tmp_path: Path) -> None:
    article = read(
        tmp_path,
        "Harbour wall gives way in Port Ellis\nBy Ann Lee and Bo Chan\nMay 6, 2024 10:15 AM GMT\n\n"
        f"PORT ELLIS, May 6 (Reuters) - {BODY}\n\n(Reporting by Ann Lee and Bo Chan; Editing by Cy Diaz)\n"
        "Our Standards: The Thomson Reuters Trust Principles.",
    )
    assert facts(article) == (
        "Harbour wall gives way in Port Ellis", "Ann Lee, Bo Chan", "Reuters", dt.date(2024, 5, 6),
    )  # fmt: skip
    assert article.text == f"PORT ELLIS, May 6 (Reuters) - {BODY}"


def test_wire_layout_with_a_bare_source_in_the_first_line(tmp_path: Path) -> None:
    article = read(tmp_path, f"Harbour wall gives way\nBy ANN LEE, Associated Press\n\n(AP) — {BODY}")
    assert article.text == BODY
    assert article.author == "ANN LEE"


def test_newspaper_layout_keeps_the_standfirst(tmp_path: Path) -> None:
    article = read(
        tmp_path,
        "World news\n\nHarbour wall gives way as storm reaches the coast\n\n"
        "Two streets and a school are under water, and engineers say they had warned of it\n\n"
        "Ann Lee in Port Ellis\nMon 6 May 2024 10.15 BST\nLast modified on Tue 7 May 2024 11.02 BST\n"
        f"Share\n\n{BODY}",
    )
    assert facts(article)[:2] == ("Harbour wall gives way as storm reaches the coast", "Ann Lee")
    assert article.published == dt.date(2024, 5, 6)
    assert article.text.startswith("Two streets and a school are under water")
    assert article.text.endswith(BODY)
    assert "Last modified" not in article.text


def test_everything_on_one_line(tmp_path: Path) -> None:
    article = read(tmp_path, f"Harbour wall gives way\nBy Ann Lee | The Bay Gazette | 6 May 2024 | 3 min read\n{BODY}")
    assert facts(article) == ("Harbour wall gives way", "Ann Lee", "The Bay Gazette", dt.date(2024, 5, 6))
    assert article.text == BODY


def test_labelled_lines(tmp_path: Path) -> None:
    article = read(
        tmp_path,
        "Title: Harbour wall gives way\nAuthor: Ann Lee\nSource: The Bay Gazette\nDate: 2024-05-06\n"
        f"URL: https://gazette.example/harbour\n\n{BODY}",
    )
    assert facts(article) == ("Harbour wall gives way", "Ann Lee", "The Bay Gazette", dt.date(2024, 5, 6))
    assert article.url == "https://gazette.example/harbour"
    assert article.text == BODY


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("Published 5 May 2024", dt.date(2024, 5, 5)),
        ("Published: May 5th, 2024, 9 a.m.", dt.date(2024, 5, 5)),
        ("2024-05-05", dt.date(2024, 5, 5)),
        ("Sunday, May 5, 2024", dt.date(2024, 5, 5)),
        ("Updated May 7, 2024, published May 5, 2024", dt.date(2024, 5, 5)),
        ("Updated 7 May 2024", dt.date(2024, 5, 7)),
        ("25/12/2024", dt.date(2024, 12, 25)),
        ("03/04/2025", None),
    ],
)
def test_dates(tmp_path: Path, line: str, day: dt.date | None) -> None:
    article = read(tmp_path, f"Harbour wall gives way\n{line}\n\n{BODY}")
    assert article.published == day
    assert article.title == "Harbour wall gives way"
    assert article.text == BODY


def test_the_publication_date_takes_precedence_over_an_update(tmp_path: Path) -> None:
    article = read(tmp_path, f"Harbour wall gives way\nUpdated 7 May 2024\nPublished 5 May 2024\n\n{BODY}")
    assert article.published == dt.date(2024, 5, 5)


@pytest.mark.parametrize(
    ("byline", "author", "source"),
    [
        ("By Ann Lee", "Ann Lee", None),
        ("By Ann Lee, Bo Chan and Cy Diaz, The Bay Gazette", "Ann Lee, Bo Chan, Cy Diaz", "The Bay Gazette"),
        ("By Ann Lee, political editor", "Ann Lee", None),
        ("By Ann van der Lee in Port Ellis", "Ann van der Lee", None),
        ("By Reuters", None, "Reuters"),
        ("Written by Zoë O’Neil-Šimić", "Zoë O’Neil-Šimić", None),
    ],
)
def test_bylines(tmp_path: Path, byline: str, author: str | None, source: str | None) -> None:
    article = read(tmp_path, f"Harbour wall gives way\n{byline}\n\n{BODY}")
    assert (article.author, article.source, article.text) == (author, source, BODY)


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "By Monday the water had gone.\nPumps came.",
        "The first thing to know\nis that lines may simply be short\nand end anywhere",
        "“A quotation is no title”\n\nShe said it twice, and then a third time, to be sure.",
        "— a dash\n\nAnd a sentence that is longer than the dash.",
    ],
)
def test_when_in_doubt_there_is_no_title_and_no_line_is_lost(tmp_path: Path, text: str) -> None:
    article = read(tmp_path, text)
    assert article.title is None
    assert article.text == text


def test_dates_of_a_timeline_are_not_the_articles_date(tmp_path: Path) -> None:
    text = "It began small.\n\n5 May 2024\nA leak.\n\n6 May 2024\nThe wall fell."
    article = read(tmp_path, f"How the harbour wall fell\n\n{text}")
    assert (article.title, article.published, article.text) == ("How the harbour wall fell", None, text)


def test_a_date_is_not_taken_from_a_post(tmp_path: Path) -> None:
    article = read(tmp_path, f"Look!\n— Bo Chan (@bochan) May 6, 2024\n{BODY}")
    assert article.published is None
    assert article.text == BODY


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("minutes-2024-05.txt", "minutes 2024 05"),
        ("000_e99a714a9ead2512.txt", None),
        ("12345.txt", None),
        ("untitled.txt", None),
        ("Harbour_wall.text", "Harbour wall"),
    ],
)
def test_a_descriptive_file_name_replaces_a_missing_title(tmp_path: Path, name: str, title: str | None) -> None:
    assert read(tmp_path, BODY, name).title == title


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\xef\xbb\xbf" + "Café “open”.".encode(), "Café “open”."),
        ("Café “open”.".encode("utf-16"), "Café “open”."),
        ("Café “open”.".encode("cp1252"), "Café “open”."),
        (b"One.\r\nTwo.\rThree.", "One.\nTwo.\nThree."),
    ],
)
def test_encodings(tmp_path: Path, data: bytes, text: str) -> None:
    assert read(tmp_path, data).text == text


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\x00\x00", b"\x1f\x8b\x08\x08\x01\x02\x03\x04\xff\xfe\x05"])
def test_a_binary_file_is_an_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    [error] = load(str(path))
    assert isinstance(error, SourceError)
    assert str(error) == f"{path} is not a text file."
    assert error.help


@pytest.mark.parametrize("text", [" \n\n", "Advertisement\n\nShare", "Look!\n— Bo (@bo) May 6, 2024"])
def test_a_file_without_an_article_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text)
    [error] = load(str(path))
    assert isinstance(error, SourceError)
    assert "no article text" in str(error)


@given(st.lists(st.sampled_from([
    "Harbour wall gives way", "Ann Lee", "By Ann Lee, CNN", "6 May 2024", "CNN", "—", "", "Share", "World",
    "The wall fell, and nobody was hurt.", "Published", "03/04/2025", "https://gazette.example/a", "By",
    "Title: X",
]) | st.text(max_size=30), max_size=12).map("\n".join))  # fmt: skip
def test_a_header_is_cut_off_whole_lines_only(text: str) -> None:
    _, body = split_header(text, Header())
    lines = iter(text.split("\n"))
    # All but the first line, of which a bare "CNN — " may be cut.
    assert all(line in lines for line in body.split("\n")[1:])


def seed(number: int) -> Article:
    found = sorted(SEEDS.glob(f"{number:03}_*.txt"))
    if not found:
        pytest.skip("the seeds lie beside the repository only where Dateline is developed")
    [article] = load(str(found[0]))
    assert isinstance(article, Article)
    return article


def test_first_seed() -> None:
    article = seed(0)
    assert facts(article) == (None, None, None, None)
    raw = Path(article.origin or "").read_text(encoding="utf-8").split("\n")
    # Lines 5 to 11 and 15 to 16 are the heading "Recommended" and two posts.
    assert article.text.split("\n") == raw[:5] + raw[12:15] + raw[17:]


def test_second_seed() -> None:
    article = seed(1)
    assert article.author == "Jessie Yeung"
    assert article.source == "CNN"
    assert article.published == dt.date(2025, 3, 17)
    raw = Path(article.origin or "").read_text(encoding="utf-8").split("\n")
    assert article.title == raw[0]
    assert article.text == "\n\n".join(line for line in raw[12:] if line)
    assert article.text.startswith("Negotiators working")


TITLE = "Harbour wall gives way in Port Ellis"


@pytest.mark.parametrize(
    ("above", "author", "source", "day"),
    [
        ("May 6, 20249:12 AM GMT+1Updated a day ago", None, None, "2024-05-06"),
        ("By Ann Lee\n\nMay 6, 202411:04 PM UTCUpdated May 7, 2024", "Ann Lee", None, "2024-05-06"),
        ("BY ANN LEE AND BO CHAN\nUpdated 9:12 AM GMT+1, May 6, 2024", "ANN LEE, BO CHAN", None, "2024-05-06"),
        ("By The Associated Press\nPublished 9:12 AM EDT, May 6, 2024", None, "The Associated Press", "2024-05-06"),
        ("By Ann Lee\nPublished May 6, 2024\nUpdated May 7, 2024, 9:12 a.m. ET", "Ann Lee", None, "2024-05-06"),
        ("By Ann Lee\nMay 6, 2024Updated 9:12 a.m. ET", "Ann Lee", None, "2024-05-06"),
        ("6 May 2024\n\nAnn Lee\n\nBBC News, Port Ellis", "Ann Lee", "BBC News", "2024-05-06"),
        ("2 hours ago\nAnn Lee & Bo Chan\nBBC News", "Ann Lee, Bo Chan", "BBC News", None),
        ("Ann Lee\nPolitical correspondent\nPublished\n6 May 2024, 09:12 BST", "Ann Lee", None, "2024-05-06"),
        ("Ann Lee Environment editor\nMon 6 May 2024 09.12 BST", "Ann Lee", None, "2024-05-06"),
        ("Ann Lee in Port Ellis\nTue 7 May 2024\nFirst published on Mon 6 May 2024", "Ann Lee", None, "2024-05-06"),
        ("Von Anna Müller und Jan Graf, Hamburg\n\n6. Mai 2024, 9:12 Uhr", "Anna Müller, Jan Graf", None, "2024-05-06"),
        ("Stand: 06.05.2024 09:12 Uhr\n\nVon Anna Müller", "Anna Müller", None, "2024-05-06"),
        ("Par Anne Dubois\nPublié le 3/4/2024 à 09h12, mis à jour le 7 mai 2024", "Anne Dubois", None, "2024-04-03"),
        ("Por María José García\n6 de mayo de 2024", "María José García", None, "2024-05-06"),
        ("di Anna Rossi\n6 maggio 2024", "Anna Rossi", None, "2024-05-06"),
        ("Door Jan de Vries\n6 mei 2024", "Jan de Vries", None, "2024-05-06"),
        ("Av Kari Nordmann\nPublicerad 6 maj 2024", "Kari Nordmann", None, "2024-05-06"),
    ],
)  # fmt: skip
def test_lines_above_as_outlets_and_languages_print_them(
    tmp_path: Path, above: str, author: str | None, source: str | None, day: str | None
) -> None:
    article = read(tmp_path, f"{TITLE}\n\n{above}\n\n{BODY}")
    assert facts(article) == (TITLE, author, source, dt.date.fromisoformat(day) if day else None)
    assert article.text == BODY


@pytest.mark.parametrize(
    "title",
    ["“It just fell”: how it went", "'It fell,' they say", "The wall fell.", "It fell. Nobody listened.", "Who fell?"],
)  # fmt: skip
def test_a_title_above_a_byline_may_be_a_quotation_or_a_sentence(tmp_path: Path, title: str) -> None:
    for byline in ("By Ann Lee\nMay 6, 2024", "Ann Lee\nMay 6, 2024", "By Ann Lee, CNN"):
        article = read(tmp_path, f"{title}\n\n{byline}\n\n{BODY}")
        assert (article.title, article.author, article.text) == (title, "Ann Lee", BODY)


@pytest.mark.parametrize(
    "heading",
    ["Weekly Jobless Claims", "A Free Press", "Stop the Press", "By Popular Demand", "By Land and Sea",
     "Letters to the Editor", "The Daily Mirror", "9 November 1989", "By Royal Appointment", "Post and Present"],
)  # fmt: skip
@pytest.mark.parametrize("above", ["By Ann Lee", "By Ann Lee\nPublished 6 May 2024"])
def test_a_heading_below_the_byline_stays_in_the_text(tmp_path: Path, above: str, heading: str) -> None:
    article = read(tmp_path, f"What the wall cost\n\n{above}\n\n{heading}\n\n{BODY}")
    assert (article.title, article.author, article.source) == ("What the wall cost", "Ann Lee", None)
    assert article.published in {None, dt.date(2024, 5, 6)}
    assert article.text == f"{heading}\n\n{BODY}"


def test_an_unclear_date_above_a_text_is_told(tmp_path: Path) -> None:
    article = read(tmp_path, f"{TITLE}\nBy Ann Lee\n03/04/2025\n\n{BODY}")
    assert article.published is None
    assert [(notice.kind, notice.text) for notice in article.notices] == [("unread", "03/04/2025")]
