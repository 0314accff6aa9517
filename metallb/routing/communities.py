"""Community: names for BGP communities (RFC 1997, RFC 8092)."""

from typing import ClassVar

from metallb.routing.base import MetalLBObject, SpecModel

__all__ = ["Community", "CommunityAlias", "CommunitySpec"]


class CommunityAlias(SpecModel):
    """One name for one community."""

    name: str | None = None
    """The name that advertisements use."""
    value: str | None = None
    """`asn:number` with 16 bits each, or `large:` and three 32-bit numbers."""


class CommunitySpec(SpecModel):
    """A list of names for communities."""

    communities: tuple[CommunityAlias, ...] | None = None
    """The names and their values."""


class Community(MetalLBObject):
    """A Community object."""

    kind: ClassVar[str] = "Community"
    plural: ClassVar[str] = "communities"

    spec: CommunitySpec
    """What MetalLB reads."""
