"""What stands where there is nothing to show yet: why, and what to do."""

from tui.content.blocks import GAP, Block
from tui.content.cells import count
from tui.content.tones import Tone
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.fleet import Tunnel


def board_blocks(feed: FeedState, *, caught_up: bool, hidden: int, text: str) -> tuple[Block, ...]:
    """Return what the empty board says."""
    if hidden and text:
        told = f"None of {count(hidden, 'tunnel')} fits “{text}”; esc drops the filter."
        return (GAP, Block(told, Tone.QUIET))
    if hidden:
        told = f"Nothing is in trouble among {count(hidden, 'tunnel')}; ! shows them."
        return (GAP, Block(told, Tone.GOOD, lead="● ", lead_tone=Tone.GOOD))
    if feed.mode is FeedMode.OFFLINE:
        return (
            GAP,
            Block("No tunnel is known yet: the feed is offline.", Tone.STRONG),
            Block("It goes on trying and takes up by itself when the trouble ends.", Tone.QUIET),
        )
    if not caught_up:
        return (GAP, Block("Reading the look-back…", Tone.QUIET))
    return (
        GAP,
        Block("No VPN tunnels were found.", Tone.STRONG),
        Block("Check the region, the profile and the selector; --log-group NAME reads a log group without asking EC2."),
    )


def log_blocks(
    tunnel: Tunnel | None, *, caught_up: bool, is_filtered: bool, everywhere: bool = False, is_unread: bool = False
) -> tuple[Block, ...]:
    """Return what stands in the place of messages."""
    if tunnel is None:
        return ()
    if is_filtered:
        return (Block("No message fits the filter; esc drops it.", Tone.QUIET),)
    if tunnel.facts is not None and tunnel.facts.ike_group is None and not everywhere:
        return _logging_is_off(tunnel)
    if not caught_up:
        return (Block("Reading the look-back…", Tone.QUIET),)
    if is_unread:
        return (Block("This tunnel's log may not be read; what Live Tail brings from now on appears here."),)
    if everywhere:
        return (Block("Nothing changed and nothing went wrong within the look-back.", Tone.QUIET),)
    return (
        Block("No log lines yet within the look-back."),
        Block(
            "Silence is not down: without NAT a healthy tunnel can log nothing for minutes. "
            "--since 8h looks further back.",
            Tone.QUIET,
        ),
    )


def _logging_is_off(tunnel: Tunnel) -> tuple[Block, ...]:
    return (
        Block("Logging is off for this tunnel, so nothing is known of it but EC2's status.", Tone.STRONG),
        Block(
            "Turning it on interrupts the tunnel. Do one tunnel, see it back up, then the other:",
            Tone.WARNING,
        ),
        Block(
            f"aws ec2 modify-vpn-tunnel-options --vpn-connection-id {tunnel.connection} "
            f"--vpn-tunnel-outside-ip-address {tunnel.outside_ip} --tunnel-options "
            "'LogOptions={CloudWatchLogOptions={LogEnabled=true,LogGroupArn=<arn of /aws/vendedlogs/…>,"
            "LogOutputFormat=json}}'",
        ),
    )
