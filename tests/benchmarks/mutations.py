"""Measure what the check of citations lets through: true statements, and the same with one thing made wrong.

    python -m tests.benchmarks.mutations SET_FOLDER... [--each] [--seed N] [--cases N]

A set is a folder with an articles.jsonl. Statements are sentences of its articles; passages are cut as the index cuts
them. The kinds are named below; of each, up to N (60) are made of every set. Nothing is drawn but by the seed, so two
runs make the same cases. Printed is a row for each kind: the share judged rightly, and, over all, the precision and
recall of "unsupported".
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import itertools
import random
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.readers.remembering import Remembering
from assistant.support.check import SUPPORTED, Support, find_support
from index import Article
from index.passages.chunking import cut_passages
from index.passages.embedding_bundled import BundledEmbedder
from index.passages.sentences import split_sentences
from index.sources import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from index import Passage
    from index.passages.embedding import Embedder

MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
SPELLED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
).split()
# What may be said in other words without a change of meaning.
SYNONYMS = {
    "about": "roughly",
    "began": "started",
    "begin": "start",
    "also": "in addition",
    "because": "since",
    "however": "nevertheless",
    "although": "even though",
    "while": "whereas",
    "such as": "like",
    "many": "numerous",
    "often": "frequently",
    "used": "employed",
    "helped": "assisted",
    "got": "received",
    "bought": "purchased",
    "large": "big",
    "built": "constructed",
    "important": "significant",
    "mostly": "mainly",
    "nearly": "almost",
    "said": "stated",
    "said that": "explained that",
    "made": "created",
    "show": "demonstrate",
    "showed": "demonstrated",
    "became": "turned into",
    "need": "require",
    "several": "a number of",
    "near": "close to",
    "area": "region",
    "whole": "entire",
}
CONTRACTIONS = {
    "did not": "didn't",
    "does not": "doesn't",
    "do not": "don't",
    "is not": "isn't",
    "was not": "wasn't",
    "were not": "weren't",
    "are not": "aren't",
    "will not": "won't",
    "would not": "wouldn't",
    "could not": "couldn't",
    "cannot": "can't",
    "has not": "hasn't",
    "have not": "haven't",
    "had not": "hadn't",
}
OPPOSITES = dict(
    pair.split("/")
    for pair in (
        "rose/fell fell/rose increased/decreased decreased/increased accepted/rejected rejected/accepted"
        " won/lost lost/won grew/shrank approved/blocked blocked/approved began/ended opened/closed"
        " closed/opened gained/lost more/less higher/lower lower/higher highest/lowest lowest/highest"
        " first/last largest/smallest allowed/banned banned/allowed increase/decrease decrease/increase"
        " increases/decreases supported/opposed opposed/supported bought/sold sold/bought agreed/refused"
        " joined/left included/excluded includes/excludes strengthened/weakened most/fewest defeated/spared"
        " before/after after/before confirmed/denied"
    ).split()
)
PAST = dict(
    pair.split("/")
    for pair in (
        "accepted/accept announced/announce asked/ask attacked/attack became/become began/begin built/build"
        " called/call came/come caused/cause claimed/claim created/create decided/decide declared/declare"
        " defeated/defeat described/describe destroyed/destroy developed/develop discovered/discover"
        " established/establish fell/fall finished/finish followed/follow formed/form found/find founded/found"
        " gave/give grew/grow held/hold helped/help included/include increased/increase introduced/introduce"
        " invaded/invade joined/join killed/kill led/lead left/leave lost/lose made/make moved/move named/name"
        " offered/offer opened/open paid/pay played/play produced/produce promised/promise proposed/propose"
        " published/publish reached/reach received/receive rejected/reject released/release replaced/replace"
        " returned/return rose/rise said/say scored/score sent/send served/serve showed/show signed/sign"
        " sold/sell spent/spend spoke/speak started/start supported/support took/take told/tell used/use"
        " visited/visit voted/vote wanted/want went/go won/win worked/work wrote/write"
    ).split()
)
_MONTH = "|".join(MONTHS)
_NUMBER = re.compile(r"(?<![\w.,:-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w:]|[.,]\d)")
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b(?!,\d|%|-)")
_DAY_OF_MONTH = re.compile(rf"\b({_MONTH}) (\d{{1,2}})(?:, (\d{{4}}))?(?!\w)")
_DAY_BEFORE_MONTH = re.compile(rf"\b(\d{{1,2}}) ({_MONTH})\b(?: (\d{{4}}))?")
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(DAYS)})\b")
_BARE_MONTH = re.compile(rf"\b(?:{_MONTH.replace('|May', '')})\b")
_CAPITALS = re.compile(r"\b[A-Z][a-zà-ÿ]+(?:[ -][A-Z][a-zà-ÿ]+)*\b")
_AUXILIARY = re.compile(
    r"\b(is|was|are|were|will|would|can|could|should|has|have|had|must)\b (?!not\b|no\b|n)(?=[a-z])"
)
_QUOTES = re.compile(r"[“”\"]")  # what is quoted must stay as it is
_NO_NAME = frozenset(
    """
    The A An In On At Of For To From By With And Or But If As So It Its He She They We You I This That These Those
    There His Her Their Our My When Where While After Before Since Until During Although Though Because However Also
    Not No Yes Most Many Some All Both Each One Two Three Four Five Six Seven Eight Nine Ten Then Than Now Here What
    Who How Why Which Such Other Under Over Between Among About Despite Following According Overall Dr Mr Mrs
    President Minister King Queen Prime Deputy
    """.split()
) | {*MONTHS, *DAYS}


@dataclasses.dataclass(frozen=True, slots=True)
class Case:
    """A statement, the passage it cites, and whether that passage supports it."""

    kind: str
    statement: str
    passage: Passage
    supported: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its passage, the article, a neighbouring passage and one of another article, if any."""

    text: str
    passage: Passage
    article: Article
    neighbour: Passage | None
    stranger: Passage


