from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.readers.remembering import Remembering
from assistant.support.check import MAX_STATEMENT, SUPPORTED, Support, find_support, support_statement
from index import Article, Passage
from tests.benchmarks.mutations import TARGETS, judge, make_cases, shares
from tests.conftest import SAMPLES
from tests.fakes import WordEmbedder

if TYPE_CHECKING:
    from index.passages.embedding import Embedder
    from index.passages.embedding_bundled import BundledEmbedder

ARTICLES = [
    Article.create(row["text"], id=row["id"], title=row["title"])
    for row in map(json.loads, (SAMPLES / "articles.jsonl").read_text(encoding="utf-8").splitlines())
]


def passage(text: str, start: int = 0) -> Passage:
    return Passage(id="p", article_id="a", start=start, end=start + len(text), text=text)


def sample(name: str) -> Passage:
    return passage(next(article.text for article in ARTICLES if article.id == name))


CALL, GRUSHKO, TRUCE = sample("trump-putin-call"), sample("grushko-guarantees"), sample("ceasefire-proposal")
LAND, JOBS, STORM = sample("ukraine-land-question"), sample("veskander-jobs"), sample("storm-wendolin")
FERRY, KNEES, TRUST = (
    sample("skerrin-electric-ferry"),
    sample("st-jessamy-knee-clinic"),
    sample("seamens-trust-sentence"),
)
CUP, SCHOOL, FIRE = sample("kessary-cup-final"), sample("dunmarrow-school-start"), sample("quennby-mill-fire-record")
MADE = passage(
    "On March 17, 2025, the council of Marl approved a budget of $1.5 million. Thirty days later, 11 percent of it was"
    " gone. Ann Orrin told Bo Quist that she had never seen the accounts. Exports rose by 8% in the first quarter,"
    " while imports fell by 3%. The United States and the United Kingdom did not sign the treaty. The World Health"
    " Organization sent twenty-one doctors. Nobody was hurt."
)


@pytest.fixture(scope="module")
def remembering(embedder: BundledEmbedder) -> Remembering:
    return Remembering(embedder)


