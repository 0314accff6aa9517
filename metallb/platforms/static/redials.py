"""Sessions that a preview or an update redials because version 1 wrote racks as one peer.

MetalLB closes the session of a BGPPeer object that goes, and opens one for an object that comes,
also where both mean the same router and node (speaker/bgp_controller.go, SetConfig).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from metallb.platforms.static.peers import FormerPeer, former_peers
from metallb.platforms.static.section import StaticPlatform
from metallb.problems.errors import MetalLBError
from metallb.problems.problem import spelled
from metallb.routing.configmap import CONFIGMAP_NAME
from metallb.stackfile import StackConfig
from metallb.stackfile.yaml_documents import parse_yaml

if TYPE_CHECKING:
    from metallb.runner.report import ResourceChange

__all__ = ["redials"]

_PEER = ":BGPPeer"
_CONFIGMAP = ":ConfigMap"


def redials(
    stack: StackConfig, platform: StaticPlatform, changes: "Iterable[ResourceChange]"
) -> tuple[str, ...]:
    """One warning for each former peer of several racks that these changes take apart."""
    former = former_peers(stack, platform)
    if not former:
        return ()
    listed = list(changes)
    return tuple(
        _message(each)
        for each in former
        if _in_objects(each, listed) or _in_configmap(each, listed)
    )


def _in_objects(former: FormerPeer, changes: "Iterable[ResourceChange]") -> bool:
    """Whether the object for all racks changes while others come beside it."""
    kinds = {
        name: change.kind
        for change in changes
        if change.type.endswith(_PEER)
        for name in [change.name.partition("-bgppeer-")[2]]
    }
    others = {peer.name for peer in former.peers} - {former.name}
    changed = kinds.get(former.name, "create") != "create"
    return changed and any(kinds.get(name) == "create" for name in others)


def _in_configmap(former: FormerPeer, changes: "Iterable[ResourceChange]") -> bool:
    """Whether the ConfigMap in the state has one entry for the nodes of all the racks."""
    for change in changes:
        if not change.type.endswith(_CONFIGMAP) or not change.name.endswith(CONFIGMAP_NAME):
            continue
        olds = [each.old for each in change.properties if each.path.startswith("data")]
        for peer in (peer for old in olds for peer in _peers(old)):
            of_router = peer.get("peer-address") == former.peers[0].spec.peer_address
            if of_router and all(_names(peer, each.spec.node_selectors) for each in former.peers):
                return True
    return False


def _peers(text: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(text, Mapping):
        text = text.get("config")
    try:
        document = parse_yaml(text, where="ConfigMap") if isinstance(text, str) else None
    except MetalLBError:
        return
    listed = document.get("peers") if isinstance(document, Mapping) else None
    yield from (peer for peer in listed or () if isinstance(peer, Mapping))


def _names(peer: Mapping[str, Any], selectors: Any) -> bool:
    """Whether an entry of the ConfigMap mentions every label value of these selectors."""
    text = repr(peer.get("node-selectors"))
    wanted = [
        value
        for selector in selectors or ()
        for value in (*(selector.hosts or ()), *(selector.match_labels or {}).values())
    ]
    return all(repr(value) in text for value in wanted)


def _message(former: FormerPeer) -> str:
    names = [peer.name for peer in former.peers]
    places = ", ".join(spelled(peer.origin[1:]) for peer in former.peers)
    return (
        f"the sessions with {former.peers[0].spec.peer_address} of all nodes of these racks are "
        f"redialled once: version 1 wrote one BGPPeer {former.name} for them, now each rack has "
        f"its own ({', '.join(names)}), because racks no longer share a peer by having the same "
        "router address. help: to keep the one peer, so that no session is redialled, move the "
        f"router ({places}) to metallb:platform.sharedRouters.{former.name}, without its name, "
        f"and write `sharedRouters: [{former.name}]` at each of the racks"
    )
