"""The file of the catalogue: read completely, and refused with file, rule and reason."""

from importlib import resources

import pytest

from tests.domain.catalogues import rule_text
from tui.domain.knowledge.catalogue_file import load, read
from tui.domain.knowledge.schema import SchemaError


def test_catalogue_is_read_from_text() -> None:
    rule = read(rule_text()).match("hello world")
    assert rule is not None
    assert rule.title == "A greeting"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[rule]", "not TOML"),
        ("[rules]", "unknown `rules`"),
        ("rule = [1]", "rule 1: expected a table"),
        (rule_text() + rule_text(), "rule 'one': the id is used twice"),
        (rule_text(without="say"), "rule 'one': missing `say`"),
        (rule_text(without="id"), "rule 1: missing `id`"),
        (rule_text(maening='"typo"'), "rule 'one': unknown `maening`"),
        (rule_text(match="'hello ('"), "rule 'one': `match`: does not compile"),
        (rule_text(examples="[]"), "rule 'one': `examples` is empty"),
        (rule_text(examples='"hello"'), "rule 'one': `examples` must be a list"),
        (rule_text(severity='"bad"'), "rule 'one': unknown severity 'bad'; known: ok, info, warning, error"),
        (rule_text(log='"tcp"'), "rule 'one': unknown log 'tcp'"),
        (rule_text(wording='"heard"'), "rule 'one': unknown wording 'heard'; known: documented, seen, guessed, ours"),
        (rule_text(topics='["coffee"]'), "rule 'one': `topics`: Unknown topic 'coffee'; known: ike, "),
        (rule_text(title="7"), "rule 'one': `title` must be a text"),
        (rule_text(title='" "'), "rule 'one': `title` must be a text"),
        (rule_text(when="7"), "rule 'one': `when` must be a list"),
        (
            rule_text(more='[[rule.when]]\nphase2 = ["up"]\nbrief = "x"'),
            "rule 'one': when 1: unknown phase2 'up'",
        ),
        (
            rule_text(more='[[rule.when]]\nphase2 = ["unknown"]\nbrief = "x"'),
            "rule 'one': when 1: unknown phase 'unknown'",
        ),
        (
            rule_text(more='[[rule.when]]\nphase3 = ["down"]\nbrief = "x"'),
            "rule 'one': when 1: unknown `phase3`",
        ),
        (rule_text(more='[[rule.when]]\nbrief = "x"'), "rule 'one': when 1: a `when` needs phase1 or phase2"),
        (
            rule_text(more='[[rule.when]]\nphase1 = ["down"]'),
            "rule 'one': when 1: a `when` needs phase1 or phase2",
        ),
    ],
)
def test_faulty_catalogue_is_refused_with_file_rule_and_reason(text: str, reason: str) -> None:
    with pytest.raises(SchemaError) as raised:
        read(text, file="mine.toml")
    assert str(raised.value).startswith("mine.toml: ")
    assert reason in str(raised.value)


def test_shipped_catalogue_is_read_once() -> None:
    assert load() is load()
    assert (
        read((resources.files("tui.domain.knowledge") / "messages.toml").read_text(encoding="utf-8")).rules.keys()
        == load().rules.keys()
    )
