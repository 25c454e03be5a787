"""What people reported in public, as logs: `reports.jsonl`, in the form of the incidents, with EC2 never asked.

`expect`: `state` is the health and `diagnosis` the leading code, by tunnel where there are two; null for none, which a
note of severity info is. `diagnosis_any`: something has to be said; `diagnosis_not`: codes that would be wrong.
`says`: patterns, case-blind, somewhere in the diagnosis; `headline`: in its title or sentence; `says_not`: in neither.
"""

import re
from pathlib import Path
from typing import Any, Final

import pytest

from tests.incidents import NOW, Incident, read
from tui.domain.diagnosis.diagnose import Diagnosis, diagnose
from tui.domain.judgement.judgement import judge
from tui.domain.judgement.verdict import verdict
from tui.domain.knowledge.rule import Severity

REPORTS: Final = {report.id: report for report in read(Path(__file__).with_name("reports.jsonl"))}


def by_tunnel(report: Incident, name: str) -> dict[str, Any]:
    """What is expected of each tunnel that is asked about."""
    expected = report.expect.get(name, ...)
    if expected is ...:
        return {}
    return expected if isinstance(expected, dict) else {"a": expected}


def leading(report: Incident, key: str = "a") -> Diagnosis | None:
    fleet = report.fleet()
    found = diagnose(report.tunnel(fleet, key), now=NOW, catalogue=fleet.catalogue, connection=report.connection(fleet))
    return next(iter(found), None)


@pytest.mark.parametrize("name", REPORTS)
def test_the_state_is_right(name: str) -> None:
    report = REPORTS[name]
    fleet = report.fleet()
    connection = report.connection(fleet)
    for key, health in by_tunnel(report, "state").items():
        assert judge(report.tunnel(fleet, key), connection, now=NOW).health.value == health
    if "verdict_not" in report.expect:
        assert verdict(connection, now=NOW).value != report.expect["verdict_not"]


@pytest.mark.parametrize("name", REPORTS)
def test_the_cause_is_right(name: str) -> None:
    report = REPORTS[name]
    expected = report.expect
    for key, code in by_tunnel(report, "diagnosis").items():
        cause = leading(report, key)
        is_note = cause is not None and cause.severity is Severity.INFO
        assert (None if cause is None or (code is None and is_note) else cause.code) == code
    cause = leading(report)
    if expected.get("diagnosis_any"):
        assert cause is not None
    if cause is None:
        return
    assert cause.code not in expected.get("diagnosis_not", ())
    if "confidence" in expected:
        assert ("certain" if cause.certain else "likely") == expected["confidence"]
    words = cause.cause
    head = f"{words.title}\n{words.say}"
    all_of_it = "\n".join([head, words.brief, *words.likely, *words.check_aws, *words.check_cgw])
    assert [pattern for pattern in expected.get("says", ()) if not re.search(pattern, all_of_it, re.IGNORECASE)] == []
    assert [pattern for pattern in expected.get("headline", ()) if not re.search(pattern, head, re.IGNORECASE)] == []
    assert [pattern for pattern in expected.get("says_not", ()) if re.search(pattern, head, re.IGNORECASE)] == []
