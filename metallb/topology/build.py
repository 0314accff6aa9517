"""From a stack file, and the platform's facts where known, to the picture's model. Pure."""

from metallb.algebra.intervals import readable
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import advertisements
from metallb.stackfile import StackConfig
from metallb.topology.groups import grouped_by_router
from metallb.topology.model import Announcement, Pool, Topology

__all__ = ["topology_of"]


def topology_of(stack: StackConfig, name: str, facts: PlatformFacts | None = None) -> Topology:
    """The topology of a stack.

    :param facts: None where none are recorded; what depends on them stays unknown.
    :raises PlatformError: the facts do not fit the stack file.
    """
    racks = stack.platform.shown(stack, facts)
    return Topology(
        stack=name,
        version=stack.install.version,
        mode=str(stack.install.bgp_mode),
        racks=grouped_by_router(stack, facts) if racks is None else racks,
        pools=tuple(_pool(stack, key, facts) for key in sorted(stack.address_pools)),
    )


def _pool(stack: StackConfig, name: str, facts: PlatformFacts | None) -> Pool:
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
        for item in advertisements(stack)
        if name in (item.spec.ip_address_pools or ())
    )
    return Pool(name, tuple(blocks), size, settings.auto_assign, announcements)
