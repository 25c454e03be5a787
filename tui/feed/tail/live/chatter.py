"""The filter pattern for Live Tail sessions that leave out routine lines.

They are most of what a tunnel behind NAT logs: dead peer detection every ten seconds, and each of its packets. The
message catalogue marks the same lines as routine; a test ensures that no other line contains one of these phrases.
"""

from typing import Final

_PHRASES: Final = (
    "DPD request",
    "DPD ACK",
    "DPD response",
    "sending packet: from",
    "received packet: from",
    "for INFORMATIONAL",
    "for Informational",
    "keepalive",
    "keep-alive",
)

WITHOUT_CHATTER: Final = " ".join(f'-"{phrase}"' for phrase in _PHRASES)
"""All lines but those with one of the phrases. Phrases rather than JSON fields, since a delivery may be plain text.

Source: CloudWatch Logs user guide, "Filter pattern syntax": `-` before a term excludes lines that contain it, quotation
marks make a term of several words, and case matters. At most 1,024 characters (StartLiveTail, API reference).
"""
