"""The query language of Logs Insights on the endpoint: the effect of each command, and what is refused."""

import json
from itertools import count

import pytest

from tui.demo.server.errors import ApiError
from tui.demo.server.insights.language import read_query
from tui.demo.server.insights.records import Record
from tui.demo.server.store import StoredEvent

AT = 1_782_000_000_000  # 2026-06-21 00:00:00 UTC
_serials = count()


def record(message: object, *, at: int = 0, stream: str = "s") -> Record:
    text = message if isinstance(message, str) else json.dumps(message)
    return Record.of(StoredEvent(AT + at, AT + at + 900, next(_serials), stream, text, len(text) + 26), "1:g")


LINES = [
    {"details": "DPD request", "phase": "established", "n": 1},
    {"details": "DELETE received", "phase": "down", "n": 20},
    {"details": "AWS tunnel is up", "phase": "established", "n": 3, "message": {"prefix": "10.0.0.0/8", "ok": True}},
]


def run(query: str, *messages: object, limit: int = 100) -> list[dict[str, str]]:
    records = [record(message, at=number * 60_000) for number, message in enumerate(messages or LINES)]
    read = read_query(query)
    rows = read.rows(read.select(records), limit)
    return [{name: value for name, value in row.items() if name != "@ptr"} for row in rows]


def numbers(query: str, *messages: object) -> list[str]:
    return [row["n"] for row in run(f"fields n | {query} | sort @timestamp asc", *messages)]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('phase = "established"', ["1", "3"]),
        ("phase != 'established'", ["20"]),
        ("n < 20", ["1", "3"]),
        ("n >= 3", ["20", "3"]),
        ("@message like /DPD|DELETE/", ["1", "20"]),
        ("@message like /(?i)dpd/", ["1"]),
        ("@message not like /DPD/", ["20", "3"]),
        ("@message =~ /up/", ["3"]),
        ('details like "DELETE"', ["20"]),
        ("details like 'D.D'", []),
        ("n in [1, 3]", ["1", "3"]),
        ("n not in [1, 3]", ["20"]),
        ("ispresent(message.prefix)", ["3"]),
        ("not ispresent(message.prefix) and n = 1", ["1"]),
        ("n = 1 or n = 20 and phase = 'down'", ["1", "20"]),
        ("(n = 1 or n = 20) and phase = 'down'", ["20"]),
        ("message.ok = 1", ["3"]),
        ("`phase` = 'down'", ["20"]),
        ("nosuch = 1", []),
        ("nosuch != 1", ["1", "20", "3"]),
        ("@timestamp > 1782000000000", ["20", "3"]),
        ('@logStream in ["s", "t"]', ["1", "20", "3"]),
    ],
)
def test_a_filter_keeps_what_its_condition_holds_for(condition: str, found: list[str]) -> None:
    assert numbers(f"filter {condition}") == found


def test_events_come_newest_first_with_their_time_and_message_unless_the_query_says_otherwise() -> None:
    rows = run("limit 2")
    assert [row["@timestamp"] for row in rows] == ["2026-06-21 00:02:00.000", "2026-06-21 00:01:00.000"]
    assert json.loads(rows[0]["@message"]) == LINES[2]


def test_only_the_fields_that_are_asked_for_come_and_those_that_a_record_has() -> None:
    assert run("fields @logStream, message.prefix as prefix | sort n asc") == [
        {"@logStream": "s"},
        {"@logStream": "s", "prefix": "10.0.0.0/8"},
        {"@logStream": "s"},
    ]


def test_a_comment_is_none_of_the_query() -> None:
    assert numbers("# only what fell\nfilter phase = 'down' # here") == ["20"]


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        ('parse @message "neighbor * is *" as neighbor, state', {"neighbor": "10.1.1.1", "state": "down"}),
        (r"parse @message /neighbor (?<neighbor>\S+)/", {"neighbor": "10.1.1.1"}),
        ('parse "neighbor * is" as neighbor', {"neighbor": "10.1.1.1"}),
        ('parse @message "nosuch *" as neighbor', {}),
    ],
)
def test_parse_reads_fields_out_of_a_text(command: str, fields: dict[str, str]) -> None:
    assert run(f"{command} | fields neighbor, state", "BGP neighbor 10.1.1.1 is down") == [fields]


def test_stats_counts_and_sums_by_group() -> None:
    rows = run(
        "stats count(*) as lines, sum(n), avg(n), min(n), max(n), latest(details) as last by phase | sort phase asc"
    )
    assert rows == [
        {"phase": "down", "lines": "1", "sum(n)": "20", "avg(n)": "20", "min(n)": "20", "max(n)": "20",
         "last": "DELETE received"},
        {"phase": "established", "lines": "2", "sum(n)": "4", "avg(n)": "2", "min(n)": "1", "max(n)": "3",
         "last": "AWS tunnel is up"},
    ]  # fmt: skip


def test_stats_groups_by_spans_of_time() -> None:
    rows = run("stats count(*), earliest(n) by bin(2m) as t | sort t asc")
    assert rows == [
        {"t": "2026-06-21 00:00:00.000", "count(*)": "2", "earliest(n)": "1"},
        {"t": "2026-06-21 00:02:00.000", "count(*)": "1", "earliest(n)": "3"},
    ]


def test_a_filter_after_stats_looks_at_the_groups() -> None:
    assert run("stats count(*) as c by phase | filter c > 1") == [{"phase": "established", "c": "2"}]


def test_dedup_keeps_the_first_in_the_order_that_was_asked_for() -> None:
    assert run("sort @timestamp asc | dedup phase | fields n") == [{"n": "1"}, {"n": "20"}]
    assert run("dedup phase | fields n") == [{"n": "3"}, {"n": "20"}]


def test_what_happens_in_the_same_millisecond_keeps_its_order_when_sorted() -> None:
    read = read_query("fields n | sort @timestamp asc")
    records = [record({"n": number}) for number in range(5)]
    assert [row["n"] for row in read.rows(read.select(records), 100)] == list("01234")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "expecting a command"),
        ("pattern @message", "the command 'pattern' is not supported here"),
        ("filter", "expecting a field"),
        ("filter n", "expecting a comparison"),
        ("filter n = ", "expecting a field"),
        ("filter strlen(n) > 1", "the function strlen is not supported here"),
        ("filter n like 5", "expecting a text or /an expression/"),
        ("filter n like /(/", "invalid regular expression"),
        ("filter (n = 1", "expecting ')'"),
        ("stats pct(n, 95)", "the function 'pct' is not supported here"),
        ("stats count(*) by bin(0m)", "no span"),
        ("limit 0", "between 1 and 100000"),
        ("fields n sort n", "expecting '|'"),
        ('parse "a * b *" as x', "2 wildcards and 1 names"),
        ("filter n = ~1", "unexpected symbol"),
    ],
)
def test_what_is_not_served_is_refused_with_its_place(query: str, says: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_query(query)
    assert caught.value.code == "MalformedQueryException"
    assert says in caught.value.message
    error = caught.value.details["queryCompileError"]
    assert isinstance(error, dict)
    assert set(error) == {"location", "message"}
