"""Elastic IP blocks that the state does not know, and those that an update would lose."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from metallb.config import EquinixMetalPlatform
from metallb.config.equinix_metal import ElasticIp, IpBlockType
from metallb.errors import MetalLBError, PlatformError
from metallb.recovery.names import PENDING, block_name

__all__ = [
    "adopted_blocks",
    "block_imports",
    "described",
    "forgotten_blocks",
    "leftover_blocks",
    "named_by_tag",
    "own_blocks_adopted",
    "replaced_blocks",
]


def block_imports(
    platform: EquinixMetalPlatform,
    tags: Mapping[str, str],
    known: Mapping[str, Mapping[str, Any]],
    blocks: Iterable[Mapping[str, Any]],
) -> dict[str, str]:
    """Ids to import, by block: reserved for this stack earlier, and unknown to its state.

    A block that the state has under another name, or that the stack file adopts, is never among
    them: imported once more it would have two owners, and one of them could give it back.

    :param tags: ownership tags of the blocks that the stack reserves, by block.
    :param known: outputs of the resources in the engine's state, by resource name.
    :param blocks: the project's blocks, as the API lists them.
    :raises PlatformError: several blocks carry one tag, the tag is on a block that serves under
        another name, or the block does not fit the stack file.
    """
    there = list(blocks)
    owners = {str(outputs.get("id")): f"the state has as {name}" for name, outputs in known.items()}
    owners |= {
        block_id: f"the stack file adopts as {name}"
        for block_id, name in adopted_blocks(platform, there).items()
    }
    found: dict[str, str] = {}
    for block, tag in sorted(tags.items()):
        if block_name(block) in known:
            continue
        tagged = [item for item in there if tag in (item.get("tags") or ())]
        ours = [item for item in tagged if str(item["id"]) not in owners]
        where = f"metallb:platform.elasticIps.{block}"
        if tagged and not ours:
            # Two blocks with one tag could not be told from each other once the state is lost.
            raise PlatformError(
                where=where,
                seen=f"block {described(tagged[0])}, which was reserved under this name and which "
                f"{owners[str(tagged[0]['id'])]}",
                rule="a block's tag keeps the name that it was reserved under, so the name is not "
                "used for another block",
                remedy="give the new block a name that no block of this stack has had",
            )
        if not ours:
            continue
        if len(ours) > 1:
            raise PlatformError(
                where=where,
                seen=f"{len(ours)} blocks that were reserved for it: {_listed(ours)}",
                rule="a reply was lost, the reservation was repeated, and the stack knows none of "
                "them; another one would leave these to be paid for",
                remedy="keep one and release the others: `python -m metallb recover STACK "
                "--release ID`; the one that is left is imported by the next update",
            )
        misfit = _misfit(platform, platform.elastic_ips[block], ours[0])
        if misfit is not None:
            seen, way = misfit
            raise PlatformError(
                where=where,
                seen=f"a block that was reserved for it with {seen}: {_listed(ours)}",
                rule="a block that this stack reserved earlier is imported, not reserved again, "
                "and one that differs would be replaced after that",
                remedy=f"{way}; or give the block back: "
                f"`python -m metallb recover STACK --release {ours[0]['id']}`",
            )
        found[block] = str(ours[0]["id"])
    return found


def adopted_blocks(
    platform: EquinixMetalPlatform, blocks: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Ids of the blocks that the stack file adopts, each with its name there."""
    found = {}
    for block in blocks:
        for name, settings in platform.elastic_ips.items():
            if _adopts(settings, block):
                found[str(block["id"])] = name
    return found


def own_blocks_adopted(
    platform: EquinixMetalPlatform,
    known: Mapping[str, Mapping[str, Any]],
    leaving: Collection[str],
    blocks: Iterable[Mapping[str, Any]],
) -> list[MetalLBError]:
    """Blocks of the state that the stack file adopts, so that the update would give them back.

    :param known: outputs of the resources in the engine's state, by resource name.
    :param leaving: resource names of blocks that stay at the provider when the state loses them.
    :param blocks: the project's blocks; they are needed where one is adopted by its tag.
    """
    held = {str(outputs.get("id")): name for name, outputs in known.items()}
    listed = {str(block["id"]): block for block in blocks}
    kept = {block_name(name) for name, one in platform.elastic_ips.items() if not one.adopted}
    found: list[MetalLBError] = []
    for name, settings in sorted(platform.elastic_ips.items()):
        for block_id, owner in held.items():
            block = listed.get(block_id, {"id": block_id})
            if not _adopts(settings, block) or (owner in leaving and owner not in kept):
                continue
            network = known[owner].get("cidrNotation")
            found.append(
                PlatformError(
                    where=f"metallb:platform.elasticIps.{name}",
                    seen=f"block {block_id} ({network}) adopted, which the state has as {owner}",
                    rule="a block that the stack reserved is given back when the stack only looks "
                    "it up, and MetalLB would go on announcing it",
                    remedy="leave adoptId and adoptTag out and keep the block under the name that "
                    "reserved it; to hand it over, first write protect: false and "
                    "retainOnDelete: true under that name and run up, then put the adoption in "
                    "its place",
                )
            )
    return found


def _adopts(settings: ElasticIp, block: Mapping[str, Any]) -> bool:
    """Whether the stack file adopts a block, by its id in any spelling or by its tag."""
    if settings.adopt_id is not None:
        return str(block["id"]).lower() == settings.adopt_id
    return settings.adopt_tag is not None and settings.adopt_tag in (block.get("tags") or ())


