"""Extracts log records from pasted text (consoles, AWS clients, CSV, chats, our own output), one line each for `parse`.

What tools print around the records (ids, tokens, brackets, rulers) is left out; anything else is passed on as it is.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from tui.domain.reading.pasted_pieces import IKE_STATE, RECORD_COLUMNS, Lines, pieces

_DEEPEST: Final = 8
_MOST_OPENINGS: Final = 8
_DECODER: Final = json.JSONDecoder()

# What AWS clients print around the records. None of it is a message.
_FURNITURE: Final = (
    r"eventId|ingestionTime|logStreamName|logStream|logGroupIdentifier|logGroupName|logGroup|searchedLogStreams"
    r"|searchedCompletely|nextToken|nextForwardToken|nextBackwardToken|timestamp|events|results|status|statistics"
    r"|recordsMatched|recordsScanned|bytesScanned|field|value|@ptr|@timestamp|@logStream|@log|@ingestionTime"
)
_FURNITURE_NAME = re.compile(_FURNITURE, re.IGNORECASE)
_BRACKETS = re.compile(r"[\s|+\-={}()\[\],]*")
_IS_FURNITURE = re.compile(
    rf"[\s|+\-={{}}()\[\],]*|[\s\-|{{]*[\"']?(?:{_FURNITURE})[\"']?\s*[:=|].*|SEARCHEDLOGSTREAMS\b.*"
    r"|[\s|]*(?:FilterLogEvents|GetLogEvents|GetQueryResults)[\s|]*",
    re.IGNORECASE,
)
_OWN_TAIL = re.compile(
    r"\d\d:\d\d:\d\d (?:\S.*? )?(?:[0-9a-f:.]{3,45}|\?) [^\w\s\"'{}\[\]()] "
    r"(?P<message>.+?)(?:  \[[^\[\]]*\])?(?:  \(late\))?"
)
_OWN_REMARK = re.compile(r"-- .*|\d\d:\d\d:\d\d \S.* ⇒ \w+ → \w+")
_SYMBOL: Final = "[●▲✖◌?]"
_COLUMNS: Final = (
    r"(?:\s+(?:estab\w*|negot\w*|rekey\w*|down|–)){0,2}(?:\s+(?:–|up(?: \d+)?\??|[a-z]+))?"
    r"(?:\s+(?:on|off|–))?(?:\s+(?:yes|no|–))?(?:\s+≥?\d+)?"
)
_OWN_BOARD = re.compile(
    r"\S+: \d+ connections?(?: in \S+)?, \d+ tunnels?\b.*|AGE\s+STATE\s+TUNNEL\b.*|EC2 says .*"
    r"|frozen at \S+, not live|\d+ tunnels? hidden; esc shows all"
    rf"|(?:\S.*\s)?{_SYMBOL} (?:\d+/\d+ (?:carry|redundant)|unknown|no tunnels)\b.*"
    rf"|(?:≥?\d+[smhdw]\w*\s+)?{_SYMBOL} [\w ]{{2,20}}?\s+(?=\S*[.:])[0-9a-f.:]{{7,45}}{_COLUMNS}"
    rf"(?:\s+{_SYMBOL}?\s*(?P<cause>\S.*))?"
)
"""A line of our own board: its summary, its headings, a doubt, a connection, or a tunnel with its cause."""
_CAUSE = re.compile(rf"{_SYMBOL}\s+(?P<cause>\S.*)")
_BULLET = re.compile(r"(?:>\s*)*(?:[-*•·–]\s+|\d{1,3}[.)]\s+)?")
_QUOTES: Final = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "«": "»"}
_TIME: Final = (
    r"\[?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
    r"|\d{1,2}/(?:\d\d|[A-Z][a-z]{2})/\d{2,4}[, :]+\d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?(?: [+-]\d{4})?"
    r"|(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} +\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d"
    r"|\d\d:\d\d:\d\d(?:\.\d{1,9})?|\d{13})\]?"
)
_BEFORE = re.compile(rf"(?:(?:{_TIME}|/aws/\S+|vpn-\S+?(?:IKE|BGP)\.log)(?:[:,\s]\s*|$))+")
_MESSAGE = re.compile(
    r"[\"']?\bmessage[\"']?\s*[:=]\s*(?:([\"'])(?P<quoted>.*?)(?<!\\)\1\s*(?:[,})]|$)|(?P<bare>[^\"'{].*))",
    re.IGNORECASE,
)
_DETAILS = re.compile(
    r"(?<![A-Za-z0-9_])(?:details|VpnLogDetail|(?:Tunnel)?_?ike_?phase_?[12]_?state)[\"']?\s*[:=]", re.IGNORECASE
)
_BGP_KIND = re.compile(r"\b(?:BGP|Route)Status\b")


def records(lines: Iterable[str]) -> Iterator[str]:
    """Yield the records in the lines, each as one line that `parse` reads; never raises."""
    for piece in pieces(Lines(lines)):
        yield from _in_text(piece) if isinstance(piece, str) else _in_object(piece)


def _in_object(piece: object, depth: int = 0) -> Iterator[str]:
    """Yield the records in a decoded object: a record, a client's event, a row of Logs Insights, our own output."""
    if depth > _DEEPEST:
        return
    if isinstance(piece, str):
        yield from _in_text(piece)
    elif isinstance(piece, list):
        row = _row(piece)
        for item in [row] if row else piece:
            yield from _in_object(item, depth + 1)
    elif isinstance(piece, Mapping):
        yield from _in_mapping(piece, depth)