SAME = [
    (GRUSHKO, "Grushko demanded ironclad security guarantees as part of a peace agreement."),
    (GRUSHKO, "Alexander Grushko wants Ukraine to be neutral."),
    (GRUSHKO, "Russia's deputy foreign minister wants NATO countries to refuse to accept Ukraine into the alliance."),
    (GRUSHKO, "Grushko said, “We will demand that ironclad security guarantees become part of this agreement.”"),
    (GRUSHKO, 'He said that part of these guarantees "should be the neutral status of Ukraine".'),
    (GRUSHKO, "Grushko didn't mention the 30-day ceasefire accepted by Ukraine."),
    (GRUSHKO, "According to Reuters, his remarks were published in the Russian newspaper Izvestia."),
    (CALL, "Trump will speak with Putin on Tuesday about ending the war."),
    (CALL, "Donald Trump plans to talk to Vladimir Putin on Tuesday."),
    (CALL, "The two leaders would discuss land and power plants, Trump said."),
    (CALL, "Trump said that he believes there is “a very good chance” of ending the war."),
    (CALL, "The Kremlin’s spokesperson confirmed the Tuesday conversation but gave no details."),
    (TRUCE, "Ukraine agreed to a 30-day ceasefire in Saudi Arabia."),
    (TRUCE, "Ukraine accepted a U.S. proposal for a thirty-day ceasefire."),
    (TRUCE, "Putin agrees with the ceasefire in theory, but has attached tough conditions."),
    (TRUCE, "Relations with the United States had been “practically reduced to zero,” Putin said on Friday."),
    (LAND, "Ukraine has lost roughly 11 percent of its land since the invasion of 2022."),
    (LAND, "Russia began seizing parts of Ukraine in 2014."),
    (LAND, "The 2022 attack started the largest land war in Europe since World War Two."),
    (JOBS, "Veskander Instruments will cut 140 of its 1,900 jobs."),
    (JOBS, "Veskander will cut 140 jobs out of 1,900."),
    (JOBS, "Net profit fell by 14 percent to 19.4 million dollars."),
    (JOBS, "Revenue rose 9% to $218,000,000 in the first half of 2024."),
    (JOBS, "Employees who leave will be offered at least nine months' pay."),
    (JOBS, "“We sold more and earned less, and that can't go on,” chief executive Zoë Karrenholm said."),
    (STORM, "Storm Wendolin cut off power to more than 14,000 homes."),
    (STORM, "The strongest gust reached 118 km/h on Gorse Hill at 1:20 p.m."),
    (STORM, "No one died, but two people were injured when a tree fell on a delivery van near Castlewend."),
    (STORM, "All schools in the valley were closed."),
    (FERRY, "The Maren Lisbet can carry 240 passengers and 38 cars."),
    (FERRY, "The crossing took 52 minutes, 13 fewer than with the diesel ship."),
    (FERRY, "An adult fare is $9.40."),
    (FERRY, "The ferry was delayed by the charging tower on the Skerrin side, which was too weak for the winter wind."),
    (KNEES, "Patients now wait 11 weeks for a new knee instead of 26."),
    (KNEES, "The average stay has dropped from 5.1 to 2.8 days."),
    (TRUST, "Lorcan Vesterhay paid 214 invented bills into his own account between March 2017 and June 2022."),
    (TRUST, "The judge ordered him to repay another $310,000 within six years."),
    (CUP, "Tomás Echavel scored the winning goal in the 113th minute."),
    (CUP, "Kessary Harriers beat Port Averil Mariners 3-2 after extra time."),
    (SCHOOL, "The school board voted 5–2 to start lessons at 8:45 a.m. rather than 7:50 a.m."),
    (FIRE, "Tasker-Lunde said that a box with no current “starts no fires”."),
    (MADE, "The council of Marl approved a budget of 1.5 million dollars on 17 March 2025."),
    (MADE, "On 2025-03-17, Marl's council approved a $1,500,000 budget."),
    (MADE, "On Monday, March 17, the council approved the budget."),
    (MADE, "11% of it was gone 30 days later."),
    (MADE, "Quist was told by Orrin that she had never seen the accounts."),
    (MADE, "Exports increased by eight percent in the first quarter."),
    (MADE, "The US and the UK didn't sign the treaty."),
    (MADE, "The WHO sent 21 doctors."),
    (MADE, "Nobody was hurt."),
    (passage("In The Marl Post, Ann Orrin wrote that the dam was sound."), "The dam was sound, Orrin wrote."),
    (MADE, "There were no injuries, and nobody was hurt."),
]
NUMBERS = [
    (TRUCE, "Ukraine accepted a U.S. proposal for a 60-day ceasefire."),
    (TRUCE, "The sixty-day ceasefire was agreed to by Ukraine in Saudi Arabia."),
    (TRUCE, "Ukraine accepted a ceasefire of 30 weeks."),
    (LAND, "Ukraine has lost about 12% of its land since 2022."),
    (LAND, "Ukraine has lost about 111% of its land."),
    (JOBS, "Veskander will cut 1,900 of its 140 jobs."),
    (JOBS, "Veskander will cut 180 of its 1,900 jobs."),
    (JOBS, "Revenue rose 14% to $218 million."),
    (JOBS, "Net profit fell 14% to $19.4 billion."),
    (JOBS, "Workers who leave get at least six months’ pay."),
    (STORM, "Storm Wendolin cut off power to 4,900 homes."),
    (STORM, "The strongest gust was measured at 128 km/h on Gorse Hill."),
    (STORM, "At Castlewend, 84 centimeters of rain fell in six hours."),
    (STORM, "More than 15,000 homes lost power in the storm."),
    (FERRY, "The Maren Lisbet carries 38 passengers and 240 cars."),
    (FERRY, "The electric ferry was built for €27 million."),
    (KNEES, "Patients now wait 26 weeks for a new knee."),
    (KNEES, "The average stay has fallen from 5.1 weeks to 2.8 weeks."),
    (TRUST, "A bookkeeper took $734,000 from a charity for retired sailors."),
    (CUP, "Echavel scored the winner in the 131st minute."),
    (MADE, "The council approved a budget of $1.5 billion."),
    (MADE, "The WHO sent twenty-two doctors."),
]
DATES = [
    (CALL, "Trump will speak to Putin on Wednesday."),
    (CALL, "Trump named the day on Monday, in remarks to reporters aboard Air Force One."),
    (LAND, "Ukraine has lost 11% of its land since Russia launched its full invasion in 2021."),
    (LAND, "Russia began to seize parts of Ukraine in 2015."),
    (TRUCE, "On Thursday Putin spoke of repairing relations with the United States."),
    (TRUST, "Vesterhay kept the trust's accounts since 2008."),
    (TRUST, "Between April 2017 and June 2022 he paid 214 invented bills."),
    (TRUST, "He pleaded guilty in November."),
    (SCHOOL, "The board will review the new hours in July 2025."),
    (SCHOOL, "The first lesson moves from 7:50 a.m. to 8:15 a.m."),
    (FIRE, "The fire broke out early on March 3."),
    (JOBS, "Revenue in the first half of 2023 rose 9% to $218 million."),
    (CUP, "Kessary Harriers won the Coast Cup for the first time since 1984."),
    (FERRY, "The Brynhild Cross had sailed since 1998."),
    (MADE, "On March 18, 2025, the council approved a budget."),
    (MADE, "On 17 May 2025 the council of Marl approved a budget."),
    (MADE, "On Tuesday, March 17, 2025, the council of Marl approved a budget."),
    (MADE, "On 2024-03-17, the council of Marl approved a budget."),
]
NAMES = [
    (CALL, "Trump will speak to Zelensky on Tuesday about ending the war."),
    (CALL, "Biden will speak to Russian President Vladimir Putin on Tuesday about ending the war in Ukraine."),
    (GRUSHKO, "Lavrov demanded that ironclad security guarantees be part of a peace agreement."),
    (GRUSHKO, "Trump demanded that ironclad security guarantees be part of a peace agreement."),
    (GRUSHKO, "The words appeared in Pravda, a Russian newspaper, according to Reuters."),
    (GRUSHKO, "Sergei Grushko set out the security terms that Moscow wants."),
    (TRUCE, "The 30-day ceasefire was agreed to by Ukraine in Turkey."),
    (TRUCE, "Russia has accepted a U.S. proposal for a ceasefire of 30 days."),
    (LAND, "The share was worked out by Reuters from data of the Institute for the Study of War."),
    (LAND, "Ukraine began to seize parts of Russia earlier, in 2014."),
    (JOBS, "“We sold more and earned less, and that can’t go on,” said Rasmus Ilveby, the chief executive."),
    (JOBS, "All of the jobs are at its plant in Kessary."),
    (STORM, "At Pellinsford, 84 millimeters of rain fell in six hours."),
    (FERRY, "“I keep listening for the engine,” said Captain Wilhelmina Tasker-Lunde."),
    (TRUST, "Lorcan Vesterhay had kept the accounts of the Kessary Seamen's Trust since 2009."),
    (TRUST, "“That is what this money was for,” Winifred Askelund told him."),
    (CUP, "Jonas Weddelin scored the winner in the 113th minute with a header from a corner."),
    (CUP, "Port Averil Mariners beat Kessary Harriers 3–2 after extra time at Saltmarket Park."),
    (SCHOOL, "The two board members who voted no were Osric Tumbrel and Delphine Arkwell."),
    (MADE, "Bo Quist told Ann Orrin that she had never seen the accounts."),
    (MADE, "The World Trade Organization sent twenty-one doctors."),
]
NEGATION = [
    (TRUCE, "Ukraine has not accepted a U.S. proposal for a ceasefire of 30 days."),
    (TRUCE, "Ukraine has rejected a U.S. proposal for a ceasefire of 30 days."),
    (TRUCE, "Ukraine refused to accept the U.S. proposal for a ceasefire of 30 days."),
    (TRUCE, "Putin has said that Moscow disagrees with the ceasefire in theory."),
    (GRUSHKO, "Grushko mentioned the 30-day ceasefire that Ukraine accepted last week."),
    (GRUSHKO, "Grushko denied that he demanded ironclad security guarantees."),
    (CALL, "Trump won't speak to Putin on Tuesday."),
    (CALL, "Trump said that he and Putin would not discuss land and power plants."),
    (LAND, "Russia has made plain that it wants to hand back the areas that it occupies."),
    (JOBS, "Revenue in the first half of 2024 fell 9% to $218 million."),
    (JOBS, "Net profit rose 14% to $19.4 million."),
    (STORM, "Deaths were reported."),
    (STORM, "All schools in the valley were open."),
    (FERRY, "Skerrin has 870 inhabitants and a doctor."),
    (KNEES, "The share of patients who had to come back within 30 days changed."),
    (TRUST, "Vesterhay had pleaded not guilty in December."),
    (SCHOOL, "Grades changed much."),
    (FIRE, "The fire department changed its view on Tuesday."),
    (FIRE, "The roofing company accepts the report."),
    (MADE, "The United States and the United Kingdom signed the treaty."),
    (MADE, "Exports fell by 8% in the first quarter."),
    (MADE, "The council of Marl rejected a budget of $1.5 million."),
    (MADE, "The WHO never sent 21 doctors."),
]
QUOTATIONS = [
    (GRUSHKO, "Grushko said: “We will see if we have something to announce maybe by Tuesday.”"),
    (GRUSHKO, "Grushko said: “Ironclad security guarantees become part of the neutral status of Ukraine.”"),
    (GRUSHKO, 'Grushko said: "We will demand ironclad security guarantees".'),
    (GRUSHKO, "Grushko said: “We will demand that ironclad security guarantees … the neutral status of Ukraine.”"),
    (CALL, "Trump said: “We will be talking about power plants and land.”"),
    (CALL, "Trump said «I think we have a very bad chance»."),
    (JOBS, "Karrenholm said: “We sold less and earned less, and that can’t go on.”"),
    (STORM, "“It came in slower than our models had it,” said Yusra Landqvell."),
    (TRUST, "Judge Dunstervale said: “You stole coal, spectacles and boats.”"),
    (FERRY, "“Then I remember that it sails,” said Captain Ingrith Sollavane."),
]
ELSEWHERE = [
    (STORM, "Grushko demanded ironclad security guarantees."),
    (FERRY, "Storm Wendolin cut off power to 14,200 homes."),
    (CUP, "Patients now wait 11 weeks for a new knee."),
    (CALL, "Russia began to seize parts of Ukraine in 2014."),
    (GRUSHKO, "Ukraine has lost about 11% of its land."),
    (KNEES, "The school board voted to move the first lesson to 8:45 a.m."),
    (TRUST, "The fire was started by a roofer's gas torch."),
    (TRUCE, "The sky is blue and cats like milk."),
]

