"""The whole routing configuration of a stack file, given the platform's facts. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metallb.platforms.base import PeerSlot
from metallb.platforms.facts import NodeFacts, PlatformFacts
from metallb.platforms.peering import passwords
from metallb.routing import (
    BfdProfile,
    BgpAdvertisement,
    BgpAdvertisementSpec,
    BgpPeer,
    Community,
    CommunityAlias,
    CommunitySpec,
    IPAddressPool,
    IPAddressPoolSpec,
    L2Advertisement,
    L2AdvertisementSpec,
    RoutingConfig,
    hosts_selector,
)
from metallb.routing.configmap import COMMUNITIES_NAME
from metallb.routing.stack_keys import Level, keys_at

if TYPE_CHECKING:
    from metallb.stackfile.base import Section
    from metallb.stackfile.stack import StackConfig

__all__ = [
    "advertisement_name",
    "advertisements",
    "bfd_profiles",
    "block_cidrs",
    "communities",
    "layer2",
    "peer",
    "peers_of",
    "pool",
    "renamed_objects",
    "routing_config",
    "slots_of",
    "static_routing",
]

_SLOTS, _PEERS = "slots", "peers"


def static_routing(stack: "StackConfig") -> RoutingConfig:
    """What needs no facts: everything but pools, and peers that depend on them."""
    platform = stack.platform
    return RoutingConfig(
        peers=tuple(slot.known for slot in slots_of(stack) if slot.known is not None),
        advertisements=advertisements(stack),
        l2_advertisements=layer2(stack),
        bfd_profiles=bfd_profiles(stack),
        communities=communities(stack),
        passwords=passwords(stack) | {key.secret: key.password for key in platform.passwords()},
    )


def routing_config(stack: "StackConfig", facts: PlatformFacts) -> RoutingConfig:
    """Peers, pools and the rest, complete.

    :raises PlatformError: facts that do not fit the stack file.
    """
    pools = tuple(
        pool(stack, name, block_cidrs(stack, name, facts)) for name in sorted(stack.address_pools)
    )
    return static_routing(stack)._replace(peers=peers_of(stack, facts), pools=pools)


def block_cidrs(stack: "StackConfig", name: str, facts: PlatformFacts) -> list[str]:
    """Addresses of the platform's blocks that a pool has, in the stack file's order."""
    blocks = stack.address_pools[name].of_platform
    return [cidr for block in blocks for cidr in facts.blocks[block].cidrs]


def peers_of(stack: "StackConfig", facts: PlatformFacts) -> tuple[BgpPeer, ...]:
    """The peers, as they are written; blocks need not be known.

    :raises PlatformError: facts that do not fit the stack file.
    """
    return tuple(
        peer(stack, slot, [facts.nodes[key] for key in slot.nodes]) for slot in slots_of(stack)
    )


def slots_of(stack: "StackConfig") -> tuple[PeerSlot, ...]:
    """Every peer that the stack file decides to exist, sorted by name. Worked out once."""
    known = stack.worked_out
    if _SLOTS not in known:
        known[_SLOTS] = stack.platform.slots(stack)
    found: tuple[PeerSlot, ...] = known[_SLOTS]
    return found


def peer(stack: "StackConfig", slot: PeerSlot, nodes: Sequence[NodeFacts]) -> BgpPeer:
    """The peer of a slot. Worked out once for the same facts.

    :param nodes: facts of the slot's nodes, in their order.
    :raises PlatformError: facts that do not fit the stack file.
    """
    if slot.known is not None:
        return slot.known
    before, made = stack.worked_out.get((_PEERS, slot.name), (None, None))
    if before is not None and all(one is other for one, other in zip(before, nodes, strict=True)):
        found: BgpPeer = made
        return found
    made = stack.platform.peer(stack, slot, nodes)
    stack.worked_out[(_PEERS, slot.name)] = (tuple(nodes), made)
    return made


def pool(stack: "StackConfig", name: str, blocks: list[str]) -> IPAddressPool:
    """One pool.

    :param blocks: its Elastic IP blocks in CIDR notation, in the stack file's order.
    """
    settings = stack.address_pools[name]
    fields = _fields_of(IPAddressPool.kind, Level.POOL, settings)
    addresses = tuple(blocks) + settings.addresses
    spec = IPAddressPoolSpec.model_validate({**fields, "addresses": addresses})
    return IPAddressPool(
        name=name,
        spec=spec,
        labels=dict(settings.labels),
        origin=("metallb:addressPools", name),
    )


def _fields_of(kind: str, level: Level, section: "Section") -> dict[str, Any]:
    """The fields of an object that a section sets, by name; an empty list sets none."""
    found = {name: getattr(section, key) for name, key in keys_at(kind, level).items()}
    return {name: value for name, value in found.items() if value not in (None, ())}


def advertisement_name(pool_name: str, key: str) -> str:
    """Name of an advertisement: the pool's, with the key behind it unless that is `default`."""
    return pool_name if key == "default" else f"{pool_name}-{key}"


