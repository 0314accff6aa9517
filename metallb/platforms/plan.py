"""The whole routing configuration of a stack file, given the platform's answers. Pure."""

from metallb.config import EquinixMetalPlatform, StackConfig, StaticPlatform
from metallb.platforms.answers import Answers
from metallb.platforms.equinix_metal import metal_peers
from metallb.platforms.peering import passwords
from metallb.platforms.static import static_passwords, static_peers
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
    RoutingConfig,
)
from metallb.routing.configmap import COMMUNITIES_NAME

__all__ = [
    "advertisement_name",
    "advertisements",
    "bfd_profiles",
    "communities",
    "peers_of",
    "pool",
    "renamed_objects",
    "routing_config",
    "static_routing",
]


def static_routing(stack: StackConfig) -> RoutingConfig:
    """What needs no answer: everything but the peers of a platform with calls, and the pools."""
    platform = stack.platform
    static = platform if isinstance(platform, StaticPlatform) else None
    return RoutingConfig(
        peers=static_peers(stack, static) if static else (),
        advertisements=advertisements(stack),
        bfd_profiles=bfd_profiles(stack),
        communities=communities(stack),
        passwords=passwords(stack) | (static_passwords(static) if static else {}),
    )


def routing_config(stack: StackConfig, answers: Answers) -> RoutingConfig:
    """Peers, pools and the rest, complete.

    :raises PlatformError: an answer that does not fit the stack file.
    """
    pools = tuple(
        pool(stack, name, [answers.blocks[block].cidr_notation for block in settings.elastic_ips])
        for name, settings in sorted(stack.address_pools.items())
    )
    return static_routing(stack).model_copy(
        update={"peers": peers_of(stack, answers), "pools": pools}
    )


def peers_of(stack: StackConfig, answers: Answers) -> tuple[BgpPeer, ...]:
    """The peers, as they are written; blocks need not be known.

    :raises PlatformError: an answer that does not fit the stack file.
    """
    if isinstance(stack.platform, EquinixMetalPlatform):
        return metal_peers(stack, stack.platform, answers.nodes)
    return static_peers(stack, stack.platform)


def pool(stack: StackConfig, name: str, blocks: list[str]) -> IPAddressPool:
    """One pool.

    :param blocks: its Elastic IP blocks in CIDR notation, in the stack file's order.
    """
    settings = stack.address_pools[name]
    spec = IPAddressPoolSpec(
        addresses=tuple(blocks) + settings.addresses,
        auto_assign=settings.auto_assign,
        avoid_buggy_ips=settings.avoid_buggy_ips,
        service_allocation=settings.service_allocation,
    )
    return IPAddressPool(name=name, spec=spec, origin=("metallb:addressPools", name))


def advertisement_name(pool_name: str, key: str) -> str:
    """Name of a BGPAdvertisement: the pool's, with the key behind it unless that is `default`."""
    return pool_name if key == "default" else f"{pool_name}-{key}"


def renamed_objects(stack: StackConfig) -> dict[tuple[str, str], str]:
    """Former names of a renamed pool and of its advertisements, by kind and present name."""
    found: dict[tuple[str, str], str] = {}
    for name, settings in stack.address_pools.items():
        former = settings.renamed_from
        if former is None:
            continue
        found[(IPAddressPool.kind, name)] = former
        for key in settings.advertisements:
            present = advertisement_name(name, key)
            found[(BgpAdvertisement.kind, present)] = advertisement_name(former, key)
    return found


def advertisements(stack: StackConfig) -> tuple[BgpAdvertisement, ...]:
    """One advertisement object for each that a pool has, sorted by name."""
    found = [
        BgpAdvertisement(
            name=advertisement_name(pool_name, key),
            spec=BgpAdvertisementSpec(
                aggregation_length=settings.aggregation_length,
                aggregation_length_v6=settings.aggregation_length_v6,
                as_path_prepend=settings.as_path_prepend,
                local_pref=settings.local_pref,
                communities=settings.communities or None,
                ip_address_pools=(pool_name,),
                node_selectors=settings.node_selectors or None,
                peers=settings.peers or None,
                service_selectors=settings.service_selectors or None,
            ),
            origin=("metallb:addressPools", pool_name, "advertisements", key),
        )
        for pool_name, pool_settings in stack.address_pools.items()
        for key, settings in pool_settings.advertisements.items()
    ]
    return tuple(sorted(found, key=lambda advertisement: advertisement.name))


def bfd_profiles(stack: StackConfig) -> tuple[BfdProfile, ...]:
    """The BFD profiles of the stack file, sorted by name."""
    return tuple(
        BfdProfile(name=name, spec=spec, origin=("metallb:bgp", "bfdProfiles", name))
        for name, spec in sorted(stack.bgp.bfd_profiles.items())
    )


def communities(stack: StackConfig) -> tuple[Community, ...]:
    """One Community object with every name of the stack file, or none."""
    if not stack.bgp.communities:
        return ()
    aliases = tuple(
        CommunityAlias(name=name, value=value)
        for name, value in sorted(stack.bgp.communities.items())
    )
    spec = CommunitySpec(communities=aliases)
    return (Community(name=COMMUNITIES_NAME, spec=spec, origin=("metallb:bgp", "communities")),)
