"""`tunnelwatch`, and `python -m tui`: the way in."""

import gc
import signal


def main() -> None:
    """Run the command line. Until its modules are loaded, ctrl+c ends the process without a traceback."""
    gc.disable()  # imported objects stay alive: scanning them again and again takes a tenth of the start
    is_heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_heard:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from tui.cli.program import main as run_command_line

    if is_heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run_command_line()


if __name__ == "__main__":
    main()
