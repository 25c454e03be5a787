"""The verdict on a connection: whether it would survive the loss of a tunnel."""

from collections.abc import Iterable
from enum import StrEnum

from tui.domain.judgement.judgement import Judgement, judge
from tui.domain.state.connection import Connection


class Verdict(StrEnum):
    """Whether a connection would survive the loss of a tunnel."""

    REDUNDANT = "redundant"
    AT_RISK = "at_risk"
    DOWN = "down"
    UNKNOWN = "unknown"


def verdict(connection: Connection, *, now: int) -> Verdict:
    """Return whether every tunnel of the connection carries traffic, some do, none does, or nothing is known."""
    return verdict_of([judge(tunnel, connection, now=now) for tunnel in connection.tunnels])


def verdict_of(judgements: Iterable[Judgement]) -> Verdict:
    """Return the verdict on a connection with these tunnels."""
    carries = [judgement.carries for judgement in judgements]
    if all(value is None for value in carries):
        return Verdict.UNKNOWN
    if not any(carries):
        return Verdict.DOWN
    # A connection has two tunnels: a single one, known only by its stream, does not prove redundancy.
    return Verdict.REDUNDANT if all(carries) and len(carries) > 1 else Verdict.AT_RISK
