"""Peers of racks with host names or labels; nothing is asked."""

from collections.abc import Iterator

from pydantic import SecretStr

from metallb.config import Rack, Router, StackConfig, StaticPlatform
from metallb.platforms.peering import common_spec, object_name
from metallb.routing import BgpPeer, LabelSelector, PasswordSecret, hosts_selector, merge_peers

__all__ = ["named_passwords", "static_passwords", "static_peers"]


def static_peers(stack: StackConfig, platform: StaticPlatform) -> tuple[BgpPeer, ...]:
    """One peer a rack and router; one a node where nodes have source addresses, or share nothing.

    A router that several racks share alike is one peer, named after the first of them by name:
    the order of a file's racks must not rename a peer, which would end its sessions.
    """
    racks = sorted(enumerate(platform.racks), key=lambda found: found[1].name)
    peers = (
        peer
        for index, rack in racks
        for position, router in enumerate(rack.routers)
        for peer in _peers(
            stack, platform, rack, router, f"metallb:platform.racks[{index}].routers[{position}]"
        )
    )
    merged = merge_peers(peers) if platform.shared_peers else tuple(peers)
    return tuple(sorted(merged, key=lambda peer: peer.name))


def static_passwords(platform: StaticPlatform) -> dict[str, SecretStr]:
    """MD5 keys of routers that have their own, by the names of their Secrets."""
    return {name: password for _, name, password in named_passwords(platform)}


def named_passwords(platform: StaticPlatform) -> Iterator[tuple[str, str, SecretStr]]:
    """Every router's own MD5 key: its place in the file and its Secret's name stand before it.

    Two racks can come to one name; the rules look for that, since a Secret holds one key.
    """
    for index, rack in enumerate(platform.racks):
        for position, router in enumerate(rack.routers):
            if router.password is not None:
                where = f"metallb:platform.racks[{index}].routers[{position}].password"
                yield where, _password_name(rack, router), router.password


def _peers(
    stack: StackConfig, platform: StaticPlatform, rack: Rack, router: Router, origin: str
) -> Iterator[BgpPeer]:
    name = _name(rack, router)
    sources = {
        node.hostname: node.source_address if stack.bgp.source_address else None
        for node in rack.nodes
    }
    alike = [host for host, source in sources.items() if source is None and platform.shared_peers]
    together = frozenset(alike)
    if alike or rack.node_selectors:
        selector = (
            hosts_selector(alike) if alike else LabelSelector(match_labels=rack.node_selectors)
        )
        yield _peer(stack, rack, router, name, selector, None, origin)
    for host, source in sources.items():
        if host not in together:
            own = object_name(name, host)
            yield _peer(stack, rack, router, own, hosts_selector([host]), source, origin)


def _peer(
    stack: StackConfig,
    rack: Rack,
    router: Router,
    name: str,
    selector: LabelSelector,
    source_address: str | None,
    origin: str,
) -> BgpPeer:
    spec = common_spec(
        stack,
        my_asn=router.local_asn,
        peer_asn=router.asn,
        peer_address=router.address,
        peer_port=router.port,
        source_address=source_address,
        hold_time=router.hold_time,
        keepalive_time=router.keepalive_time,
        bfd_profile=router.bfd_profile,
        ebgp_multi_hop=router.ebgp_multi_hop,
        dual_stack_address_family=router.dual_stack_address_family,
        password_secret=(
            PasswordSecret(name=_password_name(rack, router))
            if router.password is not None
            else None
        ),
        node_selectors=(selector,),
    )
    return BgpPeer(name=name, spec=spec, origin=origin)


def _name(rack: Rack, router: Router) -> str:
    return object_name(rack.name, router.name or router.address)


def _password_name(rack: Rack, router: Router) -> str:
    return object_name("bgp-password", _name(rack, router))
