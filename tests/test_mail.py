"""Messages, mailboxes and pages saved as one file."""

from __future__ import annotations

import datetime as dt
import email.message
import plistlib
from typing import TYPE_CHECKING

import docx
import pytest

from tests.reading import articles, one, problems, read

if TYPE_CHECKING:
    from pathlib import Path

LEAD = "The ferry to Skerrin ran aground on Friday, and all forty on board were brought ashore."
NEXT = "The owners said that the captain had been warned of the sandbank the week before."
PAGE = f"<html><head><title>Ferry aground</title></head><body><p>{LEAD}</p><p>{NEXT}</p></body></html>"
NEWSLETTER = f"""<html><head><style>p {{}}</style></head><body>
<div style="display:none;max-height:0">Forty saved.</div>
<table><tr><td><table><tr><td><h1>Ferry aground</h1></td></tr><tr><td><p>{LEAD}</p>
<p>The owners said that <b>the captain</b> had been
warned of the sandbank the week before.</p></td></tr></table></td></tr></table>
<table><tr><th>Boat</th><th>Year</th></tr><tr><td>Tern</td><td>1962</td></tr></table>
<ul><li>Twelve were treated</li><li>Nobody died</li></ul></body></html>"""


def message(**headers: str) -> email.message.EmailMessage:
    made = email.message.EmailMessage()
    said = {"From": "The Skerrin Post <news@skerrin.example>", "Subject": "Ferry aground",
            "Date": "Sat, 11 May 2024 23:30:00 -0500"} | headers  # fmt: skip
    for name, value in said.items():
        made[name.replace("_", "-")] = value
    return made


def test_a_newsletter_is_its_formatted_text_with_sender_and_day(tmp_path: Path) -> None:
    made = message()
    made.set_content("View this letter in your browser: https://skerrin.example/12")
    made.add_alternative(NEWSLETTER, subtype="html")
    article = one(tmp_path / "a.eml", made.as_bytes())
    assert article.text == f"{LEAD}\n\n{NEXT}\n\nBoat | Year\nTern | 1962\n\n- Twelve were treated\n- Nobody died"
    assert (article.title, article.source, article.author) == ("Ferry aground", "The Skerrin Post", None)
    assert article.published == dt.date(2024, 5, 11)


@pytest.mark.parametrize(
    ("sender", "author", "source"),
    [
        ("Nora Quist <nora@skerrin.example>", "Nora Quist", "skerrin.example"),
        ("Nora Quist from The Skerrin Post <x@mail.example>", "Nora Quist", "The Skerrin Post"),
        ("=?utf-8?q?Zo=C3=AB_M=C3=BCller?= <z@skerrin.example>", "Zoë Müller", "skerrin.example"),
        ("news@skerrin.example", None, "skerrin.example"),
        ("Harbour Letter <newsletter@skerrin.example>", None, "Harbour Letter"),
        ("The Tide <t@skerrin.example>", None, "The Tide"),
        ('"Quist, Nora (Skerrin Post)" <nq@skerrin.example>', "Nora Quist", "Skerrin Post"),
    ],
)
def test_the_sender_is_a_person_or_a_publisher(
    tmp_path: Path, sender: str, author: str | None, source: str | None
) -> None:
    data = f"From: {sender}\nSubject: Ferry\nContent-Type: text/plain; charset=utf-8\n\n{LEAD}\n"
    article = one(tmp_path / "a.eml", data)
    assert (article.author, article.source, article.text) == (author, source, LEAD)


def test_a_message_that_was_passed_on_is_the_one_of_its_sender(tmp_path: Path) -> None:
    made = message(Subject="Fwd: Ferry aground", From="Bo Chan <bo@home.example>")
    made.set_content(
        "---------- Forwarded message ---------\nFrom: The Skerrin Post <news@skerrin.example>\n"
        f"Date: Mon, 6 May 2024 at 10:15\nSubject: Ferry aground\nTo: <bo@home.example>\n\n{LEAD}\n"
    )
    article = one(tmp_path / "a.eml", made.as_bytes())
    assert (article.title, article.source, article.author) == ("Ferry aground", "The Skerrin Post", None)
    assert (article.published, article.text) == (dt.date(2024, 5, 6), LEAD)