class Collection:
    """The sentences of some articles, and the names in them."""

    def __init__(self, articles: Sequence[Article], embedder: Embedder, draw: random.Random) -> None:
        self.articles = {article.id: article for article in articles}
        self.passages = {article.id: cut_passages(article, embedder.count_tokens) for article in articles}
        self.names = {article.id: sorted(set(find_names(article.text))) for article in articles}
        self.all_names = sorted({name for names in self.names.values() for name in names})
        self.sentences = list(self._sentences(draw))

    def _sentences(self, draw: random.Random) -> Iterator[Sentence]:
        every = [passage for passages in self.passages.values() for passage in passages]
        for at, passage in enumerate(every):
            article = self.articles[passage.article_id]
            others = [every[near] for near in (at + 1, at - 1) if 0 <= near < len(every)]
            neighbours = [other for other in others if self._same_story(other, article)]
            strangers = [
                other for other in draw.sample(every, min(8, len(every))) if not self._same_story(other, article)
            ]
            if not strangers:
                continue
            for start, end in split_sentences(passage.text):
                text = passage.text[start:end]
                if is_statement(text):
                    elsewhere = [other for other in neighbours if text not in other.text]
                    yield Sentence(text, passage, article, elsewhere[0] if elsewhere else None, strangers[0])

    def _same_story(self, passage: Passage, article: Article) -> bool:
        other = self.articles[passage.article_id]
        return other.id == article.id or (other.title is not None and other.title == article.title)


def is_statement(text: str) -> bool:
    return 8 <= len(text.split()) <= 45 and text[-1] in '.!”"' and "\n" not in text and text[0].isupper()


def find_names(text: str) -> list[str]:
    """Return capitalised names that begin no sentence, or have two words."""
    names = []
    starts = {start for start, _ in split_sentences(text)}
    for match in _CAPITALS.finditer(text):
        words = match[0].split()
        before = text[: match.start()].rstrip()[-1:]
        first = match.start() in starts or before in {"", "“", '"', ":"}
        if not set(words) & _NO_NAME and (len(words) > 1 or not first) and len(match[0]) > 3:
            names.append(match[0])
    return names


