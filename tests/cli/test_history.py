"""`history`, and `report` with Logs Insights, as commands: what they print, what they may cost, how they end."""

import json
import re
import signal
import time
from collections.abc import Iterator

import pytest

from tests.accounts import GROUP, account, options_for
from tests.conftest import Run
from tests.factories import IP, VPN, ike_line, stream_of
from tests.pipes import run_piped
from tests.terminal.pseudo import Pseudo
from tui.demo.server.endpoint import Endpoint, serve_in_thread
from tui.demo.server.faults import Faults
from tui.demo.server.insights.language import read_query

DAYS = 5
DEAD = "Peer is not responsive - Declaring peer dead"
UP = (
    "AWS tunnel Phase 2 SA is established with inbound SPI: 0xc1f2a3b4: outbound SPI: 0x0d1e2f3a: "
    "traffic selectors: 0.0.0.0/0 <=> 0.0.0.0/0"
)
NOW = time.time_ns() // 1_000_000 // 1000 * 1000
NOON = NOW - NOW % 86_400_000 - 12 * 3_600_000
"""Of yesterday, UTC."""


@pytest.fixture
def weeks() -> Iterator[Endpoint]:
    """An account in which a tunnel fell at noon on each of the last days, twice yesterday, for two minutes each."""
    store = account()
    for day in range(DAYS):
        noon = NOON - day * 86_400_000
        for at in (noon, noon + 3_600_000) if day == 0 else (noon,):
            lines = [
                (at - 600_000, UP, "EE"),
                (at - 60_000, "AWS tunnel is sending DPD request", "EE"),
                (at, DEAD, "DD"),
                (at + 120_000, UP, "EE"),
                (at + 130_000, "AWS tunnel is sending DPD request", "EE"),
            ]
            store.put(GROUP, stream_of(), [(when, ike_line(text, states, at=when)) for when, text, states in lines])
    store.groups[GROUP].created_at = NOON - 40 * 86_400_000
    with serve_in_thread(store) as endpoint:
        yield endpoint


def test_each_day_with_an_outage_is_a_row(weeks: Endpoint, tunnelwatch: Run) -> None:
    result = tunnelwatch("history", *options_for(weeks))
    assert (result.returncode, result.stderr) == (0, "")
    rows = [line.split() for line in result.stdout.splitlines() if re.match(r"  \d{4}-\d\d-\d\d ", line)]
    assert [row[1:6] for row in rows] == [*[["1", "1", "–", "2m", "2m"]] * (DAYS - 1), ["2", "2", "–", "4m", "2m"]]
    assert re.search(rf"\n\n  day \(UTC\)   outages .*\nhq  {re.escape(IP)}\n  \d{{4}}-", result.stdout)
    assert result.stdout.count("day (UTC)") == 1
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert re.search(r"\d+ queries of Logs Insights scanned \S+ kB, for under \$0\.01 at list price\.", result.stdout)


