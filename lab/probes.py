"""Calls a container's probes as a kubelet does, at the pod's address."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl

from lab.api import Object

__all__ = ["passes"]


def passes(probe: Object, address: str, ports: dict[str, int]) -> bool:
    """What a kubelet finds: a connection, or an answer below 400, of any certificate."""
    kind = "tcpSocket" if "tcpSocket" in probe else "httpGet"
    action = probe[kind]
    place = (action.get("host", address), ports.get(action["port"], action["port"]))
    try:
        if kind == "tcpSocket":
            socket.create_connection(place, timeout=1).close()
            return True
        if action.get("scheme") == "HTTPS":
            trusting = ssl.create_default_context()
            trusting.check_hostname = False
            trusting.verify_mode = ssl.CERT_NONE
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                *place, timeout=1, context=trusting
            )
        else:
            connection = http.client.HTTPConnection(*place, timeout=1)
        with contextlib.closing(connection):
            connection.request("GET", action["path"])
            return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
