"""Which Services are announced, by which nodes to which peers. Pure.

MetalLB 0.15 and later write a ServiceBGPStatus for each node that announces a Service; it names the
peers that the speaker announces to, independent of their sessions
(api/v1beta1/servicebgpstatus_types.go). A ServiceL2Status names the one node that answers for a
Service in layer 2, and its interfaces (api/v1beta1/servicel2status_types.go).
"""

from collections.abc import Iterator
from typing import Any

from metallb.algebra.addresses import address_of
from metallb.algebra.intervals import Interval, IntervalIndex, readable
from metallb.routing.selectors import LabelSelector
from metallb.stackfile import StackConfig
from metallb.status.cluster import Object
from metallb.status.look import Look, addresses_of
from metallb.status.model import Announcement, ServiceState, SessionState

__all__ = ["announced", "is_unheard"]

_ADVERTISEMENTS = ("BGPAdvertisement", "L2Advertisement")
Serving = dict[tuple[Any, Any], list[str]]
"""Nodes of the endpoints that serve, by namespace and name of their Service."""

_UNANNOUNCED = (
    "no speaker announces it, though an endpoint is ready: look at the nodeSelectors and peers of "
    "its BGPAdvertisement, and at its externalTrafficPolicy"
)
_UNANSWERED = (
    "no speaker answers for it in layer 2, though an endpoint is ready: look at the nodeSelectors "
    "and interfaces of its L2Advertisement, and at its externalTrafficPolicy"
)
_SEVERAL = (
    "several nodes answer for it in layer 2: their speakers do not reach each other over "
    "memberlist (port 7946, TCP and UDP)"
)
_UNLISTED = "no speaker announces it; whether an endpoint is ready can't be read"
_UNSERVED = "no endpoint of it is ready"
_UNSERVED_LOCALLY = (
    "no endpoint of it is ready on a node with a speaker, as externalTrafficPolicy Local requires"
)
_WITHOUT_ADVERTISEMENT = "no advertisement is for its pool and its labels"
_SESSIONS_DOWN = "no session that carries it is up"
_OF_SESSIONS = {
    True: "",
    False: _SESSIONS_DOWN,
    None: "whether a router has its route is unknown, as the sessions that carry it are",
}


def announced(
    look: Look, stack: StackConfig, sessions: tuple[SessionState, ...]
) -> Iterator[ServiceState]:
    """Every Service with an address of one of the live pools; none where MetalLB does not say."""
    if "ServiceBGPStatus" not in look.objects:
        return
    up = {(session.node, session.peer) for session in sessions if session.up}
    known = {(session.node, session.peer) for session in sessions if session.up is not None}
    announcers, answering = look.announcers(), look.answering()
    pools = _pools(look)
    serving = _serving(look)
    for service in look.services:
        meta = service["metadata"]
        pool = _pool_of(pools, service)
        wanted_class = service["spec"].get("loadBalancerClass") or None
        if pool is None or wanted_class != stack.install.load_balancer_class:
            continue
        key = (meta["namespace"], meta["name"])
        to_peers, on_links = announcers.get(key, {}), answering.get(key, {})
        by = tuple(
            Announcement(
                node=node,
                peers=to_peers.get(node, ()),
                up=tuple(p for p in to_peers.get(node, ()) if (node, p) in up),
                unknown=tuple(p for p in to_peers.get(node, ()) if (node, p) not in known),
                interfaces=on_links.get(node, ()),
            )
            for node in sorted({*to_peers, *on_links})
        )
        carried = _carried(by)
        why = _OF_SESSIONS[carried] if by else _why_not(look, serving, service, pool)
        yield ServiceState(
            namespace=meta["namespace"],
            name=meta["name"],
            addresses=tuple(addresses_of(service)),
            announced=by,
            up=carried,
            why=_SEVERAL if len(on_links) > 1 else why,
        )


def _carried(by: tuple[Announcement, ...]) -> bool | None:
    """Whether a node or a session that is up carries it; None where none is, and one is unknown."""
    if any(each.up or each.interfaces for each in by):
        return True
    return None if any(each.unknown for each in by) else False


def is_unheard(service: ServiceState) -> bool:
    """Whether a Service that could be reached is not."""
    return service.why in (_UNANNOUNCED, _UNANSWERED, _SEVERAL, _SESSIONS_DOWN)


def _pools(look: Look) -> IntervalIndex:
    """What each live pool holds."""
    return IntervalIndex(
        (interval, str(pool["metadata"]["name"]))
        for pool in look.objects.get("IPAddressPool", [])
        for interval in readable(map(str, (pool.get("spec") or {}).get("addresses") or ()))
    )


def _pool_of(pools: IntervalIndex, service: Object) -> str | None:
    """The live pool that its addresses are of; None for addresses of other programs."""
    for address in filter(None, map(address_of, addresses_of(service))):
        number = int(address)
        if hit := pools.hit(Interval(address.version, number, number)):
            return hit[1]
    return None


def _why_not(look: Look, serving: Serving, service: Object, pool: str) -> str:
    labels = service["metadata"].get("labels") or {}
    by_bgp, by_arp = (
        any(_covers(item, pool, labels) for item in look.objects.get(kind, []))
        for kind in _ADVERTISEMENTS
    )
    if not by_bgp and not by_arp:
        unread = any(kind in look.refused for kind in _ADVERTISEMENTS)
        return "" if unread else _WITHOUT_ADVERTISEMENT
    if "EndpointSlice" in look.refused:
        return _UNLISTED
    meta = service["metadata"]
    nodes = serving.get((meta["namespace"], meta["name"]), [])
    unheard = _UNANNOUNCED if by_bgp else _UNANSWERED
    if service["spec"].get("externalTrafficPolicy") == "Local":
        return unheard if set(nodes) & set(look.speakers()) else _UNSERVED_LOCALLY
    return unheard if nodes else _UNSERVED


def _covers(advertisement: Object, pool: str, labels: dict[str, str]) -> bool:
    spec = advertisement.get("spec") or {}
    by_name, by_label = spec.get("ipAddressPools") or (), spec.get("ipAddressPoolSelectors") or ()
    # Which pools a selector means depends on labels of the pools: taken as this one.
    if by_name and pool not in by_name and not by_label:
        return False
    selectors = [LabelSelector.model_validate(each) for each in spec.get("serviceSelectors") or ()]
    return not selectors or any(selector.matches(labels) for selector in selectors)


def _serving(look: Look) -> Serving:
    """Nodes of the endpoints that serve."""
    found: Serving = {}
    for item in look.endpoints:
        labels = item["metadata"].get("labels") or {}
        of = (item["metadata"].get("namespace"), labels.get("kubernetes.io/service-name"))
        for endpoint in item.get("endpoints") or []:
            conditions: Any = endpoint.get("conditions") or {}
            # internal/k8s/epslices/endpoint_slices.go, EndpointCanServe
            if conditions.get("ready") is not False or conditions.get("serving") is True:
                found.setdefault(of, []).append(str(endpoint.get("nodeName") or ""))
    return found
