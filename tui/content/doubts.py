"""The doubts about a judgement in words: the sources disagree, or the newest of them is old."""

from typing import Final

from tui.content.wording import EC2_STATUS, Moment
from tui.domain.judgement.doubt import Doubt, DoubtKind

SENTENCES: Final = {
    DoubtKind.EC2_NEWER: "EC2 says {ec2}{ec2_since}; the log says {log} and is silent{logged}, so EC2 counts.",
    DoubtKind.REPLACED: "AWS replaced its end{ec2_since}; the log says {log}, but is silent{logged}.",
    DoubtKind.EC2_BEHIND: "EC2 still says {ec2}; the log says {log} and is newer: EC2 is minutes behind.",
    DoubtKind.EC2_DIFFERS: "EC2 says {ec2}{ec2_since}, but the log says {log}; the log counts.",
    DoubtKind.LINE_AGAINST_STATE: (
        "A message announces the end of the tunnel, but the state fields of that record say established."
    ),
    DoubtKind.ALIVE_ALL_THE_SAME: "The log takes the tunnel for dead, but {witness} shows that it carries traffic.",
    DoubtKind.LOG_TOO_OLD: (
        "The log is silent{logged}: two rekeys of phase 2 should have been logged since, and no other source tells how "
        "the tunnel is now."
    ),
    DoubtKind.LOG_QUIET: (
        "The log is silent{logged}, longer than this tunnel usually is, and no other source tells how it is now."
    ),
    DoubtKind.LOG_OLD: "The log is silent{logged}, and no other source tells how the tunnel is now.",
}


def doubt_sentence(doubt: Doubt, *, moment: Moment) -> str:
    """Return one sentence on why a judgement may be wrong."""

    def since(at: int | None) -> str:
        return "" if at is None else f" since {moment(at)}"

    return SENTENCES[doubt.kind].format(
        ec2=_ec2(doubt),
        ec2_since=since(doubt.ec2_since),
        log={True: "up", False: "down", None: "nothing"}[doubt.log_says_up],
        logged=since(doubt.logged_at),
        witness="EC2" if doubt.ec2_says_up else "BGP",
    )


def _ec2(doubt: Doubt) -> str:
    word = EC2_STATUS[doubt.ec2_says_up is True]
    return f"{word} ({doubt.ec2_message})" if doubt.ec2_message else word
