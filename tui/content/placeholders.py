"""Placeholder texts for empty panes: why there is nothing to show, and what to do about it."""

from tui.content.board.filter import BoardFilter
from tui.content.key_names import DEFAULT_KEYS, KeyNames
from tui.content.layout.blocks import GAP, Block
from tui.content.layout.cells import count
from tui.content.layout.symbols import STANDING
from tui.content.layout.tones import Tone
from tui.domain.feed_state import FeedMode, FeedState
from tui.domain.judgement.verdict import Verdict
from tui.domain.state.tunnel import Tunnel


def _look(keys: KeyNames) -> Block:
    return Block(f"{keys.doctor} looks for the reason at AWS, and prints the command that fixes it.", Tone.QUIET)


def board_blocks(
    feed: FeedState, *, caught_up: bool, hidden: int, wanted: BoardFilter, keys: KeyNames = DEFAULT_KEYS
) -> tuple[Block, ...]:
    """Return the text of an empty board."""
    if hidden and wanted.text:
        text = f"None of {count(hidden, 'tunnel')} matches “{wanted.text}”; {keys.back} removes the filter."
        return (GAP, Block(text, Tone.QUIET))
    if hidden and wanted.standing is not None:
        text = f"No connection is {STANDING[wanted.standing][1]} any more; {keys.back} shows all."
        return (GAP, Block(text, Tone.QUIET))
    if hidden:
        text = f"None of {count(hidden, 'tunnel')} is in trouble; {keys.problems} shows them all."
        return (GAP, Block(text, Tone.GOOD, lead="● ", lead_tone=Tone.GOOD))
    if feed.mode is FeedMode.OFFLINE:
        return (
            GAP,
            Block("No tunnel is known yet: the feed is offline.", Tone.STRONG),
            Block("It keeps retrying and resumes by itself.", Tone.QUIET),
        )
    if not caught_up:
        return (GAP, Block("Loading the look-back…", Tone.QUIET))
    return (
        GAP,
        Block("No VPN tunnels were found.", Tone.STRONG),
        Block("Check the region, the profile and the selector; --log-group NAME reads a log group without asking EC2."),
        _look(keys),
    )


def fold_blocks(standing: Verdict, *, keys: KeyNames = DEFAULT_KEYS) -> tuple[Block, ...]:
    """Return the text in place of messages and details while the cursor is on a fold."""
    text = {
        Verdict.REDUNDANT: "Each of these connections has all its tunnels up, and nothing is wrong with them.",
        Verdict.UNKNOWN: "It is not known whether these connections are redundant; there is no sign of trouble.",
    }[standing]
    return (
        Block(text, Tone.QUIET),
        Block(
            f"{keys.open} or → shows them below the line, ← folds them again; {keys.all} shows what happened on all.",
            Tone.QUIET,
        ),
    )


def log_blocks(
    tunnel: Tunnel | None,
    *,
    caught_up: bool,
    is_filtered: bool,
    everywhere: bool = False,
    is_unread: bool = False,
    only: str = "",
    keys: KeyNames = DEFAULT_KEYS,
) -> tuple[Block, ...]:
    """Return the text of an empty message list; the news may be `only` of some tunnels."""
    if tunnel is None and not everywhere:
        return ()
    if is_filtered:
        return (Block(f"No message matches the filter; {keys.back} removes it.", Tone.QUIET),)
    if tunnel is not None and tunnel.facts is not None and tunnel.facts.ike_group is None and not everywhere:
        return _logging_is_off(tunnel, keys)
    if not caught_up:
        return (Block("Loading the look-back…", Tone.QUIET),)
    if is_unread:
        return (Block("Reading this tunnel's log is denied; new messages from Live Tail appear here."),)
    if everywhere:
        if only:
            text = f"Nothing changed and nothing went wrong within the look-back on these tunnels ({only})."
            return (Block(f"{text} The others are not shown; {keys.back} shows all.", Tone.QUIET),)
        return (Block("Nothing changed and nothing went wrong within the look-back.", Tone.QUIET),)
    return (
        Block("No log lines in the look-back."),
        Block(
            "Silence is not down: without NAT a healthy tunnel can log nothing for minutes. "
            "--since 8h looks further back.",
            Tone.QUIET,
        ),
        _look(keys),
    )


def _logging_is_off(tunnel: Tunnel, keys: KeyNames) -> tuple[Block, ...]:
    return (
        Block("Logging is off for this tunnel, so only EC2's status is known.", Tone.STRONG),
        Block(
            "Turning it on interrupts the tunnel: do one tunnel, wait until it is up again, then do the other.",
            Tone.WARNING,
        ),
        Block(
            f"{keys.doctor} prints the command with this account's own log group, and whether delivery to it is "
            "allowed."
        ),
        Block(
            f"aws ec2 modify-vpn-tunnel-options --vpn-connection-id {tunnel.connection} "
            f"--vpn-tunnel-outside-ip-address {tunnel.outside_ip} --tunnel-options "
            "'LogOptions={CloudWatchLogOptions={LogEnabled=true,LogGroupArn=<arn of /aws/vendedlogs/…>,"
            "LogOutputFormat=json}}'",
        ),
    )
