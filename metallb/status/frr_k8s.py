"""What frr-k8s reports of its sessions: one BGPSessionState a node and neighbor.

The object keeps no time, and it is written when it says something new and not otherwise (frr-k8s
cmd/status/controller/bgpsessionstate_controller.go); the API server notes when that was. Reads
nothing itself.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from metallb.algebra.addresses import same_address
from metallb.status.cluster import Object
from metallb.status.model import UNKNOWN

__all__ = ["session_state"]

_ESTABLISHED = "Established"


def session_state(
    states: Iterable[Object], node: str, address: str, vrf: str = ""
) -> tuple[bool, str, str] | None:
    """Whether a session is up, why not, and since when; None where no object is about it.

    :param address: the router's, or the interface of an unnumbered session.
    :param vrf: the VRF of the session; the default one has no name.

    A session that is down goes through several states while it is tried again, each written anew,
    so only one that is up has a time.
    """
    for state in states:
        status = state.get("status") or {}
        if status.get("node") != node or (status.get("vrf") or "") != vrf:
            continue
        if _neighbor(str(status.get("peer"))) == _neighbor(address):
            word = status.get("bgpStatus")
            if word == _ESTABLISHED:
                return True, "", _written(state)
            return False, f"not established: frr-k8s says {_words(status)}", UNKNOWN
    return None


def _words(status: Mapping[str, Any]) -> str:
    bgp, bfd = status.get("bgpStatus") or "nothing", status.get("bfdStatus")
    return f"{bgp}, and BFD {bfd}" if bfd not in (None, "", "N/A") else bgp


def _neighbor(text: str) -> str:
    """frr-k8s writes an IPv6 neighbor out in full, with hyphens for its colons."""
    return same_address(text.replace("-", ":"))


def _written(state: Mapping[str, Any]) -> str:
    """When the object was last written, as far as the API server notes it."""
    metadata = state.get("metadata") or {}
    times = [str(entry["time"]) for entry in metadata.get("managedFields") or () if "time" in entry]
    return max(times, default=str(metadata.get("creationTimestamp") or UNKNOWN))
