"""The table of the benchmarks shows the result, the target, and whether that is met."""

import json

import pytest

from tests.bench.table import Figure, Report, Table


@pytest.mark.parametrize(
    ("figure", "met", "cells"),
    [
        (Figure("feed", "ratio", 0.554, "×", at_most=0.6, note="1.02 s"), True, "0.55 × (1.02 s) | ≤ 0.60 × | yes"),
        (Figure("feed", "ratio", 0.61, "×", at_most=0.6), False, "0.61 × | ≤ 0.60 × | **no**"),
        (Figure("diagnosing", "rate", 123_456.7, "events/s", at_least=100_000), True, "123,457 events/s | ≥ 100,000"),
        (Figure("feed", "ratio", "not measured"), None, "not measured |  |  |"),
        (Figure("feed", "calls", 14), None, "14 |  |  |"),
    ],
    ids=lambda case: "",
)
def test_a_figure_is_held_against_its_target(figure: Figure, met: bool | None, cells: str) -> None:
    assert figure.is_met is met
    assert cells in figure.row


def test_the_table_can_be_read_by_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(as_json=True)
    Report("feed", table.add)("ratio", 0.7, "×", at_most=0.6)
    table.close()
    printed = json.loads(capsys.readouterr().out)
    assert [(each["part"], each["found"], each["at_most"], each["met"]) for each in printed["figures"]] == [
        ("feed", 0.7, 0.6, False)
    ]
    assert "cores" in printed["machine"]
