"""Elastic IP blocks that the state does not know, and those that an update would lose."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from metallb.platforms.equinix_metal.names import PENDING, block_name
from metallb.platforms.equinix_metal.section import ElasticIp, EquinixMetalPlatform, IpBlockType
from metallb.problems.errors import PlatformError
from metallb.problems.problem import Location, Problem, Severity

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

_RECOVER = "metallb recover STACK"


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
    owners = {
        str(outputs.get("id")): f"the state has it as {name}" for name, outputs in known.items()
    }
    owners |= {
        block_id: f"the stack file adopts it as {name}"
        for block_id, name in adopted_blocks(platform, there).items()
    }
    found: dict[str, str] = {}
    for block, tag in sorted(tags.items()):
        if block_name(block) in known:
            continue
        tagged = [item for item in there if tag in (item.get("tags") or ())]
        ours = [item for item in tagged if str(item["id"]) not in owners]
        location = _location(block)
        if tagged and not ours:
            # Two blocks with one tag could not be distinguished once the state is lost.
            raise PlatformError(
                f"block {described(tagged[0])} was reserved as {block}, and "
                f"{owners[str(tagged[0]['id'])]}",
                code="E306",
                location=location,
                detail="A block's tag keeps the name that it was reserved under, so no other block "
                "takes that name.",
                help="give the new block a name that no block of this stack has had",
            )
        if not ours:
            continue
        if len(ours) > 1:
            raise PlatformError(
                f"{len(ours)} blocks were reserved as {block}: {_listed(ours)}",
                code="E306",
                location=location,
                detail="A reply was lost and the reservation was repeated, so the state has none "
                "of them. Each is charged.",
                help=f"keep one and release the others with `{_RECOVER} --release ID`; the next "
                "update imports the one that is left",
            )
        misfit = _misfit(platform, platform.elastic_ips[block], ours[0])
        if misfit is not None:
            difference, way = misfit
            raise PlatformError(
                f"block {_listed(ours)}, reserved as {block} earlier, has {difference}",
                code="E306",
                location=location,
                detail="A block that this stack reserved earlier is imported, not reserved again; "
                "one that differs would be replaced after that.",
                help=f"{way}; or release the block with `{_RECOVER} --release {ours[0]['id']}`",
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
) -> list[Problem]:
    """Blocks of the state that the stack file adopts, so that the update would release them.

    :param known: outputs of the resources in the engine's state, by resource name.
    :param leaving: resource names of blocks that stay at the provider when the state loses them.
    :param blocks: the project's blocks; they are needed where one is adopted by its tag.
    """
    held = {str(outputs.get("id")): name for name, outputs in known.items()}
    listed = {str(block["id"]): block for block in blocks}
    kept = {block_name(name) for name, one in platform.elastic_ips.items() if not one.adopted}
    found: list[Problem] = []
    for name, settings in sorted(platform.elastic_ips.items()):
        for block_id, owner in held.items():
            block = listed.get(block_id, {"id": block_id})
            if not _adopts(settings, block) or (owner in leaving and owner not in kept):
                continue
            network = known[owner].get("cidrNotation")
            key = "adoptTag" if settings.adopt_id is None else "adoptId"
            found.append(
                _problem(
                    name,
                    f"adopted block {block_id} ({network}) is the stack's own, {owner}",
                    code="E506",
                    keys=(key,),
                    detail="A block that the stack reserved is released once the stack file only "
                    "adopts it, and MetalLB would still announce its addresses.",
                    help=f"remove {key} and keep the block under the name that reserved it; to "
                    "hand it over, first write `protect: false` and `retainOnDelete: true` under "
                    "that name and run up, then write the adoption in its place",
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
    """Blocks with a tag of ours that neither state nor stack file has: charged, and of no use.

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
) -> list[Problem]:
    """Leftovers whose addresses may be those that a new block was meant to have.

    They are when a block had been renamed and the state was lost afterwards. A second block of a
    name that the state has is none of them: it was reserved twice, or is about to be deleted.

    :param new: blocks that are about to be reserved.
    :param known: outputs of the resources in the engine's state, by resource name.
    """
    found: list[Problem] = []
    for block in leftovers:
        name = str(named_by_tag(prefix, block))
        if block_name(name) in known:
            continue
        size = f" and `quantity: {1 << (32 - int(block['cidr']))}`" if block.get("cidr") else ""
        found += [
            _problem(
                each,
                f"block {described(block)}, which this stack reserved as {name}, is in neither "
                f"state nor stack file, and {each} would be reserved beside it",
                code="E306",
                detail="Addresses that may be in use are not replaced by others.",
                help=f"to keep its addresses, write `adoptId: {block['id']}`{size} at the block "
                f"that gets them; or release it with `{_RECOVER} --release {block['id']}`; or "
                "remove its tag in the provider's console, where something else uses it",
            )
            for each in sorted(new)
        ]
    return found


def replaced_blocks(
    platform: EquinixMetalPlatform, known: Mapping[str, Mapping[str, Any]]
) -> list[Problem]:
    """Protected blocks that the provider would replace, so that their addresses were lost.

    Every argument of a ReservedIpBlock forces a replacement in provider 3.2.1.

    :param known: outputs of the resources in the engine's state, by resource name.
    """
    found: list[Problem] = []
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
            network = outputs["cidrNotation"]
            found.append(
                _problem(
                    block,
                    f"protected block {network} would be replaced: {key} {_plain(wanted)} in place "
                    f"of {_had(held)}",
                    code="E506",
                    detail="The provider changes no block: it reserves another one and releases "
                    f"this one, so that {network} is lost.",
                    help="reserve another block under a new name and add it to the pool; or write "
                    "`protect: false` at this block, run up, and change it then",
                )
            )
    return found


def _waiting(block: str) -> Problem:
    """A block without addresses looks like one of another size, which the provider replaces."""
    return _problem(
        block,
        f"block {block} has no addresses in the state: its reservation waited for approval",
        code=PlatformError.code,
        detail="Without them the update would replace the block.",
        help="once the provider approves it, run `pulumi refresh --target '**ReservedIpBlock**'`, "
        "then run the update again",
    )


def _location(block: str) -> Location:
    return ("metallb:platform", "elasticIps", block)


def _problem(
    block: str, summary: str, *, code: str, detail: str, help: str, keys: Location = ()
) -> Problem:
    return Problem(
        code=code,
        severity=Severity.ERROR,
        summary=summary,
        location=(*_location(block), *keys),
        detail=detail,
        help=help,
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
    """How a block differs from the stack file's, and what to do to keep it; None when it fits."""
    if block.get("state") == "pending" or not block.get("cidr"):
        return (
            "no addresses yet: the provider has not approved it",
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
        # The project is the one whose blocks were listed.
        if key not in held or held[key] in (wanted, _BY_REFERENCE):
            continue
        if held[key] is not None:
            line = f"{key}: {_plain(held[key])}"
        elif key == "facility":
            # It was reserved by its metro, which counts before the platform's facility.
            line = f"metro: {metro or 'CODE'}"
        else:
            continue
        return (
            f"{key} {_had(held[key])}, not {_plain(wanted)}",
            f"to keep its addresses, write `{line}` at this block",
        )
    return None


_BY_REFERENCE = ""
"""Stands for a location that the API only refers to."""


def _code(location: Any) -> str | None:
    """The code of a block's metro or facility in the API's answer; None where it has none."""
    return None if location is None else str(location.get("code") or _BY_REFERENCE).lower()


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
