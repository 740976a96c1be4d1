"""Negations, and pairs of words that deny each other."""

from __future__ import annotations

import functools

from index.terms import terms

NEGATIONS = frozenset(
    """
    not no never nobody nothing none neither nor without cannot hardly scarcely barely nowhere n't isn't aren't wasn't
    weren't don't doesn't didn't won't wouldn't can't couldn't shouldn't mustn't hasn't haven't hadn't ain't needn't
    unable lack lacks lacked lacking absent
    """.split()
)
# These deny only what follows them with "to", "that" or an -ing form: "failed to win", "denied that he knew".
DENIALS = frozenset(
    """
    fail fails failed failing refuse refuses refused refusing decline declines declined declining deny denies denied
    denying stop stops stopped cease ceases ceased avoid avoids avoided forget forgot forgotten neglected neglect
    """.split()
)
# "Not only" and "not just" are not negations.
NOT_AFTER = frozenset({"only", "just", "merely", "least", "necessarily"})
# These are skipped between a negation and the word that it denies.
PASSED_OVER = frozenset("yet even ever also still really quite very longer more any much".split())

_PAIRS = """
rise grow increase climb gain surge jump soar expand swell rocket | fall drop decline decrease shrink plunge sink slump
    tumble dwindle plummet slip diminish
raise boost lift | lower cut reduce slash trim
accept approve agree endorse adopt back support embrace welcome allow permit | reject refuse block oppose veto dismiss
    ban forbid prohibit bar deny rebuff spurn
win victory triumph | lose loss
more | less fewer
most | least fewest
higher | lower
up | down
open reopen | close shut
begin start launch commence | end stop finish cease halt
include | exclude
enter arrive join | leave depart quit
succeed success successful | fail failure unsuccessful
remember | forget
confirm | deny
true | false untrue
possible | impossible
able | unable
legal lawful | illegal unlawful
likely | unlikely
guilty | innocent
convict | acquit
buy purchase | sell
hire | fire dismiss
build | demolish destroy
create | destroy
attack | defend
love like | hate dislike
strong strengthen | weak weaken
improve | worsen deteriorate
hot warm | cold cool
early | late
high | low
rich | poor
best | worst
largest biggest greatest | smallest
highest | lowest
oldest | youngest newest
longest | shortest
richest | poorest
strongest | weakest
earliest | latest
gain | lose
major | minor
unequal | equal
absence | presence
better | worse
first | last
north northern | south southern
east eastern | west western
male man men | female woman women
son | daughter
brother | sister
father | mother
husband | wife
before | after
inside | outside
above | below
over | under
public | private
present | absent
military | civilian
ally | enemy
positive | negative
majority | minority
maximum | minimum
import | export
encourage | discourage
agree | disagree
appear | disappear
trust | distrust
approve | disapprove
connect | disconnect
praise | criticize criticise condemn
advance | retreat
alive live | dead die
lock | unlock
strengthen | weaken
tighten | loosen
cheap | expensive costly
easy | difficult hard
safe | dangerous unsafe
peace | war
""".strip()
# Irregular verbs, by their base form; the stemmer handles only changes at the end of a word.
_IRREGULAR = """
be was were been is are am being | become became become | begin began begun | bite bit bitten | blow blew
blown | break broke broken | bring brought | build built | buy bought | catch caught | choose chose chosen |
come came | deal dealt | do did done does | draw drew drawn | drink drank drunk | drive drove driven | eat ate
eaten | fall fell fallen | feed fed | feel felt | fight fought | find found | fly flew flown | forbid forbade
forbidden | forget forgot forgotten | freeze froze frozen | get got gotten | give gave given | go went gone
goes | grow grew grown | have has had having | hear heard | hide hid hidden | hold held | keep kept | know
knew known | lay laid | lead led | leave left | lend lent | lose lost | make made | mean meant | meet met |
pay paid | ride rode ridden | ring rang rung | rise rose risen | run ran | say said says | see saw seen | seek
sought | sell sold | send sent | shake shook shaken | shine shone | shoot shot | show shown | shrink shrank
shrunk | sing sang sung | sink sank sunk | sit sat | sleep slept | speak spoke spoken | spend spent | spring
sprang sprung | stand stood | steal stole stolen | stick stuck | strike struck | swear swore sworn | swim swam
swum | swing swung | take took taken | teach taught | tear tore torn | tell told | think thought | throw threw
thrown | understand understood | wake woke woken | wear wore worn | win won | withdraw withdrew withdrawn |
write wrote written | undergo underwent undergone | overcome overcame | bear bore borne | beat beaten | lie
lay lain | man men | woman women | child children | person people | foot feet | die dying dies died | win
winning | arise arose arisen | forgive forgave forgiven | mistake mistook mistaken | overthrow overthrew
overthrown | rebuild rebuilt | retell retold | slide slid | spin spun | split | shut shutting | bend bent |
bind bound | bleed bled | breed bred | burn burnt | creep crept | dig dug | dream dreamt | flee fled | fling
flung | grind ground | hang hung | kneel knelt | leap leapt | learn learnt | light lit | lean leant | prove
proven | sew sewn | sow sown | spell spelt | spill spilt | sting stung | strive strove striven | sweep swept |
swell swollen | weave wove woven | weep wept | wind wound | outgrow outgrew | undertake undertook undertaken
"""


def _base_forms() -> dict[str, str]:
    groups = [group.split() for group in _IRREGULAR.split("|") if group.strip()]
    return {form: group[0] for group in groups for form in group[1:]}


_BASE = _base_forms()


@functools.lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of a word in lower case, irregular verbs by their base form; "" for a stop word."""
    found = terms(_BASE.get(word, word).replace("'", ""))
    return found[0] if found else ""


@functools.cache
def _sides() -> dict[str, tuple[tuple[str, int], ...]]:
    sides: dict[str, list[tuple[str, int]]] = {}
    for line in _PAIRS.replace("\n    ", " ").splitlines():
        positive, negative = line.split("|")
        name = f"{positive.split()[0]}/{negative.split()[0]}"
        for words, sign in ((positive, 1), (negative, -1)):
            for word in words.split():
                sides.setdefault(stem(word) or word, []).append((name, sign))
    return {word: tuple(dict.fromkeys(pairs)) for word, pairs in sides.items()}


def sides(stemmed: str) -> tuple[tuple[str, int], ...]:
    """Return the pairs of opposites that contain a stem, by name, and its side in each: 1 or -1."""
    return _sides().get(stemmed, ())
