"""The lines a page carries besides its article, as named rules.

Each rule is a few patterns for whole lines, and a length above which a line is left alone as it may be prose. A line
that tells something ("..., regulators said.") is prose whatever it begins with, except for captions and the like. Some
patterns could as well be a subhead ("Advertising"): such a line only goes where the line above or below is furniture,
too. In doubt a line stays.
"""

from __future__ import annotations

import dataclasses
import re

_FEW_WORDS = 6  # a line with fewer tells nothing
_TELLING = re.compile(
    r"\b(?:said|says|told|tells|asked|asks|urged|warned|wrote|writes|added|claimed|reported|announced|according"
    r"|was|were|had|has|would|could|did|does|became|showed|shows|found|made|took|got|came|went|fell|rose"
    r"|is|are|will|must|should|been|but|because|whose|his|her|their)\b",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One kind of furniture: lines that `pattern` matches as a whole; `reason` says why none is prose.

    Lines that `doubtful` matches are furniture only beside other furniture. `may_tell` is for rules whose lines may
    tell something, such as captions.
    """

    name: str
    reason: str
    pattern: re.Pattern[str]
    longest: int
    doubtful: re.Pattern[str] | None = None
    may_tell: bool = False

    def matches(self, line: str) -> bool:
        """Return whether the whole line, without white space around it, is certainly this kind of furniture."""
        return self._fits(line) and self.pattern.fullmatch(line) is not None

    def may_match(self, line: str) -> bool:
        """Return whether the line is this kind of furniture if it stands beside furniture."""
        return self.doubtful is not None and self._fits(line) and self.doubtful.fullmatch(line) is not None

    def _fits(self, line: str) -> bool:
        return len(line) <= self.longest and (self.may_tell or not tells(line))


def tells(line: str) -> bool:
    """Return whether a line tells something, as prose does, and does not only ask for something or name it."""
    return line.count(" ") + 1 >= _FEW_WORDS and _TELLING.search(line) is not None


def is_furniture(line: str) -> bool:
    """Return whether a line is certainly page furniture by one of the rules; an empty line is not."""
    return furniture_rule(line) is not None


def furniture_rule(line: str) -> str | None:
    """Return the name of the first rule by which a line is certainly page furniture; None if it is none, or empty."""
    line = line.strip()
    return next((rule.name for rule in RULES if rule.matches(line)), None) if line else None


def find_furniture(lines: list[str]) -> dict[int, str]:
    """Return the numbers of the lines that are page furniture, each with the name of its rule.

    Lines that are furniture only beside other furniture count where they are next to some, or to one another.
    """
    certain = {number: rule for number, line in enumerate(lines) if (rule := furniture_rule(line))}
    doubtful = {
        number: rule
        for number, line in enumerate(lines)
        if number not in certain and (rule := _doubtful_rule(line.strip()))
    }
    found = dict(certain)
    run: list[int] = []
    for number in [*(number for number, line in enumerate(lines) if line.strip()), len(lines)]:
        if number in certain or number in doubtful:
            run.append(number)
            continue
        if len(run) > 1:
            found |= {place: doubtful[place] for place in run if place in doubtful}
        run = []
    return found


def _doubtful_rule(line: str) -> str | None:
    return next((rule.name for rule in RULES if rule.may_match(line)), None) if line else None


def _rule(
    name: str, reason: str, *patterns: str, longest: int = 80, doubtful: tuple[str, ...] = (), may_tell: bool = False
) -> Rule:
    return Rule(
        name,
        reason,
        re.compile("|".join(patterns), re.IGNORECASE),
        longest,
        re.compile("|".join(doubtful), re.IGNORECASE) if doubtful else None,
        may_tell,
    )


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
_LINK_START = r"(?:https?://|www\.|pic\.(?:twitter|x)\.com/|t\.co/)"
_LINK = rf"{_LINK_START}\S+"
_AGENCY = r"(?:getty images|getty|afp|ap|epa|reuters|shutterstock|alamy)"
# People, agencies and papers, as credits name them: nothing but names and the small words between them.
_NAME = r"(?-i:[A-Z][\w.’'-]*+)"
_NAMES = rf"{_NAME}(?:,? (?:{_NAME}|&|(?-i:for|of|the|and|via|de|von|van|der))){{0,9}}"
_CREDIT = rf"{_NAMES}(?: ?/ ?{_NAMES}){{0,4}}"

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
        r"advert(?:isement)?s?|ad(?: feedback)?|video ad feedback|remove ads|scroll to continue",
        r"sponsored(?: content)?|paid (?:content|post)|promoted content",
        r"(?:article|story) continues (?:below|after)"
        r"(?: (?:this |the )?(?:ad|advert|advertisement|video|picture|photo|promotion|newsletter))?\.?",
        r"(?:continue reading|skip) (?:below |past )?(?:the )?(?:main story|advertisement|ad)",
        doubtful=(r"advertising|promoted",),
    ),
    _rule(
        "recommendations",
        "heads a list of other pages",
        r"recommended(?: (?:stories|reading|videos?|articles|for you))?",
        r"related(?: (?:stories|articles|content|topics|coverage|news|posts|reading))?",
        r"more on this(?: story)?|more stories|most (?:read|popular|viewed|shared)|trending(?: now)?",
        r"you (?:may|might) also (?:like|be interested in)|(?:read|up) next|what to read next|top stories",
        r"editor[’']?s[’']? (?:picks?|choice)|more from this author",
        doubtful=(rf"more from (?:the )?{_NAMES}",),
    ),
    _rule(
        "pointer",
        "points to another page; prose after such a word ends in a full stop",
        r"(?:also |please )?(?:read|see|watch|listen)(?: (?:more|also|next|now))\s*(?::|\||>+|»|→)\s*.*[^.!?”]",
        r"(?:also|please) (?:read|see|watch|listen)\s*(?::|\||>+|»|→)\s*.*[^.!?”]",
        r"(?:more|read|see|watch|listen)\s*(?:\||>+|»|→)\s*.*[^.!?”]",
        r"(?:related(?: (?:stor(?:y|ies)|articles?))?|go deeper)\s*(?::|\||>+|»|→)\s*.*[^.!?”]",
        r"(?:read|learn|find out|see|show) more(?: here| stories| \W+)?|continue reading",
        r"click here(?: (?:to|for) [^.,:]{1,60})?|(?:read|see) (?:the )?full (?:story|article)(?: here)?",
        longest=200,
        doubtful=(r"(?:more|read|see|watch|listen)\s*:\s*.*[^.!?”]",),
        may_tell=True,
    ),
    _rule(
        "sharing",
        "is a row of buttons",
        rf"share|tweet|{_BUTTON}(?:[\s,|/·]+{_BUTTON})+|\d+ (?:shares|comments)",
        r"share (?:this|full)(?: (?:article|story|post|page|video|photo|gallery|link))?"
        rf"(?: (?:on|via|to|by|with) (?:{_SITES}|friends|others|your friends))?",
        rf"share (?:on|via|to|with) (?:{_SITES}|friends|others|your friends)(?:[\s,|/·]+{_SITES})*+",
        r"copy(?: the)? link|link copied!?",
        r"(?:e-?mail|print|save) this(?: (?:article|story|page))?",
        r"click to (?:share|print|e-?mail)(?: (?:this|on|a link)\b[^.,:]{0,60})?(?: \(opens in new window\))?",
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
        rf"(?:follow|like|find|join) (?:us|me) on {_SITES}\b.*",
        rf"follow (?:the )?{_NAMES} on {_SITES}(?:[\s,:|/·]*+(?:and |or )?(?:{_SITES}|{_LINK}|@\w+))*+\.?",
        rf"follow us(?: (?:on|at|for|via)\b.*)?|follow .{{1,80}}{_LINK}",
        longest=160,
    ),
    _rule(
        "newsletter",
        "advertises a newsletter or an app",
        r"(?:sign up|subscribe)(?: (?:now|here|today))?[!.]?|newsletter(?: sign-?up)?",
        r"(?:sign up|subscribe|register)(?: now| here| today)?,? (?:for|to)\b"
        r".*(?:newsletter|your e-?mail|by e-?mail|inbox|our .{0,30}(?:alerts?|briefing|digest)).*",
        r"(?:get|want) (?:our|the latest|all the|more|the best|breaking)\b.*(?:newsletter|your inbox|our app).*",
        r"download our .{0,40}\bapp\b.*|enter your e-?mail(?: address)?",
        longest=220,
    ),
    _rule(
        "cookie notice",
        "asks to accept cookies or terms",
        r"(?:we(?: and our (?:\d+ )?partners)? use|(?:this|our) (?:web)?site uses)[^.]{0,160}\bcookies?"
        r"(?:[,.;]| (?:and|to|for|on)\b|$).*",
        r"by (?:clicking|continuing|using|browsing)\b[^.]{0,160}\b(?:you|we|our)\b[^.]{0,160}\bcookies?\b.*",
        r"(?:accept|reject|allow|manage)(?: all| optional)? cookies|accept all|reject all",
        r"cookie (?:settings|policy|preferences|notice)",
        longest=400,
        doubtful=(r"privacy(?: (?:policy|notice))?|terms (?:of (?:use|service)|and conditions)|contact us|about us",),
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
        r"(?:listen to|watch) (?:this|the) (?:article|story|video)(?: (?:here|now|above|below|again))?(?: \d+ min\S*)?",
        r"(?:play|pause) (?:video|audio)|now playing",
        r"(?:(?:play|listen|duration):?\s*)?\d{1,2}:\d{2}\s*/\s*\d{1,2}:\d{2}",
        r"media caption\s*[,:].*|this video (?:can ?not|could not) be played",
        longest=200,
        may_tell=True,
    ),
    _rule(
        "picture",
        "stands for a picture, or says whose it is",
        r"!?\[(?:image|photo|picture)[^\]]*\](?:\([^)]*\))?|!\[[^\]]*\]\([^)]*\)|\[(?:video|gif)\b[^\]]*\]",
        r"(?:image|photo|picture|video) (?:source|caption|credit)s?\s*[,:].*",
        rf"(?:photo(?:graph)?|image|picture|illustration|graphic|composite|credit)s?(?: by)?\s*:\s*{_CREDIT}",
        rf"{_AGENCY}|ap photo(?:/{_NAMES})?|{_CREDIT}(?: ?/ ?| via ){_AGENCY}(?:/{_NAMES})?",
        r"(?:view|open) (?:image|picture) in (?:fullscreen|gallery|full size)",
        longest=300,
        may_tell=True,
    ),
    _rule(
        "caption",
        "is a caption: it ends in the credit of its picture",
        rf".*[\[(](?:(?:ap|file|handout) photo|(?:photo|photograph|image|picture|credit)(?: by|:| courtesy of))"
        rf"[ :/]*+(?:{_CREDIT})?(?:, file)?[\])]\.?",
        rf".*[\[(](?:{_CREDIT}(?: ?/ ?| via |, ))?(?:getty images|shutterstock|alamy)(?:/{_NAMES})?[\])]\.?",
        rf".* (?-i:REUTERS)/{_NAME} {_NAMES}(?:/file photo)?",
        longest=400,
        may_tell=True,
    ),
    _rule(
        "bare link",
        "is a link without words",
        rf"[<(\[]?{_LINK_START}\S++(?:[\s,|]++{_LINK_START}\S++)*+",
        longest=2000,
        may_tell=True,
    ),
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
        rf"a (?:post|video|photo|reel) (?:shared|posted) by .{{1,80}}(?:\(@[\w.]+\)|on {_SITES}).{{0,40}}",
        rf"this article contains content provided by {_SITES}\b.*",
        rf"(?:skip|end of|allow) {_SITES} (?:post|content|video)(?: \d+)?(?: (?:by|from) .{{1,60}})?\??",
        r"pic\.(?:twitter|x)\.com/\S+",
        r"\(?@\w{1,30}\)?(?:\s*[·•|]\s*.{1,30})?|[^@]{1,60}@\w{1,30}\s*[·•]\s*.{1,30}",
        rf"[^@]{{1,80}}\(@\w{{1,30}}\)\s+{POST_DATE}",
        longest=300,
    ),
)
