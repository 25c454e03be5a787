"""`report --format json` and `csv`: the contract, and sums that a script can check."""

import csv
import io
import json
from dataclasses import replace
from datetime import datetime

from tests.content.test_report import FIRST, HOSTILE, PAIR, SECOND, life, made_of
from tests.scenes import HQ, NOW, pump
from tui.content.report.values import Report
from tui.domain.state.marks import Mark
from tui.headless.report import RENDERERS, render_csv, render_json


def night() -> Report:
    held = pump([*life(FIRST, (1_800, 120), (600, 61)), *life(SECOND, (1_750, 30), begins=2_000)], connections=PAIR)
    held.mark(Mark(NOW - 60_000, "customer changed the PSK"))
    held.mark(Mark(NOW - 7_200_000, "before the report"))
    return made_of(held)


def seconds_between(first: str, last: str) -> int:
    return int((datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds())


def test_the_document_keeps_to_the_contract() -> None:
    found = json.loads(render_json(night()))
    assert set(found) >= {"generated_at", "from", "to", "summary", "connections", "changes", "marks"}
    assert len(found["summary"]) == 3
    (connection,) = found["connections"]
    assert (connection["id"], connection["name"]) == (HQ, "hq")
    assert connection["interruptions"] == [
        {
            "start": "2026-11-23T11:35:21Z",
            "start_exact": True,
            "end": "2026-11-23T11:35:51Z",
            "seconds": 30,
        }
    ]
    first = connection["tunnels"][0]
    assert (first["outside_ip"], first["flaps"], first["bgp_losses"]) == (FIRST, 2, 0)
    outage = first["outages"][0]
    assert (outage["start"], outage["end"], outage["seconds"]) == ("2026-11-23T11:34:31Z", "2026-11-23T11:36:31Z", 120)
    assert (outage["code"], outage["closed_by"]) == ("psk_mismatch", "customer_gateway")
    assert outage["evidence"][0].startswith("2026-11-23T11:34:36Z AWS tunnel detected a pre-shared key mismatch")
    assert found["marks"] == [{"at": "2026-11-23T12:03:31Z", "text": "customer changed the PSK"}]


def test_the_seconds_of_each_tunnel_add_up_to_the_span_and_its_outages() -> None:
    found = json.loads(render_json(night()))
    span = seconds_between(found["from"], found["to"])
    for tunnel in found["connections"][0]["tunnels"]:
        sums = tunnel["seconds"]
        assert set(sums) == {"carrying", "negotiating", "down", "unknown"}
        assert sum(sums.values()) == span
        assert sums["down"] + sums["negotiating"] == sum(outage["seconds"] for outage in tunnel["outages"])
    assert found["connections"][0]["tunnels"][1]["seconds"]["unknown"] == 1_600


def test_each_outage_is_one_line_of_csv_and_none_of_its_cells_is_a_formula() -> None:
    named = [replace(PAIR[0], name="=HYPERLINK(1)")]
    events = [*life(FIRST, (1_800, 120), (600, 61), cause=f'{HOSTILE}"\r\n=1+1'), *life(SECOND)]
    rows = list(csv.DictReader(io.StringIO(render_csv(made_of(pump(events, connections=named))))))
    assert [(row["outside_ip"], row["seconds"], row["end"]) for row in rows] == [
        (FIRST, "120", "2026-11-23T11:36:31Z"),
        (FIRST, "61", "2026-11-23T11:55:32Z"),
    ]
    assert {row["name"] for row in rows} == {"'=HYPERLINK(1)"}
    cells = [cell for row in rows for cell in row.values()]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    assert all(cell.isprintable() for cell in cells)


def test_every_format_ends_with_a_line_end_and_is_the_same_report() -> None:
    made = night()
    texts = {name: render(made) for name, render in RENDERERS.items()}
    assert set(texts) == {"md", "html", "json", "csv"}
    assert all(text.endswith("\n") and FIRST in text for text in texts.values())
    assert all("The two ends hold different pre-shared keys" in text for text in texts.values())