def renamed_objects(stack: "StackConfig") -> dict[tuple[str, str], str]:
    """Former names of a renamed pool and of its advertisements, by kind and present name."""
    found: dict[tuple[str, str], str] = {}
    for name, settings in stack.address_pools.items():
        former = settings.renamed_from
        if former is None:
            continue
        found[(IPAddressPool.kind, name)] = former
        for kind, keys in (
            (BgpAdvertisement.kind, settings.by_bgp),
            (L2Advertisement.kind, settings.layer2),
        ):
            for key in keys:
                present = advertisement_name(name, key)
                found[(kind, present)] = advertisement_name(former, key)
    return found


def advertisements(stack: "StackConfig") -> tuple[BgpAdvertisement, ...]:
    """One advertisement object for each that a pool has, sorted by name."""
    found = [
        BgpAdvertisement(
            name=advertisement_name(pool_name, key),
            spec=BgpAdvertisementSpec.model_validate(
                {
                    **_fields_of(BgpAdvertisement.kind, Level.ADVERTISEMENT, settings),
                    "ip_address_pools": (pool_name,),
                }
            ),
            origin=("metallb:addressPools", pool_name, "advertisements", key),
        )
        for pool_name, pool_settings in stack.address_pools.items()
        for key, settings in pool_settings.by_bgp.items()
    ]
    return tuple(sorted(found, key=lambda advertisement: advertisement.name))


def layer2(stack: "StackConfig") -> tuple[L2Advertisement, ...]:
    """One L2Advertisement for each entry of a pool's `layer2`, sorted by name."""
    found = []
    for pool_name, pool_settings in stack.address_pools.items():
        for key, settings in pool_settings.layer2.items():
            fields = _fields_of(L2Advertisement.kind, Level.LAYER2, settings)
            if settings.nodes:
                by_label = fields.get("node_selectors", ())
                fields["node_selectors"] = (hosts_selector(settings.nodes), *by_label)
            found.append(
                L2Advertisement(
                    name=advertisement_name(pool_name, key),
                    spec=L2AdvertisementSpec.model_validate(
                        {**fields, "ip_address_pools": (pool_name,)}
                    ),
                    origin=("metallb:addressPools", pool_name, "layer2", key),
                )
            )
    return tuple(sorted(found, key=lambda advertisement: advertisement.name))


def bfd_profiles(stack: "StackConfig") -> tuple[BfdProfile, ...]:
    """The BFD profiles of the stack file, sorted by name."""
    return tuple(
        BfdProfile(name=name, spec=spec, origin=("metallb:bgp", "bfdProfiles", name))
        for name, spec in sorted(stack.bgp.bfd_profiles.items())
    )


def communities(stack: "StackConfig") -> tuple[Community, ...]:
    """One Community object with every name of the stack file, or none."""
    if not stack.bgp.communities:
        return ()
    aliases = tuple(
        CommunityAlias(name=name, value=value)
        for name, value in sorted(stack.bgp.communities.items())
    )
    spec = CommunitySpec(communities=aliases)
    return (Community(name=COMMUNITIES_NAME, spec=spec, origin=("metallb:bgp", "communities")),)
