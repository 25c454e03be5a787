"""What a run has used of AWS: minutes of Live Tail, which are billed, and calls by action."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """`live_seconds`: how long Live Tail sessions were open, all of them added up; `sessions`: how many are open now.

    `calls`: how often each action was called, by its IAM name, failed calls too.
    `queries` of Logs Insights scanned so many bytes, which cost about `usd` US dollars.
    """

    live_seconds: int = 0
    sessions: int = 0
    calls: tuple[tuple[str, int], ...] = ()
    queries: int = 0
    scanned: int = 0
    usd: float = 0.0


def total(usages: Iterable[Usage]) -> Usage:
    """Return the usage of several feeds together."""
    used = list(usages)
    calls: Counter[str] = Counter()
    for usage in used:
        calls.update(dict(usage.calls))
    return Usage(
        sum(usage.live_seconds for usage in used),
        sum(usage.sessions for usage in used),
        tuple(sorted(calls.items())),
        sum(usage.queries for usage in used),
        sum(usage.scanned for usage in used),
        sum(usage.usd for usage in used),
    )