# Known to pass though wrong: a name of the sentence in the place of another of it, and words that are no facts.
MISSED = [
    (GRUSHKO, "The words appeared in Reuters, a Russian newspaper."),
    (JOBS, "Lindreth will stop making electronic meters and build only mechanical ones."),
]


def check(statement: str, cited: Passage, embedder: Embedder) -> Support:
    support = find_support(statement, cited, embedder=embedder)
    assert cited.start <= support.span.start < support.span.end <= cited.end
    assert 0 <= support.score <= 1
    assert (support.score >= SUPPORTED) == (not support.problems)
    return support


@pytest.mark.parametrize(("cited", "statement"), SAME, ids=[statement for _, statement in SAME])
def test_paraphrases_are_supported(cited: Passage, statement: str, remembering: Remembering) -> None:
    support = check(statement, cited, remembering)
    assert support.score >= SUPPORTED, support


WRONG = [*NUMBERS, *DATES, *NAMES, *NEGATION, *QUOTATIONS, *ELSEWHERE]


@pytest.mark.parametrize(("cited", "statement"), WRONG, ids=[statement for _, statement in WRONG])
def test_text_that_the_passage_does_not_say_is_unsupported(
    cited: Passage, statement: str, remembering: Remembering
) -> None:
    support = check(statement, cited, remembering)
    assert support.score < SUPPORTED, support