def _in_mapping(piece: Mapping[str, object], depth: int) -> Iterator[str]:
    kind = piece.get("type")
    if kind in ("transition", "feed") and ("to" in piece or "state" in piece):
        return  # printed by our own tail, not a record
    if isinstance(raw := piece.get("raw"), str) and "message" in piece:
        yield raw
    elif _is_record(piece):
        yield json.dumps(piece, ensure_ascii=False)
    elif (message := _message(piece)) is not None:
        yield from _in_object(message, depth + 1)
    else:
        inner = [value for value in piece.values() if isinstance(value, list | dict)]
        for value in inner:
            yield from _in_object(value, depth + 1)
        if depth == 0 and not inner and not any(map(_FURNITURE_NAME.fullmatch, map(str, piece))):
            yield json.dumps(piece, ensure_ascii=False)


def _row(items: list[object]) -> dict[str, object] | None:
    """Return a row of Logs Insights, a list of {field, value}, as one object."""
    pairs = [item for item in items if isinstance(item, Mapping) and {"field", "value"} <= item.keys()]
    return {str(pair["field"]): pair["value"] for pair in pairs} if pairs and len(pairs) == len(items) else None


def _is_record(piece: Mapping[str, object]) -> bool:
    names = {str(key).lower() for key in piece}
    return bool(
        names & RECORD_COLUMNS
        or any(map(IKE_STATE.search, names))
        or str(piece.get("type")) in ("BGPStatus", "RouteStatus")
        or {"status", "resource_id"} <= names
    )


def _message(piece: Mapping[str, object]) -> object | None:
    return next((piece[key] for key in ("@message", "message", "Message", "log") if piece.get(key)), None)


def _in_text(text: str, depth: int = 0) -> Iterator[str]:
    """Yield the records in a line of text: embedded JSON, or the words without what surrounds them."""
    if _OWN_REMARK.fullmatch(text):
        return
    for spelling in (text, text.replace('\\"', '"'), text.replace('""', '"')):
        decoded = _embedded(spelling) if depth <= _DEEPEST else []
        if decoded:
            for piece in decoded:
                yield from _in_object(piece, depth + 1)
            return
    if _IS_FURNITURE.fullmatch(text.strip()) and not _DETAILS.search(text) and not _MESSAGE.search(text):
        return
    board = text.strip("▌┃ \t")
    if own := _OWN_BOARD.fullmatch(board) or _CAUSE.fullmatch(board):
        yield from filter(None, [own["cause"]])
        return
    if own := _OWN_TAIL.fullmatch(text.strip()):
        yield own["message"]
        return
    bare = _bare(text)
    message = _MESSAGE.search(bare)
    if message and not _DETAILS.search(bare) and not _BGP_KIND.search(bare):
        bare = _bare(message["quoted"] or message["bare"] or bare)
    if bare and not _BRACKETS.fullmatch(bare):
        yield bare


def _embedded(text: str) -> list[object]:
    """Return the JSON objects in a text that are or contain records: the CLI's text output has many in a row."""
    objects: list[object] = []
    if _BGP_KIND.search(text) and '"BGPStatus"' not in text and '"RouteStatus"' not in text:
        return objects  # values without names; only their message is an object
    position = failed = 0
    while failed < _MOST_OPENINGS and (start := text.find("{", position)) >= 0:
        try:
            decoded, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            decoded, end = None, start + 1
        if isinstance(decoded, dict) and (_is_whole(decoded) or _message(decoded) is not None):
            objects.append(decoded)
            position = end
        else:
            failed += 1
            position = start + 1
    return objects


def _is_whole(piece: Mapping[str, object]) -> bool:
    """Whether an object is a record in itself rather than the message of one."""
    return _is_record(piece) and (piece.keys() > {"details"} and "prefix" not in piece)


def _bare(text: str) -> str:
    """Return a text without bullets, quotes, table bars, and without leading times and stream names."""
    for _ in range(4):
        before = text
        text = text.strip()
        if text.startswith("|") and text.endswith("|"):
            text = text.strip("| ")
        text = _BULLET.sub("", text, count=1)
        closing = _QUOTES.get(text[:1])
        if closing and text.rstrip(",;").endswith(closing) and len(text) > 1:
            text = text.rstrip(",;")[1:-1]
        text = _BEFORE.sub("", text, count=1)
        if text == before:
            break
    return text
