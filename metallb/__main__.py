"""`python -m metallb`, and `metallb` where the package is installed."""

from metallb.cli import main
from metallb.interrupts import end_process


def run() -> None:
    """Run one command and end the process."""
    end_process(main())


if __name__ == "__main__":
    run()
