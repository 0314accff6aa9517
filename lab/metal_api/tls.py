"""The emulation's own certificate authority, a trust bundle that knows it, and the token of its
control door.

The authority is kept in the state folder, so an environment that was printed once stays valid
after a restart. It signs for the API's name and for loopback, and its key is the owner's only.
"""

import os
import secrets
import ssl
from pathlib import Path

import trustme

from lab.metal_api.proxy import API_HOST


class Trust:
    """The files of one state folder: `ca.pem`, `bundle.pem`, the server's certificate, a token."""

    def __init__(self, folder: Path) -> None:
        self.ca_file = folder / "ca.pem"
        self.bundle_file = folder / "bundle.pem"
        self.server_file = folder / "server.pem"
        self._key_file = folder / "ca.key"
        self._token_file = folder / "control.token"

    def prepare(self) -> None:
        """Makes what is missing. The server's certificate is made anew at every start."""
        if self.ca_file.is_file() and self._key_file.is_file():
            authority = trustme.CA.from_pem(self.ca_file.read_bytes(), self._key_file.read_bytes())
        else:
            authority = trustme.CA(organization_name="Emulated Equinix Metal API")
            _write_private(self._key_file, authority.private_key_pem.bytes())
            self.ca_file.write_bytes(authority.cert_pem.bytes())
        if not self._token_file.is_file():
            _write_private(self._token_file, secrets.token_urlsafe(32).encode())
        server = authority.issue_cert(API_HOST, "127.0.0.1", "localhost")
        _write_private(self.server_file, server.private_key_and_cert_chain_pem.bytes())
        # Everything the machine trusts anyway, and this authority: other TLS goes on working.
        self.bundle_file.write_bytes(_system_bundle() + b"\n" + self.ca_file.read_bytes())

    def control_token(self) -> str:
        """What a caller of the control door shows."""
        return self._token_file.read_text(encoding="utf-8")


def _system_bundle() -> bytes:
    default = ssl.get_default_verify_paths()
    for name in (default.openssl_cafile, "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"):
        if Path(name).is_file():
            return Path(name).read_bytes()
    return b""


def _write_private(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
