"""The prefixes of a session behave like a dict, for a fraction of its memory."""

import gc
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from tests.factories import fleet_of, route
from tui.domain.state.prefixes import NO_PREFIXES

names = st.sampled_from([f"10.{number}.0.0/16" for number in range(40)])


@given(st.lists(st.tuples(names, st.sampled_from(["65010", "65010 65020", None])), max_size=300))
def test_prefixes_say_what_a_dict_would_say(changes: list[tuple[str, str | None]]) -> None:
    known: dict[str, str] = {}
    prefixes = NO_PREFIXES
    for name, path in changes:
        before, was = prefixes, list(prefixes)
        if path is None:
            known.pop(name, None)
            prefixes = prefixes.withdrawn(name)
        else:
            known[name] = path
            prefixes = prefixes.announced(name, path)
        assert list(before) == was
        assert (name in prefixes) is (name in known)
        assert len(prefixes) == len(known)
    assert list(prefixes) == list(known.items())
    assert (prefixes == NO_PREFIXES) is (not known)


def test_the_last_thousand_prefixes_are_remembered() -> None:
    prefixes = NO_PREFIXES
    for number in range(3_000):
        prefixes = prefixes.announced(f"10.{number >> 8}.{number & 255}.0/24", "")
    assert len(prefixes) == len(list(prefixes)) == 1_000
    assert "10.11.183.0/24" in prefixes
    assert "10.0.0.0/24" not in prefixes


def test_a_thousand_routes_cost_no_more_than_their_lines() -> None:
    fleet = fleet_of()
    tracemalloc.start()
    try:
        for start in range(0, 2_000, 100):
            numbers = range(start, start + 100)
            fleet.apply([route("ADVERTISED", f"10.{n >> 8}.{n & 255}.0/24", at=n / 10) for n in numbers])
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(fleet.tunnels[0].state.bgp.prefixes) == 1_000
    assert held < 2_000 * 3_000
