"""Whatever stands between the sentences of an article, none of them is lost without being told."""

from __future__ import annotations

import html

from hypothesis import given, settings
from hypothesis import strategies as st

from index import Article
from index.errors import SourceError
from index.sources.formats.html import read_html
from index.sources.formats.text import read_text

BEGINNINGS = [
    "The council", "By Monday the harbour master", "A video posted by the club", "A photo shared by the ministry",
    "By using old maps, the engineers", "More than forty families", "Share prices on the island", "Related cases",
    "Read by millions, the paper", "Follow the river and you see how it", "Sign language teachers", "Watch makers",
    "Copyright lawyers for the firm", "Credit: nobody at the bank", "Photo: the picture on the wall", "© the sign that",
    "New figures from Reuters/Ipsos", "Source: a man in the ministry who", "Subscribe, she said, and the newsletter",
    "We use cookies, the baker", "Advertising", "Listen to the story that the widow", "“Print this”, the boy",
    "Skip the post and the editor", "Reporting by hand, the clerk", "Published on 3 May 2024, the report",
    "Join us on Facebook, the group", "Story continues, the actor", "Author: the name that the police", "1. The pump",
    "All rights reserved, the notice on the door", "Home owners", "UPDATED: the list", "- The second boat",
]  # fmt: skip
VERBS = [
    "said",
    "was",
    "has lost",
    "will close",
    "found",
    "did not want",
    "shows",
    "is",
    "told the court of",
    "fell by",
]
ENDINGS = [
    "a tenth of the money that the town had kept for the new wall.",
    "three boats and a lorry before the flood (Getty Images would own 12% of it).",
    "“nothing but rain” for two weeks, according to a poll by Reuters/Ipsos.",
    "the bridge over the river on Tuesday, and the mayor agreed!",
    "what the neighbours had known for years about the mill?",
    "the old pier, the new pier and everything between them; see https://pier.example.",
    "the school at 10:15 on 6 May 2024, and nobody saw it happen",
]  # fmt: skip
PROSE = st.builds("{} {} {}".format, *(st.sampled_from(words) for words in (BEGINNINGS, VERBS, ENDINGS)))
FURNITURE = st.sampled_from(
    [
        "Advertisement", "Share this article", "Read more: Harbour master resigns", "Sign up for our newsletter",
        "Image source, Getty Images", "(AP Photo/Ann Lee)", "© 2024 The Bay Gazette", "By Ann Lee", "May 6, 2024",
        "— Ann Lee (@annlee) May 6, 2024", "pic.twitter.com/aB3dE5", "https://gazette.example/a", "Most read", "* * *",
        "Privacy policy", "Terms of use", "Follow us on Facebook", "2 hours ago", "3 min read", "Updated 4:48 PM EDT",
    ]
)  # fmt: skip
LINES = st.lists(st.one_of(PROSE, PROSE, FURNITURE, st.just("")), min_size=1, max_size=14)


def assert_told(article: Article, lines: list[str], prose: set[str]) -> None:
    known = " ".join(filter(None, (article.title, article.author, article.source)))
    told = "\n".join(notice.text for notice in article.notices)
    for line in prose.intersection(lines):
        assert line in article.text or line in told or line in known, line


@given(LINES)
@settings(max_examples=300, deadline=None)
def test_no_sentence_of_a_text_is_lost_without_being_told(lines: list[str]) -> None:
    prose = {line for line in lines if any(f" {verb} " in line for verb in VERBS)}
    try:
        article = read_text("\n".join(lines).encode(), origin="a.txt")
    except SourceError:
        assert not prose
        return
    assert_told(article, lines, prose)


@given(LINES)
@settings(max_examples=60, deadline=None)
def test_no_sentence_of_a_page_is_lost_without_being_told(lines: list[str]) -> None:
    prose = {line for line in lines if any(f" {verb} " in line for verb in VERBS) and line[-1] in ".!?"}
    tags = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    page = f"<html><head><title>Harbour</title></head><body><article><h1>Harbour</h1>{tags}</article></body></html>"
    try:
        [article] = [item for item in read_html(page.encode(), origin="a.html") if isinstance(item, Article)]
    except SourceError:
        return
    assert_told(article, lines, prose)
