"""Watch AWS Site-to-Site VPN tunnels live from their CloudWatch Logs.

Each folder answers one question, and knows only those below it:

- `cli`: how is it started? Commands, options, signals, exit codes; the one package that knows all others.
- `app`: who draws it? The screen, with Textual. Beside it `headless`: the commands without a screen.
- `content`: what is said? Boards, pages, messages and words as values, for both front ends.
- `feed`: where do events come from? `aws` (calls and errors), `inventory` (what exists), `tail` (gap-free, once each).
- `demo`: what stands in for AWS? A server of the same protocols (`server`) and what happens in it (`scenarios`).
- `domain`: what is true? Parsing, states, history, judgement, diagnosis and the knowledge as data; standard library
  only, no clock, no I/O.

One event's way: `feed.tail.merge` orders it, `feed.pump` hands it to `domain.fleet`, `domain.judgement` and
`domain.diagnosis` say what it means, `content` puts that into words, `app` or `headless` shows them.
"""

__version__ = "0.1.0"
