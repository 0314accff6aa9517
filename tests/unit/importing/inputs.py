"""Parts of foreign files, to be put together, and the two commands that read them."""

import json
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.stackfile.yaml_documents import parse_yaml

__all__ = [
    "ADVERTISED",
    "PEER",
    "POOL",
    "SECOND",
    "SECRET",
    "SIX",
    "checked",
    "config",
    "documents",
    "imported",
    "keyed",
    "written",
]

PEER = """\
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: r1, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 64513, peerAddress: 192.0.2.1, holdTime: 9s}
"""
POOL = """\
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: web, namespace: metallb-system}
spec: {addresses: [198.51.100.0/28]}
"""
ADVERTISED = """\
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: web, namespace: metallb-system}
spec: {ipAddressPools: [web]}
"""
SECRET = """\
apiVersion: v1
kind: Secret
type: kubernetes.io/basic-auth
metadata: {name: key, namespace: metallb-system}
stringData: {password: Hidden12345}
"""
SECOND = PEER.replace("name: r1", "name: r2").replace("192.0.2.1", "192.0.2.2")
SIX = PEER.replace("name: r1", "name: r6").replace("192.0.2.1", '"2001:db8::1"')
_CONFIG = """\
peers:
- {peer-address: 192.0.2.1, peer-asn: 64513, my-asn: 64512, hold-time: 9s}
address-pools:
- {name: web, protocol: bgp, addresses: [198.51.100.0/28]}
"""
FRR = "apiVersion: frrk8s.metallb.io/v1beta1\nkind: FRRConfiguration\nmetadata: {name: in}\n"
L2 = """\
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: lan, namespace: metallb-system}
"""
LAN = """\
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: lan, namespace: metallb-system, labels: {announce: arp}}
spec: {addresses: [203.0.113.0/28]}
"""


def documents(*parts: str) -> str:
    """A file of several documents; a peer, a pool and its advertisement where nothing is given."""
    return "---\n".join(parts or (PEER, POOL, ADVERTISED))


def config(old: str = "", new: str = "", more: str = "") -> str:
    """A document of 0.12, with one part replaced and one added."""
    assert old in _CONFIG
    return _CONFIG.replace(old, new) + more if old else _CONFIG + more


def written(folder: Path, text: str, name: str = "metallb.yaml") -> Path:
    """A file with the text."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[set[str], str]:
    """Ids of the errors, and what standard error says."""
    main(["check", *arguments, "--format", "json"])
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    return {each["id"] for each in found if each["severity"] == "error"}, shown.err


def imported(
    capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0
) -> tuple[dict[str, Any], list[str]]:
    """The stack file's sections, and the lines of standard error."""
    assert main(["import", *arguments]) == code
    shown = capsys.readouterr()
    sections = parse_yaml(shown.out, where="out")["config"] if code == 0 else {}
    return sections, shown.err.splitlines()


def keyed(peer: str, secret: str = "key") -> str:  # noqa: S107 - a name
    return peer.replace("holdTime", f"passwordSecret: {{name: {secret}}}, holdTime")