def test_as_json_it_is_one_object_with_what_it_cost(weeks: Endpoint, tunnelwatch: Run) -> None:
    result = tunnelwatch("history", "--json", "--since", "40h", "hq", *options_for(weeks))
    assert (result.returncode, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert [(day["connection"], day["outside_ip"], day["flaps"], day["seconds"]) for day in document["days"]] == [
        (VPN, IP, 2, 240)
    ]
    assert [cause["code"] for cause in document["days"][0]["causes"]] == ["dpd_timeout"]
    assert document["insights"]["queries"] >= 2
    assert document["insights"]["bytes_scanned"] > 0


def test_a_report_by_insights_is_the_report_by_events(weeks: Endpoint, tunnelwatch: Run) -> None:
    reports = []
    for engine in ("insights", "events"):
        result = tunnelwatch("report", "--since", "6d", "--format", "json", "--engine", engine, *options_for(weeks))
        assert result.returncode == 0
        reports.append(json.loads(result.stdout))
    outages = [report["connections"][0]["tunnels"][0]["outages"] for report in reports]
    assert len(outages[0]) == DAYS + 1
    assert outages[0] == outages[1]
    assert weeks.calls["StartQuery"] > 0


@pytest.mark.parametrize(("since", "asks"), [("3d", True), ("1d", False)])
def test_a_report_of_more_than_two_days_asks_insights(
    since: str, asks: bool, weeks: Endpoint, tunnelwatch: Run
) -> None:
    result = tunnelwatch("report", "--since", since, *options_for(weeks))
    assert result.returncode == 0
    assert bool(weeks.calls["StartQuery"]) is asks
    assert ("Logs Insights scanned" in result.stderr) is asks


@pytest.mark.parametrize(
    ("faults", "options", "says"),
    [
        ("action.denied=logs:StartQuery", (), "Access denied: logs:StartQuery"),
        ("", ("--max-cost", "0"), "That is above --max-cost 0"),
    ],
)
def test_a_report_reads_every_event_where_it_may_not_or_must_not_query(
    faults: str, options: tuple[str, ...], says: str, weeks: Endpoint, tunnelwatch: Run
) -> None:
    weeks.faults = Faults.parse(faults)
    result = tunnelwatch("report", "--since", "6d", "--format", "json", *options, *options_for(weeks))
    assert result.returncode == 0
    assert len(json.loads(result.stdout)["connections"][0]["tunnels"][0]["outages"]) == DAYS + 1
    assert says in result.stderr
    assert "Every event is read instead" in result.stderr


def test_what_may_cost_more_is_not_done_where_nobody_can_be_asked(weeks: Endpoint, tunnelwatch: Run) -> None:
    result = tunnelwatch("history", "--max-cost", "0", *options_for(weeks))
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (3, "", 1)
    assert "Logs Insights will scan about" in result.stderr
    assert "give --max-cost" in result.stderr
    assert weeks.calls["StartQuery"] == 0


@pytest.mark.parametrize(("answer", "code", "queries"), [("y", 0, True), ("n", 130, False)])
def test_on_a_terminal_it_is_asked_for(answer: str, code: int, queries: bool, weeks: Endpoint) -> None:
    with Pseudo("-m", "tui", "history", "--max-cost", "0", *options_for(weeks), columns=120) as terminal:
        terminal.wait_for("Go on?")
        assert weeks.calls["StartQuery"] == 0
        terminal.press(f"{answer}\r")
        assert terminal.finish() == code
    assert bool(weeks.calls["StartQuery"]) is queries


def test_the_queries_can_be_printed_to_be_pasted(weeks: Endpoint, tunnelwatch: Run) -> None:
    result = tunnelwatch("history", "--print-query", "hq", *options_for(weeks))
    assert (result.returncode, result.stderr) == (0, "")
    assert f"log groups {GROUP}" in result.stdout
    assert read_query(result.stdout).streams == frozenset({stream_of()})
    assert weeks.calls["StartQuery"] == 0


def test_a_masked_history_names_nobody(weeks: Endpoint, tunnelwatch: Run) -> None:
    result = tunnelwatch("history", "--mask", *options_for(weeks))
    assert "240.0.1.1" in result.stdout
    assert [secret for secret in (IP, VPN, "hq", "123456789012", GROUP) if secret in result.stdout] == []
    weeks.faults = Faults(group_denied=GROUP)
    result = tunnelwatch("history", "--mask", "--log-group", GROUP, *options_for(weeks))
    assert "Access denied" in result.stderr
    assert GROUP not in result.stderr


@pytest.mark.parametrize(
    ("options", "faults", "says"),
    [
        (("--log-group", "/nosuch"), "", "Log group /nosuch was not found"),
        (("nosuch",), "", "matches nosuch"),
        ((), f"group.denied={GROUP}", "Access denied: logs:StartQuery on log group"),
        ((), "query.fail=1", f"The query of log group {GROUP} failed."),
        ((), "query.timeout=1", "took longer than the hour"),
        (("--mask", "--print-query"), "", "--print-query prints names as they are"),
    ],
)
def test_what_is_wrong_is_one_line(
    options: tuple[str, ...], faults: str, says: str, weeks: Endpoint, tunnelwatch: Run
) -> None:
    weeks.faults = Faults.parse(faults)
    result = tunnelwatch("history", *options, *options_for(weeks))
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (3, "", 1)
    assert says in result.stderr


def test_a_group_of_infrequent_access_whose_record_cannot_be_read_has_a_history(
    weeks: Endpoint, tunnelwatch: Run
) -> None:
    weeks.store.groups[GROUP].log_class = "INFREQUENT_ACCESS"
    weeks.faults = Faults(filter_denied=GROUP)
    result = tunnelwatch("history", "--json", *options_for(weeks))
    assert result.returncode == 0
    assert sum(day["outages"] for day in json.loads(result.stdout)["days"]) == DAYS + 1


def test_ctrl_c_stops_the_query_at_aws(weeks: Endpoint) -> None:
    weeks.faults = Faults(query_slow=60)
    with run_piped("-m", "tui", "history", *options_for(weeks)) as history:
        while not weeks.queries_open:
            time.sleep(0.01)
        history.process.send_signal(signal.SIGINT)
        assert history.process.wait(20) == 3
    assert weeks.queries_open == 0
    assert weeks.calls["StopQuery"] == 1


def test_a_bar_on_the_terminal_shows_how_far_it_is(weeks: Endpoint) -> None:
    with Pseudo("-m", "tui", "history", *options_for(weeks), columns=120) as terminal:
        assert terminal.finish() == 0
        sent = terminal.sent.decode()
    assert "100%" in sent
    assert re.search(r"█+ 100%  \S+ kB scanned\r\x1b\[K", sent)
    assert "100%" not in terminal.text
