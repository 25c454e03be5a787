"""Sizes and prices in words are never understated."""

import pytest

from tui.content.insights import estimate_sentence, progress_text, refusal_sentence, size_text, usd_text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 kB"), (1_500, "1.5 kB"), (76_232_106, "76.2 MB"), (412 * 10**9, "412 GB")]
)
def test_a_size_has_three_digits_and_a_unit(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("usd", "text"), [(0, "$0.00"), (0.004, "under $0.01"), (2.064, "$2.06"), (1234.5, "$1,234.50")]
)
def test_a_price_is_in_cents_and_never_nothing_where_it_is_something(usd: float, text: str) -> None:
    assert usd_text(usd) == text


def test_an_estimate_says_what_it_rests_on_and_what_is_left_out() -> None:
    whole = estimate_sentence(412 * 10**9, 2.06, is_narrowed=False, unsized=0)
    assert whole == (
        "Logs Insights will scan about 412 GB, for $2.06 at list price: an estimate by the size of the log groups."
    )
    part = estimate_sentence(412 * 10**9, 2.06, is_narrowed=True, unsized=2)
    assert "at most about 412 GB" in part
    assert part.endswith("Of 2 of them, the size is unknown.")


@pytest.mark.parametrize("usd", [0.004, 2.06, 120.0])
def test_the_limit_that_a_refusal_names_would_do(usd: float) -> None:
    sentence = refusal_sentence("…", usd, 1)
    assert float(sentence.rpartition("--max-cost ")[2].split()[0]) > usd


def test_a_bar_is_as_long_at_each_part() -> None:
    assert {len(progress_text(part, 10**9).split()[0]) for part in (0, 0.31, 1)} == {24}
