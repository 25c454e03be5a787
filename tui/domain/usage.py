"""What a run has used of AWS: minutes of Live Tail, which are billed, and calls by action."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """The AWS usage of a run.

    `live_seconds` is the total time of open Live Tail sessions; `sessions` is how many are open now. `calls` counts
    each action by its IAM name, including failed calls. The `queries` of Logs Insights `scanned` that many bytes, at
    about `usd` US dollars.
    """

    live_seconds: int = 0
    sessions: int = 0
    calls: tuple[tuple[str, int], ...] = ()
    queries: int = 0
    scanned: int = 0
    usd: float = 0.0


def total(usages: Iterable[Usage]) -> Usage:
    """Return the combined usage of several feeds."""
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
