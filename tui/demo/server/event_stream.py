"""Frames of `application/vnd.amazon.eventstream`, the encoding of Live Tail.

A frame is `total length u32 · headers length u32 · CRC32 of those 8 bytes · headers · payload · CRC32 of all before`,
big-endian; a header is `name length u8 · name · type u8 (7 = string) · value length u16 · value`.
Source: smithy.io, "Amazon Event Stream specification".
"""

import json
import struct
import zlib
from collections.abc import Mapping

_STRING = 7


def encode_frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Return one frame with string headers."""
    packed = b"".join(_encode_header(name.encode(), value.encode()) for name, value in headers.items())
    prelude = struct.pack("!II", 16 + len(packed) + len(payload), len(packed))
    frame = prelude + struct.pack("!I", zlib.crc32(prelude)) + packed + payload
    return frame + struct.pack("!I", zlib.crc32(frame))


def event_frame(event_type: str, body: Mapping[str, object]) -> bytes:
    """Return the frame of an event with a JSON body."""
    headers = {":message-type": "event", ":event-type": event_type, ":content-type": "application/json"}
    return encode_frame(headers, json.dumps(body).encode())


def exception_frame(exception_type: str, message: str) -> bytes:
    """Return the frame of an exception, which ends the stream."""
    headers = {":message-type": "exception", ":exception-type": exception_type, ":content-type": "application/json"}
    return encode_frame(headers, json.dumps({"message": message}).encode())


def oversized_prelude() -> bytes:
    """Return the start of a frame that announces 2 GiB with a valid checksum: more than any reader may accept."""
    prelude = struct.pack("!II", 2**31 - 1, 0)
    return prelude + struct.pack("!I", zlib.crc32(prelude))


def _encode_header(name: bytes, value: bytes) -> bytes:
    return struct.pack("!B", len(name)) + name + struct.pack("!BH", _STRING, len(value)) + value
