"""The user's choices for the messages: whose they are, which of them, and how much is folded."""

from collections.abc import Callable, Sequence

from tui.app.view.memo import Memo
from tui.content.assessment import Diagnose
from tui.content.messages.messages import Filter, Message, messages
from tui.content.messages.news import News
from tui.domain.past.outages import Outage
from tui.domain.state.fleet import Fleet
from tui.domain.state.marks import Mark
from tui.domain.state.tunnel import Key, Tunnel


class MessageState:
    """Makes the messages that are shown, again only when they may have changed.

    `upto` is the instant (ms) at which a paused screen ends, None for one that is not paused.
    """

    def __init__(self) -> None:
        self.wanted = Filter()
        self.unfolded = False
        self.everywhere = False
        """Whether to show the news of all tunnels, instead of everything that the selected one logged."""
        self._news = News()
        self._shown: Memo[tuple[Message, ...]] = Memo()

    def of_tunnel(
        self, tunnel: Tunnel | None, *, marks: tuple[Mark, ...] = (), upto: int | None = None
    ) -> tuple[Message, ...]:
        """Return one tunnel's messages; the same tuple as before if nothing can have changed them."""
        if tunnel is None:
            return ()
        return self._shown.get(
            (tunnel, self.wanted, self.unfolded, tunnel.revision if upto is None else None, marks),
            lambda: messages(tunnel, unfolded=self.unfolded, wanted=self.wanted, upto=upto, marks=marks),
        )

    def news(
        self,
        fleet: Fleet | None,
        *,
        diagnose: Diagnose,
        outages: Callable[[Tunnel], Sequence[Outage]],
        since: int | None,
        keys: frozenset[Key] | None = None,
        upto: int | None = None,
        now: int | None = None,
    ) -> tuple[Message, ...]:
        """Return the news of all tunnels, or of those of `keys`; the same tuple if nothing can have changed them."""
        if fleet is None:
            return ()

        def make() -> tuple[Message, ...]:
            news = self._news.of(fleet, diagnose=diagnose, outages=outages, since=since, upto=upto, now=now)
            return tuple(message for message in news if self.wanted.takes(message) and _is_of(message, keys))

        return self._shown.get((fleet, self.wanted, fleet.revision if upto is None else None, keys), make)


def _is_of(message: Message, keys: frozenset[Key] | None) -> bool:
    """Whether a message is about one of these tunnels; a note is about all."""
    tunnel = message.tunnel
    return keys is None or tunnel is None or (tunnel.connection, tunnel.outside_ip) in keys