# What is still true


def verbatim(_: Collection, sentence: Sentence, __: random.Random) -> str | None:
    return sentence.text


def contraction(_: Collection, sentence: Sentence, __: random.Random) -> str | None:
    pairs = CONTRACTIONS | {short: long for long, short in CONTRACTIONS.items()}
    return None if _QUOTES.search(sentence.text) else _replace_word(sentence.text, pairs)


def synonym(_: Collection, sentence: Sentence, __: random.Random) -> str | None:
    text, changed = sentence.text, 0
    if _QUOTES.search(text):
        return None
    for word, other in SYNONYMS.items():
        new = re.sub(rf"\b{word}\b", other, text, count=1)
        changed += new != text
        text = new
    return text if changed else None


def spelled(_: Collection, sentence: Sentence, __: random.Random) -> str | None:
    """Write numbers another way: 11 percent, twelve, 5 million dollars, 2500."""
    text = re.sub(r"(\d)%", r"\1 percent", sentence.text)
    text = re.sub(r"(?<!\w)\$(\d[\d.,]*\d|\d)( (?:m|b|tr)illion)\b", r"\1\2 dollars", text)
    text = re.sub(r"(?<![\d,.])(\d{1,3}),(\d{3})\b(?![,.]\d)", r"\1\2", text)

    def spell(match: re.Match[str]) -> str:
        return SPELLED[int(match[0])]

    days = "".join(f"(?<!{month} )(?<!{month[:3]}. )(?<!{month[:4]}. )" for month in MONTHS)
    small = r"(?:1[0-9]|20|[2-9])"
    text = re.sub(rf"(?<![\w.,:$£€–-]){days}{small}(?![\w:%–-]|[.,]\d| (?:{_MONTH}|[ap]\.?m))", spell, text)
    return text if text != sentence.text else None


def date_format(_: Collection, sentence: Sentence, __: random.Random) -> str | None:
    """Write a day of a month another way: "March 17, 2025", "17 March 2025", "2025-03-17"."""
    text = sentence.text
    match = _DAY_OF_MONTH.search(text)
    if match:
        year = f" {match[3]}" if match[3] else ""
        return text[: match.start()] + f"{match[2]} {match[1]}{year}" + text[match.end() :]
    match = _DAY_BEFORE_MONTH.search(text)
    if match:
        year = f", {match[3]}" if match[3] else ""
        return text[: match.start()] + f"{match[2]} {match[1]}{year}" + text[match.end() :]
    match = re.search(rf"\b(?:{_MONTH})\b(?= \d)", text)
    return text.replace(match[0], match[0][:3] + ".") if match and match[0] != "May" else None


def clause(_: Collection, sentence: Sentence, __: random.Random) -> str | None:
    """Drop a parenthesis, or the adverbial clause that a sentence begins with."""
    text = re.sub(r" \([^()]{3,80}\)", "", sentence.text, count=1)
    if text == sentence.text:
        match = re.match(
            r"(?:In|On|After|During|As|When|At|By|For|Since|Despite|With) [^,;“”]{5,60}, (?=[a-z]|[A-Z])", text
        )
        rest = text[match.end() :] if match else ""
        text = rest[:1].upper() + rest[1:]
    return text if len(text.split()) >= 6 and text != sentence.text else None


def surname(collection: Collection, sentence: Sentence, __: random.Random) -> str | None:
    """Leave the first name out where the article does so, too."""
    for name in [] if _QUOTES.search(sentence.text) else find_names(sentence.text):
        words = name.split()
        if len(words) == 2 and re.search(rf"(?<!{words[0]} )\b{words[1]}\b(?! [A-Z])", sentence.article.text):
            return sentence.text.replace(name, words[1], 1)
    return None