def leftover_blocks(
    prefix: str, known_ids: Collection[str], blocks: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Blocks with a tag of ours that nobody knows: each is paid for and serves nobody.

    :param prefix: what our tags begin with. A block whose name has left the stack file is ours too.
    :param known_ids: blocks that the state has or the stack file adopts.
    """
    return [
        block
        for block in blocks
        if named_by_tag(prefix, block) is not None and str(block["id"]) not in known_ids
    ]


def named_by_tag(prefix: str, block: Mapping[str, Any]) -> str | None:
    """The name that a block was reserved under, from its tag; None without a tag of ours."""
    tags = [str(tag) for tag in block.get("tags") or ()]
    return next((tag.removeprefix(prefix) for tag in tags if tag.startswith(prefix)), None)


def forgotten_blocks(
    prefix: str,
    new: Collection[str],
    known: Mapping[str, Mapping[str, Any]],
    leftovers: Iterable[Mapping[str, Any]],
) -> list[MetalLBError]:
    """Leftovers whose addresses may be those that a new block was meant to have.

    They are when a block had been renamed and the state was lost afterwards. A second block of a
    name that the state has is none of them: it was reserved twice, or is about to be deleted.

    :param new: blocks that are about to be reserved.
    :param known: outputs of the resources in the engine's state, by resource name.
    """
    found: list[MetalLBError] = []
    for block in leftovers:
        name = str(named_by_tag(prefix, block))
        if block_name(name) in known:
            continue
        size = f" and `quantity: {1 << (32 - int(block['cidr']))}`" if block.get("cidr") else ""
        found += [
            PlatformError(
                where=f"metallb:platform.elasticIps.{wanted}",
                seen=f"a block to reserve, while {described(block)} is there, which this stack "
                f"reserved as {name} and neither its state nor its file knows",
                rule="no other block takes the place of addresses that may be in use",
                remedy=f"to keep its addresses, write `adoptId: {block['id']}`{size} at the block "
                "that is to have them; or give it back: `python -m metallb recover STACK "
                f"--release {block['id']}`; or keep it for something else, and take its tag off "
                "in the provider's console",
            )
            for wanted in sorted(new)
        ]
    return found


def replaced_blocks(
    platform: EquinixMetalPlatform, known: Mapping[str, Mapping[str, Any]]
) -> list[MetalLBError]:
    """Protected blocks that the provider would replace, so that their addresses were lost.

    Every argument of a ReservedIpBlock forces a replacement in provider 3.2.1.

    :param known: outputs of the resources in the engine's state, by resource name.
    """
    found: list[MetalLBError] = []
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
            # Of what a block has not, only a facility makes another one of it: a block that was
            # reserved by metro has none. Anything else would be a state without outputs.
            if str(held).lower() == str(wanted).lower() or (held is None and key != "facility"):
                continue
            found.append(
                PlatformError(
                    where=f"metallb:platform.elasticIps.{block}",
                    seen=f"{key} {_plain(wanted)}, and the block has {_had(held)}",
                    rule=f"a block can't be changed, only replaced, and {outputs['cidrNotation']} "
                    "would be lost",
                    remedy="reserve another block under a new name and add it to the pool; or set "
                    "protect: false here, run up, and change it then",
                )
            )
    return found


def _waiting(block: str) -> MetalLBError:
    """A block without addresses looks like one of another size, which the provider replaces."""
    return PlatformError(
        where=f"metallb:platform.elasticIps.{block}",
        seen="a reservation that waited for approval when the state was last written",
        rule="its addresses have to be in the state before the next update",
        remedy="once it is approved: pulumi refresh --target '**ReservedIpBlock**', then run the "
        "update again",
    )


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


def _misfit(
    platform: EquinixMetalPlatform, settings: ElasticIp, block: Mapping[str, Any]
) -> tuple[str, str] | None:
    """How a block differs from what is asked for, and what to do to keep it; None when it fits."""
    if block.get("state") == "pending" or not block.get("cidr"):
        return (
            "addresses that the provider has not approved yet",
            "run the update again once it is approved",
        )
    kind = IpBlockType.GLOBAL_IPV4 if block.get("global_ip") else IpBlockType.PUBLIC_IPV4
    metro = _code(block.get("metro"))
    held = {
        "quantity": float(1 << (32 - int(block["cidr"]))),
        "type": kind.value,
        "metro": metro,
        "facility": _code(block.get("facility")),
    }
    for key, wanted in _identity(platform, settings).items():
        # The project is the one that was asked for its blocks.
        if key not in held or held[key] in (wanted, _UNTOLD):
            continue
        if held[key] is not None:
            line = f"{key}: {_plain(held[key])}"
        elif key == "facility":
            # It was reserved by its metro, which counts before the platform's facility.
            line = f"metro: {metro or 'CODE'}"
        else:
            continue
        seen = {"quantity": f"{_plain(held[key])} addresses", "type": f"type {kind}"}
        return (
            seen.get(key, f"{line}, and {key} {wanted} is asked for"),
            f"to keep its addresses, write `{line}` at this block",
        )
    return None


_UNTOLD = ""
"""Stands for a location that the API only refers to."""


def _code(location: Any) -> str | None:
    """The code of a block's metro or facility in the API's answer; None where it has none."""
    return None if location is None else str(location.get("code") or _UNTOLD).lower()


def _plain(value: Any) -> Any:
    """Numbers cross the engine's wire as doubles."""
    return int(value) if isinstance(value, float) else value


def _had(value: Any) -> Any:
    return "none" if value is None else _plain(value)


def _listed(blocks: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(described(block) for block in blocks)


def described(block: Mapping[str, Any]) -> str:
    """A block in a message: its id, and its addresses as far as it has some."""
    return f"{block['id']} ({block.get('network') or 'pending'}/{block.get('cidr') or '-'})"
