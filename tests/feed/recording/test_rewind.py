"""The watch as of a moment is exactly what it was then: from memory and from a file, in any order of moments."""

import asyncio
import gc
import random
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import NOON, bgp, ike, route, stream_of
from tests.feed.recording.nights import HEADER, journal_of, known_at, night, taken_in, written
from tui.domain.events import Event, RawEvent
from tui.domain.knowledge.catalogue_file import load
from tui.domain.state.fleet import Fleet
from tui.domain.state.forgetting import trim
from tui.feed.intake import Intake
from tui.feed.recording import archive, checkpoint, journal, stretch
from tui.feed.recording.archive import Archive
from tui.feed.recording.checkpoint import Freezing, freeze, thaw
from tui.feed.recording.format import Encoder, Recorded
from tui.feed.recording.journal import Journal
from tui.feed.recording.reader import Reader
from tui.feed.recording.rewind import Rewind
from tui.feed.recording.stretch import Stretch
from tui.feed.recording.track import Track
from tui.feed.source import Batch

NIGHT = night(40, each=5)
MakeTrack = Callable[[Sequence[Recorded]], Track]


@pytest.fixture(autouse=True)
def many_stations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a checkpoint every hundred events and a block every few lines, because a test's night is short."""
    for module in (archive, journal):
        monkeypatch.setattr(module, "EVERY", 100)
    monkeypatch.setattr(journal, "_WORTH", 0)
    monkeypatch.setattr(stretch, "_BLOCK", 5_000)


def indexed(path: Path) -> Archive:
    track = Archive(str(path), load())
    asyncio.run(track.index())
    return track


@pytest.fixture(params=["journal", "plain", "gzip"])
def track_of(request: pytest.FixtureRequest, tmp_path: Path) -> MakeTrack:
    def make(recorded: Sequence[Recorded]) -> Track:
        if request.param == "journal":
            return journal_of(recorded)[1]
        return indexed(written(tmp_path / ("a.gz" if request.param == "gzip" else "a"), recorded))

    return make


@cache
def expected() -> dict[int, tuple[object, ...]]:
    """Return what was known at each moment of the night, as it arrived."""
    known, moments = taken_in(()), {}
    for each in NIGHT:
        known.take(each.batch or Batch())
        moments[each.t] = known_at(known, each.t)
    return moments


def as_of(t: int) -> tuple[object, ...]:
    """Return what was known at a moment of the night."""
    return expected()[t]


def shown(rewind: Rewind) -> tuple[object, ...]:
    return known_at(rewind.intake, rewind.now)


def test_a_checkpoint_holds_events_of_every_kind() -> None:
    lines = [
        ike("x"),
        bgp("y"),
        route("advertised", "10.0.0.0/8"),
        RawEvent(stream_of(), NOON, NOON, "no form that is known"),
    ]
    known = taken_in(())
    known.take(Batch(events=tuple(lines)))
    kinds = {type(entry.event) for tunnel in known.fleet.tunnels for entry in tunnel.history}
    assert kinds == set(get_args(Event))
    assert known_at(thaw(freeze(known), load()), NOON) == known_at(known, NOON)


def test_a_checkpoint_is_what_was_known_and_shares_nothing_with_what_goes_on() -> None:
    half = len(NIGHT) // 2
    known = taken_in(NIGHT[:half])
    before = known_at(known, NIGHT[half].t)
    frozen = freeze(known)
    for each in NIGHT[half:]:
        if each.batch:
            known.take(each.batch)
    assert known_at(known, NIGHT[half].t) != before
    again = thaw(frozen, load())
    assert known_at(again, NIGHT[half].t) == before
    for each in NIGHT[half:]:
        if each.batch:
            again.take(each.batch)
    assert known_at(again, NIGHT[-1].t) == known_at(known, NIGHT[-1].t)
    rules = {entry.rule for tunnel in again.fleet.tunnels for entry in tunnel.history if entry.rule}
    assert all(rule is load().rule(rule.id, is_exact=rule.is_exact) for rule in rules)