def reported(_: Collection, sentence: Sentence, draw: random.Random) -> str | None:
    opener = re.match(
        r"(?:The|A|An|He|She|It|They|In|On|His|Her|Their|This|These|Some|Many|Most|There)\b", sentence.text
    )
    frame: str = draw.choice(["According to the article, {}", "The report says that {}", "It was reported that {}"])
    return frame.format(sentence.text[0].lower() + sentence.text[1:]) if opener else None


def quotation(_: Collection, sentence: Sentence, draw: random.Random) -> str | None:
    fragment = _fragment(sentence.text, draw, 5, 12)
    mark = draw.choice(["“{}”", '"{}"'])
    return f"The article says: {mark.format(fragment)}." if fragment else None


# What is not


def wrong_number(collection: Collection, sentence: Sentence, draw: random.Random) -> str | None:
    """Put another number in the place of one: one of the same article, or one made up."""
    found = [match for match in _NUMBER.finditer(sentence.text) if not _in_date(sentence.text, match)]
    if not found:
        return None
    match = draw.choice(found)
    others = [other for other in _NUMBER.findall(sentence.article.text) if other not in sentence.text]
    others = [other for other in others if not re.fullmatch(r"(?:1[5-9]|20)\d\d", other)]
    if others and draw.random() < 0.5:
        other = draw.choice(others)
    else:
        value = float(match[0].replace(",", ""))
        changed = value * draw.choice([2, 3, 0.5, 1.1, 10]) + draw.choice([1, 2, 5])
        other = f"{changed:,.1f}" if "." in match[0] else f"{round(changed):,}"
        other = other.replace(",", "") if "," not in match[0] else other
    if float(other.replace(",", "")) == float(match[0].replace(",", "")):
        return None
    return f"{sentence.text[: match.start()]}{other}{sentence.text[match.end() :]}"


def wrong_date(_: Collection, sentence: Sentence, draw: random.Random) -> str | None:
    kinds: list[tuple[re.Pattern[str], Callable[[str], str]]] = [
        (_YEAR, lambda year: str(int(year) + draw.choice([-10, -3, -1, 1, 2, 7]))),
        (_WEEKDAY, lambda day: draw.choice([other for other in DAYS if other != day])),
        (_BARE_MONTH, lambda month: draw.choice([other for other in MONTHS if other not in {month, "May"}])),
    ]
    found = [(match, change) for pattern, change in kinds for match in pattern.finditer(sentence.text)]
    if not found:
        return None
    match, change = draw.choice(found)
    new = change(match[0])
    return None if new in sentence.text else sentence.text[: match.start()] + new + sentence.text[match.end() :]


def name_of_article(collection: Collection, sentence: Sentence, draw: random.Random) -> str | None:
    """Put another name of the same passage in the place of one."""
    return _swap_name(sentence, sorted(set(find_names(sentence.passage.text))), draw)


def name_from_elsewhere(collection: Collection, sentence: Sentence, draw: random.Random) -> str | None:
    known = [name for name in collection.all_names if name not in sentence.article.text]
    return _swap_name(sentence, known, draw)


def _swap_name(sentence: Sentence, names: Sequence[str], draw: random.Random) -> str | None:
    own = find_names(sentence.text)
    used = {word for name in own for word in re.split(r"[ -]", name)}
    others = [name for name in names if not used & set(re.split(r"[ -]", name)) and name not in sentence.text]
    if not own or not others:
        return None
    return re.sub(rf"\b{re.escape(draw.choice(own))}\b", draw.choice(others), sentence.text, count=1)


