"""A small HTTP proxy that leads `api.equinix.com` to the emulation, and nothing to the internet.

It understands CONNECT only. The name of the API goes to the emulation's TLS listener, loopback
names are passed through to themselves, every other host is refused with the reason.
"""

import asyncio
import contextlib
import socket
import struct

API_HOST = "api.equinix.com"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
HEAD_LIMIT = 16 * 1024
HEAD_SECONDS = 10.0
CHUNK = 64 * 1024


class Tunnels:
    """The open tunnels to the emulation, known by the port they arrive from."""

    def __init__(self) -> None:
        self._clients: dict[int, asyncio.StreamWriter] = {}

    def add(self, port: int, client: asyncio.StreamWriter) -> None:
        """Remembers whose tunnel arrives from that port."""
        self._clients[port] = client

    def remove(self, port: int) -> None:
        """Forgets a tunnel that ended."""
        self._clients.pop(port, None)

    def reset(self, port: int) -> bool:
        """Resets the client's connection (a TCP RST, not a polite end); False if there is none."""
        client = self._clients.pop(port, None)
        if client is None:
            return False
        plain = client.get_extra_info("socket")
        # Lingering for zero seconds makes the kernel send RST when the socket closes.
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.transport.abort()
        return True


class Proxy:
    """The listener. `backend_port` is where the emulation's TLS listener is."""

    def __init__(self, backend_port: int, tunnels: Tunnels) -> None:
        self._backend_port = backend_port
        self._tunnels = tunnels

    async def serve(self, listener: socket.socket) -> asyncio.Server:
        """Starts to listen on a bound socket."""
        return await asyncio.start_server(self._client, sock=listener, limit=HEAD_LIMIT)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Clients come and go as they like, and the loop ends when it likes: no event here.
        with contextlib.suppress(
            OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError
        ):
            await self._tunnel(reader, writer)
        with contextlib.suppress(OSError):
            writer.close()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
        except TimeoutError:
            return
        method, target = _request_line(head)
        if method != "CONNECT":
            _refuse(writer, "405 Method Not Allowed", "this proxy carries HTTPS only (CONNECT)")
            return
        host, _, port = target.rpartition(":")
        host = host.strip("[]").lower()
        if host == API_HOST:
            await self._carry(reader, writer, "127.0.0.1", self._backend_port)
        elif host in LOOPBACK and port.isdecimal():
            await self._carry(reader, writer, host, int(port))
        else:
            _refuse(
                writer,
                "403 Forbidden",
                f"{host} is not emulated: this proxy leads to {API_HOST} only, "
                "and never to the internet; unset HTTPS_PROXY for other hosts",
            )

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int
    ) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(host, port)
        except OSError:
            _refuse(writer, "502 Bad Gateway", f"nothing listens on {host}:{port}")
            return
        own_port = far_writer.get_extra_info("sockname")[1]
        self._tunnels.add(own_port, writer)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))
        finally:
            self._tunnels.remove(own_port)
            far_writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    # One side is done: tell the other, which then ends its half too.
    with contextlib.suppress(OSError, RuntimeError):
        writer.write_eof()


def _request_line(head: bytes) -> tuple[str, str]:
    parts = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    return (parts[0], parts[1]) if len(parts) == 3 else ("", "")


def _refuse(writer: asyncio.StreamWriter, status: str, why: str) -> None:
    text = f"{why}\n".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode() + text)
