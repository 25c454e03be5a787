"""Intervals, limits and timeouts of the feed in one dataclass, so that tests can shrink them."""

from dataclasses import dataclass, replace

from tui.feed.tail.record.windows import MOST_WINDOWS


@dataclass(frozen=True, slots=True)
class Timing:
    """All values are seconds, except the rates, the pages, the events and the windows."""

    calls_per_second: float = 2.5
    """FilterLogEvents calls: half of the lowest quota of any region, because the whole account shares it."""
    burst: float = 10.0
    """Calls above that rate after a rest, so that the first states appear early."""
    calls_in_a_second: int = 4
    """FilterLogEvents calls in any second of a watch: the lowest quota less one, because botocore may repeat a call."""
    lookups_per_second: float = 10.0
    lookup_burst: float = 10.0
    """The same for DescribeLogStreams and GetLogEvents, whose quotas are ten calls a second and more."""
    details_per_second: float = 10.0
    details_burst: float = 50.0
    """Calls to EC2 about single tunnels: half of what its documentation names for an action that changes nothing, 20 a
    second and 100 at once, because the whole account shares it."""
    throttle_pause_min: float = 0.4
    throttle_pause_max: float = 15.0
    """How long all calls pause after AWS throttled one; the pause grows with each one in a row."""

    first_look_within: float = 5.0
    """How long the newest events may take at the start, before everything is read in its order."""
    first_states_pause: float = 0.1
    """How long nothing is loaded after that, which would hold up the drawing of the first states."""
    deep_read_every: float = 45.0
    deep_overlap: float = 300.0
    """How far a deep read goes back before the last one, because events come in late."""
    busy_rate: float = 100.0
    """Events a second from which on a group is read in the way of the next three: a deep read repeats every event, five
    minutes of 1,000 a second are 80 MB, and what Live Tail showed is kept as text until a read confirms it."""
    busy_read_every: float = 30.0
    busy_deep_read_every: float = 120.0
    busy_deep_overlap: float = 90.0
    late_read_every: float = 600.0
    """Interval between reads for events that came in later than that."""
    late_limit: float = 3_600.0
    """How late an event may come in and still be found, if what came meanwhile is not too much to remember."""
    quick_overlap: float = 15.0
    """How far a quick read goes back before the last one. Quick reads fill gaps at once, and poll."""
    poll_every: float = 5.0
    """Interval between quick reads of a group that has no live session."""
    filtered_read_every: float = 15.0
    """Interval between quick reads of a group whose live sessions leave out routine lines: that a tunnel lives is known
    as of the last one."""
    least_gap: float = 1.0
    """Interval between the starts of any two reads of one group."""
    empty_pages: int = 250
    """Pages in a row without news at which a read stops; the next read goes twice as far.

    In a busy group of which few streams are watched, dozens of pages in a row can be empty with events after them. On
    some servers the page tokens never end, which must not hold up the start: 250 pages take 100 s of calls.
    """
    most_remembered: int = 60_000
    """Events remembered for late ones, of all groups: 4 MB where many share a second, as in IKE logs, else 10 MB."""
    windows: int = MOST_WINDOWS
    """Parts of the look-back that are read at once. Each has a page in memory, so several sites together have fewer."""
    read_retry_min: float = 1.0
    """First pause before a failed read of a group is repeated."""

    call_deadline: float = 20.0
    """Longest time for a whole call to AWS, after which it is abandoned and made again on a new connection."""

    discover_every: float = 60.0
    details_every: float = 300.0
    """Interval between questions to EC2 about one tunnel, unless its telemetry changes."""
    trail_per_second: float = 1.0
    """Calls of LookupEvents: half of what CloudTrail allows an account in a region."""
    trail_look_every: float = 3.0
    """Interval between looks at whether something happened that CloudTrail is to be asked about."""

    live_starts_per_second: float = 2.5
    live_starts_burst: float = 2.0
    """StartLiveTail calls: half of the quota, because the whole account shares it."""
    live_gather: float = 1.0
    """How long a site waits for others with which it may share a live session."""
    rotate_after: float = 2 * 3600 + 50 * 60
    """How long a live session is kept: AWS ends it after three hours."""
    live_again_every: float = 120.0
    """Pause before Live Tail is tried again after it was refused."""
    heartbeat_gap: float = 3.0
    """Updates come every second; events may have been missed in a longer gap."""
    session_silence_limit: float = 15.0
    """A session that sends nothing for so long is given up."""

    session_full: float = 500.0
    """Events a second that a live session shows; of more AWS sends a sample (StartLiveTail, API reference)."""
    session_load: float = 350.0
    """Events a second to plan for in a session: the seconds are not alike."""
    load_span: float = 30.0
    """The load is an average over one to two of these."""
    review_every: float = 5.0
    """Interval between looks at the load of the sessions."""
    sampled_within: float = 10.0
    """Time in which several updates must be sampled for that to count as a load."""
    calm_after: float = 300.0
    """How long fewer sessions would have done before there are fewer; longer each time that more were needed again."""

    retry_min: float = 0.2
    """First pause before a live session is opened again."""
    access_retry_min: float = 1.0
    """First pause before a new connection to AWS is made after access was lost."""
    retry_max: float = 30.0
    """Longest pause between two tries of anything that failed."""
    tick: float = 1.0
    """Interval between looks at the clocks, which show that the machine was suspended."""


def timing_of_one_read() -> Timing:
    """Return the timing of a command that reads once and ends, which may make its whole burst of calls in one second.

    It exceeds the quota at most for this second. Where AWS then limits a call, that is repeated; where it does not, the
    command is a second or two sooner at its end.
    """
    usual = Timing()
    return replace(usual, calls_in_a_second=round(usual.burst))
