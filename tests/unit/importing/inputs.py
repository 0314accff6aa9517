"""Parts of foreign files, to be put together."""

from pathlib import Path

__all__ = ["ADVERTISED", "PEER", "POOL", "SECRET", "config", "documents", "written"]

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
_CONFIG = """\
peers:
- {peer-address: 192.0.2.1, peer-asn: 64513, my-asn: 64512, hold-time: 9s}
address-pools:
- {name: web, protocol: bgp, addresses: [198.51.100.0/28]}
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
