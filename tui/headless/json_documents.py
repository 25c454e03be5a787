"""The fleet as JSON: the shapes of `status --json` and `tail --json`. Unknown values are null; no list is truncated."""

from collections.abc import Mapping, Sequence

from tui.content.assessment import Diagnose, Judge, standing
from tui.content.board.common_falls import common_fall_text
from tui.content.doubts import doubt_sentence
from tui.content.past.known_changes import KnownChange, known_changes
from tui.content.past.option_changes import what_changed
from tui.content.tunnel.remarks import remark_sentence
from tui.content.wording import ANYWHERE, ec2_status, maintenance
from tui.domain.diagnosis.diagnose import Diagnosis
from tui.domain.diagnosis.recurring import bgp_losses
from tui.domain.diagnosis.unrouted import unrouted
from tui.domain.feed_state import FeedState
from tui.domain.inventory import OptionChange
from tui.domain.judgement.judgement import Judgement
from tui.domain.judgement.quiet import quiet_for
from tui.domain.judgement.verdict import verdict_of
from tui.domain.knowledge.rule import Explanation
from tui.domain.past.common_falls import CommonFall
from tui.domain.past.outages import Outage, Outages
from tui.domain.state.connection import Connection
from tui.domain.state.fleet import Fleet, Noted
from tui.domain.state.marks import Mark
from tui.domain.state.tunnel import Tunnel
from tui.domain.state.tunnel_state import Health, Transition
from tui.domain.times import iso, iso_ms
from tui.domain.trail import TrailChange

Json = dict[str, object]


def status_document(
    fleet: Fleet,
    feed: FeedState,
    *,
    now: int,
    diagnose: Diagnose,
    judge: Judge,
    outages: Outages,
    sites: Mapping[str, FeedState] | None = None,
) -> Json:
    """Return the whole fleet as of `now` (ms), with the state of each of several `sites`."""
    delay = fleet.delivery.longest(now=now)
    behind = None if fleet.watermark is None else max(0, now - fleet.watermark) // 1000
    return {
        "generated_at": iso(now),
        "region": feed.region or None,
        "feed": {
            "state": feed.mode.value,
            "reason": feed.reason or None,
            "notices": list(feed.notices),
            "behind_seconds": behind,
            "delivery_seconds": None if delay is None else delay // 1000,
            "since": _time(feed.since),
        },
        "connections": [
            site_of(connection.source) | _connection(connection, now, diagnose, judge, outages)
            for connection in fleet.connections
        ],
    } | ({"sites": {name: _state_of_site(fleet, name, state, now) for name, state in sites.items()}} if sites else {})


def common_fall_document(fall: CommonFall) -> Json:
    """Return a common fall: what the connections share, and how many others share it too."""
    return {
        "start": iso(fall.start),
        "end": iso(fall.end),
        "connections": list(fall.connections),
        "others": fall.others,
        "shared": fall.trait.value if fall.trait else None,
        "value": fall.value or None,
        "sharing": fall.sharing,
        "others_sharing": fall.others_sharing,
        "text": common_fall_text(fall, ANYWHERE),
    }


def _state_of_site(fleet: Fleet, name: str, state: FeedState, now: int) -> Json:
    watermark = fleet.watermarks.get(name)
    return {
        "state": state.mode.value,
        "reason": state.reason or None,
        "behind_seconds": None if watermark is None else max(0, now - watermark) // 1000,
        "region": state.region or None,
        "account": state.account or None,
    }


def site_of(source: str) -> Json:
    """Return the site of a connection or an event, if there are several sites."""
    return {"site": source} if source else {}


def _connection(connection: Connection, now: int, diagnose: Diagnose, judge: Judge, outages: Outages) -> Json:
    judgements = [(tunnel, judge(tunnel)) for tunnel in connection.tunnels]
    changes = sorted(known_changes(connection), key=lambda known: known.at)
    return {
        "id": connection.id or None,
        "name": connection.name_at_its_site or None,
        "verdict": verdict_of(judgement for _, judgement in judgements).value,
        "up": sum(1 for _, judgement in judgements if judgement.health is Health.UP),
        "carrying": sum(1 for _, judgement in judgements if judgement.carries),
        "total": len(judgements),
        "tunnels": [
            _tunnel(tunnel, judgement, now, diagnose(tunnel))
            | {
                "unrouted": unrouted(tunnel, connection, judgement, now=now),
                "outages": _outages(tunnel, now, diagnose, outages),
                "changes": [
                    change_document(change) for change in changes if change.change.outside_ip in ("", tunnel.outside_ip)
                ],
            }
            for tunnel, judgement in judgements
        ],
    }


def _tunnel(tunnel: Tunnel, judgement: Judgement, now: int, diagnoses: Sequence[Diagnosis]) -> Json:
    state, carries_since = tunnel.state, standing(tunnel.state, judgement)
    since = state.is_up if judgement.ike.value is None else judgement.ike
    causes = [_diagnosis(diagnosis) for diagnosis in diagnoses]
    quiet = quiet_for(tunnel, judgement, now=now)
    return {
        "outside_ip": tunnel.outside_ip,
        "health": judgement.health.value,
        "carries": judgement.carries,
        "doubt": doubt_sentence(judgement.doubt, moment=ANYWHERE) if judgement.doubt else None,
        "phase1": state.phase1.value.value,
        "phase2": state.phase2.value.value,
        # The time since it is up or not: a peer that retries alternates between negotiating and down.
        "since": _time(since.at),
        "since_exact": since.seen,
        "carries_since": _time(carries_since.at),
        "carries_since_exact": carries_since.seen,
        "phase1_since": _time(state.phase1.at),
        "phase2_since": _time(state.phase2.at),
        "last_event_at": _time(tunnel.last_event_at),
        "dpd_enabled": state.dpd_enabled,
        "nat_t_detected": state.nat_t_detected,
        "quiet_seconds": None if quiet is None else quiet // 1000,
        "flaps": state.flaps(now),
        "bgp_losses": bgp_losses(state, now=now),
        "events": tunnel.history.seen,
        "unknown_messages": tunnel.unknown,
        "bgp": _bgp(tunnel),
        "ec2": _ec2(tunnel),
        "diagnosis": causes[0] | {"also": [diagnosis.code for diagnosis in diagnoses[1:]]} if causes else None,
        "runners_up": causes[1:],
    }


