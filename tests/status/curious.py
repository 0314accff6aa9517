"""A pod's program that keeps the credentials it is shown: `python -m tests.status.curious`.

Serves /metrics with TLS on port 9555 and plainly on port 9556, and prints one JSON text for each
request: its Authorization header, or null.
"""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme

SECURE, PLAIN = 9555, 9556
SAMPLE = b"metallb_k8s_client_config_loaded_bool 1\n"


class Metrics(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        print(json.dumps(self.headers.get("Authorization")), flush=True)
        self.send_response(200)
        self.send_header("Content-Length", str(len(SAMPLE)))
        self.end_headers()
        self.wfile.write(SAMPLE)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("pod.example").configure_cert(context)
    plain, secure = (ThreadingHTTPServer(("", port), Metrics) for port in (PLAIN, SECURE))
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    print('"serves"', flush=True)
    secure.serve_forever()
