"""Each incident is judged as an engineer would judge it, and gets the cause that its facts allow."""

import pytest

from tests.incidents import INCIDENTS
from tests.incidents.scoring import cause_faults, judgement_faults


@pytest.mark.parametrize("name", INCIDENTS)
def test_what_carries_is_right(name: str) -> None:
    assert judgement_faults(INCIDENTS[name]) == []


@pytest.mark.parametrize("name", INCIDENTS)
def test_the_cause_is_right(name: str) -> None:
    assert cause_faults(INCIDENTS[name]) == []
