"""Prints what a process was started with, as JSON: `python -m tests.processes.reveal [ARGUMENT]...`."""

import json
import os
import signal
import sys

print(
    json.dumps(
        {
            "arguments": sys.argv,
            "leads": os.getsid(0) == os.getpgid(0) == os.getpid(),
            "folder": os.getcwd(),
            "environment": dict(os.environ),
            "ignored": [
                valid_signal
                for valid_signal in signal.valid_signals()
                if signal.getsignal(valid_signal) is signal.SIG_IGN
            ],
            "blocked": [*signal.pthread_sigmask(signal.SIG_BLOCK, [])],
            "ctrl+c": repr(signal.getsignal(signal.SIGINT)),
            "ended children": repr(signal.getsignal(signal.SIGCHLD)),
            "descriptors": sorted(int(name) for name in os.listdir("/dev/fd"))[:-1],
            "streams": [
                (each.isatty(), each.encoding, each.errors, each.line_buffering, each.fileno(), each.name)
                for each in (sys.stdin, sys.stdout, sys.stderr)
            ],
            "input": sys.stdin.read(),
            "is a fork": "tui.cli.program" in sys.modules,
        }
    )
)
sys.exit(7)
