"""Coverage-guided fuzzing of every input of text: `python -m tests.fuzz -max_total_time=20`.

Needs atheris (`pip install atheris`), unlike the ordinary tests, which check the same promises with hypothesis. A
failure prints the input and ends the run.
"""

import sys

import atheris

with atheris.instrument_imports(include=["tui"]):
    from tui.domain.events import Log, RawEvent
    from tui.domain.inventory import Inventory
    from tui.domain.knowledge.catalogue_file import load
    from tui.domain.reading.parse import LONGEST, locate, parse
    from tui.domain.reading.pasted import records
    from tui.domain.reading.streams import read_stream_name
    from tui.domain.state.fleet import Fleet
    from tui.feed.inventory.ec2_records import read_connection
    from tui.feed.inventory.selection import select
    from tui.headless.explain import Explainer, render_json, render_text

CATALOGUE = load()
EXPLAINER = Explainer(CATALOGUE)


def look_at(data: bytes) -> None:
    """Send one input through all parsers; whatever comes out is short and printable."""
    given = atheris.FuzzedDataProvider(data)
    stream, line = given.ConsumeUnicode(80), given.ConsumeUnicode(4_000)
    event = parse(line)
    assert event.message.isprintable(), "control characters in a message"
    assert len(event.message) <= LONGEST, "an endless message"
    locate(line)
    name = read_stream_name(stream)
    assert name.outside_ip.isprintable(), "control characters in an address"
    for log in Log:
        CATALOGUE.explain(line, log=log)
        if rule := CATALOGUE.match(event.message, log=log):
            rule.fields(event.message)
    for record in records(line.splitlines()):
        locate(record)
    for answer in EXPLAINER.of_lines(line.splitlines()):
        assert answer.message.isprintable(), "control characters in what is explained"
        render_json(answer, device="generic")
        render_text(answer, device="generic")
    fleet = Fleet(CATALOGUE)
    at = given.ConsumeInt(8)
    fleet.apply([RawEvent(stream, at, at, line), RawEvent(stream, at, at, line, rank=1)])
    described = {"VpnConnectionId": stream, "State": line, "Options": {"TunnelOptions": [{"OutsideIpAddress": line}]}}
    connection = read_connection(described, {})
    if connection is not None:
        select(Inventory((connection,)), [line, stream])
        fleet.learn(Inventory((connection,)))


if __name__ == "__main__":
    atheris.Setup(sys.argv, look_at)
    atheris.Fuzz()
