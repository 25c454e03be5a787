"""Disagreements of the logs and EC2 about a tunnel: the resulting doubt, and the statement of each."""

from collections.abc import Iterable
from typing import Final

from tui.content.doubts import doubt_sentence
from tui.content.layout.blocks import Block, heading
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.content.wording import Moment, beginning, ec2_status_since, since
from tui.domain.inventory import Telemetry
from tui.domain.judgement.ec2_history import LAG
from tui.domain.state.bgp import Bgp
from tui.domain.state.tunnel_state import Health, State

_OPENING: Final = 2 * 60_000
"""BGP tries to connect at least once in this time, so its first record comes this soon after the tunnel is up."""


def source_blocks(subject: TunnelSnapshot, *, moment: Moment) -> tuple[Block, ...]:
    """Return the doubt and the statements of both sides; empty if the sources agree."""
    doubt = subject.judgement.doubt
    statements = ec2_beside_the_logs(subject, moment=moment)
    texts = [doubt_sentence(doubt, moment=moment)] if doubt else []
    if statements:
        texts.append(statements)
    if not texts:
        return ()
    return (*heading(_title(subject, is_about_ec2=bool(statements))), *map(Block, texts))


def ec2_beside_the_logs(subject: TunnelSnapshot, *, moment: Moment) -> str:
    """Return the statements of the logs and of EC2 if they differ; empty if they agree or one is missing."""
    telemetry = subject.facts.telemetry if subject.facts else None
    if telemetry is None or not _differ(subject, telemetry):
        return ""
    statements = [
        f"logs: {_ike(subject.state, moment)}",
        f"EC2: {ec2_status_since(telemetry, moment)}{', ' if telemetry.message else ''}{telemetry.message}",
        *([] if subject.is_static else _bgp(subject.state, moment)),
        *(["EC2 is minutes behind"] if _is_ec2_behind(subject, telemetry) else []),
    ]
    return "; ".join(statements)


def is_ec2_at_odds(subject: TunnelSnapshot) -> bool:
    """Return whether EC2's status differs from the logs for a reason other than that EC2 counts BGP."""
    telemetry = subject.facts.telemetry if subject.facts else None
    return telemetry is not None and _differ(subject, telemetry) and not _counts_bgp(subject, telemetry)


def _title(subject: TunnelSnapshot, *, is_about_ec2: bool) -> str:
    telemetry = subject.facts.telemetry if subject.facts else None
    if telemetry is not None and _counts_bgp(subject, telemetry):
        return "EC2 says DOWN because BGP is down"
    return "Logs and EC2 differ" if is_about_ec2 else "In doubt"


def _counts_bgp(subject: TunnelSnapshot, telemetry: Telemetry) -> bool:
    return subject.is_up_without_bgp and not telemetry.is_up


def _differ(subject: TunnelSnapshot, telemetry: Telemetry) -> bool:
    logged, carries = subject.state.health.value, subject.judgement.carries
    if logged is Health.UNKNOWN or carries is None:
        return False
    # EC2's single word DOWN can hide that IKE is up, while the log says "established" beside it.
    return telemetry.is_up is not carries or (logged is Health.UP) is not telemetry.is_up


def _is_ec2_behind(subject: TunnelSnapshot, telemetry: Telemetry) -> bool:
    judgement = subject.judgement
    is_recent = judgement.since is not None and judgement.since_exact and subject.known_until - judgement.since < LAG
    return telemetry.is_up is not judgement.carries and is_recent


def _ike(state: State, moment: Moment) -> str:
    # The time since the tunnel came up or went down: the phases themselves change with every rekey and every attempt.
    if state.health.value is Health.UP:
        return f"phase 2 established {beginning(state.is_up, moment)}".rstrip()
    number, phase = (2, state.phase2) if state.phase1.value.is_up else (1, state.phase1)
    return f"phase {number} {phase.value.value}, not up{since(state.is_up, moment)}"


def _bgp(state: State, moment: Moment) -> Iterable[str]:
    bgp = state.bgp
    if not state.is_up.value or bgp.session is None or bgp.is_up or bgp.is_established.at is None:
        return
    if _never_opened(state, bgp):
        yield "BGP never opened"
    else:
        yield f"BGP {bgp.session}, not up{since(bgp.is_established, moment)}"


def _never_opened(state: State, bgp: Bgp) -> bool:
    """Return whether BGP's first record follows the tunnel's beginning, and none reports an open session."""
    up_at, bgp_at = state.is_up, bgp.is_established
    if bgp_at.seen or not up_at.seen or up_at.at is None or bgp_at.at is None:
        return False
    return 0 <= bgp_at.at - up_at.at <= _OPENING