def test_plain_text_that_says_more_than_the_formatted_part(tmp_path: Path) -> None:
    made = message()
    made.set_content(f"{LEAD}\n\n{NEXT}\n", charset="iso-8859-1", cte="quoted-printable")
    made.add_alternative("<html><body><p>See the text.</p></body></html>", subtype="html")
    assert one(tmp_path / "a.eml", made.as_bytes()).text == f"{LEAD}\n\n{NEXT}"


def test_attachments_are_articles_of_their_own(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(NEXT)
    document.save(str(tmp_path / "statement.docx"))
    made = message()
    made.set_content(LEAD)
    made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="boat.png")
    made.add_attachment((tmp_path / "statement.docx").read_bytes(), maintype="application", subtype="octet-stream",
                        filename="Owners statement.docx")  # fmt: skip
    made.add_attachment(b"\x00\x01", maintype="application", subtype="x-unknown", filename="log.bin")
    forwarded = message(Subject="Earlier", From="harbour@skerrin.example")
    forwarded.set_content("The sandbank has moved to the north.")
    made.add_attachment(forwarded)
    path = tmp_path / "a.eml"
    found = read(path, made.as_bytes())
    assert [(item.title, item.text) for item in articles(found)] == [
        ("Ferry aground", LEAD),
        ("Owners statement", NEXT),
        ("Earlier", "The sandbank has moved to the north."),
    ]
    assert problems(found) == [f"{path}/log.bin has the ending '.bin', so its format is not known."]


def test_a_mailbox_is_its_messages(tmp_path: Path) -> None:
    first, second = message(Message_ID="<1@skerrin.example>"), message(Subject="Correction")
    first.set_content(f"{LEAD}\n\nFrom the pier it was seen by many.\n")
    second.set_content(NEXT)
    lines = first.as_string().replace("\nFrom the pier", "\n>From the pier")
    path = tmp_path / "a.mbox"
    found = articles(read(path, f"From a Sat May 11\n{lines}\nFrom b Sun May 12\n{second.as_string()}\n"))
    assert [(item.title, item.text) for item in found] == [
        ("Ferry aground", f"{LEAD}\n\nFrom the pier it was seen by many."),
        ("Correction", NEXT),
    ]
    assert found[0].origin == f"{path}/message 1 1@skerrin.example"


def test_a_page_that_a_browser_saved_as_one_file(tmp_path: Path) -> None:
    address = "https://skerrin.example/ferry"
    data = (
        f"From: <Saved by Blink>\r\nSnapshot-Content-Location: {address}\r\nSubject: Ferry aground\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Location: {address}\r\n\r\n{PAGE}\r\n"
        "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n--b--\r\n"
    )
    for name in ("a.mhtml", "b.mht", "c", "d.doc"):
        article = one(tmp_path / name, data)
        assert (article.title, article.url, article.text.split("\n")[0]) == ("Ferry aground", address, LEAD)


def test_a_page_that_safari_saved(tmp_path: Path) -> None:
    page = {"WebResourceData": PAGE.encode(), "WebResourceURL": "https://skerrin.example/ferry"}
    article = one(tmp_path / "a.webarchive", plistlib.dumps({"WebMainResource": page}, fmt=plistlib.FMT_BINARY))
    assert (article.title, article.url) == ("Ferry aground", "https://skerrin.example/ferry")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.eml", "no message", "is not a readable message."),
        ("a.eml", "From: a@b.example\nSubject: x\n\n\n", "contains no article text."),
        ("a.eml", "From: a@b.example\nContent-Type: application/pkcs7-mime\n\nx\n", "is encrypted."),
        ("a.mbox", "no mailbox", "is not a mailbox."),
        ("a.mhtml", "From: a@b.example\n\nWords.", "holds no web page."),
        ("a.webarchive", "bplist00", "is not a readable web archive of Safari."),
    ],
)
def test_messages_and_saved_pages_that_cannot_be_read(tmp_path: Path, name: str, data: str, message: str) -> None:
    assert problems(read(tmp_path / name, data)) == [f"{tmp_path / name} {message}"]
