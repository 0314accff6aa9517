"""Stands for a process of the command line that `forked_server` forks: passes on what it has of its
caller (arguments, folder, environment, limit of memory, descriptors), and ends as that one does."""

import marshal
import os
import resource
import socket
import sys


def main(path: str, words: list[str]) -> None:
    """Have one command run, and end with its exit code or by its signal."""
    closed = [number for number in range(3) if not _is_open(number)]
    nothing = os.open(os.devnull, os.O_RDWR)
    kept = [nothing if number in closed else number for number in range(3)]
    limit = resource.getrlimit(resource.RLIMIT_AS)
    request = (words, os.getcwd(), closed, dict(os.environ), limit, "")  # noqa: PTH109 - slow
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as requests:
        requests.connect(path)
        socket.send_fds(requests, [marshal.dumps(request)], kept)
        code = int(requests.recv(20))
    if code < 0:
        import signal

        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
