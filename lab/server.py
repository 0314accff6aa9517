"""The service behind the address: a small HTTP server that says on which node it runs.

Runs as ``python -m lab.server NAME PORT`` in a node's namespace and answers every GET with the
name. Keeps connections open, so that a long-lived client shows what happens to them.
"""

from __future__ import annotations

import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def main(name: str, port: int) -> None:
    """Serve until the process ends."""
    body = name.encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:  # the library's name for it
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: thousands of requests would only fill the log."""

    class Server(ThreadingHTTPServer):
        # Of both families.
        address_family = socket.AF_INET6
        request_queue_size = 256
        daemon_threads = True

    # Every address of the node's own namespace, the balanced one among them.
    Server(("", port), Handler).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
