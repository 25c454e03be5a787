"""The facts of a tunnel from its logs, BGP and EC2, and where they differ."""

from tui.content.layout.blocks import Block, pairs
from tui.content.tunnel.bgp_facts import bgp_blocks
from tui.content.tunnel.ec2_facts import ec2_blocks, parameter_blocks
from tui.content.tunnel.rekeys import rekey_blocks
from tui.content.tunnel.snapshot import TunnelSnapshot
from tui.content.tunnel.sources import source_blocks
from tui.content.wording import ON_OR_OFF, Moment


def facts_blocks(subject: TunnelSnapshot, *, moment: Moment) -> tuple[Block, ...]:
    """Return the facts of a tunnel, each group under its heading."""
    state = subject.state
    log = [
        ("phase 1", state.phase1.value.value),
        ("phase 2", state.phase2.value.value),
        ("DPD", ON_OR_OFF[state.dpd_enabled]),
        ("NAT-T", {True: "detected", False: "no", None: ""}[state.nat_t_detected]),
        ("unknown messages", str(subject.unknown) if subject.unknown else ""),
    ]
    return (
        *source_blocks(subject, moment=moment),
        *pairs("The log", log),
        *rekey_blocks(subject, moment=moment),
        *bgp_blocks(subject, moment=moment),
        *parameter_blocks(subject),
        *ec2_blocks(subject, moment=moment),
    )
