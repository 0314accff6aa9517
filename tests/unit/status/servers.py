"""A small API server, or a speaker with HTTPS metrics, for the client to talk to."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme

POD = {"metadata": {"name": "speaker-1", "namespace": "metallb-system"}, "status": {}}


class Server:
    """Answers by method and path, and keeps the requests."""

    def __init__(self, *, secure: bool = False) -> None:
        self.requests: list[tuple[str, str, str | None]] = []
        self.types: list[str | None] = []
        self.bodies: list[tuple[str, object]] = []
        self.authority = trustme.CA()
        self.answers: dict[tuple[str, str], tuple[int, object]] = {}
        self.stopped = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            do_POST = do_PATCH = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.authority.issue_cert("speaker.example").configure_cert(context)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        size = int(handler.headers.get("Content-Length") or 0)
        if size:
            self.types.append(handler.headers.get("Content-Type"))
            self.bodies.append((handler.path, json.loads(handler.rfile.read(size))))
        token = handler.headers.get("Authorization")
        self.requests.append((handler.command, handler.path, token))
        key = (handler.command, handler.path)
        status, content = self.answers.get(key, (404, {"message": "not here"}))
        if "/log?" in handler.path and "json" not in handler.headers.get("Accept", ""):
            # As the real one does: a client that reads a log has to accept JSON as well.
            status, content = 406, {"message": "only the following media types are accepted"}
        body = content if isinstance(content, str) else json.dumps(content)
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body.encode())

    def stop(self) -> None:
        self.stopped.set()
        self._http.shutdown()
        self._http.server_close()
