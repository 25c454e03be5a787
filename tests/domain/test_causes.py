"""The file of causes: read completely, each mistake reported, and completed from the rules."""

from importlib import resources

import pytest

from tui.domain.diagnosis.causes import cause, codes, read
from tui.domain.knowledge.catalogue_file import load
from tui.domain.knowledge.schema import SchemaError

LOST = """
[lost]
title = "Lost to {tunnel}"
brief = "lost"
say = "Lost {count} times."
severity = "error"
"""


def test_a_variant_says_only_what_is_different() -> None:
    causes = read(LOST + '[lost.again]\nbrief = "lost again"', catalogue=load())
    assert causes["lost", "again"].brief == "lost again"
    assert causes["lost", "again"].say == causes["lost", ""].say


def test_a_variant_without_words_of_its_own_has_those_of_its_code() -> None:
    assert cause("psk_mismatch", "unheard", catalogue=load()) is cause("psk_mismatch", catalogue=load())


def test_a_cause_has_the_checks_of_its_rule_unless_it_gives_its_own() -> None:
    rule = load().rules["psk_mismatch"]
    lost = read(LOST + 'rule = "psk_mismatch"\ncheck_cgw = ["look"]', catalogue=load())["lost", ""]
    assert (lost.check_aws, lost.topics, lost.check_cgw) == (rule.check_aws, rule.topics, ("look",))


def test_the_first_wording_that_the_file_has_is_taken() -> None:
    shipped = load()
    special = cause("bgp_asn_mismatch", "as_trans", "told", catalogue=shipped)
    assert special is not cause("bgp_asn_mismatch", "", "told", catalogue=shipped)
    assert cause("bgp_asn_mismatch", "", "told", catalogue=shipped) is cause(
        "bgp_asn_mismatch", "unheard", "told", catalogue=shipped
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[lost", "mine.toml: not TOML"),
        ("lost = 1", "mine.toml: lost: expected a table"),
        (LOST.replace("say", "sey"), "mine.toml: lost: unknown `sey`"),
        (LOST.replace("say", "# "), "mine.toml: lost: missing `say`"),
        (LOST.replace('"error"', '"bad"'), "mine.toml: lost: unknown severity 'bad'; known: ok, info, warning, error"),
        (LOST.replace('"lost"', "7"), "mine.toml: lost: `brief` must be a text"),
        (LOST + 'about_the_path = "yes"', "mine.toml: lost: `about_the_path` must be true or false"),
        (LOST + 'likely = "bad luck"', "mine.toml: lost: `likely` must be a list"),
        (LOST + 'topics = ["coffee"]', "mine.toml: lost: `topics`: Unknown topic 'coffee'"),
        (LOST + 'rule = "no_such_rule"', "mine.toml: lost: no rule of the catalogue is called 'no_such_rule'"),
        (LOST + '[lost.again]\nbreif = "typo"', "mine.toml: lost.again: unknown `breif`"),
    ],
)
def test_faulty_causes_are_refused_with_file_cause_and_reason(text: str, reason: str) -> None:
    with pytest.raises(SchemaError) as raised:
        read(text, catalogue=load(), file="mine.toml")
    assert reason in str(raised.value)


def test_shipped_causes_are_whole() -> None:
    text = (resources.files("tui.domain.diagnosis") / "causes.toml").read_text(encoding="utf-8")
    assert {code for code, _ in read(text, catalogue=load())} == set(codes(load()))


def test_what_an_up_sibling_tells_is_said_of_the_causes_that_concern_the_path() -> None:
    shipped = [cause(code, catalogue=load()) for code in codes(load())]
    assert {each.code for each in shipped if each.sibling_up} == {each.code for each in shipped if each.about_the_path}
