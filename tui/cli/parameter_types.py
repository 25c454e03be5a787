"""The types of option values: a time span, the start of a look-back, a make of device."""

from typing import Final

import click
from click.shell_completion import CompletionItem

from tui.domain.clock import SystemClock
from tui.domain.times import parse_since, parse_span


class Span(click.ParamType[int]):
    """A span of time such as `60s`, `15m` or `1h30m`, in ms."""

    name = "span"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_span(value)
        except ValueError as wrong:
            self.fail(f"{wrong}.", param, ctx)


SPAN: Final = Span()


class LookBack(click.ParamType[str]):
    """The start of a look-back, as `parse_since` reads it; kept as text, because "now" moves on."""

    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            parse_since(value, now=SystemClock().now())
        except ValueError as wrong:
            self.fail(f"{wrong}.", param, ctx)
        return value


LOOK_BACK: Final = LookBack()


class Device(click.ParamType[str]):
    """A make of customer gateway listed in `devices.toml`."""

    name = "device"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from tui.domain.knowledge.devices import vendors

        return [CompletionItem(vendor) for vendor in vendors() if vendor.startswith(incomplete)]

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from tui.domain.knowledge.devices import (
            vendors,  # reads the file: 15 ms, paid only by those who name a device
        )

        if value not in vendors():
            self.fail(f"{value!r} is unknown; known are {', '.join(vendors())}.", param, ctx)
        return value


DEVICE: Final = Device()