@pytest.mark.xfail(reason="neither facts nor negation tell these apart", strict=True)
@pytest.mark.parametrize(("cited", "statement"), MISSED, ids=[statement for _, statement in MISSED])
def test_limits_of_the_check(cited: Passage, statement: str, remembering: Remembering) -> None:
    assert check(statement, cited, remembering).score < SUPPORTED


@pytest.mark.parametrize(
    ("cited", "statement", "problem"),
    [
        (
            TRUCE,
            "The 60-day ceasefire was agreed to by Ukraine in Saudi Arabia.",
            "says 60-day; the passage says 30-day",
        ),
        (TRUCE, "Ukraine has not accepted a U.S. proposal for a ceasefire of 30 days.", "negation differs"),
        (GRUSHKO, "Grushko and Macron demanded ironclad security guarantees.", "the name Macron is not there"),
        (GRUSHKO, "Grushko demanded “ironclad neutral guarantees now”.", "quotation not in the passage"),
        (JOBS, "Veskander will cut 180 of its 1,900 jobs.", "says 180; the passage says 140"),
        (CALL, "Trump will speak to Putin on Friday about ending the war.", "says Friday; the passage says Tuesday"),
        (STORM, "Cats like milk.", "the passage says something else"),
        (STORM, "It is.", "nothing to check"),
        (STORM, "", "nothing to check"),
        (
            MADE,
            "Bo Quist told Ann Orrin that she had never seen the accounts.",
            "Bo Quist and Ann Orrin have changed places",
        ),
    ],
)
def test_problems_are_described(cited: Passage, statement: str, problem: str, remembering: Remembering) -> None:
    assert problem in check(statement, cited, remembering).problems