def negated(_: Collection, sentence: Sentence, draw: random.Random) -> str | None:
    """Deny the first auxiliary or verb, or take a "not" away."""
    text = sentence.text
    without = re.sub(r" not\b(?! only)|n['’]t\b", "", text, count=1)
    if without != text and not re.search(r"\b(?:ca|wo)n['’]t", text):
        return without
    if re.search(r"\b(?:not|no|never|nor|neither|n['’]t|without)\b", text):
        return None
    match = _AUXILIARY.search(text)
    if match and draw.random() < 0.6:
        return f"{text[: match.end(1)]} {draw.choice(['not', 'never'])}{text[match.end(1) :]}"
    verb = re.search(rf"(?<=[a-z] )\b(?:{'|'.join(PAST)})\b(?= [a-z])", text)
    before = re.search(r"(\S+) $", text[: verb.start()]) if verb else None
    if (
        verb is None
        or before is None
        or re.search(
            r"(?:is|was|are|were|be|been|had|has|have|by|the|a|an|and|of|in|to|being|also|that|which|who)$",
            before[1],
        )
    ):
        return None
    return (
        text[: verb.start()]
        + draw.choice(["did not", "didn't", "refused to", "failed to"])
        + " "
        + PAST[verb[0]]
        + text[verb.end() :]
    )


def opposite(_: Collection, sentence: Sentence, __: random.Random) -> str | None:
    return _replace_word(sentence.text, OPPOSITES)


def quotation_from_elsewhere(collection: Collection, sentence: Sentence, draw: random.Random) -> str | None:
    fragment = _fragment(draw.choice(collection.sentences).text, draw, 5, 12)
    names = find_names(sentence.text)
    if not fragment or fragment in sentence.passage.text or not names:
        return None
    return f"{names[0]} said: “{fragment}.”"


def quotation_glued(collection: Collection, sentence: Sentence, draw: random.Random) -> str | None:
    spans = [sentence.passage.text[start:end] for start, end in split_sentences(sentence.passage.text)]
    if len(spans) < 2:
        return None
    one, two = (_fragment(text, draw, 4, 7) for text in draw.sample(spans, 2))
    if not one or not two or f"{one} {two}" in sentence.passage.text:
        return None
    return f"The article says: “{one} {two}.”"


def _fragment(text: str, draw: random.Random, least: int, most: int) -> str | None:
    words = text.strip('“”".').split(" ")
    if len(words) < least + 1:
        return None
    size = draw.randint(least, min(most, len(words) - 1))
    at = draw.randint(0, len(words) - size)
    fragment = " ".join(words[at : at + size]).strip(" ,.;:")
    return None if re.search(r"[“”\"]", fragment) else fragment


def _replace_word(text: str, pairs: dict[str, str]) -> str | None:
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(pairs, key=len, reverse=True)))})\b")
    match = pattern.search(text.replace("’", "'"))
    return text[: match.start()] + pairs[match[0]] + text[match.end() :] if match else None


def _in_date(text: str, match: re.Match[str]) -> bool:
    dates = itertools.chain(_DAY_OF_MONTH.finditer(text), _DAY_BEFORE_MONTH.finditer(text), _YEAR.finditer(text))
    return any(date.start() <= match.start() < date.end() for date in dates)


TRUE: tuple[Callable[[Collection, Sentence, random.Random], str | None], ...] = (
    verbatim,
    contraction,
    synonym,
    spelled,
    date_format,
    clause,
    surname,
    reported,
    quotation,
)
FALSE: tuple[Callable[[Collection, Sentence, random.Random], str | None], ...] = (
    wrong_number,
    wrong_date,
    name_of_article,
    name_from_elsewhere,
    negated,
    opposite,
    quotation_from_elsewhere,
    quotation_glued,
)
# The share of each group of kinds that must be judged rightly.
TARGETS: dict[str, tuple[tuple[str, ...], float]] = {
    "kept": (tuple(make.__name__ for make in TRUE), 0.95),
    "numbers": (("wrong_number",), 0.95),
    "dates": (("wrong_date",), 0.95),
    "quotations": (("quotation_from_elsewhere", "quotation_glued"), 0.95),
    "passages": (("wrong_article", "off_by_one"), 0.95),
    "names": (("name_of_article", "name_from_elsewhere"), 0.85),
    "negation": (("negated", "opposite"), 0.85),
}


