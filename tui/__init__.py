"""Watch AWS Site-to-Site VPN tunnels live from their CloudWatch Logs.

Each folder has one responsibility, and imports only the folders below it:

- `cli`: the command line: commands, options, signals, exit codes. The one package that imports all others.
- `app`: the screen, with Textual. Beside it `headless`: the commands without a screen.
- `content`: the words and pages of both front ends, as values.
- `feed`: the source of events: `aws` (calls and errors), `inventory` (what exists), `tail` (every event, once).
- `demo`: the stand-in for AWS: a server with the same protocols (`server`), and the scenarios that it plays
  (`scenarios`).
- `domain`: the model: parsing, state, history, judgement, diagnosis, and the knowledge as data. Standard library only,
  no clock, no I/O.

An event passes through `feed.tail.merge`, which orders it, and `feed.pump`, which adds it to `domain.state.fleet`.
`domain.judgement` and `domain.diagnosis` decide what it means, `content` puts that into words, and `app` or `headless`
shows it.
"""

__version__ = "0.1.0"
