"""What an interrupted update left behind, and what makes it right. Pure: callers ask and act.

Three things can be left: a lock, pending operations in the engine's state, and resources at the
provider that the state knows nothing of, because the reply to their creation was lost. Provider
3.2.1 repeats a POST whose reply was lost, so one lost reply may also reserve two blocks.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from metallb.config import EquinixMetalPlatform
from metallb.config.equinix_metal import ElasticIp, IpBlockType
from metallb.errors import MetalLBError, PlatformError

__all__ = [
    "BLOCK_TYPE",
    "PENDING",
    "SESSION_TYPE",
    "LockOwner",
    "Pending",
    "block_imports",
    "block_name",
    "interrupted_sessions",
    "leftover_blocks",
    "lock_owners",
    "metal_ids",
    "ownership_tag",
    "pending_creates",
    "replaced_blocks",
    "session_conflicts",
    "session_name",
    "unlocked",
    "without_pending",
]

BLOCK_TYPE = "equinix-metal:index/reservedIpBlock:ReservedIpBlock"
SESSION_TYPE = "equinix-metal:index/bgpSession:BgpSession"

PENDING = "/0"
"""What the provider shows in place of a block that waits for approval."""

_CREATING = "creating"
_LOCK = re.compile(r"created by (?P<user>[^\s@]+)@(?P<host>\S+) \(pid (?P<pid>\d+)\)")


def ownership_tag(project: str, stack: str, block: str) -> str:
    """The tag on every block that a stack reserves; it finds the block again without its id."""
    return f"metallb:{project}/{stack}/{block}"


def block_name(block: str) -> str:
    """Resource name of a block that a stack reserves."""
    return f"elastic-ip-{block}-block"


def session_name(node_key: str, family: str) -> str:
    """Resource name of a session that a stack opens."""
    return f"bgp-sessions-{node_key}-{family}"


# --- what is at the provider and not in the state ---------------------------------------------


def block_imports(
    platform: EquinixMetalPlatform,
    tags: Mapping[str, str],
    known: Collection[str],
    blocks: Iterable[Mapping[str, Any]],
) -> dict[str, str]:
    """Ids to import, by block: reserved for this stack earlier, and unknown to its state.

    :param tags: ownership tags of the blocks that the stack reserves, by block.
    :param known: resource names in the engine's state.
    :param blocks: the project's blocks, as the API lists them.
    :raises PlatformError: several blocks carry one tag, or the block does not fit the stack file.
    """
    there = list(blocks)
    found: dict[str, str] = {}
    for block, tag in sorted(tags.items()):
        if block_name(block) in known:
            continue
        ours = [item for item in there if tag in (item.get("tags") or ())]
        if not ours:
            continue
        where = f"metallb:platform.elasticIps.{block}"
        if len(ours) > 1:
            raise PlatformError(
                where=where,
                seen=f"{len(ours)} blocks that were reserved for it: {_listed(ours)}",
                rule="a reply was lost, the reservation was repeated, and the stack knows none of "
                "them; another one would leave these to be paid for",
                remedy="keep one and release the others: `python -m metallb recover STACK "
                "--release ID`; the one that is left is imported by the next update",
            )
        misfit = _misfit(platform.elastic_ips[block], ours[0])
        if misfit:
            raise PlatformError(
                where=where,
                seen=f"a block that was reserved for it with {misfit}: {_listed(ours)}",
                rule="a block that this stack reserved earlier is imported, not reserved again",
                remedy="let the stack file ask for what there is, or give the block back: "
                f"`python -m metallb recover STACK --release {ours[0]['id']}`",
            )
        found[block] = str(ours[0]["id"])
    return found


def replaced_blocks(
    platform: EquinixMetalPlatform, known: Mapping[str, Mapping[str, Any]]
) -> list[MetalLBError]:
    """Protected blocks that the provider would replace, so that their addresses were lost.

    Every argument of a ReservedIpBlock forces a replacement in provider 3.2.1.

    :param known: outputs of the resources in the engine's state, by resource name.
    """
    found = []
    for block, settings in sorted(platform.elastic_ips.items()):
        outputs = known.get(block_name(block))
        if outputs is None or settings.adopted:
            continue
        if outputs.get("cidrNotation") == PENDING:
            found.append(_waiting(block))
            continue
        if not settings.protect:
            continue
        for key, wanted in _identity(platform, settings).items():
            held = outputs.get(key)
            if held is None or str(held).lower() == str(wanted).lower():
                continue
            found.append(
                PlatformError(
                    where=f"metallb:platform.elasticIps.{block}",
                    seen=f"{key} {_plain(wanted)}, and the block has {_plain(held)}",
                    rule=f"a block can't be changed, only replaced, and {outputs['cidrNotation']} "
                    "would be lost",
                    remedy="reserve another block under a new name and add it to the pool; or set "
                    "protect: false here, run up, and change it then",
                )
            )
    return list(found)


def _waiting(block: str) -> MetalLBError:
    """A block without addresses looks like one of another size, which the provider replaces."""
    return PlatformError(
        where=f"metallb:platform.elasticIps.{block}",
        seen="a reservation that waited for approval when the state was last written",
        rule="its addresses have to be in the state before the next update",
        remedy="once it is approved: pulumi refresh --target '**ReservedIpBlock**', then run the "
        "update again",
    )


def _plain(value: Any) -> Any:
    """Numbers cross the engine's wire as doubles."""
    return int(value) if isinstance(value, float) else value