def make_cases(articles: Iterable[Article], embedder: Embedder, *, seed: int = 1, each: int = 60) -> list[Case]:
    """Return up to `each` cases of every kind, the same for the same articles and seed."""
    draw = random.Random(seed)  # noqa: S311 - nothing here is secret
    collection = Collection(list(articles), embedder, draw)
    cases: list[Case] = []
    for make in (*TRUE, *FALSE):
        made: list[Case] = []
        for sentence in draw.sample(collection.sentences, len(collection.sentences)):
            text = make(collection, sentence, draw) if len(made) < each else None
            if (text is not None and text != sentence.text) or (text and make is verbatim):
                made.append(Case(make.__name__, text or "", sentence.passage, make in TRUE))
        cases += made
    for kind in ("wrong_article", "off_by_one"):
        chosen = draw.sample(collection.sentences, len(collection.sentences))
        pairs = [(one.text, one.stranger if kind == "wrong_article" else one.neighbour) for one in chosen]
        cases += [Case(kind, text, passage, False) for text, passage in pairs if passage is not None][:each]
    return cases


@dataclasses.dataclass(frozen=True, slots=True)
class Judged:
    """A case, and what the check made of it."""

    case: Case
    support: Support

    @property
    def right(self) -> bool:
        return (self.support.score >= SUPPORTED) == self.case.supported


def judge(cases: Iterable[Case], embedder: Embedder) -> list[Judged]:
    return [Judged(case, find_support(case.statement, case.passage, embedder=embedder)) for case in cases]


def shares(judged: Iterable[Judged]) -> dict[str, tuple[int, int]]:
    """Return for each kind and each group of `TARGETS` how many were judged rightly, and of how many."""
    counts: dict[str, list[bool]] = collections.defaultdict(list)
    for one in judged:
        counts[one.case.kind].append(one.right)
        for group, (kinds, _) in TARGETS.items():
            if one.case.kind in kinds:
                counts[f"= {group}"].append(one.right)
    return {name: (sum(rights), len(rights)) for name, rights in counts.items()}


def table(judged: Sequence[Judged]) -> str:
    """Return the figures as the rows of a Markdown table, with the precision and recall of "unsupported"."""
    rows = ["| kind | cases | right | share | target |", "|---|---|---|---|---|"]
    for name, (right, of) in shares(judged).items():
        target = f">= {TARGETS[name[2:]][1]}" if name.startswith("= ") else ""
        rows.append(f"| {name} | {of} | {right} | {right / of:.3f} | {target} |")
    wrong = [one for one in judged if not one.case.supported]
    flagged = [one for one in judged if one.support.score < SUPPORTED]
    hits = sum(not one.case.supported for one in flagged)
    rows.append(f"unsupported: precision {hits / max(1, len(flagged)):.3f}, recall {hits / max(1, len(wrong)):.3f}")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--each", action="store_true", help="print every case that was judged wrongly")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=60)
    chosen = parser.parse_args()
    embedder = Remembering(BundledEmbedder(), kept=10**6)
    every: list[Judged] = []
    for folder in chosen.sets:
        articles = [item for item in load(str(folder / "articles.jsonl")) if isinstance(item, Article)]
        cases = make_cases(articles, embedder, seed=chosen.seed, each=chosen.cases)
        embedder.embed([case.statement for case in cases])
        began = time.perf_counter()
        judged = judge(cases, embedder)
        spent = 1e3 * (time.perf_counter() - began) / max(1, len(cases))
        every += judged
        print(f"\n## {folder.name}: {len(cases)} cases, {spent:.1f} ms each\n\n{table(judged)}")
        for one in judged:
            if chosen.each and not one.right:
                problems = "; ".join(one.support.problems)
                print(f"\n{one.case.kind} {one.support.score:.2f} [{problems}]\n  S: {one.case.statement}")
                print(f"  P: {one.support.span.text}")
    print(f"\n## all: {len(every)} cases\n\n{table(every)}")


if __name__ == "__main__":
    main()
