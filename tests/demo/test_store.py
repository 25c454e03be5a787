"""The contents of the store, and their order."""

from hypothesis import given
from hypothesis import strategies as st

from tui.demo.server.store import Store
from tui.domain.clock import ManualClock

NOW = 1_790_000_000_000


def made(**options: int) -> tuple[Store, ManualClock]:
    clock = ManualClock(NOW)
    return Store(clock=clock, **options), clock


def messages(store: Store, start: int | None = None, end: int | None = None) -> list[str]:
    return [event.message for event in store.groups["g"].between(start, end)]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=40))
def test_the_record_is_ordered_by_timestamp_then_ingestion_then_request(puts: list[tuple[int, int]]) -> None:
    store, _ = made()
    store.create_group("g")
    for number, (at, ingested) in enumerate(puts):
        store.put("g", "s", [(NOW + at, str(number))], ingested_at=NOW - 10 + ingested)
    expected = sorted(range(len(puts)), key=lambda number: (*puts[number], number))
    assert messages(store) == [str(number) for number in expected]


def test_event_ids_grow_in_the_order_of_the_record() -> None:
    store, _ = made()
    for at in (5, 3, 5, 9, 3):
        store.put("g", "s", [(NOW + at, "m")])
    ids = [event.event_id for event in store.groups["g"].events]
    assert ids == sorted(set(ids))
    assert {len(event_id) for event_id in ids} == {56}


def test_both_ends_of_a_window_are_in_it() -> None:
    store, _ = made()
    store.put("g", "s", [(NOW + at, str(at)) for at in range(5)])
    assert messages(store, NOW + 1, NOW + 3) == ["1", "2", "3"]


def test_the_oldest_events_go_first() -> None:
    store, _ = made(capacity=80)
    store.put("g", "s", [(NOW + at, str(at)) for at in range(1000)])
    kept = messages(store)
    assert kept[-1] == "999"
    assert kept == [str(at) for at in range(1000 - len(kept), 1000)]
    assert 80 <= len(kept) <= 90
    assert len(store.groups["g"].streams["s"].events) == len(kept)


def test_few_but_large_events_are_bounded_by_their_bytes() -> None:
    store, _ = made(capacity_bytes=10_000)
    for number in range(100):
        store.put("g", f"stream {number % 3}", [(NOW + number, "x" * 974)])
    group = store.groups["g"]
    assert 10 <= len(group.events) <= 12
    assert group.events[-1].at == NOW + 99
    assert group.size == sum(event.size for event in group.events)
    assert sum(len(stream.events) for stream in group.streams.values()) == len(group.events)
    assert (len(group.arrivals), group.arrived) == (len(group.events), 100)


def test_arrivals_stay_bounded_and_their_cursor_goes_on() -> None:
    store, _ = made(capacity=10)
    store.put("g", "s", [(NOW, "m")] * 50_000)
    group = store.groups["g"]
    assert group.arrived == 50_000
    assert len(group.arrivals) <= 40_000
    assert len(group.arrived_since(49_990)) == 10


def test_an_event_held_back_is_nowhere_until_its_ingestion() -> None:
    store, clock = made()
    store.delay = lambda: 8_000
    store.put("g", "s", [(NOW, "late")])
    clock.advance(7.9)
    assert messages(store) == []
    clock.advance(0.2)
    assert messages(store) == ["late"]
    assert store.groups["g"].events[0].ingested_at == NOW + 8_000


def test_a_group_made_again_holds_nothing_of_before() -> None:
    store, clock = made()
    store.put("g", "s", [(NOW, "old")])
    store.put("g", "s", [(NOW, "held")], ingested_at=NOW + 1_000)
    store.delete_group("g")
    store.create_group("g")
    clock.advance(2)
    assert messages(store) == []
    assert store.groups["g"].streams == {}


def test_a_stream_is_as_old_as_its_first_record() -> None:
    store, _ = made()
    store.put("g", "s", [(NOW - 5_000, "m")], ingested_at=NOW - 4_000)
    assert store.groups["g"].created_at == store.groups["g"].streams["s"].created_at == NOW - 4_000
