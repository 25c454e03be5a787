"""How events are read from CloudWatch Logs."""

from enum import StrEnum


class Mode(StrEnum):
    """`auto` polls if Live Tail is refused, `live` retries Live Tail soon, `poll` never uses it."""

    AUTO = "auto"
    LIVE = "live"
    POLL = "poll"
