"""The logs of two real IKE daemons run through the model: the state is right after every burst.

`recorded.jsonl` holds 51 runs in AWS's wording: [run, seconds, message, the states in the order of the log, the states
once the burst was over], E N D R for established, negotiating, down, rekeying; rows of three say what was done.
"""

import json
from itertools import groupby
from pathlib import Path

import pytest

from tests.factories import ike, tunnel_of
from tui.domain.events import Phase, RawEvent

RUNS = {
    name: [row[1:] for row in rows]
    for name, rows in groupby(
        map(json.loads, Path(__file__).with_name("recorded.jsonl").read_text().splitlines()), key=lambda row: row[0]
    )
}
LETTERS = {Phase.ESTABLISHED: "E", Phase.NEGOTIATING: "N", Phase.DOWN: "D", Phase.REKEYING: "R", Phase.UNKNOWN: "?"}


def events_of(run: str, *, settled: bool, seconds: bool = False) -> list[RawEvent]:
    """The run as events; with `seconds`, stamped in whole seconds as AWS's records are."""
    rows = [row for row in RUNS[run] if len(row) == 4]
    return [
        ike(message, (late if settled else early), at=int(t) if seconds else t, rank=index, ingested=int(t) + 1)
        for index, (t, message, early, late) in enumerate(rows)
    ]


def is_lost(letters: str) -> bool:
    return "D" in letters or "N" in letters


@pytest.mark.parametrize("run", RUNS)
def test_the_state_at_the_end_of_a_run_is_the_settled_one(run: str) -> None:
    last = [row for row in RUNS[run] if len(row) == 4][-1][3]
    for seconds in (False, True):
        state = tunnel_of(events_of(run, settled=False, seconds=seconds)).state
        assert is_lost(LETTERS[state.phase1.value] + LETTERS[state.phase2.value]) == is_lost(last)


@pytest.mark.parametrize("run", [run for run in RUNS if run.startswith(("01", "02", "07_ts_narrow", "12"))])
def test_a_harmless_run_never_falls(run: str) -> None:
    for settled in (False, True):
        for seconds in (False, True):
            state = tunnel_of(events_of(run, settled=settled, seconds=seconds)).state
            assert state.falls == ()


@pytest.mark.parametrize("run", RUNS)
def test_both_orders_of_state_and_line_count_the_same_falls(run: str) -> None:
    early = tunnel_of(events_of(run, settled=False)).state
    late = tunnel_of(events_of(run, settled=True)).state
    assert len(early.falls) == len(late.falls)
