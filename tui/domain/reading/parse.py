"""Parses a log line into an event. Never raises; an unreadable line becomes an `UnreadEvent`.

The forms, from AWS's documentation and from real events: compact JSON, even if the `text` output format was chosen; the
documented readable names as `name: value` or `name=value` in any order; values without names, which `unnamed`
identifies; free text. Any field may be missing, because deliveries of vended logs can select fields.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from tui.domain.events import BgpEvent, Event, IkeEvent, Phase, RouteEvent, UnreadEvent
from tui.domain.reading.streams import address
from tui.domain.reading.unnamed import BGP_WORDS, read_values
from tui.domain.text import clean

LONGEST: Final = 2_000
"""The characters of a message that are parsed. The original line stays whole in its `RawEvent`."""

_PHASES: Final[dict[str, Phase | None]] = {phase.value: phase for phase in Phase if phase is not Phase.UNKNOWN}
_TRUTHS: Final[dict[str, bool]] = {
    **dict.fromkeys(("true", "yes", "1", "enabled", "detected"), True),
    **dict.fromkeys(("false", "no", "0", "disabled", "not detected"), False),
}
# Every name that a line may give a field, in lower case and without underscores.
_FIELDS: Final = {
    "details": "details",
    "vpnlogdetail": "details",
    "ikephase1state": "phase1",
    "tunnelikephase1state": "phase1",
    "ikephase2state": "phase2",
    "tunnelikephase2state": "phase2",
    "dpdenabled": "dpd",
    "tunneldpdenabled": "dpd",
    "nattdetected": "nat",
    "tunnelcgwnattdetectionstatus": "nat",
    "type": "type",
    "status": "status",
    "message": "message",
    "resourceid": "resource",
    "vpnconnectionid": "connection",
    "tunneloutsideipaddress": "outside",
    "eventtimestamp": "time",
    "vpnlogcreationtimestamp": "time",
    "vpnlogcreationtimestampreadable": "time",
    "timestamp": "time",
}
IKE_NAMES: Final = (
    r"event_timestamp|VpnLogCreationTimestamp(?:Readable)?|timestamp|details|VpnLogDetail|dpd_enabled|TunnelDPDEnabled"
    r"|nat_t_detected|TunnelCGWNATTDetectionStatus|(?:Tunnel)?_?ike_?phase_?[12]_?state"
    r"|VpnConnectionId|TunnelOutsideIPAddress"
)
"""The field names of an IKE record in text, as an expression."""
_NAMED = re.compile(rf"(?<![A-Za-z0-9_])[\"']?({IKE_NAMES})[\"']?\s*[:=]\s*", re.IGNORECASE)
# The fields of a BGP record and its message. Only there: "status: …" may occur in any IKE message.
_BGP = re.compile(r"(?<![A-Za-z0-9_])[\"']?type[\"']?\s*[:=]\s*[\"']?(?:BGP|Route)Status\b", re.IGNORECASE)
BGP_NAMES: Final = (
    r"resource_id|event_timestamp|timestamp|type|status|message|details"
    r"|prefix|as_?path|local_?pref|med|next_?hop_?ip|weight"
)
"""The field names of a BGP record and of its message in text, as an expression."""
_BGP_NAMED = re.compile(rf"(?<![A-Za-z0-9_])[\"']?({BGP_NAMES})[\"']?\s*[:=]\s*", re.IGNORECASE)
_BGP_WORDS = re.compile(r"(?<![A-Za-z0-9_])(?:(?:BGP|Route)Status(?![A-Za-z0-9_])|AWS-side peer|DENIED due to)")
_MARKS: Final = " \t\r\n,;|{}"
_IKE_FIELDS: Final = frozenset({"details", "phase1", "phase2", "dpd", "nat"})
_PLACES: Final = frozenset({"resource", "connection", "outside"})
# The rest of a truncated field name, before its value.
_CUT_NAME = re.compile(r"^[A-Za-z_]{0,24}[\"']\s*[:=]\s*[\"']?")


def parse(line: str) -> Event:
    """Return the event in a log line."""
    if line.startswith(_STAMP) and line[_TIME_END : _TIME_END + 1] == "," and len(line) <= LONGEST:
        time = line[len(_STAMP) : _TIME_END]
        if time.isascii() and time.isdecimal():
            event = _repeated(line[_TIME_END + 1 :])
            if event is not None:
                return event
    data = _decoded(line)
    return _from_text(line) if data is None else _from_fields(data, line)


# AWS's records begin with it; the event does not depend on that time.
_STAMP: Final = '{"event_timestamp":'
_TIME_END: Final = len(_STAMP) + 10


@lru_cache(maxsize=4096)
def _repeated(rest: str) -> Event | None:
    """Return the event of an IKE record, given what follows its time; None if it is not such a record.

    A log repeats the same few lines: finding one again takes a tenth of the time of decoding it, and one copy serves.
    """
    data = _decoded("{" + rest)
    return _ike(_spelled_by_aws(data)) if data is not None and isinstance(data.get("details"), str) else None


def locate(line: str) -> tuple[str, str] | None:
    """Return the connection id and outside address if the line names its tunnel, for streams whose name does not."""
    data = _decoded(line)
    if data is None:
        fields = _read_names(line, _BGP_NAMED if _BGP.search(line, 0, _READ) else _NAMED)
        fields = fields if _PLACES & fields.keys() else read_values(line[:_READ]) or fields
    else:
        fields = _normalised(data)
    resource = str(fields.get("resource") or "")
    connection, _, outside = resource.partition("_")
    connection = connection or str(fields.get("connection") or "")
    outside = outside or str(fields.get("outside") or "")
    if not connection.startswith("vpn-"):
        return None
    return clean(connection)[:32], address(clean(outside)[:64]) or "?"


def _decoded(line: str) -> dict[str, object] | None:
    """Return the line as a JSON object, or None."""
    line = line.strip()
    if not line.startswith("{"):
        return None
    try:
        data, end = _DECODER.raw_decode(line)  # json.loads spends half its time around this call
    except (ValueError, RecursionError):
        return None
    return data if end == len(line) and isinstance(data, dict) else None


_DECODER: Final = json.JSONDecoder()


def _from_fields(data: Mapping[str, object], line: str) -> Event:
    if isinstance(data.get("details"), str):  # the form that AWS sends; the rest handles all others
        return _ike(_spelled_by_aws(data))
    fields = _normalised(data)
    if _is_bgp(fields):
        return _from_bgp(fields)
    if _IKE_FIELDS & fields.keys():
        return _ike(fields)
    return UnreadEvent(_message(line))


def _spelled_by_aws(data: Mapping[str, object]) -> Mapping[str, object]:
    """Return the fields of a record with AWS's field names."""
    return {
        "details": data["details"],
        "phase1": data.get("ike_phase1_state"),
        "phase2": data.get("ike_phase2_state"),
        "dpd": data.get("dpd_enabled"),
        "nat": data.get("nat_t_detected"),
    }


