"""The verdict on a connection and the state of a tunnel as symbol, words and tone, for the screen and for print."""

from tui.content.board.rows import ConnectionRow, TunnelRow
from tui.content.layout.symbols import HEALTH, VERDICT
from tui.content.layout.tones import Tone
from tui.domain.judgement.verdict import Verdict
from tui.domain.state.tunnel_state import Health
from tui.domain.times import age


def verdict_words(row: ConnectionRow) -> tuple[str, str, Tone]:
    """Return a connection's verdict: how many of its tunnels carry traffic, and remarks on the others."""
    symbol, word, tone = VERDICT[row.verdict]
    if not row.total:
        return symbol, "no tunnels", tone
    if row.verdict is Verdict.UNKNOWN:
        return symbol, word, tone
    if row.unrouted and not row.left_out and not row.unknown:
        symbol, _, tone = VERDICT[Verdict.AT_RISK]
        into = "" if row.unrouted == row.total else f" into {row.unrouted}"
        return symbol, f"{row.carrying}/{row.total} up, nothing routed{into}", tone
    if row.verdict is Verdict.REDUNDANT:
        if row.unsteady:
            symbol, _, tone = VERDICT[Verdict.AT_RISK]
            quiet = sum(1 for tunnel in row.tunnels if tunnel.silent_since is not None)
            if quiet == row.unsteady:
                return symbol, f"{row.carrying}/{row.total} {word}, {quiet} quiet", tone
            return symbol, f"{row.carrying}/{row.total} carry, {row.unsteady} at risk", tone
        return symbol, f"{row.carrying}/{row.total} {word}", tone
    text = f"{row.carrying}/{row.total} carry"
    if row.up_without_bgp:
        text += f", BGP down on {row.up_without_bgp}"
    if row.unknown:
        text += f", {row.unknown} unknown"
    if row.left_out:
        # Unwatched tunnels are unknown, so redundancy is not mentioned.
        if row.carrying == row.total:
            symbol, _, tone = HEALTH[Health.UP]
        return symbol, f"{text}, {row.left_out} not watched", tone
    # If the others are unknown, not down, the connection may well be redundant.
    is_short = row.carrying + row.unknown < row.total or row.total == 1
    names_it = row.verdict is Verdict.AT_RISK and is_short and not row.up_without_bgp
    return symbol, f"{text}, {word}" if names_it else text, tone


def state_words(row: TunnelRow, now: int | None = None) -> tuple[str, str, Tone]:
    """Return a tunnel's state as on the board; with `now` (ms), also how long a quiet one has been silent."""
    if row.silent_since is not None and row.is_quiet:
        lasting = "" if now is None else f" {age(now - row.silent_since)}"
        return VERDICT[Verdict.AT_RISK][0], f"quiet{lasting}", Tone.WARNING
    symbol, word, tone = condition_words(row.health, row.carries)
    return symbol, word, Tone.QUIET if row.doubt is not None and tone is Tone.GOOD else tone


def condition_words(health: Health, carries: bool | None) -> tuple[str, str, Tone]:
    """Return a tunnel's state: "no BGP" instead of "up" if BGP is down, and a mark if only EC2 knows it."""
    if health is Health.UP and carries is False:
        return VERDICT[Verdict.AT_RISK][0], "no BGP", Tone.ERROR
    if health is not Health.UNKNOWN or carries is None:
        return HEALTH[health]
    symbol, word, tone = HEALTH[Health.UP if carries else Health.DOWN]
    return symbol, f"{word} by EC2", tone
