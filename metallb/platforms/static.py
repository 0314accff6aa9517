"""Peers of racks with host names or labels; nothing is asked."""

from collections.abc import Iterator

from pydantic import SecretStr

from metallb.config import Rack, Router, StackConfig, StaticPlatform
from metallb.platforms.peering import common_spec, object_name
from metallb.routing import BgpPeer, LabelSelector, PasswordSecret, hosts_selector, merge_peers

__all__ = ["static_passwords", "static_peers"]


def static_peers(stack: StackConfig, platform: StaticPlatform) -> tuple[BgpPeer, ...]:
    """One peer a rack and router; one a node besides where nodes have source addresses.

    A router that several racks share alike is one peer, named after the first rack of the file.
    """
    peers = (
        peer
        for index, rack in enumerate(platform.racks)
        for position, router in enumerate(rack.routers)
        for peer in _peers(
            stack, rack, router, f"metallb:platform.racks[{index}].routers[{position}]"
        )
    )
    return tuple(sorted(merge_peers(peers), key=lambda peer: peer.name))


def static_passwords(platform: StaticPlatform) -> dict[str, SecretStr]:
    """MD5 keys of routers that have their own, by the names of their Secrets."""
    return {
        _password_name(rack, router): router.password
        for rack in platform.racks
        for router in rack.routers
        if router.password is not None
    }


def _peers(stack: StackConfig, rack: Rack, router: Router, origin: str) -> Iterator[BgpPeer]:
    sourced = [node for node in rack.nodes if node.source_address and stack.bgp.source_address]
    plain = [node.hostname for node in rack.nodes if node not in sourced]
    name = _name(rack, router)
    if plain or rack.node_selectors:
        selector = (
            hosts_selector(plain) if plain else LabelSelector(match_labels=rack.node_selectors)
        )
        yield _peer(stack, rack, router, name, selector, None, origin)
    for node in sourced:
        selector = hosts_selector([node.hostname])
        own_name = object_name(name, node.hostname)
        yield _peer(stack, rack, router, own_name, selector, node.source_address, origin)


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
        password_secret=(
            PasswordSecret(name=_password_name(rack, router)) if router.password else None
        ),
        node_selectors=(selector,),
    )
    return BgpPeer(name=name, spec=spec, origin=origin)


def _name(rack: Rack, router: Router) -> str:
    return object_name(rack.name, router.name or router.address)


def _password_name(rack: Rack, router: Router) -> str:
    return object_name("bgp-password", _name(rack, router))
