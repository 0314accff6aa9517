"""ElasticIpBlock: a block of public addresses that outlives mistakes."""

from typing import Any, NotRequired, TypedDict, cast

import pulumi
import pulumi_equinix_metal as metal

from metallb.components.arguments import Arguments, arguments_model
from metallb.components.base import MetalLBComponent
from metallb.components.guard import guarded
from metallb.platforms.equinix_metal.components.invoke import invoked
from metallb.platforms.equinix_metal.components.results import BlockResult, checked
from metallb.platforms.equinix_metal.names import PENDING
from metallb.platforms.equinix_metal.section import ElasticIp, IpBlockType, Uuid
from metallb.problems.errors import PlatformError
from metallb.stackfile.base import Word

__all__ = ["ElasticIpBlock", "ElasticIpBlockArgs"]

# Every argument of a ReservedIpBlock forces a replacement in provider 3.2.1, and a replaced block
# is a lost address. What people edit for looks must therefore never reach the provider again.
_COSMETIC = ["description", "tags"]


class ElasticIpBlockArgs(TypedDict):
    """What to reserve, or which block to adopt."""

    project_id: pulumi.Input[str]
    """Project that owns the block."""
    quantity: pulumi.Input[int]
    """Number of addresses, a power of two."""
    type: NotRequired[str]
    """public_ipv4 (default), or global_ipv4, which is charged by traffic as well."""
    metro: NotRequired[pulumi.Input[str]]
    """Metro of a public block."""
    facility: NotRequired[pulumi.Input[str]]
    """Facility of a public block, in place of a metro."""
    description: NotRequired[pulumi.Input[str]]
    """Description, sent at creation only."""
    tags: NotRequired[pulumi.Input[list[str]]]
    """Tags, sent at creation only."""
    adopt_id: NotRequired[pulumi.Input[str]]
    """Id of an existing block that is looked up in place of reserving one."""
    import_id: NotRequired[str]
    """Id of a block that was reserved for this one earlier and is imported into the state."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the block; true by default."""
    retain_on_delete: NotRequired[bool]
    """Whether the block stays at the provider when it leaves the stack; true by default."""


class ElasticIpBlock(MetalLBComponent):
    """One ReservedIpBlock, or the look-up of one that exists.

    Deliberately makes no IpAttachment: an address that is assigned to a device gets a static route
    there and no longer follows BGP (Equinix Metal, local and global BGP). An adopted block is never
    created, changed or deleted.
    """

    block_id: pulumi.Output[str]
    """Id of the block at the provider."""
    cidr_notation: pulumi.Output[str]
    """The block in CIDR notation, such as 147.75.40.46/32."""
    may_leave: pulumi.Output[bool]
    """Whether the block stays at the provider when the engine's state loses it."""

    def __init__(
        self,
        name: str,
        args: ElasticIpBlockArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        args = _checked(type(self), name, args)
        super().__init__(name, args, opts)
        self.adopted_metro: pulumi.Output[str] = pulumi.Output.from_input("")
        adopted = args.get("adopt_id")
        if adopted is not None:
            found = invoked(
                self,
                "getReservedIpBlock",
                {"id": adopted},
                shape=BlockResult,
                what=f"the block that {name} adopts",
                help="correct adoptId, or check the API token; without adoptId a block is reserved",
            )
            self.block_id = pulumi.Output.from_input(adopted)
            self.may_leave = self.block_id.apply(lambda _: True)
            self.cidr_notation = found.apply(lambda block: str(block["cidrNotation"]))
            self.adopted_metro = found.apply(lambda block: str(block.get("metro") or ""))
            self.finish()
            return
        block = metal.ReservedIpBlock(
            self.child_name("block"),
            project_id=args["project_id"],
            quantity=args["quantity"],
            type=args.get("type", "public_ipv4"),
            metro=args.get("metro"),
            facility=args.get("facility"),
            description=args.get("description"),
            tags=args.get("tags"),
            opts=self.child(
                protect=args.get("protect", True),
                retain_on_delete=args.get("retain_on_delete", True),
                ignore_changes=_COSMETIC,
                import_=args.get("import_id"),
            ),
        )
        self.block_id = block.id
        leaves = args.get("retain_on_delete", True) and not args.get("protect", True)
        # Known with the id: the state has its value by then. The state's outputs are all that
        # a later update can read, and they do not show a resource's options.
        self.may_leave = block.id.apply(lambda _: leaves)
        self.cidr_notation = block.cidr_notation.apply(guarded(lambda cidr: _approved(name, cidr)))
        self.finish()


def _approved(name: str, cidr_notation: str) -> str:
    """The block, once it has addresses: the provider shows a reservation that waits as `/0`."""
    if cidr_notation == PENDING:
        raise PlatformError(
            f"{name} has no addresses yet: the provider has not approved its reservation",
            help="once it is approved, run `pulumi refresh --target '**ReservedIpBlock**'`, then "
            "run the update again",
        )
    reserved = checked(
        BlockResult,
        {"cidrNotation": cidr_notation},
        what=name,
        help=f"run `metallb refresh {pulumi.get_stack()}`",
    )
    return str(reserved["cidrNotation"])


_ARGUMENTS = arguments_model(
    ElasticIpBlockArgs,
    project_id=Uuid,
    type=IpBlockType,
    metro=Word,
    facility=Word,
    adopt_id=Uuid,
    import_id=Uuid,
)
_RESERVED = ("quantity", "type", "metro", "facility")
"""What a reservation is made of; the model of the stack file knows what goes together."""


def _checked(component: type, name: str, args: Any) -> ElasticIpBlockArgs:
    arguments = Arguments(component, name)
    whole = arguments.whole(_ARGUMENTS, args)
    if "adopt_id" not in whole:
        wanted = {key: whole[key] for key in _RESERVED if key in whole}
        whole |= arguments.part(ElasticIp, wanted, (), "a block", of_stack_file=True)
        public = whole.get("type", IpBlockType.PUBLIC_IPV4) == IpBlockType.PUBLIC_IPV4
        if public and "metro" not in whole and "facility" not in whole:
            arguments.note(("metro",), "a public_ipv4 block has no metro", "add metro or facility")
        arguments.refuse()
    return cast("ElasticIpBlockArgs", whole)
