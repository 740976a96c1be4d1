"""Pages that are no articles are refused, and articles that look like them are not."""

import pytest

from index.article import Article
from index.errors import SourceError
from index.sources import Fetched, load

URL = "https://gazette.example/2024/orchard"
STORY = (
    "The last orchard on Quarry Hill was felled on Thursday, four years after the county first tried to protect it.",
    "Neighbours had gathered at the gate before dawn, and two of them were led away by the police at eight o’clock.",
    "The owner, who lives abroad, has not said what she means to build there or when the work might begin.",
    "A spokesman for the county said that it would plant three hundred trees along the canal by next autumn.",
)


class Web:
    """A fetcher with pages in memory."""

    def __init__(self, page: str, url: str = URL) -> None:
        self._page = Fetched(url=url, content=page.encode(), content_type="text/html")

    def fetch(self, url: str) -> Fetched:
        return self._page


def page(title: str, *paragraphs: str, head: str = "", around: str = "") -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>{head}</head><body>"
        f"<main><article><h1>{title}</h1>{text}</article></main>{around}</body></html>"
    )


def read(content: str, url: str = URL) -> Article | SourceError:
    [found] = load(URL, fetcher=Web(content, url))
    return found


def what(content: str, url: str = URL) -> str:
    """Return what a page was refused as."""
    found = read(content, url)
    assert isinstance(found, SourceError), found.text
    assert found.help
    return str(found).removeprefix(f"{url} is ").removesuffix(", not an article.")


CONSENTS = [
    (
        "Your privacy choices",
        "We and our 1,204 trusted partners use cookies and device identifiers to deliver this service.",
        "With your consent, precise location may be used to show personalized advertising and measure audiences.",
        "Your choices apply to this site only. You can withdraw at any time under Privacy settings.",
    ),
    (
        "Welcome back",
        "We value your privacy.",
        "By clicking Agree you allow us and our vendors to store information on a device, such as cookies.",
        "Reject all, or manage your preferences.",
    ),
    (
        "Ihre Einwilligung",
        "Wir und unsere 312 Partner verarbeiten personenbezogene Daten, zum Beispiel Cookies.",
        "Mit Klick auf Alle akzeptieren erteilen Sie Ihre Einwilligung, die Sie jederzeit widerrufen dürfen.",
        "Mehr dazu steht in der Datenschutzerklärung.",
    ),
    (
        "Le respect de votre vie privée",
        "Nous et nos 98 partenaires déposons des cookies pour mesurer l’audience du site.",
        "Vous pouvez tout accepter, ou continuer sans accepter. Votre consentement est gardé six mois.",
    ),
    (
        "Cookies",
        "We use cookies to remember you and to measure ads.",
        "You can reject or accept these. Your consent is stored for a year.",
    ),
]


@pytest.mark.parametrize("paragraphs", CONSENTS)
def test_a_page_that_asks_for_consent(paragraphs: tuple[str, ...]) -> None:
    assert what(page(*paragraphs)) == "a consent page"


def test_a_page_of_a_consent_service() -> None:
    asked = page("One moment", "Please choose below how your visit to our sites is measured and paid for from now on.")
    assert what(asked, "https://consent.gazette.example/v2?back=orchard") == "a consent page"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("404", "Oops! We can’t find the page you are looking for."),
        ("Article no longer available", "Sorry. This story was archived. Check the address or try our search."),
        ("Not found - Gazette", "The link you followed may have expired. Go back to the home page."),
        ("Seite nicht gefunden", "Leider gibt es diese Seite nicht mehr. Zur Startseite."),
        ("Cette page est introuvable : page introuvable", "Désolé, retournez à la page d’accueil."),
        ("This content is unavailable", "It might have been removed by its author, or the address does not exist."),
    ],
)
def test_a_notice_that_there_is_no_such_page(title: str, text: str) -> None:
    assert what(page(title, text)) == "a notice that there is no such page"


@pytest.mark.parametrize(
    ("title", "text", "head", "kind"),
    [
        ("Just a moment...", "Checking if the site connection is secure. Ray ID: 7ab3", "", "a check that keeps"),
        ("Access denied", "You do not have permission to access this page on our server.", "", "a check that keeps"),
        (
            "Are you a robot?",
            "We noticed unusual activity. Solve the captcha below to go on.",
            "",
            "a check that keeps",
        ),
        ("502 Bad Gateway", "The upstream server sent an invalid answer. nginx", "", "a notice that the site is not"),
        ("Log in to the Gazette", "Enter your e-mail and password. New here? Create an account.", "", "a login page"),
        ("Members area", "You have to be signed in to see this page of our site, so sign in.", "", "a login page"),
        ("Moved", "You are being redirected to the new address of this page in a second.", "", "a page that leads"),
        (
            "Gazette",
            "Please enable JavaScript in your browser to read the stories on this site.",
            "",
            "a page that shows",
        ),
    ],
)
def test_notices_instead_of_an_article(title: str, text: str, head: str, kind: str) -> None:
    assert what(page(title, text, head=head)).startswith(kind)