def test_a_checkpoint_that_is_written_while_the_watch_goes_on_is_of_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "_AT_ONCE", 10)
    half = len(NIGHT) // 2
    known = Intake(Fleet(load()))
    for each in NIGHT[:half]:
        known.take(each.batch or Batch())
    freezing = Freezing(known)
    coming, steps = iter(NIGHT[half:]), 1
    while (frozen := freezing.step()) is None:
        steps += 1
        known.take(next(coming).batch or Batch())
    assert steps > 2
    assert known_at(thaw(frozen, load()), NIGHT[-1].t) == known_at(known, NIGHT[-1].t)


def test_what_makes_room_for_others_is_in_a_checkpoint_that_is_being_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "_AT_ONCE", 1)
    known = taken_in(NIGHT)
    freezing = Freezing(known)
    assert freezing.step() is None
    for tunnel in known.fleet.held_tunnels:
        trim(tunnel.history, 5)
    while (frozen := freezing.step()) is None:
        pass
    assert known_at(thaw(frozen, load()), NIGHT[-1].t) == known_at(known, NIGHT[-1].t)


def test_checkpoints_take_no_more_room_than_what_lies_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "EVERY", 5)
    monkeypatch.setattr(journal, "_WORTH", 1)
    kept = journal_of(NIGHT)[1]
    assert 2 * sum(station.weight for station in kept.stations[:-1]) <= kept.weight
    assert len(kept.stations) > 1