def _identity(platform: EquinixMetalPlatform, settings: ElasticIp) -> dict[str, Any]:
    """What a block is at the provider, in the plugin's spelling."""
    wanted: dict[str, Any] = {
        "projectId": platform.project_id,
        "quantity": float(settings.quantity),
        "type": settings.type.value,
    }
    if settings.type is IpBlockType.PUBLIC_IPV4:
        facility = settings.facility or (None if settings.metro else platform.facility)
        if facility:
            wanted["facility"] = facility
        else:
            wanted["metro"] = settings.metro or platform.metro
    return wanted


def _misfit(settings: ElasticIp, block: Mapping[str, Any]) -> str:
    """How a block differs from what is asked for; empty when it does not."""
    if block.get("state") == "pending" or not block.get("cidr"):
        return "addresses that the provider has not approved yet"
    quantity = 1 << (32 - int(block["cidr"]))
    if quantity != settings.quantity:
        return f"{quantity} addresses"
    kind = IpBlockType.GLOBAL_IPV4 if block.get("global_ip") else IpBlockType.PUBLIC_IPV4
    return "" if kind is settings.type else f"type {kind}"


def leftover_blocks(
    tags: Mapping[str, str], known_ids: Collection[str], blocks: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Blocks with our tag that the state does not know: each is paid for and serves nobody."""
    ours = set(tags.values())
    return [
        block
        for block in blocks
        if ours.intersection(block.get("tags") or ()) and str(block["id"]) not in known_ids
    ]


def session_conflicts(
    platform: EquinixMetalPlatform,
    known: Collection[str],
    sessions: Iterable[Mapping[str, Any]],
) -> list[MetalLBError]:
    """Sessions that are open already where the stack would open its own.

    A session carries no tag, so nothing tells a lost reply of ours from somebody else's session:
    adopting it is a person's word, and the remedy is the line to write.
    """
    there: dict[tuple[str, str], str] = {}
    for session in sessions:
        device = session.get("device") or {}
        for name in (device.get("hostname"), device.get("id")):
            if name:
                there[str(name), str(session["address_family"])] = str(session["id"])
    found = []
    for position, node in enumerate(platform.nodes):
        for family in platform.address_families:
            held = there.get((node.device_id or node.key, family.value))
            wanted = node.bgp_sessions.get(family)
            if held is None or session_name(node.key, family.value) in known or wanted == held:
                continue
            found.append(
                PlatformError(
                    where=f"metallb:platform.nodes[{position}] ({node.key})",
                    seen=f"{family} session {held}, which this stack did not open or whose reply "
                    "it lost",
                    rule="a device has one session of an address family, and a second is refused",
                    remedy=f"adopt it: write `bgpSessions: {{{family}: {held}}}` at this node; or "
                    "set metallb:platform.manageSessions to false where something else opens them",
                )
            )
    return list(found)


def _listed(blocks: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{block['id']} ({block.get('network') or 'pending'}/{block.get('cidr') or '-'})"
        for block in blocks
    )


# --- what is in the state ---------------------------------------------------------------------


@dataclass(frozen=True)
class Pending:
    """An operation that was under way when the engine ended."""

    kind: str
    """creating, updating, deleting, reading or importing."""
    urn: str
    type: str
    parent: str
    inputs: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Resource name."""
        return self.urn.rpartition("::")[2]


def pending_creates(deployment: Mapping[str, Any]) -> list[Pending]:
    """Creations that were under way, from the `deployment` of an exported stack.

    :param deployment: what `pulumi stack export` shows under `deployment`.
    """
    return [item for item in _pending(deployment) if item.kind == _CREATING]


def _pending(deployment: Mapping[str, Any]) -> list[Pending]:
    return [
        Pending(
            kind=str(item["type"]),
            urn=str(item["resource"]["urn"]),
            type=str(item["resource"]["type"]),
            parent=str(item["resource"].get("parent") or ""),
            inputs=item["resource"].get("inputs") or {},
        )
        for item in deployment.get("pending_operations") or ()
    ]


def without_pending(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """The same state without pending operations: what each did has been looked at."""
    return {key: value for key, value in deployment.items() if key != "pending_operations"}


def metal_ids(deployment: Mapping[str, Any]) -> dict[str, str]:
    """Ids of the platform's resources in the state, by resource name."""
    return {
        str(item["urn"]).rpartition("::")[2]: str(item["id"])
        for item in deployment.get("resources") or ()
        if item.get("type") in (BLOCK_TYPE, SESSION_TYPE) and item.get("id")
    }


def interrupted_sessions(
    pending: Iterable[Pending], sessions: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Sessions that were being opened when the engine ended and exist: ids by their URNs.

    Here the state itself says that the session is ours, so it can be imported without a question.
    """
    there = {
        (str((item.get("device") or {}).get("id")), str(item["address_family"])): str(item["id"])
        for item in sessions
    }
    found = {}
    for item in pending:
        if item.type != SESSION_TYPE:
            continue
        held = there.get((str(item.inputs.get("deviceId")), str(item.inputs.get("addressFamily"))))
        if held is not None:
            found[item.urn] = held
    return found


# --- locks ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LockOwner:
    """Who holds a lock of a stack on a file backend."""

    user: str
    host: str
    pid: int


def lock_owners(text: str) -> tuple[LockOwner, ...]:
    """The owners that the engine names when it refuses: `created by user@host (pid 123)`."""
    return tuple(
        LockOwner(found["user"], found["host"], int(found["pid"])) for found in _LOCK.finditer(text)
    )


def unlocked(owners: Iterable[LockOwner], *, host: str, alive: Collection[int]) -> bool:
    """Whether every lock is of a process on this machine that is gone, so that it may be removed.

    :param alive: ids of the processes that run on this machine.
    """
    found = list(owners)
    return bool(found) and all(owner.host == host and owner.pid not in alive for owner in found)
