"""The file of bursts: each mistake is one clear error, with the file and the burst."""

import pytest

from tui.demo.scenarios.bursts import read
from tui.domain.knowledge.schema import SchemaError


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[up", "mine.toml: not TOML"),
        ("up = 1", "mine.toml: up: expected a table"),
        ("[up]\nikke = []", "mine.toml: up: unknown `ikke`"),
        ('[up]\nike = ["e/e hello"]', "mine.toml: up: ike 1: `ike`: cannot read 'e/e hello'"),
        ('[up]\nike = "e/e | hello"', "mine.toml: up: `ike` must be a list"),
        ('[up]\nbgp = ["ADVERTISED | no prefix"]', "mine.toml: up: bgp 1: `bgp`: cannot read"),
        ("[up]\nbgp = [7]", "mine.toml: up: bgp 1: `bgp`: expected string"),
        ('[up]\nsettled = "e"', "mine.toml: up: `settled`: 'e' is not the states of two phases"),
        ('[up]\nsettled = "e/x"', "mine.toml: up: `settled`: 'e/x' is not the states of two phases"),
        ('[up]\nsession = "yes"', "mine.toml: up: `session` must be true or false"),
    ],
)
def test_faulty_bursts_are_refused_with_file_burst_and_reason(text: str, reason: str) -> None:
    with pytest.raises(SchemaError) as raised:
        read(text, file="mine.toml")
    assert str(raised.value).startswith(reason)
