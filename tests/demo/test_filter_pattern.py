"""Filter patterns, by examples of what they match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.demo.server.errors import ApiError
from tui.demo.server.filter_pattern import compile_pattern

DOWN = '{"details":"DPD timed out","dpd_enabled":true,"ike_phase1_state":"down","n":7,"a":{"b":[1,null]}}'


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("timed", True),
        ("Timed", False),
        ("timed DPD", True),
        ("timed nothing", False),
        ('"DPD timed"', True),
        ('"timed DPD"', False),
        ("?nothing ?DPD", True),
        ("?nothing ?never", False),
        ("DPD -up", True),
        ("DPD -timed", False),
        ('-"timed out"', False),
        ('{ $.ike_phase1_state = "down" }', True),
        ("{ $.ike_phase1_state = down }", True),
        ('{ $.ike_phase1_state = "Down" }', False),
        ('{ $.ike_phase1_state != "down" }', False),
        ('{ $.missing != "down" }', False),
        ('{ $.details = "DPD *" }', True),
        ('{ $.details = "*out" }', True),
        ('{ $.details = "[D]PD*" }', False),
        ("{ $.n > 6 }", True),
        ("{ $.n >= 7 && $.n <= 7 }", True),
        ("{ $.n < 7 }", False),
        ("{ $.n = 7 }", True),
        ("{ $.n = 1 || $.n = 7 }", True),
        ('{ ($.n = 1 || $.n = 7) && $.ike_phase1_state = "up" }', False),
        ('{ $.n = 7 || $.n = 1 && $.ike_phase1_state = "up" }', True),
        ("{ $.dpd_enabled IS TRUE }", True),
        ("{ $.dpd_enabled IS FALSE }", False),
        ("{ $.a.b[0] = 1 }", True),
        ("{ $.a.b[1] IS NULL }", True),
        ("{ $.a.b[9] NOT EXISTS }", True),
        ("{ $.missing NOT EXISTS }", True),
        ("{ $.n NOT EXISTS }", False),
    ],
)
def test_a_pattern_lets_through_what_it_says(pattern: str, matches: bool) -> None:
    matcher = compile_pattern(pattern)
    assert matcher is not None
    assert matcher(DOWN) is matches


def test_parentheses_without_end_are_refused() -> None:
    with pytest.raises(ApiError, match="nested too deep"):
        compile_pattern("{" + "(" * 10_000 + "$.a = 1" + ")" * 10_000 + "}")


@pytest.mark.parametrize("pattern", ["", "  "])
def test_the_empty_pattern_matches_all(pattern: str) -> None:
    assert compile_pattern(pattern) is None


def test_a_json_pattern_passes_over_what_is_no_json() -> None:
    matcher = compile_pattern("{ $.missing NOT EXISTS }")
    assert matcher is not None
    assert not matcher("plain words")
    assert not matcher("[1]")


@pytest.mark.parametrize(
    "pattern",
    ["{ $.a = 1", "{ }", "{ a = 1 }", "{ $.a ~ 1 }", "{ $.a > x }", "{ ($.a = 1 }", "{ $.a IS 3 }", "[a, b]", "%x%",
     '"open', "?a b", "?a -b", "{ $.a = 1 } }"],
)  # fmt: skip
def test_what_is_not_documented_is_refused(pattern: str) -> None:
    with pytest.raises(ApiError) as caught:
        compile_pattern(pattern)
    assert caught.value.code == "InvalidParameterException"


@given(st.text(max_size=60) | st.text(alphabet='{}$.[]"?-&|=<>!*() aN1', max_size=40), st.text(max_size=40))
def test_any_pattern_is_either_refused_or_answers(pattern: str, message: str) -> None:
    try:
        matcher = compile_pattern(pattern)
    except ApiError:
        return
    assert matcher is None or matcher(message) in (True, False)
