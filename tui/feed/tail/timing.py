"""How often, how far back, how patiently: every interval of the feed in one value, for tests to make small."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds, but for the two rates and the pages."""

    calls_per_second: float = 2.5
    """FilterLogEvents: half of the lowest quota of any region, which the whole account shares."""
    burst: float = 10.0
    """So many calls at once after a rest, that the first states are not held up."""

    deep_read_every: float = 45.0
    """Between two deep reads of the record."""
    deep_overlap: float = 300.0
    """How far a deep read goes back before the last one: events come in late."""
    late_read_every: float = 600.0
    """Between two looks for what came in later than that."""
    late_limit: float = 3_600.0
    """How late it may have come in, where what came meanwhile is not too much to remember."""
    quick_overlap: float = 15.0
    """How far a quick read goes back, which fills a hole at once or polls."""
    poll_every: float = 5.0
    """Between two quick reads where nothing comes live."""
    least_gap: float = 1.0
    """Between the starts of any two reads of one group."""
    empty_pages: int = 250
    """So many pages in a row without news, and the read is put off; the next one is twice as patient.

    A busy group of which few streams are wanted has dozens of empty pages in a row, and events after them; some
    servers' tokens never end, and must not hold up the start. This many take 100 s of the budget of calls.
    """
    discover_every: float = 60.0
    details_every: float = 300.0
    """Between two questions to EC2 about one tunnel, unless its telemetry changes."""
    rotate_after: float = 2 * 3600 + 50 * 60
    """How long a live session is kept: AWS ends it at three hours."""
    live_again_every: float = 120.0
    """Between two tries of Live Tail once it was refused."""
    heartbeat_gap: float = 3.0
    """Updates come each second; a longer gap may have swallowed some."""
    session_silence_limit: float = 15.0
    """A session that is silent for so long is given up."""
    retry_soonest: float = 0.2
    retry_latest: float = 30.0
    tick: float = 1.0
    """Between two looks at the clocks, which tell of a suspended machine."""
