"""What speaks against a judgement, in words: where the sources disagree, or the newest of them is old."""

from typing import Final

from tui.domain.judgement import Doubt, DoubtKind
from tui.domain.times import when

_SENTENCES: Final = {
    DoubtKind.EC2_NEWER: (
        "EC2 says {ec2} since {ec2_since}; the log says {log} and is silent since {logged}, so EC2 counts."
    ),
    DoubtKind.EC2_BEHIND: "EC2 still says {ec2}; the log says {log} and is newer: EC2 is minutes behind.",
    DoubtKind.EC2_DIFFERS: "EC2 says {ec2} since {ec2_since}, and the log says {log} (last record {logged}).",
    DoubtKind.LINE_AGAINST_STATE: (
        "A line of the log announces the end of the tunnel, but the state fields of that record say established."
    ),
    DoubtKind.ALIVE_ALL_THE_SAME: "The log takes the tunnel for dead, but {witness} shows that it carries traffic.",
    DoubtKind.LOG_OLD: "The log is silent since {logged}, and nothing else tells how the tunnel is now.",
}


def doubt_sentence(doubt: Doubt, *, now: int, utc: bool = True) -> str:
    """Return one sentence on why a judgement may be wrong; times are in UTC or in the machine's zone."""

    def moment(at: int | None) -> str:
        return "an unknown time" if at is None else when(at, now=now, utc=utc)

    return _SENTENCES[doubt.kind].format(
        ec2=_ec2(doubt),
        ec2_since=moment(doubt.ec2_since),
        log={True: "up", False: "down", None: "nothing"}[doubt.log_says_up],
        logged=moment(doubt.logged_at),
        witness="EC2" if doubt.ec2_says_up else "BGP",
    )


def _ec2(doubt: Doubt) -> str:
    word = "UP" if doubt.ec2_says_up else "DOWN"
    return f"{word} ({doubt.ec2_message})" if doubt.ec2_message else word
