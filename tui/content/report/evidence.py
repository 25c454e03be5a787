"""The evidence for the causes of outages: the lines of the log, once for each cause of a tunnel."""

from typing import NamedTuple

from tui.content.layout.cells import count
from tui.content.report.values import ConnectionReport
from tui.domain.diagnosis.diagnose import Diagnosis, Evidence


class CauseEvidence(NamedTuple):
    """A cause of some outages of a tunnel, in words, and the lines that prove it for the last of them."""

    title: str
    facts: tuple[Evidence, ...]


def evidence_of(connection: ConnectionReport) -> tuple[CauseEvidence, ...]:
    """Return the causes of a connection's outages with their evidence, in the order of the tunnels."""
    evidence: list[CauseEvidence] = []
    for tunnel in connection.tunnels:
        times: dict[str, int] = {}
        last: dict[str, Diagnosis] = {}
        for outage in tunnel.outages:
            if outage.diagnosis is not None and outage.diagnosis.evidence:
                code = outage.diagnosis.code
                times[code] = times.get(code, 0) + 1
                last[code] = outage.diagnosis
        for code, diagnosis in last.items():
            number = "" if times[code] == 1 else f" ({count(times[code], 'outage')}; lines of the last)"
            sure = "certain" if diagnosis.certain else "likely"
            evidence.append(
                CauseEvidence(
                    f"{tunnel.outside_ip}: {diagnosis.cause.title.rstrip('.')}, {sure}{number}", diagnosis.evidence
                )
            )
    return tuple(evidence)
