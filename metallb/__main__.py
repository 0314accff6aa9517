"""The command `metallb`, from its first line to its exit code."""

import signal


def run() -> None:
    """Run one command and end the process."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Until the program has handlers of its own, and after them, a Ctrl-C shows no traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from metallb.cli import main
    from metallb.command_line.collector import collect_rarely
    from metallb.command_line.interrupts import end_process
    from metallb.command_line.output import BY_SIGPIPE, end_by_sigpipe, prepare_process
    from metallb.command_line.plugins import load_no_plugins

    load_no_plugins()
    collect_rarely()
    prepare_process()
    code = main()
    if code == BY_SIGPIPE:
        end_by_sigpipe()
    end_process(code)


if __name__ == "__main__":
    run()
