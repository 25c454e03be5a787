"""The state of a tunnel, and how it changes with the phases."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from tui.domain.events import Phase
from tui.domain.state.bgp import Bgp
from tui.domain.state.since import Since
from tui.domain.times import HOUR, MINUTE

BURST: Final = 1_500
"""How long records may still show the state from before a line that announced a change, ms. Real daemons settle in 4
ms; IKE records are stamped in whole seconds, so a burst can span two.
"""

LONGEST_LIFE: Final = 75 * MINUTE
"""A phase 2 SA lives an hour by default; one older than this ended without a line."""
STOOD_STEP: Final = 10 * MINUTE
"""The resolution of `stood_at`, when phase 2 was last seen up: each new state costs memory."""
MOST_RENEWALS: Final = 8
"""A device that authenticates anew does so every few hours: the last loss among its set-ups is remembered a day."""
REMEMBERED: Final = 64
"""The number of falls and changes of health that a state holds."""


class Health(StrEnum):
    """Whether a tunnel carries traffic, as far as IKE can tell."""

    UP = "up"
    NEGOTIATING = "negotiating"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of health."""

    at: int
    before: Health
    after: Health


def rise_times(transitions: Iterable[Transition]) -> list[int]:
    """Return when the tunnel came up, ms, in the order of these changes."""
    return [change.at for change in transitions if change.after is Health.UP]


class Sa(NamedTuple):
    """A pair of phase 2 SAs: when it was set up, ms, and its SPIs.

    A pair older than the log has no SPIs, and as `at` the time of the first pair that was logged.
    """

    at: int
    inbound: str
    outbound: str


class Ending(NamedTuple):
    """One end of a tunnel that was up: when, ms, and the rule of its most informative line, empty if there is none.

    `lived` is the lifetime of these SAs, ms; None if their beginning was not seen. `was_brief` if the tunnel was up
    again within the burst: such an end is no fall.
    """

    at: int
    rule: str = ""
    lived: int | None = None
    was_brief: bool = False

    @property
    def began(self) -> int | None:
        """When these SAs were set up, ms; None if that was not seen."""
        return None if self.lived is None else self.at - self.lived


class Excuse(NamedTuple):
    """A DELETE of an IKE_SA that is to be expected, because an exchange replaces that IKE_SA.

    `exchange` names the exchange; the DELETE comes by `until`, ms; `is_confirmed` once the replacement was seen up.
    """

    exchange: str
    at: int
    until: int
    is_confirmed: bool = False


class Renewal(NamedTuple):
    """A complete set-up, over a new IKE_SA, beside an older pair of SAs: its first line and that of its phase 2 SA, ms.

    The log alone cannot tell whether the older pair still existed.
    """

    began: int
    at: int


class State(NamedTuple):
    """A tunnel's state after some event of its history.

    A named tuple: each line of a negotiation makes a new one, and copying a frozen dataclass of this width takes ten
    times as long.
    """

    phase1: Since[Phase] = Since(Phase.UNKNOWN)
    phase2: Since[Phase] = Since(Phase.UNKNOWN)
    health: Since[Health] = Since(Health.UNKNOWN)
    is_up: Since[bool | None] = Since(None)
    """Whether the tunnel is up, and since when it is or is not. With a peer that retries every few seconds, the health
    moves between negotiating and down, although the outage began long before.
    """
    dpd_enabled: bool | None = None
    nat_t_detected: bool | None = None
    is_ikev1: bool | None = None
    """Whether IKEv1 is used, as far as the exchanges show."""
    bgp: Bgp = Bgp()
    transitions: tuple[Transition, ...] = ()
    falls: tuple[int, ...] = ()
    """When the tunnel went down, ms; the last 64."""
    endings: tuple[Ending, ...] = ()
    """How it went down each time; the last 64."""
    sas: tuple[Sa, ...] = ()
    """The existing pairs of phase 2 SAs, as far as the log showed."""
    removed: frozenset[str] = frozenset()
    """The SPIs of the pairs removed last."""
    unknown_removed_at: int | None = None
    """When a pair without any other line in the log was last removed, ms."""
    stood_at: int | None = None
    """When a record last showed phase 2 up, ms, to within `STOOD_STEP`."""
    attempt_at: int | None = None
    """When a negotiation beside the existing SAs was last heard of, ms."""
    unproven_since: int | None = None
    """Since when only such negotiations have been heard of, ms; None if the SAs themselves were heard of last."""
    excuses: tuple[Excuse, ...] = ()
    """The expected DELETEs of replaced IKE_SAs; each excuses one."""
    excused_at: int | None = None
    """When the last of them came, ms. It may take several lines."""
    rekeyed_at: int | None = None
    """When a further phase 2 SA was last negotiated whose line is still to come, ms."""
    presumed: "AssumedState | None" = None
    retracted: "State | None" = None
    """A presumed end that a record of a negotiation refuted. A new pair of SAs right afterwards shows that it was one
    after all.
    """
    dip: "BriefOutage | None" = None
    renewals: tuple[Renewal, ...] = ()
    """The last set-ups of this kind, at most `MOST_RENEWALS`."""

    def flaps(self, now: int, within: int = HOUR) -> int:
        """Return how often the tunnel went down in the `within` ms before `now`."""
        return sum(1 for at in self.falls if now - within <= at <= now)


