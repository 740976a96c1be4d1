"""The lines a page carries besides its article, as named rules.

Each rule is a few patterns for whole lines, and a length above which a line is left alone as it may be prose.
"""

from __future__ import annotations

import dataclasses
import re


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One kind of furniture: lines that `pattern` matches as a whole; `reason` says why none is prose."""

    name: str
    reason: str
    pattern: re.Pattern[str]
    longest: int

    def matches(self, line: str) -> bool:
        """Return whether the whole line, without white space around it, is this kind of furniture."""
        return len(line) <= self.longest and self.pattern.fullmatch(line) is not None


def is_furniture(line: str) -> bool:
    """Return whether a line is page furniture by one of the rules; an empty line is not."""
    return furniture_rule(line) is not None


def furniture_rule(line: str) -> str | None:
    """Return the name of the first rule by which a line is page furniture; None if it is none, or empty."""
    line = line.strip()
    return next((rule.name for rule in RULES if rule.matches(line)), None) if line else None


def _rule(name: str, reason: str, *patterns: str, longest: int = 80) -> Rule:
    return Rule(name, reason, re.compile("|".join(patterns), re.IGNORECASE), longest)


MONTHS = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
POST_DATE = rf"(?:{MONTHS}\s+\d{{1,2}},?\s+\d{{4}}|\d{{1,2}}\s+{MONTHS}\s+\d{{4}}|\d{{4}}-\d\d-\d\d)"
_SITES = (
    r"(?:x|twitter|facebook|instagram|linkedin|whatsapp|reddit|tiktok|telegram|threads|bluesky|youtube"
    r"|e-?mail)"
)
_BUTTON = (
    r"(?:share|tweet|save|print|e-?mail|post|pin|bookmark|copy link|comments?"
    r"|facebook|twitter|linkedin|whatsapp|reddit)"
)
_LINK = r"(?:https?://|www\.|pic\.(?:twitter|x)\.com/|t\.co/)\S+"
_AGENCY = r"(?:getty images|getty|afp|ap|epa|reuters|shutterstock|alamy)"
_NAMES = r"[\w .’'-]{1,80}"

RULES = (
    _rule("separator", "is a rule between parts, or what is left of a list or a logo", r"[\s\-–—_=*•·|~#.…]+"),
    _rule(
        "reading time",
        "says how long the page takes",
        r"(?:estimated )?(?:reading time:?\s*)?\d+[\s-]*min(?:ute)?s?[\s-]*(?:read|listen|watch)",
        r"(?:estimated )?reading time:?\s*\d+\s*min(?:ute)?s?",
    ),
    _rule(
        "age",
        "is true only on the day the page is read",
        r"(?:published |updated |posted )?(?:\d+|an?) (?:second|minute|min|hour|hr|day|week|month)s? ago",
    ),
    _rule(
        "advertisement",
        "marks an advertisement",
        r"advert(?:isement|ising)?s?|ad(?: feedback)?|video ad feedback|remove ads|scroll to continue",
        r"sponsored(?: content)?|paid (?:content|post)|promoted(?: content)?",
        r"(?:article|story) continues (?:below|after)\b.*",
        r"(?:continue reading|skip) (?:below |past )?(?:the )?(?:main story|advertisement|ad)",
    ),
    _rule(
        "recommendations",
        "heads a list of other pages",
        r"recommended(?: (?:stories|reading|videos?|articles|for you))?",
        r"related(?: (?:stories|articles|content|topics|coverage|news|posts|reading))?",
        r"more on this(?: story)?|more stories|most (?:read|popular|viewed|shared)|trending(?: now)?",
        r"you (?:may|might) also (?:like|be interested in)|(?:read|up) next|what to read next|top stories",
        r"editor[’']?s[’']? (?:picks?|choice)|more from (?:this author|(?:the )?[A-Z][\w ]{1,40})",
    ),
    _rule(
        "pointer",
        "points to another page; prose after such a word ends in a full stop",
        r"(?:also |please )?(?:read|see|watch|listen)(?: more| also| next| now)?\s*(?::|\||>+|»|→)\s*.*[^.]",
        r"(?:more|related(?: (?:stor(?:y|ies)|articles?))?|go deeper)\s*(?::|\||>+|»|→)\s*.*[^.]",
        r"(?:read|learn|find out|see|show) more(?: here| stories| \W+)?|continue reading",
        r"click here(?: (?:to|for) .*[^.])?|(?:read|see) (?:the )?full (?:story|article)(?: here)?",
        longest=200,
    ),
    _rule(
        "sharing",
        "is a row of buttons",
        rf"share|tweet|{_BUTTON}(?:[\s,|/·]+{_BUTTON})+|\d+ (?:shares|comments)",
        r"share (?:this|on|via|to|with|full)\b.*[^.]|copy(?: the)? link|link copied!?",
        r"(?:e-?mail|print|save) this(?: (?:article|story|page))?|click to (?:share|print|e-?mail)\b.*",
    ),
    _rule(
        "comments",
        "opens the discussion",
        r"(?:view|show|read|see|leave|add|post)(?: a| all| the)?(?: \d+)? comments?",
        r"join the (?:conversation|discussion)|comments? (?:are )?(?:closed|off)",
    ),
    _rule(
        "follow",
        "asks to be followed",
        rf"(?:follow|like|find|join) (?:us|me|\S+(?: \S+){{0,5}}) on {_SITES}\b.*",
        rf"follow us\b.*|follow .{{1,80}}{_LINK}",
        longest=160,
    ),
    _rule(
        "newsletter",
        "advertises a newsletter or an app",
        r"(?:sign up|subscribe)(?: (?:now|here|today))?[!.]?|newsletter(?: sign-?up)?",
        r"(?:sign up|subscribe|register)(?: now| here| today)?,? (?:for|to)\b"
        r".*(?:newsletter|e-?mail|inbox|alerts?|briefing|digest).*",
        r"(?:get|want) (?:our|the latest|all the|more|the best|breaking)\b.*(?:newsletter|inbox|our app).*",
        r"download (?:our|the) .*\bapp\b.*|enter your e-?mail(?: address)?",
        longest=220,
    ),
    _rule(
        "cookie notice",
        "asks to accept cookies or terms",
        r"(?:we(?: and our (?:\d+ )?partners)? use|(?:this|our) (?:web)?site uses)[^.]{0,160}\bcookies?"
        r"(?:[,.;]| (?:and|to|for|on)\b|$).*",
        r"by (?:clicking|continuing|using|browsing)\b[^.]{0,160}\bcookies?\b.*",
        r"(?:accept|reject|allow|manage)(?: all| optional)? cookies|accept all|reject all",
        r"cookie (?:settings|policy|preferences|notice)|privacy (?:policy|notice)",
        r"terms (?:of (?:use|service)|and conditions)",
        longest=400,
    ),
    _rule(
        "navigation",
        "leads about the site",
        r"skip to (?:main )?(?:content|navigation)|back to (?:top|homepage)|(?:go to )?home ?page|main menu",
        r"sign in|log ?in|sign in / register|(?:open|close|toggle) (?:menu|navigation)|view in browser",
    ),
    _rule(
        "player",
        "is the label of a player",
        r"(?:listen to|watch) (?:this|the) (?:article|story|video)(?: \S+){0,3}",
        r"(?:play|pause) (?:video|audio)|now playing",
        r"(?:(?:play|listen|duration):?\s*)?\d{1,2}:\d{2}\s*/\s*\d{1,2}:\d{2}",
        r"media caption\b.*|this video (?:can ?not|could not) be played",
        longest=200,
    ),
    _rule(
        "picture",
        "stands for a picture, or says whose it is",
        r"!?\[(?:image|photo|picture)[^\]]*\](?:\([^)]*\))?|!\[[^\]]*\]\([^)]*\)|\[(?:video|gif)\b[^\]]*\]",
        r"(?:image|photo|picture|video) (?:source|caption|credit)s?\s*[,:].*",
        r"(?:photo(?:graph)?|image|picture|illustration|graphic|composite|credit)s?(?: by)?\s*:\s*.*[^.]",
        rf"{_AGENCY}|ap photo(?:/{_NAMES})?|{_NAMES}(?:/| via ){_AGENCY}(?:/{_NAMES})?",
        r"(?:view|open) (?:image|picture) in (?:fullscreen|gallery|full size)",
        longest=300,
    ),
    _rule(
        "caption",
        "is a caption: it ends in the credit of its picture",
        r".*[\[(](?:(?:ap|file|handout) photo\b|(?:photo|photograph|image|picture|credit)(?: by|:))"
        r"[^()\[\]]*[\])]\.?",
        r".*[\[(][^()\[\]]*(?:getty images|shutterstock|alamy)[^()\[\]]*[\])]\.?",
        rf".* reuters/{_NAMES}(?:/file photo)?",
        longest=400,
    ),
    _rule("bare link", "is a link without words", rf"[<(\[]?{_LINK}+(?:\s[\s,|]*+{_LINK}+)*+", longest=2000),
    _rule(
        "legal notice",
        "is there for the lawyers",
        r"©.*|(?:\(c\)|copyright)(?: ©| \(c\))? ?\d{4}.*|.{0,80}all rights reserved\.?",
        r"our standards: .{0,80}trust principles.*",
        longest=400,
    ),
    _rule(
        "credits",
        "names who worked on the report",
        r"[(\[]?(?:additional )?reporting by [^.]*[;,] (?:additional )?(?:writing|editing|reporting) by .*",
        r"[(\[](?:additional )?(?:reporting|editing|writing) by [^()]*[)\]]",
        longest=400,
    ),
    _rule(
        "post frame",
        "surrounds a post from another site",
        rf"(?:view|see) (?:this |the )?(?:post|photo|thread|more)(?: \S+)? on {_SITES}",
        r"a (?:post|video|photo|reel) (?:shared|posted) by .*|this article contains content provided by .*",
        rf"(?:skip|end of|allow) {_SITES} (?:post|content|video).*|pic\.(?:twitter|x)\.com/\S+",
        r"\(?@\w{1,30}\)?(?:\s*[·•|]\s*.{1,30})?|[^@]{1,60}@\w{1,30}\s*[·•]\s*.{1,30}",
        rf"[^@]{{1,80}}\(@\w{{1,30}}\)\s+{POST_DATE}",
        longest=300,
    ),
)
