"""A kubelet's end of a port-forward over a websocket, in the protocol `v4.channel.k8s.io`.

Two channels for each port, of data and of errors; each begins with the port's number (Kubernetes,
pkg/kubelet/server/portforward/websocket.go). Does one port, not several, and no SPDY, which
`kubectl port-forward` speaks.
"""

from __future__ import annotations

import base64
import ctypes
import hashlib
import socket
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import BinaryIO

__all__ = ["dial_inside", "forward"]

_PROTOCOL = "v4.channel.k8s.io"
_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_BINARY, _CLOSE, _PING, _PONG = 2, 8, 9, 10
_DATA, _ERROR = 0, 1
_CLONE_NEWNET = 0x40000000
_CHUNK = 32768
_PATIENCE = 5.0
"""Seconds to dial."""


def dial_inside(namespace: str, port: int) -> socket.socket:
    """A connection to the loopback of a network namespace, as a kubelet dials a pod's.

    Only the thread that calls changes its namespace, for good: a thread for each call.
    """
    with Path("/run/netns", namespace).open() as place:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(place.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter network namespace {namespace}")
    return socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)


def forward(request: BaseHTTPRequestHandler, port: int, dial: Callable[[], socket.socket]) -> None:
    """Answer an upgrade request, then carry bytes both ways until one side ends."""
    offered = request.headers.get("Sec-WebSocket-Protocol", "")
    key = request.headers.get("Sec-WebSocket-Key")
    if key is None or _PROTOCOL not in [each.strip() for each in offered.split(",")]:
        request.send_error(400, f"a port is forwarded over a websocket of {_PROTOCOL}")
        return
    request.close_connection = True
    digest = hashlib.sha1(f"{key}{_MAGIC}".encode(), usedforsecurity=False).digest()
    request.send_response(101)
    request.send_header("Upgrade", "websocket")
    request.send_header("Connection", "Upgrade")
    request.send_header("Sec-WebSocket-Accept", base64.b64encode(digest).decode())
    request.send_header("Sec-WebSocket-Protocol", _PROTOCOL)
    request.end_headers()
    frames = _Frames(request.rfile, request.wfile)
    for channel in (_DATA, _ERROR):
        frames.send(channel, struct.pack("<H", port))
    try:
        pod = dial()
    except OSError as error:
        frames.send(_ERROR, f"port {port}: {error.strerror or error}".encode())
        frames.close()
        return
    pod.settimeout(None)
    with pod:
        back = threading.Thread(target=_carry_back, args=(pod, frames), daemon=True)
        back.start()
        while (data := frames.receive()) is not None:
            pod.sendall(data)
        pod.shutdown(socket.SHUT_RDWR)
        back.join()


def _carry_back(pod: socket.socket, frames: _Frames) -> None:
    try:
        while data := pod.recv(_CHUNK):
            frames.send(_DATA, data)
        frames.close()
    except OSError:
        return  # the client has gone


class _Frames:
    """Websocket frames (RFC 6455) of a server. Fragments are not put together."""

    def __init__(self, reader: BinaryIO, writer: BinaryIO) -> None:
        self._reader, self._writer = reader, writer
        self._lock = threading.Lock()

    def send(self, channel: int, data: bytes) -> None:
        """One message on a channel."""
        self._write(_BINARY, bytes([channel]) + data)

    def close(self) -> None:
        """Say that this is the end."""
        self._write(_CLOSE, b"")

    def receive(self) -> bytes | None:
        """The next data of the data channel; None at the end."""
        while True:
            head = self._reader.read(2)
            if len(head) < 2 or head[0] & 15 == _CLOSE:
                return None
            length = head[1] & 127
            if length > 125:
                size, form = (2, ">H") if length == 126 else (8, ">Q")
                (length,) = struct.unpack(form, self._reader.read(size))
            mask = self._reader.read(4) if head[1] & 128 else bytes(4)
            payload = self._reader.read(length)
            data = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
            if head[0] & 15 == _PING:
                self._write(_PONG, data)
            elif head[0] & 15 == _BINARY and data[:1] == bytes([_DATA]):
                return data[1:]

    def _write(self, operation: int, payload: bytes) -> None:
        size = len(payload)
        length = bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size)
        with self._lock:
            self._writer.write(bytes([128 | operation]) + length + payload)
            self._writer.flush()