def test_an_event_of_a_busy_fleet_takes_a_few_bytes_of_a_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretch, "_BLOCK", 256 << 10)
    kept, encoder, count = Stretch(NOON), Encoder(), 6_000
    for second in range(count // 100):
        lines = (
            ike(f"AWS tunnel is sending request (id={second}) for INFORMATIONAL", "EE", at=second, ip=f"203.0.113.{ip}")
            for ip in range(100)
        )
        events = [replace(raw, serial=100 * second + number) for number, raw in enumerate(lines)]
        kept.append(encoder.batch(Batch(tuple(events)), t=NOON + 1_000 * second))
    assert kept.blocks
    kept.close()
    assert kept.weight <= 11 * count


def test_a_look_back_has_a_checkpoint_only_where_it_takes_much_room() -> None:
    unread = [replace(each, batch=each.batch and replace(each.batch, caught_up=False)) for each in NIGHT]
    assert len(journal_of(unread)[1].stations) == 1
    assert len(journal_of(unread, most=100_000)[1].stations) > 1


def test_every_moment_is_as_it_was_whatever_was_shown_before(track_of: MakeTrack) -> None:
    track = track_of(NIGHT)
    assert len(track.stations) > 4
    rewind = Rewind(track)
    moments = [each.t for each in NIGHT]
    random.Random(3).shuffle(moments)
    for t in moments:
        rewind.go(t)
        assert rewind.now == t
        assert shown(rewind) == as_of(t)


def test_between_two_batches_it_is_as_it_was_at_a_later_time(track_of: MakeTrack) -> None:
    rewind = Rewind(track_of(NIGHT))
    for number in (3, 30, 11):
        t = NIGHT[number].t + 150
        rewind.go(t)
        assert shown(rewind) == known_at(taken_in(NIGHT[: number + 1]), t)


def test_going_on_step_by_step_shows_the_same_and_keeps_the_fleet(track_of: MakeTrack) -> None:
    rewind = Rewind(track_of(NIGHT))
    first = rewind.intake
    for each in NIGHT:
        rewind.advance(each.t)
        assert shown(rewind) == as_of(each.t)
    assert rewind.intake is first


def test_going_on_a_few_events_at_a_time_comes_to_the_same_end(track_of: MakeTrack) -> None:
    rewind = Rewind(track_of(NIGHT))
    rewind.go(NIGHT[2].t)
    moments = []
    while rewind.now < NIGHT[-1].t:
        rewind.advance(NIGHT[-1].t, most=20)
        moments.append(rewind.now)
        assert shown(rewind) == as_of(rewind.now)
    assert len(moments) > 10


def test_a_fleet_that_is_shown_no_more_is_freed_without_the_collector(track_of: MakeTrack) -> None:
    rewind = Rewind(track_of(NIGHT))
    rewind.go(NIGHT[-1].t)
    gc.disable()
    try:
        fleet = weakref.ref(rewind.intake.fleet)
        tunnel = weakref.ref(rewind.intake.fleet.tunnels[0])
        rewind.go(NIGHT[4].t)
        assert (fleet(), tunnel()) == (None, None)
    finally:
        gc.enable()


def test_a_moment_outside_is_the_nearest_one(track_of: MakeTrack) -> None:
    rewind = Rewind(track_of(NIGHT))
    rewind.go(NOON + 10**9)
    assert rewind.now == NIGHT[-1].t
    rewind.go(0)
    assert rewind.now == NOON
    assert rewind.intake.fleet.tunnels == ()


def test_steps_go_from_change_to_change_and_back(track_of: MakeTrack) -> None:
    rewind = Rewind(track_of(NIGHT))
    stops = list(rewind.stops)
    assert len(stops) > 3
    seen = []
    while rewind.step(1):
        seen.append(rewind.now)
    assert seen == stops
    back = [rewind.now]
    while rewind.step(-1):
        back.append(rewind.now)
    assert back == stops[::-1]
    assert not rewind.step(-1)


def test_a_session_of_bgp_that_comes_up_or_is_lost_after_the_look_back_is_a_change(track_of: MakeTrack) -> None:
    arrived = (event for each in NIGHT[3:] if each.batch is not None for event in each.batch.events)
    sessions = [event.at for event in arrived if "BGP session state" in event.message]
    assert sorted(change.at for change in track_of(NIGHT).changes if change.after is None) == sorted(sessions)


def test_a_file_is_shown_first_when_its_look_back_was_read(tmp_path: Path) -> None:
    assert indexed(written(tmp_path / "a", NIGHT)).ready == NIGHT[2].t


@pytest.mark.parametrize("spared", [False, True])
def test_garbage_is_collected_again_after_a_checkpoint_was_read(spared: bool) -> None:
    with checkpoint.garbage_kept(spared=spared):
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.unfreeze()


def test_a_change_is_shown_at_its_moment_and_not_before(track_of: MakeTrack) -> None:
    track = track_of(NIGHT)
    rewind = Rewind(track)
    changes = {
        (change.t, change.connection, change.outside_ip): change for change in track.changes if change.after is not None
    }
    assert len(changes) > 3
    for last in changes.values():
        first = next(change for change in track.changes if change.t == last.t and change.outside_ip == last.outside_ip)
        for t, health in ((last.t, last.after), (last.t - 1, first.before)):
            rewind.go(t)
            tunnel = rewind.intake.fleet.find(last.connection, last.outside_ip)
            assert tunnel is not None
            assert tunnel.health is health


def test_marks_are_found(track_of: MakeTrack) -> None:
    track = track_of(NIGHT)
    wanted = [mark for each in NIGHT if each.batch for mark in each.batch.marks]
    assert list(track.marks) == wanted
    assert len(wanted) == 2


def test_walking_in_a_journal_leaves_the_watch_alone_and_sees_what_comes_meanwhile() -> None:
    half = len(NIGHT) // 2
    pump, kept, clock = journal_of(NIGHT[:half])
    rewind = Rewind(kept)
    rewind.go(NIGHT[half - 1].t)
    for each in NIGHT[half:]:
        clock.set(each.t)
        if each.batch:
            pump.take(each.batch)
        rewind.advance(each.t)
        assert shown(rewind) == as_of(each.t)
    assert known_at(pump, NIGHT[-1].t) == as_of(NIGHT[-1].t)


def test_a_journal_is_bounded_and_what_is_left_is_exact() -> None:
    whole = journal_of(NIGHT)[1]
    pump, kept, _ = journal_of(NIGHT, most=whole.weight // 3)
    assert kept.has_forgotten
    assert kept.weight < whole.weight * 2 // 3
    rewind = Rewind(kept)
    assert rewind.now == kept.begin > NOON
    left = [each.t for each in NIGHT if each.t >= kept.begin]
    assert 5 < len(left) < len(NIGHT) // 2
    for t in reversed(left):
        rewind.go(t)
        assert shown(rewind) == as_of(t)
    assert all(change.t >= kept.begin for change in kept.changes)
    assert known_at(pump, kept.end) == as_of(kept.end)


def saved(kept: Journal, path: Path) -> Archive:
    path.write_bytes(b"".join(kept.recording()))
    return indexed(path)


def test_what_was_seen_is_saved_as_a_recording_that_shows_the_same(tmp_path: Path) -> None:
    track = saved(journal_of(NIGHT)[1], tmp_path / "seen.gz")
    assert (track.header, track.trouble) == (HEADER, "")
    rewind = Rewind(track)
    for t in (NIGHT[20].t, NIGHT[40].t, NIGHT[-2].t, NIGHT[3].t):
        rewind.go(t)
        assert shown(rewind) == as_of(t)


def test_a_journal_that_has_forgotten_saves_what_was_held_of_it(tmp_path: Path) -> None:
    kept = journal_of(NIGHT, most=journal_of(NIGHT)[1].weight // 3)[1]
    track = saved(kept, tmp_path / "seen.gz")
    rewind = Rewind(track)
    rewind.go(track.end)
    wanted = taken_in(NIGHT)
    assert rewind.intake.state == wanted.state
    assert rewind.intake.caught_up
    assert rewind.intake.fleet.marks == wanted.fleet.marks
    for tunnel in wanted.fleet.tunnels:
        same = rewind.intake.fleet.find(tunnel.connection, tunnel.outside_ip)
        assert same is not None
        assert [entry.raw for entry in same.history] == [entry.raw for entry in tunnel.history]
        assert same.state == tunnel.state


@settings(max_examples=15)
@given(share=st.floats(0.2, 1))
@pytest.mark.parametrize("name", ["whole.jsonl", "whole.gz"])
def test_a_cut_file_shows_each_moment_up_to_the_cut(
    name: str, share: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = tmp_path_factory.getbasetemp() / name
    data = (whole if whole.exists() else written(whole, NIGHT)).read_bytes()
    cut = tmp_path_factory.getbasetemp() / f"cut-{name}"
    cut.write_bytes(data[: round(share * len(data))])
    track = indexed(cut)
    rewind = Rewind(track)
    reader, there = Reader.open(str(cut)), -1
    while reader.next() is not None:
        there += 1
    for number in {there - 1, there // 2, there // 3}:
        t = NIGHT[number].t
        rewind.go(t)
        assert shown(rewind) == as_of(t)


def test_each_run_of_a_file_is_shown_for_itself(tmp_path: Path) -> None:
    path = written(tmp_path / "two", NIGHT)
    written(path, NIGHT)  # the clock was set back between the two
    rewind = Rewind(indexed(path))
    rewind.go(rewind.track.end)
    assert rewind.intake.fleet.seen == taken_in(NIGHT).fleet.seen


def test_an_index_under_way_shows_what_it_has_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_SLICE", 1e-9)

    async def go() -> None:
        track = Archive(str(written(tmp_path / "a", NIGHT)), load())
        rewind = Rewind(track)
        assert (rewind.now, track.end, track.is_complete) == (NOON, NOON, False)
        indexing = asyncio.create_task(track.index())
        while track.end < NIGHT[10].t:  # noqa: ASYNC110 - one turn of the loop indexes one line, and nothing signals it
            await asyncio.sleep(0)
        assert not track.is_complete
        rewind.go(NIGHT[10].t)
        assert shown(rewind) == as_of(NIGHT[10].t)
        await indexing
        assert (track.end, track.is_complete, track.share_read) == (NIGHT[-1].t, True, 1.0)

    asyncio.run(go())