def paid(value: str) -> str:
    return (
        '<script type="application/ld+json">{"@graph": [{"@type": ["NewsArticle"], "headline": "Orchard felled", '
        f'"isAccessibleForFree": {value}}}]}}</script>'
    )


@pytest.mark.parametrize("value", ["false", '"False"', '"http://schema.org/False"'])
def test_the_beginning_of_an_article_that_is_not_free(value: str) -> None:
    asks = "<div><p>Subscribe to read the full article from one euro a week.</p></div>"
    assert what(page("Orchard felled", STORY[0], head=paid(value), around=asks)).startswith(
        "the beginning of an article"
    )


@pytest.mark.parametrize(
    "asks",
    [
        "This article is for subscribers only. Already a subscriber? Log in.",
        "To continue reading, register for free or sign in to your account.",
        "Unlock this story and all others with a digital subscription.",
    ],
)
def test_the_beginning_of_an_article_before_a_paywall_without_data(asks: str) -> None:
    assert what(page("Orchard felled", STORY[0], asks)).startswith("the beginning of an article")


def test_a_whole_article_that_is_not_free_is_marked() -> None:
    found = read(page("Orchard felled", *STORY, head=paid("false")))
    assert isinstance(found, Article)
    [notice] = found.notices
    assert (notice.kind, notice.rule) == ("unread", "paywall")


def headlines(number: int) -> str:
    names = ("Ferry fares to rise again in May", "School roof repaired after the storm", "Choir wins a prize in Ghent")
    return "".join(
        f"<div><h3><a href='/s/{item}'>{names[item % 3]} {item}</a></h3><p>The story of {item} in one line.</p></div>"
        for item in range(number)
    )


def test_a_front_page_and_a_list_of_articles() -> None:
    for kind in ("section", "div"):
        listed = headlines(9).replace("<div>", f"<{kind}>").replace("</div>", f"</{kind}>")
        assert what(f"<html><head><title>Gazette</title></head><body>{listed}</body></html>") == "a list of articles"
    linked = "".join(
        f"<li><a href='/{item}'>Council meets for the {item} time this year</a></li>" for item in range(30)
    )
    assert what(f"<html><head><title>News</title></head><body><ul>{linked}</ul></body></html>") == "a list of articles"


def test_an_address_that_leads_to_the_front_page() -> None:
    found = read(page("Gazette", *STORY), "https://www.gazette.example/")
    assert isinstance(found, SourceError)
    assert str(found) == f"{URL} leads to the site's front page, not to an article."


LOGIN_FORM = "<div class=modal><form><h2>Log in</h2><p>Forgot your password?</p><input type=password></form></div>"
BANNER = (
    "<div id=onetrust><p>We value your privacy.</p><p>We and our 80 partners use cookies.</p><a>Accept all</a></div>"
)


@pytest.mark.parametrize(
    "content",
    [
        page("Orchard felled", *STORY, around=LOGIN_FORM),
        page("Orchard felled", *STORY, around=BANNER),
        page("Orchard felled", *STORY[:2], around=headlines(5)),
        page("Orchard felled", *STORY, around=headlines(12)),
        page("Orchard felled", *STORY, head=paid("false")),
        page("Orchard felled", STORY[0] + " " + STORY[1], head=paid("true")),
        page("Sign in at the hospital gate, visitors told", *STORY[:2]),
        page("Missing page of the parish book found in a shed", *STORY[:2]),
        page("Road to the harbour not found on any map", STORY[0], "“Sorry, it is a mistake,” the county said."),
        page("One more step to a deal on the canal", *STORY[:2]),
        page(
            "Regulator fines site over cookies",
            "A court in Lyon fined a news site on Tuesday for its use of cookies without consent.",
            "The site had written “We value your privacy” and shared personal data with forty firms.",
            "The judges found no legitimate interest. The editor said that he would appeal next month.",
        ),
        page("Why subscribers leave", *STORY[:3], "Subscribers only stay if the paper is good, she said."),
    ],
)
def test_articles_that_look_like_these_are_read(content: str) -> None:
    found = read(content)
    assert isinstance(found, Article), found
