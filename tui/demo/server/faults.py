"""The faults that the endpoint can inject: what may go wrong, how often, and the seed of the random choices.

Written as `live.reset=0.1,filter.throttle=0.2,seed=7`. A chance is between 0 and 1; `name` alone means `name=1`.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Final, Self


class FaultError(ValueError):
    """A fault that cannot be read; the text names the input and the accepted values."""


def _chance(meaning: str) -> Any:
    return field(default=0.0, metadata={"kind": "chance", "help": meaning})


def _number(meaning: str, default: float = 0.0) -> Any:
    return field(default=default, metadata={"kind": "number", "help": meaning})


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong, and how often. The field `live_bad_crc` is written `live.bad_crc`."""

    conn_refuse: float = _chance("each second: nobody listens for that second")
    conn_reset: float = _chance("each call: the connection is reset before the answer")
    action_denied: str = field(
        default="",
        metadata={"kind": "text", "help": "glob of actions that are denied, as logs:StartLiveTail; several with |"},
    )
    action_portal: str = field(
        default="",
        metadata={
            "kind": "text",
            "help": "glob of actions that a sign-in page answers, with status 200; several with |",
        },
    )
    auth_expired: float = _chance("each call: the security token is said to be expired")

    live_denied: float = _chance("each start of a session: AccessDeniedException")
    live_unreachable: float = _chance("each start of a session: the connection is reset, as where its host is cut off")
    live_limit: float = _chance("each start of a session: LimitExceededException, as at 15 sessions")
    live_reset: float = _chance("each update: the connection is reset before the frame")
    live_reset_inside: float = _chance("each update: the connection is reset in the middle of the frame")
    live_truncated: float = _chance("each update: half a frame, then a clean end")
    live_end: float = _chance("each update: a clean end")
    live_timeout: float = _chance("each update: SessionTimeoutException")
    live_streaming_error: float = _chance("each update: SessionStreamingException")
    live_bad_crc: float = _chance("each update: a wrong checksum")
    live_oversized: float = _chance("each update: a frame that announces 2 GiB")
    live_skip: float = _chance("each update: no heartbeat; what it held comes with the next")
    live_silent: float = _chance("each update: nothing from then on, over an open connection")
    live_sampled: float = _chance("each update: sampled, with half of its events left out")
    live_withhold: float = _chance("each event: never shown live")
    live_duplicate: float = _chance("each event: shown twice in its update")
    live_shuffle: float = _chance("each update: its events out of order")

    ingest_late: float = _chance("each event: ingested 2 to 15 seconds late, live and in the record")
    ingest_very_late: float = _chance("each event: ingested 1 to 4 minutes late, live and in the record")
    ingest_scale: float = _number("factor on both delays above", 1.0)

    filter_throttle: float = _chance("each FilterLogEvents: ThrottlingException")
    filter_error: float = _chance("each FilterLogEvents: status 500")
    filter_empty: float = _chance("each page: empty, with a token to go on")
    filter_endless: float = _chance("each last page: a token all the same; at 1 it never ends")
    filter_shuffle: float = _chance("each page: its events out of order")
    filter_ignore: float = _chance("each call: startFromHead, stream names and prefix are ignored")
    filter_quota: float = _number("calls of FilterLogEvents a second, above which ThrottlingException; 0 is no limit")
    filter_events: float = _number("events on a page of FilterLogEvents at most; 0 is AWS's 10,000")
    filter_slow: float = _number("seconds that each FilterLogEvents takes longer")

    query_throttle: float = _chance("each StartQuery: ThrottlingException")
    query_fail: float = _chance("each query of Logs Insights: it ends as Failed")
    query_timeout: float = _chance("each query of Logs Insights: it ends as Timeout")
    query_slow: float = _number("seconds that each query of Logs Insights runs")
    query_rows: float = _number("rows of a query at most; 0 is as many as it asks for, AWS's 10,000 unless it says")
    query_concurrent: float = _number("queries at once, above which LimitExceededException; 0 is AWS's 100")
    query_unordered: float = _chance("each page of results: events of the same millisecond out of order")

    get_empty: float = _chance("each GetLogEvents that reads backwards: an empty page, with a token to go on")
    logs_throttle: float = _chance("each other call to CloudWatch Logs: ThrottlingException")
    streams_lag: float = _number("seconds that lastEventTimestamp lags behind")
    group_recreate: float = _chance("each second: a log group is deleted and made again, empty")
    group_denied: str = field(
        default="", metadata={"kind": "text", "help": "glob of log groups that may not be read; several with |"}
    )
    filter_failing: str = field(
        default="",
        metadata={"kind": "text", "help": "glob of log groups of which each FilterLogEvents answers status 500"},
    )
    filter_denied: str = field(
        default="",
        metadata={"kind": "text", "help": "glob of log groups whose events may not be read, their streams' names may"},
    )

    ec2_throttle: float = _chance("each call to EC2: RequestLimitExceeded")
    ec2_denied: float = _chance("each call to EC2: UnauthorizedOperation")
    ec2_partial: float = _chance("each DescribeVpnConnections: without the options, as while a connection is modified")
    ec2_slow: float = _number("seconds that each call to EC2 takes longer")
    vpn_flicker: float = _chance("each second: a VPN connection is removed, or one that was removed is added")

    seed: int = field(default=0, metadata={"kind": "seed", "help": "of all random choices"})

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the faults that `text` names; raises FaultError."""
        values: dict[str, Any] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, value = part.partition("=")
            values[name.strip().replace(".", "_")] = _read(name.strip(), value.strip())
        return cls(**values)

    def __str__(self) -> str:
        """Return the faults in the form that `parse` reads."""
        changed = ((name, getattr(self, name.replace(".", "_"))) for name in _KINDS)
        default = type(self)()
        return ",".join(
            f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}"
            for name, value in changed
            if value != getattr(default, name.replace(".", "_"))
        )


_KINDS: Final[dict[str, str]] = {
    field.name.replace("_", ".", 1): str(field.metadata["kind"]) for field in fields(Faults)
}


def describe_faults() -> str:
    """Return one line for each fault with its meaning: the text of `--faults help`."""
    table = [(field.name.replace("_", ".", 1), field.metadata) for field in fields(Faults)]
    width = max(len(name) for name, _ in table)
    lines = [f"  {name:<{width}}  {_UNITS[data['kind']]:<8}{data['help']}" for name, data in table]
    return "\n".join(["Faults, as name=value, several with commas: live.reset=0.1,filter.throttle=0.2,seed=7", *lines])


_UNITS: Final = {"chance": "0..1", "number": "number", "text": "text", "seed": "integer"}


def _read(name: str, value: str) -> float | int | str:
    kind = _KINDS.get(name)
    if kind is None:
        raise FaultError(f"There is no fault named {name!r}. Known are: {', '.join(_KINDS)}.")
    if kind == "text":
        return value
    try:
        if kind == "seed":
            return int(value)
        number = float(value) if value else 1.0
    except ValueError:
        raise FaultError(f"The fault {name} needs a number, not {value!r}.") from None
    if kind == "chance" and not 0 <= number <= 1:
        raise FaultError(f"The fault {name} is a chance between 0 and 1, not {value}.")
    if not 0 <= number <= 86_400:
        raise FaultError(f"The fault {name} is a number between 0 and 86400, not {value}.")
    return number
