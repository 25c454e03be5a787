"""All faults at once: everything once, in order, and every state right. `python -m tests.chaos` runs for longer."""

import pytest

from tests.chaos import EVERYTHING, chaos


@pytest.mark.parametrize(("seed", "rate"), [(1, 60), (2, 60), (3, 500)])
async def test_every_fault_at_once_loses_nothing_repeats_nothing_and_leaves_every_state_right(
    seed: int, rate: int
) -> None:
    outcome = await chaos(seconds=3, rate=rate, seed=seed, faults=f"{EVERYTHING},ingest.scale=0.02", patience=40)
    assert outcome.is_well, outcome
    assert outcome.written > 200
