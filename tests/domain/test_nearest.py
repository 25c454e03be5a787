"""A search by keywords, and the messages most similar to a text that no rule knows."""

import pytest

from tui.domain.knowledge.catalogue_file import load
from tui.domain.knowledge.nearest import WordIndex

CATALOGUE = load()
INDEX = WordIndex(CATALOGUE)


def test_a_search_finds_the_messages_with_all_its_words_the_gravest_first() -> None:
    rules = INDEX.with_keywords("DPD timed out")
    assert "dpd_timed_out" in [rule.id for rule in rules]
    ranks = [rule.severity.rank for rule in INDEX.with_keywords("dpd")]
    assert len(ranks) > 2
    assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize("text", ["", "the aws tunnel", "dpd zyxwv", "DPD timed out once more today"])
def test_a_search_needs_telling_words_that_are_known_and_few_enough(text: str) -> None:
    assert INDEX.with_keywords(text) == ()


def test_the_nearest_message_shares_the_rarest_words() -> None:
    nearest = INDEX.nearest("sending request with cgw: half", most=5)
    assert len(nearest) == 5
    assert nearest[0].id == "half_open_timeout"  # "half" is in this message alone, the other words are in many


def test_a_text_that_shares_no_word_with_any_message_has_no_nearest_one() -> None:
    assert INDEX.nearest("zyxwv utsrq") == ()