def _diagnosis(diagnosis: Diagnosis) -> Json:
    words = diagnosis.cause
    return {
        "code": diagnosis.code,
        "variant": diagnosis.variant or None,
        "title": words.title,
        "severity": words.severity.value,
        "confidence": "certain" if diagnosis.certain else "likely",
        "since": _time(diagnosis.since),
        "evidence": [f"{iso(evidence.at)} {evidence.text}" for evidence in diagnosis.evidence],
        "remarks": [remark_sentence(remark, ANYWHERE) for remark in diagnosis.remarks],
        "check_aws": list(words.check_aws),
        "check_cgw": list(words.check_cgw),
        "say": words.say,
    }


def _outages(tunnel: Tunnel, now: int, diagnose: Diagnose, outages: Outages) -> list[Json]:
    return [outage_document(outage, now=now) for outage in outages.of(tunnel, now=now, current=diagnose(tunnel))]


def outage_document(outage: Outage, *, now: int) -> Json:
    """Return one outage; an ongoing one has no end, and its length (ms) runs until `now`."""
    diagnosis = outage.diagnosis
    return {
        "kind": outage.kind.value,
        "start": _time(outage.start),
        "start_exact": outage.start_exact,
        "end": _time(outage.end),
        "seconds": outage.length(now) // 1000,
        "closed_by": outage.closed_by.value if outage.closed_by else None,
        "code": diagnosis.code if diagnosis else None,
        "title": diagnosis.cause.title if diagnosis else None,
        "evidence": [f"{iso(fact.at)} {fact.text}" for fact in diagnosis.evidence] if diagnosis else [],
    }


def _bgp(tunnel: Tunnel) -> Json | None:
    bgp = tunnel.state.bgp
    if bgp.session is None:
        return None
    return {
        "state": bgp.session,
        "since": _time(bgp.is_established.at),
        "prefixes": len(bgp.prefixes),
        "denied": [{"prefix": denial.prefix, "reason": denial.reason} for denial in bgp.denied],
    }


def _ec2(tunnel: Tunnel) -> Json | None:
    facts = tunnel.facts
    telemetry = facts.telemetry if facts else None
    if facts is None or telemetry is None:
        return None
    return {
        "status": ec2_status(telemetry),
        "message": telemetry.message or None,
        "since": _time(telemetry.since),
        "negotiated": facts.negotiated or None,
        "replaced_at": _time(facts.replaced_at),
        "maintenance": maintenance(facts, ANYWHERE) or None,
    }


def event_document(noted: Noted, *, late: bool) -> Json:
    """Return one event as `tail --json` prints it. `late`: older than what was already printed for its tunnel."""
    tunnel, entry = noted.tunnel, noted.entry
    raw, state = entry.raw, entry.state
    return {
        "type": "event",
        **site_of(raw.source),
        "connection": tunnel.connection or None,
        "outside_ip": tunnel.outside_ip,
        "at": iso_ms(raw.at),
        "ingested_at": iso_ms(raw.ingested_at),
        "log": entry.log.value,
        "message": entry.event.message,
        "phase1": state.phase1.value.value,
        "phase2": state.phase2.value.value,
        "explanation": _explanation(entry.explanation),
        "source": raw.origin.value,
        "late": late,
        "raw": raw.message,
    }


def _explanation(explanation: Explanation | None) -> Json | None:
    if explanation is None:
        return None
    return {
        "rule": explanation.rule.id,
        "match": "exact" if explanation.rule.is_exact else "likely",
        "severity": explanation.severity.value,
        "meaning": explanation.meaning,
    }


def transition_document(tunnel: Tunnel, transition: Transition, *, site: str = "") -> Json:
    """Return one change of health; `health` is the tunnel's current health."""
    return {
        "type": "transition",
        **site_of(site),
        "connection": tunnel.connection or None,
        "outside_ip": tunnel.outside_ip,
        "at": iso_ms(transition.at),
        "from": transition.before.value,
        "to": transition.after.value,
        "health": tunnel.health.value,
    }


def mark_document(mark: Mark) -> Json:
    """Return a note of the user as `replay --json` prints it."""
    return {"type": "mark", "at": iso_ms(mark.at), "text": mark.text}


def change_document(known: KnownChange) -> Json:
    """Return one change at AWS: as EC2 shows it, with the option's values, or as the call in CloudTrail."""
    change = known.change
    shown = change if isinstance(change, OptionChange) else None
    call = change if isinstance(change, TrailChange) else None
    return {
        "at": iso(change.at),
        "outside_ip": change.outside_ip or None,
        "what": what_changed(change, ANYWHERE),
        "who": known.who,
        "option": shown.option if shown else None,
        "before": shown.before if shown else None,
        "after": shown.after if shown else None,
        "call": call.call if call else None,
    }


def feed_document(feed: FeedState, *, site: str = "") -> Json:
    """Return the state of the feed, with the remarks that do not stop it."""
    return {
        "type": "feed",
        **site_of(site),
        "state": feed.mode.value,
        "reason": feed.reason or None,
        "notices": list(feed.notices),
    }


def _time(at: int | None) -> str | None:
    return None if at is None else iso(at)
