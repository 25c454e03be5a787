"""A report: sentences that a manager understands, and text from outside that stays text in Markdown and HTML."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.scenes import CHATTER, ESTABLISHED, HQ, NOW, facts, ike, pump
from tui.content.past.known_changes import KnownChange
from tui.content.report.html import html
from tui.content.report.markdown import escaped, markdown
from tui.content.report.report import report_of
from tui.content.report.summary import summary
from tui.content.report.values import Report
from tui.content.report.words import share_texts
from tui.domain.events import RawEvent
from tui.domain.feed_state import FeedState
from tui.domain.inventory import ConnectionFacts, OptionChange, Telemetry
from tui.domain.state.marks import Mark
from tui.feed.pump import Pump

HOUR = 3_600_000
CLOSED = "AWS tunnel received DELETE for IKE_SA from CGW"
KEY = "AWS tunnel detected a pre-shared key mismatch with cgw: "
HOSTILE = (
    "|`<script>alert(1)</script>` **b** [x](http://evil.example) ![i](u) &amp; \\ \\| #1 ~~s~~ _i_ $(id) "
    "https://evil.example www.evil.example a@evil.example </td></title><!-- \x1b]52;c;aGk=\x07 \u202e"
)
FIRST, SECOND = "203.0.113.17", "203.0.113.42"


def life(ip: str, *falls: tuple[int, int], vpn: str = HQ, cause: str = "cgw", begins: int = 3_600) -> list[RawEvent]:
    """A tunnel that logs every ten seconds, except for its falls: seconds ago each began, and how long it lasted."""
    events = [
        ike(CHATTER[0], ago=ago, ip=ip, vpn=vpn)
        for ago in range(begins, 0, -10)
        if not any(start - lasting < ago <= start for start, lasting in falls)
    ]
    for ago, lasting in falls:
        events.append(ike(CLOSED, "DD", ago=ago, ip=ip, vpn=vpn))
        events += [ike(f"{KEY}{cause}", "DD", ago=ago - after, ip=ip, vpn=vpn) for after in range(5, lasting, 11)]
        events.append(ike(ESTABLISHED, ago=ago - lasting, ip=ip, vpn=vpn))
    return sorted(events, key=lambda event: event.at)


def made_of(held: Pump, *, now: int = NOW) -> Report:
    return report_of(held, since=NOW - HOUR, now=now)


def sentences(events: Iterable[RawEvent], connections: Sequence[ConnectionFacts] = ()) -> tuple[str, str, str]:
    return summary(made_of(pump(events, connections=connections)))


def static(*connections: ConnectionFacts) -> list[ConnectionFacts]:
    return [
        replace(
            connection,
            static_routes_only=True,
            tunnels=tuple(replace(one, telemetry=None) for one in connection.tunnels),
        )
        for connection in connections
    ]


PAIR = static(facts(HQ, "hq", FIRST, SECOND))


def test_three_sentences_tell_what_was_looked_at_what_was_interrupted_and_why() -> None:
    first, second, third = sentences([*life(FIRST, (600, 120)), *life(SECOND, (580, 60))], PAIR)
    assert first == (
        "1 VPN connection (hq) with 2 tunnels, 2026-11-23T11:04:31Z to 2026-11-23T12:04:31Z, 1h, account 123456789012."
    )
    assert second == "Interrupted (no tunnel carried traffic): hq for 1m."
    assert third == (
        "2 outages of single tunnels, 3m in all. Main cause: The two ends hold different pre-shared keys. "
        "At the end both tunnels carry traffic."
    )


def test_a_connection_that_kept_a_tunnel_was_not_interrupted() -> None:
    _, second, third = sentences([*life(FIRST, (600, 120)), *life(SECOND)], PAIR)
    assert second == "No interruption: the connection always had a tunnel that carried traffic."
    assert third.startswith("One tunnel failed once, for 2m.")


def test_what_is_not_known_is_never_called_uninterrupted() -> None:
    _, second, _ = sentences([*life(FIRST, begins=600), *life(SECOND, begins=600)], PAIR)
    assert second == "Partly unknown: hq (no data for 50m)."


def test_an_interruption_that_began_before_all_that_is_known_lasted_at_least_so_long() -> None:
    def begun_down(ip: str) -> list[RawEvent]:
        attempts = [ike(f"{KEY}cgw", "ND", ago=ago, ip=ip, vpn=HQ) for ago in range(1_000, 600, -10)]
        return [*attempts, *life(ip, begins=600)]

    _, second, third = sentences([*begun_down(FIRST), *begun_down(SECOND)], PAIR)
    assert second == (
        "Interrupted (no tunnel carried traffic): hq for at least 6m40s. Partly unknown: hq (no data for 43m20s)."
    )
    assert third.startswith("2 outages of single tunnels, at least 13m20s in all.")
    _, _, alone = sentences([*begun_down(FIRST), *life(SECOND)], PAIR)
    assert alone.startswith("One tunnel failed once, for at least 6m40s.")


def test_an_interruption_that_began_before_the_report_says_since_when() -> None:
    events = [*life(FIRST, (5_400, 3_600), begins=7_200), *life(SECOND, (5_000, 3_000), begins=7_200)]
    report = report_of(pump(sorted(events, key=lambda event: event.at), connections=PAIR), since=NOW - HOUR, now=NOW)
    _, second, _ = summary(report)
    assert (
        second == "Interrupted (no tunnel carried traffic): hq for 26m40s (since 10:41:11, before this report begins)."
    )


def test_an_interruption_that_began_when_ec2_says_is_known_exactly() -> None:
    since = NOW - 1_200_000
    down = [
        replace(
            PAIR[0], tunnels=tuple(replace(one, telemetry=Telemetry(False, since=since)) for one in PAIR[0].tunnels)
        )
    ]
    attempts = [ike(f"{KEY}cgw", "ND", ago=ago, ip=ip, vpn=HQ) for ago in range(600, 0, -10) for ip in (FIRST, SECOND)]
    _, second, _ = sentences(attempts, down)
    assert second.startswith("Interrupted (no tunnel carried traffic): hq for 20m.")


def test_a_connection_into_which_nothing_is_routed_is_not_called_uninterrupted() -> None:
    bare = [replace(PAIR[0], gateway_kind="vgw")]
    _, second, third = sentences([*life(FIRST), *life(SECOND)], bare)
    assert second == "AWS sends nothing into hq, though its tunnels are up (no static route)."
    assert third == (
        "No single tunnel failed. At the end both tunnels are up, and nothing is routed into "
        "hq 203.0.113.17 (no static route), hq 203.0.113.42 (no static route)."
    )


def test_of_many_connections_of_which_not_all_is_known_the_worst_is_named() -> None:
    ids = [f"vpn-0000000000000000{number}" for number in range(5)]
    connections = static(*(facts(vpn, f"site-{n}", f"203.0.113.{n}") for n, vpn in enumerate(ids)))
    events = [
        event
        for number, vpn in enumerate(ids)
        for event in life(f"203.0.113.{number}", vpn=vpn, begins=600 - 100 * number)
    ]
    _, second, _ = sentences(events, connections)
    assert second == "Partly unknown: 5 connections, the longest site-4 (no data for 56m40s)."


def test_of_a_connection_that_is_watched_in_part_no_interruption_is_told() -> None:
    part = [replace(PAIR[0], left_out=1, tunnels=PAIR[0].tunnels[:1])]
    made = made_of(pump(life(FIRST, (600, 120)), connections=part))
    assert made.connections[0].redundancy == ()
    assert summary(made)[1] == "Partly unknown: hq (not all of its tunnels were watched)."


def test_the_worst_connection_comes_first_and_many_are_counted() -> None:
    names = "abcdef"
    ids = [f"vpn-0000000000000000{number}" for number in range(6)]
    connections = static(
        *(facts(vpn, name, f"203.0.113.{n}") for n, (vpn, name) in enumerate(zip(ids, names, strict=True)))
    )
    events = [
        event
        for number, vpn in enumerate(ids)
        for event in life(f"203.0.113.{number}", *([(1_000, 10 * number)] if number else []), vpn=vpn)
    ]
    made = made_of(pump(events, connections=connections))
    assert [connection.name for connection in made.connections] == list("fedcba")
    first, second, _ = summary(made)
    assert first.startswith("6 VPN connections with 6 tunnels")
    assert second.startswith(
        "Interrupted (no tunnel carried traffic): f for 50s; e for 40s; d for 30s; 2 more connections "
    )


def test_those_that_were_well_all_the_time_share_a_line_where_they_are_many() -> None:
    def report_of_branches(count: int) -> Report:
        connections, events = [], []
        for number in range(1, count + 1):
            vpn, ip = f"vpn-{number:017x}", f"203.0.113.{number}"
            connections.append(facts(vpn, f"branch-{number:02}", ip))
            events += life(ip, *([(600, 60)] if number == 7 else []), vpn=vpn)
        ordered = sorted(events, key=lambda event: event.at)
        return made_of(pump([event for event in ordered if event.at >= NOW - HOUR], connections=static(*connections)))

    many = report_of_branches(12)
    assert [connection.name for connection in many.detailed] == ["branch-07"]
    for text in (markdown(many), html(many)):
        assert "All tunnels carried traffic all the time, of 11 connections: branch" in text
        assert text.count("Traffic was carried by") == 1
    few = report_of_branches(3)
    assert [connection.name for connection in few.detailed] == ["branch-01", "branch-02", "branch-03"]
    assert "Nothing to tell" not in markdown(few)


def test_a_fleet_without_anything_makes_a_report_all_the_same() -> None:
    made = made_of(pump())
    assert "Nothing was found to report on." in markdown(made)
    assert html(made).endswith("</html>\n")


def test_a_run_of_outages_alike_shares_a_row_and_one_that_lasts_says_so() -> None:
    series = life(FIRST, *((ago, 10) for ago in range(3_000, 1_000, -100)))
    text = markdown(made_of(pump([*series, ike("hands", "ND", ago=0)])))
    assert "| 20 × 10s, 3m20s in all |" in text
    assert "| 12:04:31 | lasts | 0s |" in text


@pytest.mark.parametrize(
    ("parts", "shares"),
    [
        ((1_000_000, 0), ["16m40s (100 %)", "–"]),
        ((999_999, 1), ["16m39s (99.9 %)", "0s (<0.1 %)"]),
        ((200_000, 200_000, 200_000), ["3m20s (33.4 %)", "3m20s (33.3 %)", "3m20s (33.3 %)"]),
        ((680_700, 112_650, 206_650), ["11m20s (68.1 %)", "1m52s (11.3 %)", "3m26s (20.6 %)"]),
    ],
)
def test_shares_add_up_and_an_interruption_shows(parts: tuple[int, ...], shares: list[str]) -> None:
    assert list(share_texts(parts)) == shares


NEVER_UP = [ike(f"{KEY}cgw", "DD", ago=ago) for ago in range(600, 0, -12)]


@pytest.mark.parametrize(
    ("events", "telemetry", "flaps"),
    [
        (life(FIRST, (1_800, 120), (600, 60)), (True, ""), (2, 2)),
        ([*life(FIRST, (1_800, 120)), ike(CLOSED, "DD", ago=0)], (False, "IPSEC IS DOWN"), (2, 2)),
        (NEVER_UP, (False, "IPSEC IS DOWN"), (0, 1)),
    ],
)
def test_a_flap_is_a_fall_of_a_tunnel_that_was_up_in_the_report_as_on_the_board(
    events: list[RawEvent], telemetry: tuple[bool, str], flaps: tuple[int, int]
) -> None:
    (connection,) = static(facts(HQ, "hq", FIRST))
    since = Telemetry(*telemetry, since=NOW - 3_000_000)
    held = pump(events, connections=[replace(connection, tunnels=(replace(connection.tunnels[0], telemetry=since),))])
    (reported,) = (tunnel for _, tunnel in made_of(held, now=NOW + 1_000).tunnels)
    (watched,) = held.fleet.tunnels
    assert (len(reported.flaps), len(reported.outages)) == flaps
    assert watched.state.flaps(NOW) == flaps[0]


def test_an_instant_of_another_day_has_its_date() -> None:
    made = made_of(pump([ike("x", ago=200_000), ike(CLOSED, "DD", ago=90_000)]))
    assert "| 22 Nov 11:04:31 | lasts |" in markdown(made)


def test_what_could_not_be_read_stands_at_the_top() -> None:
    held = pump(life(FIRST), connections=PAIR, state=FeedState(notices=("No access to /vpn/bgp.",)), caught_up=False)
    made = report_of(held, since=NOW - HOUR, now=NOW)
    for text in (markdown(made), html(made)):
        assert text.index("No access to /vpn/bgp.") < text.index("vpn-")
        assert "The look-back was not read to its end" in text


def hostile_report() -> Report:
    named = replace(PAIR[0], name=HOSTILE)
    held = pump([*life(FIRST, (600, 60), cause=HOSTILE), *life(SECOND)], connections=[named])
    held.mark(Mark(NOW - 300_000, HOSTILE))
    made = made_of(held)
    change = OptionChange(NOW - 200_000, FIRST, HOSTILE, HOSTILE, HOSTILE)
    return replace(made, changes=(KnownChange(HQ, HOSTILE, change, HOSTILE),), notices=(HOSTILE,))


def rendered(text: str) -> tuple[str, set[str]]:
    """Return what a Markdown reader shows, and the kinds of tokens that it found."""
    tokens = MarkdownIt("gfm-like").parse(text)
    parts, kinds = [], set[str]()
    for token in tokens:
        kinds.add(token.type)
        for child in token.children or ():
            kinds.add(child.type)
            parts.append(child.content)
    return "".join(parts), kinds


def test_text_from_outside_is_text_in_markdown() -> None:
    made = hostile_report()
    shown, kinds = rendered(markdown(made))
    harmless = HOSTILE.replace("\x1b", "").replace("\x07", "").replace("\u202e", "")
    assert shown.count(harmless.strip()) >= 5
    assert not kinds & {
        "html_inline",
        "html_block",
        "link_open",
        "image",
        "code_inline",
        "fence",
        "s_open",
        "strong_open",
    }
    rows = re.findall(r"^\|.*\|$", markdown(made), re.MULTILINE)
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows} <= {3, 5, 7, 8}


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("\\|`*_<>[]()#&~@!^:/.w-+=1 aä$\"'{}"), max_size=40))
def test_whatever_a_text_holds_markdown_shows_it_in_a_table_as_it_is(text: str) -> None:
    tokens = MarkdownIt("gfm-like").parse(f"| a |\n|---|\n| {escaped(text)} |\n")
    cells = [token for token in tokens if token.type == "inline"]
    assert len(cells) == 2
    shown = "".join(child.content for child in cells[1].children or ())
    assert shown == text.strip()


VOID = {"meta", "br", "hr", "img", "input", "link"}
SELF_CLOSED = {"rect", "line"}


class Checker(HTMLParser):
    """Collects what is invalid, what could run and what could be fetched, and all text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.texts: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.wrong.append(f"<{tag}> names an attribute twice")
        self.wrong += [f"<{tag} {name}>" for name in names if name.startswith("on") or name in ("href", "src", "style")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SELF_CLOSED:
            self.wrong.append(f"<{tag}/>")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")

    def handle_comment(self, data: str) -> None:
        self.wrong.append("a comment")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def checked(text: str) -> Checker:
    checker = Checker()
    checker.feed(text)
    checker.close()
    assert checker.open == []
    return checker


def test_the_page_is_one_file_with_nothing_that_runs_or_fetches_whatever_was_logged() -> None:
    page = html(hostile_report())
    checker = checked(page)
    assert checker.wrong == []
    assert not {"script", "link", "img", "iframe", "object"} & set(checker.tags)
    assert "url(" not in page
    assert "@import" not in page
    assert all(character.isprintable() or character == "\n" for character in page)
    harmless = HOSTILE.replace("\x1b", "").replace("\x07", "").replace("\u202e", "")
    assert sum(harmless.strip() in text for text in checker.texts) >= 5


def test_the_page_is_for_light_dark_and_paper() -> None:
    page = html(made_of(pump(life(FIRST))))
    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media print" in page
    assert '<meta name="color-scheme" content="light dark">' in page


def test_each_tunnel_has_a_strip_whose_parts_cover_the_span() -> None:
    made = made_of(pump([*life(FIRST, (1_800, 360)), *life(SECOND)], connections=PAIR))
    page = html(made)
    strips = re.findall(r'<svg role="img" aria-label="203[^>]*>(.*?)</svg>', page)
    assert len(strips) == 2
    for strip in strips:
        widths = [float(width) for width in re.findall(r'width="([\d.]+)%"', strip)]
        assert sum(widths) == pytest.approx(100, abs=0.05)
    assert '<rect class="down" x="50.000%" width="10.000%"' in strips[0]


def test_a_mark_and_a_change_stand_on_the_strip_and_in_a_table() -> None:
    page = html(hostile_report())
    assert page.count('<line class="event"') == 3  # the mark on both tunnels, the change on its own
    assert "<h2>Notes</h2>" in page


def test_the_report_ends_where_the_feed_has_read_to() -> None:
    made = made_of(pump(life(FIRST), watermark=NOW - 90_500), now=NOW)
    assert (made.until, made.since) == (NOW - 91_000, NOW - HOUR)
    assert made.connections[0].tunnels[0].availability.span == HOUR - 91_000
