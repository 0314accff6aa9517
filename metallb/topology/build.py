"""From a stack file, and the platform's facts where known, to the picture's model. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from metallb.algebra.intervals import readable
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import advertisements, layer2
from metallb.routing import BgpAdvertisement, L2Advertisement
from metallb.stackfile import StackConfig
from metallb.topology.groups import grouped_by_router
from metallb.topology.model import Announcement, Pool, Rack, Topology

__all__ = ["racks_of", "topology_of"]

_Announcing = TypeVar("_Announcing", BgpAdvertisement, L2Advertisement)


def topology_of(stack: StackConfig, name: str, facts: PlatformFacts | None = None) -> Topology:
    """The topology of a stack.

    :param facts: None where none are recorded; what depends on them stays unknown.
    :raises PlatformError: the facts do not fit the stack file.
    """
    announced, by_layer2 = _by_pool(advertisements(stack)), _by_pool(layer2(stack))
    return Topology(
        stack=name,
        version=stack.install.version,
        mode=str(stack.install.bgp_mode),
        racks=racks_of(stack, facts),
        pools=tuple(
            _pool(stack, key, facts, announced.get(key, ()), by_layer2.get(key, ()))
            for key in sorted(stack.address_pools)
        ),
    )


def racks_of(stack: StackConfig, facts: PlatformFacts | None = None) -> tuple[Rack, ...]:
    """Nodes, routers and sessions alone, in the groups that people know.

    :param facts: None where none are recorded; what depends on them stays unknown.
    :raises PlatformError: the facts do not fit the stack file.
    """
    racks = stack.platform.shown(stack, facts)
    return grouped_by_router(stack, facts) if racks is None else racks


def _by_pool(items: Iterable[_Announcing]) -> Mapping[str, Sequence[_Announcing]]:
    """Advertisements by the names of the pools that they announce."""
    found: dict[str, list[_Announcing]] = {}
    for each in items:
        for pool in each.spec.ip_address_pools or ():
            found.setdefault(pool, []).append(each)
    return found


def _pool(
    stack: StackConfig,
    name: str,
    facts: PlatformFacts | None,
    announced: Iterable[BgpAdvertisement],
    by_layer2: Iterable[L2Advertisement],
) -> Pool:
    settings = stack.address_pools[name]
    planned = stack.platform.planned_blocks
    blocks: list[str] = []
    size: int | None = 0
    for block in settings.of_platform:
        if facts is not None and block in facts.blocks:
            blocks += facts.blocks[block].cidrs
            continue
        known = planned.get(block)
        count = known.size if known and known.reserved else None
        blocks.append(f"Elastic IP block {block}" + (f" ({count})" if count else ""))
        size = None if size is None or count is None else size + count
    blocks += settings.addresses
    intervals = readable(blocks)
    if size is not None:
        left_out = sum(each.left_out for each in intervals) if settings.avoid_buggy_ips else 0
        size += sum(each.size for each in intervals) - left_out
    versions = {each.version for each in intervals}
    if settings.of_platform:
        versions.add(4)
    announcements = tuple(
        Announcement(
            name=item.name,
            lengths=tuple(
                length
                for version, length in (
                    (4, item.spec.aggregation_length),
                    (6, item.spec.aggregation_length_v6),
                )
                if version in versions
            ),
            peers=item.spec.peers or (),
            nodes=tuple(selector.words() for selector in item.spec.node_selectors or ()),
            communities=item.spec.communities or (),
        )
        for item in announced
    )
    announcements += tuple(
        Announcement(
            name=item.name,
            lengths=(),
            nodes=tuple(selector.words() for selector in item.spec.node_selectors or ()),
            layer2=True,
            interfaces=item.spec.interfaces or (),
        )
        for item in by_layer2
    )
    return Pool(name, tuple(blocks), size, settings.auto_assign, announcements)
