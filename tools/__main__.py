"""`make up` and `make down`: `python -m tools up STACK`."""

import signal
import sys

if __name__ == "__main__":
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # While it imports what it needs, a Ctrl-C shows no traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from metallb.command_line.output import prepare_process
    from tools.up import main

    prepare_process()
    sys.exit(main())