def _is_bgp(fields: Mapping[str, object]) -> bool:
    kind = str(fields.get("type", "")).lower()
    return kind in ("bgpstatus", "routestatus") or (
        "status" in fields and ("resource" in fields or "message" in fields)
    )


def _from_bgp(fields: Mapping[str, object]) -> Event:
    body = _message_fields(fields.get("message"))
    status = clean(str(fields.get("status") or "")).strip().lower()
    details = _message(_written(body["details"])) if body.get("details") is not None else ""
    if str(fields.get("type", "")).lower() != "routestatus" and status not in _ROUTE_STATUS:
        return BgpEvent(details or f"BGP session is {status.upper() or 'not named'}", _BGP_STATUS.get(status))
    action = status[:32] or "reported"
    prefix, as_path = _optional(body.get("prefix")), _optional(body.get("aspath"))
    if not details:
        details = f"route {prefix or '(no prefix)'} {action}" + (f", AS path {as_path}" if as_path else "")
    return RouteEvent(details, action, prefix, as_path)


_BGP_STATUS: Final = {"up": True, "down": False}
_ROUTE_STATUS: Final = frozenset({"advertised", "updated", "withdrawn"})


def _message_fields(message: object) -> dict[str, object]:
    """Return the fields of a BGP record's message, which is an object, an object written as text, or plain words."""
    body = message
    if isinstance(message, str):
        is_object = message.lstrip().startswith("{")
        body = (_decoded(message) or _read_names(message, _BGP_NAMED) if is_object else None) or {"details": message}
    return {str(key).lower(): value for key, value in body.items()} if isinstance(body, Mapping) else {}


