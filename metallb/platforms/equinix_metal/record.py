"""The facts of a project from the engine's state, which keeps those of the last update.

Makes no call: a reader of the state needs no account of the platform. Holds no secret: the state
keeps of a BGP neighbor that it has an MD5 key, never the key.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from metallb.platforms.equinix_metal.answers import missing_facts
from metallb.platforms.equinix_metal.facts import Device, ProjectFacts, ReservedBlock
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.platforms.facts import AddressFamily
from metallb.problems.errors import SnapshotError

__all__ = ["recorded_facts"]

_NODES = "metallb:index:BgpPeers"
_BLOCK = "metallb:index:ElasticIpBlock"
_RESERVED = "equinix-metal:index/reservedIpBlock:ReservedIpBlock"
_SESSION = "equinix-metal:index/bgpSession:BgpSession"
_BLOCK_PREFIX = "elastic-ip-"


def recorded_facts(
    deployment: Mapping[str, Any], platform: EquinixMetalPlatform, name: str
) -> ProjectFacts:
    """The project's facts, as the last update of a stack got them.

    :param deployment: what `pulumi stack export` shows under `deployment`.
    :param name: the stack's name, for messages.
    :raises SnapshotError: the state lacks some.
    """
    facts = ProjectFacts(
        nodes=_devices(deployment, platform, name),
        blocks=_blocks(deployment, platform),
        # A project without BGP opens no session; without a session it was not read.
        bgp_enabled=True if _has_session(deployment) else None,
    )
    missing = missing_facts(platform, facts) + _missing_families(platform, facts)
    if missing:
        raise SnapshotError(
            f"the state of {name} has no facts of {', '.join(missing)}",
            detail="A snapshot is made of the state that an update leaves.",
            help=f"run metallb up {name}, then snapshot again",
        )
    return facts


def _missing_families(platform: EquinixMetalPlatform, facts: ProjectFacts) -> list[str]:
    """Neighbors of families that the stack file has and the last update had not."""
    if not platform.uses_neighbors:
        return []
    numbers = {AddressFamily.IPV4: 4, AddressFamily.IPV6: 6}
    return [
        f"{family.value} neighbor of device {key}"
        for key, device in facts.nodes.items()
        if device.neighbors is not None
        for family in platform.address_families
        if all(each.address_family != numbers[family] for each in device.neighbors)
    ]


def _devices(
    deployment: Mapping[str, Any], platform: EquinixMetalPlatform, name: str
) -> dict[str, Device]:
    known: dict[str, Any] = {}
    for outputs in _outputs(deployment, _NODES).values():
        known |= outputs.get("nodes") or {}
    found = {}
    for node in platform.nodes:
        if node.key not in known:
            continue
        try:
            found[node.key] = Device.model_validate(known[node.key])
        except ValidationError as error:
            raise SnapshotError(
                f"the state of {name} has device {node.key} in the form of another release",
                detail="Host name, id and private network of a device are recorded.",
                help=f"run metallb up {name}, then snapshot again",
            ) from error
    return found


def _blocks(
    deployment: Mapping[str, Any], platform: EquinixMetalPlatform
) -> dict[str, ReservedBlock]:
    known = _outputs(deployment, _BLOCK)
    reserved = _reserved(deployment)
    found = {}
    for name, settings in sorted(platform.elastic_ips.items()):
        outputs = known.get(f"{_BLOCK_PREFIX}{name}") or {}
        block_id, notation = outputs.get("block_id"), outputs.get("cidr_notation")
        if not settings.adopted:
            # A component has the last update's answer; a refresh changes only the block itself, and
            # drops it once it is gone.
            notation = reserved.get(block_id)
        if block_id and notation:
            found[name] = ReservedBlock(ids=(str(block_id),), cidrs=(str(notation),))
    return found


def _reserved(deployment: Mapping[str, Any]) -> dict[Any, Any]:
    """Blocks that the state holds, by id; not those that wait for deletion."""
    return {
        item.get("id"): (item.get("outputs") or {}).get("cidrNotation")
        for item in deployment.get("resources") or ()
        if item.get("type") == _RESERVED and not item.get("delete")
    }


def _has_session(deployment: Mapping[str, Any]) -> bool:
    return any(item.get("type") == _SESSION for item in deployment.get("resources") or ())


def _outputs(deployment: Mapping[str, Any], token: str) -> dict[str, Mapping[str, Any]]:
    """Registered outputs of the components of one type, by resource name."""
    return {
        str(item["urn"]).rpartition("::")[2]: item.get("outputs") or {}
        for item in deployment.get("resources") or ()
        if item.get("type") == token
    }