def test_the_span_is_whole_sentences_at_their_place_in_the_article(remembering: Remembering) -> None:
    cited = passage("It rained on Monday. The dam at Marl burst at noon. It was built in 1911. Cows fled.", start=1000)
    assert check("The Marl dam burst at noon.", cited, remembering).span.text == "The dam at Marl burst at noon."
    both = check("The dam at Marl, built in 1911, burst at noon.", cited, remembering)
    assert both.span.text == "The dam at Marl burst at noon. It was built in 1911."
    assert (both.span.start, both.span.end) == (1021, 1073)


def test_a_quotation_decides_the_span(remembering: Remembering) -> None:
    cited = passage("Ann spoke of the dam at length. She said “it’s — in a word — gone”. The dam at Marl is a dam.")
    span = check('Of the dam at Marl, Ann said: "it\'s - in a word - gone".', cited, remembering).span
    assert "in a word" in span.text


def test_passages_keep_their_order_and_are_embedded_once(remembering: Remembering) -> None:
    embedder = WordEmbedder()
    supports = support_statement("The ferry carries 240 passengers.", [STORM, FERRY, STORM], embedder=embedder)
    assert [support.span.passage for support in supports] == [STORM, FERRY, STORM]
    assert supports[0] == supports[2]
    assert supports[1].score > supports[0].score
    assert len(embedder.embedded) == len(set(embedder.embedded))
    assert support_statement("Anything at all.", [], embedder=embedder) == []