def _from_text(line: str) -> Event:
    if _BGP.search(line, 0, _READ):
        fields = _read_names(line, _BGP_NAMED)
        return _from_bgp(fields | {"message": fields.get("message") or fields})
    # A BGP record of values without names may have named fields in its message.
    fields = {} if _BGP_WORDS.search(line, 0, _READ) else _read_names(line, _NAMED)
    if _IKE_FIELDS & fields.keys():
        if "details" not in fields:
            fields["details"] = _unnamed_message(line)
        return _ike(fields)
    values = read_values(line[:_READ])
    if values is None:
        values = _read_names(line, _BGP_NAMED)
        if _BGP_WORDS.search(line, 0, _READ) and {"message", "details"} & values.keys():
            return _from_bgp(values | {"message": values.get("message") or values})
        return _unread(line.strip())
    return _ike(values) if "details" in values else _from_bgp(values)


def _unread(text: str) -> Event:
    """Return the event of a text without fields; its beginning may show which log it is from."""
    return _bgp_message(_message(text)) or UnreadEvent(_message(text))


def _bgp_message(message: str) -> Event | None:
    """Return the event of a message that occurs only in the BGP log, whatever its record."""
    if not message.startswith(BGP_WORDS):
        return None
    return RouteEvent(message, "reported") if message.startswith("DENIED") else BgpEvent(message)


def _unnamed_message(line: str) -> str:
    """Return the message without a name: it usually precedes the first field, and may be truncated."""
    first = _NAMED.search(line)
    text = line[: first.start()].strip(_MARKS) if first else line
    text = _CUT_NAME.sub("", text)
    return text.removesuffix('"') if text.count('"') % 2 else text


_READ: Final = 65_536
"""The characters of a line that are searched for field names."""


def _read_names(line: str, names: re.Pattern[str]) -> dict[str, object]:
    """Return the fields of a `name: value` line; a value extends to the next known name."""
    matches = list(names.finditer(line[:_READ]))
    fields: dict[str, object] = {}
    ends = [*(match.start() for match in matches[1:]), len(line)]
    for match, end in zip(matches, ends, strict=False):
        name = match[1].lower().replace("_", "")
        fields.setdefault(_FIELDS.get(name, name), _unquoted(line[match.end() : end].strip(_MARKS)))
    return fields


def _unquoted(value: str) -> str:
    """Return a value without its surrounding quotes and what follows them; quotes inside a message are kept."""
    quote = value[:1]
    if quote not in ("'", '"'):
        return value
    end = _CLOSING[quote].search(value, 1)
    return value[1 : end.start() if end else None].replace("\\" + quote, quote)


_CLOSING: Final = {quote: re.compile(rf"(?<!\\){quote}(?=\s*(?:[,;|}}\]]|$))") for quote in ("'", '"')}


def _normalised(data: Mapping[str, object]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for key, value in data.items():
        name = _FIELDS.get(str(key).lower().replace("_", ""))
        if name:
            fields.setdefault(name, value)
    return fields


def _ike(fields: Mapping[str, object]) -> Event:
    details = fields.get("details")
    message = _message(_written(details)) if details is not None else ""
    return _bgp_message(message) or IkeEvent(
        message,
        _phase(fields.get("phase1")),
        _phase(fields.get("phase2")),
        _boolean(fields.get("dpd")),
        _boolean(fields.get("nat")),
    )


def _message(text: str) -> str:
    text = clean(text[: LONGEST + 1])
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _written(value: object) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)[: LONGEST + 1]
    except (ValueError, RecursionError):
        return type(value).__name__


def _phase(value: object) -> Phase | None:
    """Return the state, or None for a missing or unknown one, which changes nothing."""
    if isinstance(value, str):
        return _PHASES.get(value) or _PHASES.get(value.strip().lower())
    return None


def _boolean(value: object) -> bool | None:
    if value is True or value is False:
        return value
    if value is None:
        return None
    return _TRUTHS.get(str(value).strip().lower()) if isinstance(value, str | int) else None


def _optional(value: object) -> str | None:
    return clean(_written(value))[:256] if value not in (None, "") else None
