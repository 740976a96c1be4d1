"""Page furniture is removed and prose is kept, in made-up layouts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources.text.cleaning import clean
from index.sources.text.furniture import RULES, is_furniture


def cleaned(text: str) -> str:
    return clean(text)[0]


PROSE = [
    "The harbour wall at Port Ellis gave way early on Monday, flooding two streets and a school.",
    "“Nobody was hurt,” said the mayor, who asked people to share what they had seen.",
    "Read the report: it says the wall had been leaking for weeks.",
    "Copyright law changed in 2024, and few noticed.",
    "We use cookies of oat and honey in this recipe, says the baker.",
    "Photo: the word comes from the Greek for light.",
    "Follow the coast road for two miles and turn left.",
    "Sign up to the rota by Friday, the notice on the door said.",
    "Watch the sky.",
    "He told Reuters the wall was old.",
    "In 2019 @harbourwatch was one of the first to warn of it.",
    "Share prices fell by a tenth.",
    "By Monday the water had gone.",
    "1. Fix the wall",
    "- two pumps",
    "Streets closed",
    "NATO",
    "10:15",
    "Related to this is the question of who pays.",
    "Save the wall, they wrote; print the plans.",
    "A trending topic is not news.",
]

TELLING = [
    "Trust in the mayor sank to 41% from 52% in May, the newest Reuters/Ipsos survey found.",
    "Most voters reject the plan, a poll by Ipsos/Reuters",
    "A video posted by the rebels late on Sunday showed three pilots at a table.",
    "A photo shared by the port shows the bent crane.",
    "By using tracking cookies, the shop followed 2 million buyers, a court heard.",
    "The two firms would split the market (Getty Images would hold a third of it).",
    "By using third-party cookies, advertisers follow people from site to site.",
    "More: 40 missing, hospital says",
    "Watch: three arrests after the match",
    "Story continues after his death in a second volume, and it gets better.",
    "Like many on Facebook, he shared the picture without reading the text.",
    "Find the driver on Facebook, police asked the town.",
    "Subscribe to the idea that email is dead and the book will please you.",
    "Register for alerts, the council told 4,000 households on Friday.",
    "We use cookies to bribe the children, says the teacher.",
    "Share this burden with the neighbours, the mayor told them.",
    "Share with care",
    "Credit: banks lend less than before",
    "Photo: a town under water",
    "Advertising",
    "Privacy policy",
    "Terms of service",
    "Promoted",
    "More from less",
    "All the rooms had all rights reserved.",
    "Skip X posts for a week and you sleep better.",
    "End of Twitter content rules worries advertisers",
    "Copyright 2024 was the year in which the law changed, she said.",
    "Download the city's app to see when the water comes, the notice said.",
    "Listen to the story of the pier, he says.",
    "Read the full story of the wreck before you judge.",
    "The company reached 40% (Shutterstock had 12%).",
    "He posted a picture (photo: see page 3).",
    "The study was paid for by the group itself (Getty, Alamy and Shutterstock declined to comment).",
    "Get the latest figures in your inbox, says the ministry, and you still know nothing.",
    "Follow the money on Twitter and you find three names.",
    "This site uses cookies from a bakery that has been here since 1910.",
    "Video caption contests draw thousands of entries",
    "Click here to kill everybody: a book about the internet",
    "Save this date: 4 June",
    "© is the sign that the law asks for, he said.",
    "Trending towards zero",
    "A reel posted by the club drew two million views",
    "Reporting by the Post, editing by hand and printing by night were his whole life.",
]

FURNITURE = [
    "3 minute read",
    " 3 min read ",
    "Reading time: 4 minutes",
    "Advertisement",
    "ADVERTISEMENT",
    "Story continues below advertisement",
    "Video Ad Feedback",
    "Recommended",
    "Related Topics",
    "Most read",
    "Read more: Harbour master resigns",
    "READ MORE | Harbour master resigns",
    "Related: What the harbour is worth",
    "Read more",
    "Share",
    "Share this article",
    "Share Save",
    "Facebook Twitter Email",
    "12 comments",
    "Sign up for our newsletter",
    "Sign up for The Bay Gazette’s morning newsletter and read it in your inbox.",
    "Follow us on Facebook",
    "Follow the harbour story at https://gazette.example/harbour",
    "We use cookies to make this site better. See our policy.",
    "Accept all cookies",
    "Skip to content",
    "Image source, Getty Images",
    "Image caption, The wall on Monday",
    "Photograph: Ann Lee/The Bay Gazette",
    "Ann Lee/Getty Images",
    "The wall seen from the air. (AP Photo/Ann Lee)",
    "The wall seen from the air REUTERS/Ann Lee",
    "![the wall](https://gazette.example/wall.jpg)",
    "https://gazette.example/harbour",
    "pic.twitter.com/aB3dE5",
    "© 2024 The Bay Gazette",
    "Copyright 2024 The Bay Gazette. This may not be copied.",
    "(Reporting by Ann Lee; Editing by Bo Chan)",
    "2 hours ago",
    "* * *",
    "________",
    "View this post on Instagram",
    "A post shared by Ann Lee (@annlee)",
    "@annlee",
    "Ann Lee @annlee · May 6",
]


@pytest.mark.parametrize("line", PROSE)
def test_prose_is_kept(line: str) -> None:
    assert cleaned(line) == line


@pytest.mark.parametrize("line", TELLING)
def test_a_line_that_only_begins_or_ends_like_furniture_is_kept(line: str) -> None:
    assert clean(f"The wall fell.\n\n{line}\n\nPumps came.") == (f"The wall fell.\n\n{line}\n\nPumps came.", [])


def test_lines_that_could_be_subheads_go_only_beside_furniture() -> None:
    footer = "Privacy policy\n\nTerms of use\nMore: Harbour master resigns"
    assert cleaned(f"The wall fell.\n\n{footer}") == "The wall fell."
    text, notices = clean("Advertising\n\nRevenue fell by a tenth.\nMore from Port Ellis\nShare this article")
    assert text == "Advertising\n\nRevenue fell by a tenth."
    assert [(notice.rule, notice.text) for notice in notices] == [
        ("page furniture: recommendations", "More from Port Ellis"),
        ("page furniture: sharing", "Share this article"),
    ]


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture_is_removed(line: str) -> None:
    assert is_furniture(line)
    assert cleaned(f"One.\n{line}\nTwo.") == "One.\nTwo."


def test_every_rule_has_a_name_and_a_reason() -> None:
    assert all(rule.name and rule.reason and rule.longest > 0 for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_a_long_line_is_never_furniture() -> None:
    line = "Advertisement " + "and so on, the witness said, for hours and hours " * 60
    assert cleaned(line) == line.rstrip()


def test_blank_lines_are_collapsed() -> None:
    assert cleaned("One.\n\n\n \t\n\nTwo.\n\n") == "One.\n\nTwo."


def test_inner_white_space_and_quotes_are_kept() -> None:
    assert cleaned("  He said:  “No\u00a0— never.”  ") == "  He said:  “No\u00a0— never.”"


def test_a_post_between_blank_lines_is_removed_completely() -> None:
    text = (
        "The wall fell at six.\n\n"
        "Look at the water\nIt is in our street\n"
        "— Bo Chan (@bochan) May 6, 2024\n\n"
        "Pumps arrived at noon."
    )
    assert cleaned(text) == "The wall fell at six.\n\nPumps arrived at noon."


def test_a_post_in_running_lines_takes_only_the_line_above_its_signature() -> None:
    text = (
        "The wall fell at six.\n"
        "Look at the water pic.twitter.com/aB3dE5\n"
        "— Bo Chan (@bochan) 6 May 2024\n"
        "Pumps arrived at noon."
    )
    assert cleaned(text) == "The wall fell at six.\nPumps arrived at noon."


def test_scraps_under_a_signature_go_up_to_the_picture_link() -> None:
    text = (
        "The wall fell at six.\nRecommended\nThree things to know:\n"
        "— Bo Chan (@bochan) May 6, 2024\nStreets closed\nSchool shut\n. pic.twitter.com/aB3dE5\n"
        "Pumps arrived at noon."
    )
    assert cleaned(text) == "The wall fell at six.\nPumps arrived at noon."


def test_prose_under_a_signature_stays_when_the_next_post_has_the_picture_link() -> None:
    text = (
        "Look!\n— Bo Chan (@bochan) May 6, 2024\n"
        "Pumps came\n"
        "More water pic.twitter.com/aB3dE5\n— Ann Lee (@annlee) May 7, 2024"
    )
    assert cleaned(text) == "Pumps came"


def test_a_long_paragraph_above_a_signature_is_kept() -> None:
    paragraph = "The wall at Port Ellis was built in 1911. " * 10
    assert cleaned(f"{paragraph}\n— Bo Chan (@bochan) May 6, 2024") == paragraph.rstrip()


def test_a_post_on_one_line_is_removed() -> None:
    text = "The wall fell.\nLook pic.twitter.com/aB3 — Bo Chan (@bochan) May 6, 2024\nPumps came."
    assert cleaned(text) == "The wall fell.\nPumps came."


LINES = st.one_of(
    st.sampled_from([*PROSE, *FURNITURE, "", "— Bo Chan (@bochan) May 6, 2024", "Look pic.twitter.com/aB3dE5"]),
    st.text(max_size=40),
)


@given(st.lists(LINES, max_size=25).map("\n".join))
def test_cleaning_keeps_a_subsequence_of_lines_and_is_idempotent(text: str) -> None:
    once = cleaned(text)
    assert cleaned(once) == once
    lines = iter([line.rstrip() for line in text.split("\n")])
    # `in` on an iterator reads on from where the last search ended, so this holds for a subsequence only.
    assert all(line in lines for line in once.split("\n") if line)
    assert "\n\n\n" not in once
