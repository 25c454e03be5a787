"""The filter pattern for a Live Tail session that leaves out routine lines.

They are most of what a tunnel behind NAT logs: dead peer detection each ten seconds, and each packet of it. The
catalogue of messages calls the same lines routine; a test holds that no other line has one of these phrases.
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
"""All lines but those with one of the phrases. Phrases rather than fields of JSON, since a delivery may be plain text.

Source: CloudWatch Logs user guide, "Filter pattern syntax": `-` before a term leaves out lines that have it, quotation
marks make a term of several words, and case counts. At most 1,024 characters (StartLiveTail, API reference).
"""