@dataclass(frozen=True, slots=True)
class AssumedState:
    """A state concluded from what a line says, while its own state fields still show the previous one."""

    at: int
    before: State
    rule: str = ""
    """The rule of that line."""


@dataclass(frozen=True, slots=True)
class BriefOutage:
    """What a fall set aside, to be restored if the tunnel is up again within the burst.

    That is no fall: a rekey can remove the last SA before the next one exists (after 18 ms, as measured), and a peer
    that restarts can be back within the same second.
    """

    at: int
    health: Since[Health]
    is_up: Since[bool | None]
    transitions: tuple[Transition, ...]
    falls: tuple[int, ...]


UNHEARD: Final = State()


def health_of(phase1: Phase, phase2: Phase) -> Health:
    """Return the health of a tunnel in these phases; rekeying counts as up.

    Phase 2 carries the traffic: with IKEv1 it outlives phase 1.
    """
    if phase2.is_up:
        return Health.UP
    if Phase.NEGOTIATING in (phase1, phase2):
        return Health.NEGOTIATING
    if Phase.DOWN in (phase1, phase2):
        return Health.DOWN
    return Health.UNKNOWN


def moved(state: State, phase1: Phase, phase2: Phase, at: int) -> State:
    if phase1 is state.phase1.value and phase2 is state.phase2.value:
        return state
    heard = state.health.value is not Health.UNKNOWN
    health = state.health.moved_to(health_of(phase1, phase2), at=at, seen=heard)
    is_up = state.is_up.moved_to(health.value is Health.UP, at=at, seen=heard)
    transitions, falls, dip, endings = state.transitions, state.falls, state.dip, state.endings
    if health is not state.health:
        if state.health.value is Health.UP:
            falls = (*falls, at)[-REMEMBERED:]
            endings = (*endings, Ending(at, lived=_lived(state, at)))[-REMEMBERED:]
            dip = BriefOutage(at, state.health, state.is_up, state.transitions, state.falls)
        if health.value is Health.UP and dip is not None and at - dip.at <= BURST:
            health, is_up, transitions, falls = dip.health, dip.is_up, dip.transitions, dip.falls
            endings = (*endings[:-1], endings[-1]._replace(was_brief=True))
        else:
            transitions = (*transitions, Transition(at, state.health.value, health.value))[-REMEMBERED:]
        dip = dip if health.value is not Health.UP else None
    return state._replace(
        phase1=state.phase1.moved_to(phase1, at=at, seen=state.phase1.value is not Phase.UNKNOWN),
        phase2=state.phase2.moved_to(phase2, at=at, seen=state.phase2.value is not Phase.UNKNOWN),
        health=health,
        is_up=is_up,
        transitions=transitions,
        falls=falls,
        dip=dip,
        endings=endings,
        sas=state.sas if phase2.is_up else (),
        stood_at=at if phase2.is_up else None,
        excuses=state.excuses if phase1.is_up else (),
        # The next one may be another device's.
        is_ikev1=state.is_ikev1 if phase1.is_up or phase2.is_up else None,
    )


def _lived(state: State, at: int) -> int | None:
    """Return how long the SAs ending at `at` existed, ms, from a brief outage on if there was one; None if unknown."""
    last = state.endings[-1] if state.endings else None
    if last is not None and last.was_brief:
        return at - last.at
    began = state.is_up
    return at - began.at if began.seen and began.at is not None else None


def presume(state: State, at: int, *, phase1: Phase | None = None, phase2: Phase | None = None) -> State:
    """Return the state that a line announces, to be checked against the next record."""
    after = moved(state, phase1 or state.phase1.value, phase2 or state.phase2.value, at)
    if after is state:
        return state
    older = state.presumed
    if older is not None and at - older.at <= BURST:
        return after._replace(presumed=AssumedState(at, older.before))
    if older is not None and older.before.health.value is Health.UP and after.health.value is not Health.UP:
        return after._replace(presumed=older)  # whatever failed since, the end itself is unproven
    # An older presumption holds: a delivery without state fields never tests it.
    return after._replace(presumed=AssumedState(at, state._replace(presumed=None, retracted=None)))
