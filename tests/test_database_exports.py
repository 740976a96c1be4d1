"""Texts with many articles, as Nexis, Factiva and ProQuest export them: each is an article of its own."""

import datetime as dt
from pathlib import Path

import pytest

from index.article import Article
from index.errors import SourceError
from index.sources import load

FERRY = "The ferry was late.\n\nSource: the harbour master said so.\n\nIt waits."
MILL = "The mill burned down. On May 6, 2019 it had been sold."

NEXIS_BEFORE = f"""
                               1 of 2 DOCUMENTS

                         The Bay Gazette (London)

                            May 6, 2024 Monday
                               Final Edition

Ferry to Skerrin late again

BYLINE: Ann Lee and Bo Chan

SECTION: NEWS; Pg. 4

LENGTH: 312 words

{FERRY}

LOAD-DATE: May 6, 2024

LANGUAGE: ENGLISH

Copyright 2024 Bay Gazette Ltd
All Rights Reserved

                               2 of 2 DOCUMENTS

                               The Herald

                            June 9, 2019 Sunday

Mill burns

LENGTH: 98 words

{MILL}

Copyright 2019 Herald Media
"""
NEXIS_NOW = f"""Ferry to Skerrin late again
The Bay Gazette (London)
May 6, 2024 Monday

Copyright 2024 Bay Gazette Ltd All Rights Reserved

Section: NEWS; Pg. 4
Length: 312 words
Byline: Ann Lee and Bo Chan
Body

{FERRY}

Load-Date: May 6, 2024

End of Document

Mill burns
The Herald
June 9, 2019 Sunday

Length: 98 words
Body

{MILL}

End of Document
"""
FACTIVA = f"""Ferry to Skerrin late again

Ann Lee and Bo Chan
312 words
6 May 2024
The Bay Gazette
BAYGAZ
English
(c) 2024 Bay Gazette Ltd

{FERRY}

Document BAYGAZ0020240506ek560000a

Mill burns

98 words
9 June 2019
The Herald
HERLD
English
Copyright 2019 Herald Media

{MILL}

Document HERLD00020190609ef690000b

"""
PROQUEST = f"""____________________________________________________________

Document 1 of 2

Ferry to Skerrin late again

Author: Lee, Ann; Chan, Bo

Publication title: The Bay Gazette; London

Publication date: May 6, 2024

Full text: {FERRY}

Subject: Ferries

____________________________________________________________

Document 2 of 2

Mill burns

Publication title: The Herald

Publication date: Jun 9, 2019

Full text: {MILL}

Language: English
"""


@pytest.mark.parametrize("export", [NEXIS_BEFORE, NEXIS_NOW, FACTIVA, PROQUEST])
def test_each_document_of_an_export_is_an_article(tmp_path: Path, export: str) -> None:
    path = tmp_path / "export.txt"
    path.write_text(export)
    ferry, mill = load(str(path))
    assert isinstance(ferry, Article)
    assert isinstance(mill, Article)
    assert (ferry.title, ferry.author, ferry.source) == (
        "Ferry to Skerrin late again", "Ann Lee, Bo Chan", "The Bay Gazette",
    )  # fmt: skip
    assert (mill.title, mill.author, mill.source) == ("Mill burns", None, "The Herald")
    assert (ferry.published, mill.published) == (dt.date(2024, 5, 6), dt.date(2019, 6, 9))
    assert (ferry.text, mill.text) == (FERRY, MILL)
    assert {notice.rule for notice in ferry.notices} == {"database export: other fields"}


def test_a_document_without_a_text_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "export.txt"
    path.write_text(NEXIS_NOW.replace(MILL, ""))
    ferry, problem = load(str(path))
    assert isinstance(ferry, Article)
    assert isinstance(problem, SourceError)
    assert str(problem) == f"{path}, document 2 has no text."


def test_prose_that_counts_documents_is_one_article(tmp_path: Path) -> None:
    path = tmp_path / "leak.txt"
    path.write_text(
        "How the leak began\n\nBy Ann Lee\n\nThe court has seen 1 of 2 documents.\n\nEnd of document\n\nNo more."
    )
    [article] = load(str(path))
    assert isinstance(article, Article)
    assert article.title == "How the leak began"
    assert "End of document" in article.text
