"""Intervals, limits and timeouts of the feed in one dataclass, so that tests can shrink them."""

from dataclasses import dataclass, replace

from tui.feed.tail.record.windows import MOST_WINDOWS


@dataclass(frozen=True, slots=True)
class Timing:
    """All values are seconds, except rates, pages, events and windows."""

    calls_per_second: float = 2.5
    """FilterLogEvents calls: half of the lowest quota of any region, because the whole account shares it."""
    burst: float = 10.0
    """Calls above that rate after a rest, so that the first states appear early."""
    calls_in_a_second: int = 4
    """FilterLogEvents calls in any second of a watch: the lowest quota minus one, since botocore may repeat a call."""
    lookups_per_second: float = 10.0
    lookup_burst: float = 10.0
    """The same for DescribeLogStreams and GetLogEvents, whose quotas are ten calls a second or more."""
    details_per_second: float = 10.0
    details_burst: float = 50.0
    """Calls to EC2 about single tunnels: half of the documented limit for non-mutating actions, 20 a second and 100 at
    once, because the whole account shares it.
    """
    throttle_pause_min: float = 0.4
    throttle_pause_max: float = 15.0
    """How long all calls pause after AWS throttled one; the pause grows with each consecutive one."""

    first_look_within: float = 5.0
    """How long the newest events may take at the start, before everything is read in order."""
    first_states_pause: float = 0.1
    """How long nothing is loaded afterwards, since loading would delay drawing the first states."""
    deep_read_every: float = 45.0
    deep_overlap: float = 300.0
    """How far a deep read goes back before the last one, because events arrive late."""
    busy_rate: float = 100.0
    """The events per second from which a group is read with the next three values: a deep read repeats every event,
    five minutes of 1,000 a second are 80 MB, and what Live Tail showed is kept as text until a read confirms it.
    """
    busy_read_every: float = 30.0
    busy_deep_read_every: float = 120.0
    busy_deep_overlap: float = 90.0
    late_read_every: float = 600.0
    """The interval between reads for events that arrived later than that."""
    late_limit: float = 3_600.0
    """How late an event may arrive and still be found, unless too much arrived meanwhile to remember."""
    quick_overlap: float = 15.0
    """How far a quick read goes back before the last one. Quick reads fill gaps at once, and poll."""
    poll_every: float = 5.0
    """The interval between quick reads of a group without a live session."""
    filtered_read_every: float = 15.0
    """The interval between quick reads of a group whose live sessions leave out routine lines: a tunnel's sign of life
    is as fresh as the last one.
    """
    least_gap: float = 1.0
    """The minimum interval between the starts of two reads of one group."""
    empty_pages: int = 250
    """The consecutive pages without news after which a read stops; the next read goes twice as far.

    In a busy group with few watched streams, dozens of consecutive pages can be empty with events after them. On some
    servers page tokens never end, which must not delay the start: 250 pages take 100 s of calls.
    """
    most_remembered: int = 60_000
    """The events remembered to recognise late ones, over all groups: 4 MB if many share a second, as in IKE logs, else
    10 MB.
    """
    most_waiting: int = 2_500
    """The events of a source that may wait for a reader, 1.5 MB. Several sites share them: the events in flight while
    the look-backs are read determine the size of the heap from then on.
    """
    windows: int = MOST_WINDOWS
    """The parts of the look-back read concurrently. Each has a page in memory, so several sites have fewer each."""
    read_retry_min: float = 1.0
    """The first pause before a failed read of a group is repeated."""

    call_deadline: float = 20.0
    """The maximum time for a whole call to AWS, after which it is abandoned and repeated on a new connection."""

    discover_every: float = 60.0
    details_every: float = 300.0
    """The interval between calls to EC2 about one tunnel, unless its telemetry changes."""
    trail_per_second: float = 1.0
    """LookupEvents calls: half of what CloudTrail allows an account in a region."""
    trail_look_every: float = 3.0
    """The interval between checks for events about which CloudTrail should be asked."""

    live_starts_per_second: float = 2.5
    live_starts_burst: float = 2.0
    """StartLiveTail calls: half of the quota, because the whole account shares it."""
    live_gather: float = 1.0
    """How long a site waits for others with which it may share a live session."""
    rotate_after: float = 2 * 3600 + 50 * 60
    """How long a live session is kept: AWS ends it after three hours."""
    live_again_every: float = 120.0
    """The pause before Live Tail is retried after a refusal."""
    heartbeat_gap: float = 3.0
    """Updates arrive every second; during a longer gap, events may have been missed."""
    session_silence_limit: float = 15.0
    """A session silent for this long is abandoned."""

    session_full: float = 500.0
    """The events per second that a live session shows; beyond it AWS sends a sample (StartLiveTail, API reference)."""
    session_load: float = 350.0
    """The events per second planned for a session, since seconds differ."""
    load_span: float = 30.0
    """The load is averaged over one to two of these spans."""
    review_every: float = 5.0
    """The interval between reviews of the sessions' load."""
    sampled_within: float = 10.0
    """The time within which several updates must be sampled to count as a load."""
    calm_after: float = 300.0
    """How long fewer sessions must have sufficed before their number is reduced; longer each time that more were needed
    again.
    """

    retry_min: float = 0.2
    """The first pause before a live session is reopened."""
    access_retry_min: float = 1.0
    """The first pause before reconnecting to AWS after access was lost."""
    retry_max: float = 30.0
    """The longest pause between two attempts of anything that failed."""
    part_pause: float = 0.002
    """The pause between two parts of a page, 1,000 events each. A key press takes ten turns of the event loop, each of
    which would otherwise wait for a part of every site's page.
    """
    tick: float = 1.0
    """The interval between checks of the clocks, which show that the machine was suspended."""


def timing_of_one_read() -> Timing:
    """Return the timing of a command that reads once and ends, which may make its whole burst of calls in one second.

    It exceeds the quota for at most this second. If AWS then throttles a call, the call is repeated; otherwise the
    command finishes a second or two sooner.
    """
    usual = Timing()
    return replace(usual, calls_in_a_second=round(usual.burst), part_pause=0.0)