def test_names_and_dates_may_come_from_what_is_shown_beside_the_passage(remembering: Remembering) -> None:
    cited = passage("The ferry was 14 months late, the operator said.")
    statement = "The Averil Harbour Post reported in June 2025 that the ferry was 14 months late."
    assert find_support(statement, cited, embedder=remembering).score < SUPPORTED
    about = "Electric ferry sails. Averil Harbour Post, June 5, 2025"
    assert find_support(statement, cited, embedder=remembering, about=about).score >= SUPPORTED


@pytest.mark.parametrize("cited", [passage("x"), passage("1"), passage("…"), passage("\n \n"), passage("?!" * 40)])
def test_odd_passages_support_nothing(cited: Passage, remembering: Remembering) -> None:
    assert find_support("Ukraine accepted a ceasefire.", cited, embedder=remembering).score < SUPPORTED


HOSTILE = [
    "a" * 100_000,
    "1" * MAX_STATEMENT,
    "1," * (MAX_STATEMENT // 2),
    '"' * MAX_STATEMENT,
    "“a b c " * (MAX_STATEMENT // 7),
    "not " * (MAX_STATEMENT // 4),
    "A. " * (MAX_STATEMENT // 3),
    "March 1 to " * (MAX_STATEMENT // 11),
    "Ann " * (MAX_STATEMENT // 4),
    "one hundred and " * (MAX_STATEMENT // 16),
    "10 to 20 % " * (MAX_STATEMENT // 11),
    "\u0301" * MAX_STATEMENT,
    "(" * MAX_STATEMENT,
    "½²٣①" * 1000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:12] for text in HOSTILE])
def test_hostile_text_takes_bounded_time(text: str) -> None:
    began = time.thread_time()
    assert find_support(text, GRUSHKO, embedder=WordEmbedder()).score < SUPPORTED
    find_support("Ukraine accepted a 30-day ceasefire in 2025.", passage(text), embedder=WordEmbedder())
    assert time.thread_time() - began < 10


PIECES = st.sampled_from(
    'Ann Bo told not never 30 day % $ 1.5 million March 17 , 2025 . “ ” " thirty and a half U.S. - – first fell ( )'
    " 3 p.m. refused to no longer 1/0 31 February 99:99 ² ½".split()
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=30).map(" ".join), st.lists(PIECES, max_size=60).map(" ".join))
def test_any_text_gets_a_score_and_a_span_of_the_passage(statement: str, text: str) -> None:
    cited = passage(text)
    support = find_support(statement, cited, embedder=WordEmbedder())
    assert 0 <= support.score <= 1
    assert (support.score >= SUPPORTED) == (not support.problems)
    assert 0 <= support.span.start <= support.span.end <= len(text)
    assert support == find_support(statement, cited, embedder=WordEmbedder())


def test_a_check_is_quick() -> None:
    statement = (
        "Grushko demanded that ironclad security guarantees be part of a 30-day peace agreement on March 17, 2025."
    )
    embedder = WordEmbedder()
    support_statement(statement, [GRUSHKO, JOBS, TRUST], embedder=embedder)
    began = time.thread_time()
    for _ in range(10):
        support_statement(statement, [GRUSHKO, JOBS, TRUST], embedder=embedder)
    assert (time.thread_time() - began) / 10 < 0.3  # 30 ms on a quiet machine


@pytest.mark.slow
def test_mutations_of_the_sample_collection_are_found(remembering: Remembering) -> None:
    cases = make_cases(ARTICLES, remembering, each=40)
    assert len(cases) >= 300
    assert cases == make_cases(ARTICLES, remembering, each=40)
    counted = shares(judge(cases, remembering))
    for group, (_, target) in TARGETS.items():
        right, of = counted[f"= {group}"]
        assert right / of >= target, f"{group}: {right} of {of}"
