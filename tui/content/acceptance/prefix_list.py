"""The list of expected prefixes as an editable text, made from what is announced now."""

from collections.abc import Iterable, Iterator, Sequence

from tui.content.layout.cells import harmless
from tui.domain.acceptance.expected_prefixes import normal
from tui.domain.judgement.judgement import is_dynamic
from tui.domain.state.connection import Connection
from tui.domain.state.tunnel import Tunnel
from tui.domain.times import iso


def prefix_list(connections: Iterable[Connection], *, now: int) -> tuple[str, int]:
    """Return the list and its number of prefixes. Tunnels that announce the same prefixes share a section."""
    sections = [_section(connection) for connection in connections]
    lines = [
        f"# Prefixes that are expected from the customer, as announced at {iso(now)}.",
        "# One per line; `[connection]` is for each of its tunnels, `[connection tunnel]` for one. Edit it, then:",
        "#   tunnelwatch accept --prefixes FILE",
        *(line for section, _ in sections for line in section),
    ]
    return "\n".join(lines) + "\n", sum(number for _, number in sections)


def _section(connection: Connection) -> tuple[list[str], int]:
    title = f"# {harmless(connection.name)}".rstrip(" #")
    if not any(is_dynamic(tunnel, connection) for tunnel in connection.tunnels):
        return ["", f"# {harmless(connection.label)} has no BGP."], 0
    announced = {tunnel: _announced(tunnel) for tunnel in connection.tunnels}
    lines = ["", *((title,) if title else ())]
    lines += [remark for tunnel in connection.tunnels for remark in _remarks(tunnel)]
    if len({*announced.values()}) == 1:
        prefixes = next(iter(announced.values()))
        return [*lines, f"[{connection.id}]", *prefixes], len(prefixes)
    for tunnel, prefixes in announced.items():
        lines += [f"[{connection.id} {tunnel.outside_ip}]", *prefixes]
    return lines, sum(map(len, announced.values()))


def _announced(tunnel: Tunnel) -> Sequence[str]:
    return tuple(sorted({normal(prefix) for prefix, _ in tunnel.state.bgp.prefixes}))


def _remarks(tunnel: Tunnel) -> Iterator[str]:
    established = tunnel.state.bgp.is_established
    if not established.value:
        yield f"# {tunnel.outside_ip}: BGP was not established."
    elif not established.seen:
        yield f"# {tunnel.outside_ip}: its session began before the look-back, so this may not be all: --since 3d."
    refused = tunnel.state.bgp.denied
    if refused:
        prefixes = ", ".join(harmless(denied.prefix) for denied in refused)
        yield f"# {tunnel.outside_ip}: AWS refused {prefixes}"
