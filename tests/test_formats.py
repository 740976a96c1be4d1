"""The registry of formats: every format is found by its endings, its media types, and the names shown to people."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index.sources import Fetched
from index.sources.formats import registry as formats

if TYPE_CHECKING:
    from index.sources.formats.format import Format

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("known", formats.FORMATS, ids=lambda known: known.name)
def test_a_format_is_found_by_each_ending_and_media_type(known: Format) -> None:
    for suffix in known.suffixes:
        assert formats.format_of(formats.of_file(Path(f"story{suffix.upper()}"))) is known
    for media_type in known.media_types:
        page = Fetched(url="https://example.org/story", content=b"words", content_type=media_type)
        assert formats.format_of(formats.of_response(page)) is known


def test_no_two_formats_claim_the_same_name_ending_or_media_type() -> None:
    claims = Counter(claim for known in formats.FORMATS for claim in (known.name, *known.suffixes, *known.media_types))
    assert [claim for claim, times in claims.items() if times > 1] == []


def test_the_page_on_sources_lists_every_ending() -> None:
    page = (ROOT / "docs" / "sources.md").read_text()
    assert [suffix for known in formats.FORMATS for suffix in known.suffixes if f"`{suffix}`" not in page] == []
