"""BFDProfile: timers of a Bidirectional Forwarding Detection session (RFC 5880)."""

from typing import Annotated, ClassVar

from pydantic import Field

from metallb.models.strict import TRUTH, WHOLE_NUMBER
from metallb.routing.base import MetalLBObject, SpecModel
from metallb.routing.fields import FRR_MODES

__all__ = ["BfdProfile", "BfdProfileSpec"]

Milliseconds = Annotated[int, Field(ge=10, le=60000), WHOLE_NUMBER]


class BfdProfileSpec(SpecModel):
    """What both ends of a BFD session agree on."""

    modes: ClassVar = FRR_MODES

    receive_interval: Milliseconds | None = None
    """Shortest interval between control packets we can take, in milliseconds."""
    transmit_interval: Milliseconds | None = None
    """Interval at which we send control packets, in milliseconds."""
    detect_multiplier: Annotated[int, Field(ge=2, le=255), WHOLE_NUMBER] | None = None
    """Missed packets after which the session is down."""
    echo_interval: Milliseconds | None = None
    """Shortest interval between echo packets, in milliseconds."""
    echo_mode: Annotated[bool, TRUTH] | None = None
    """Whether echo packets are sent; they do not work over IPv6 or several hops."""
    passive_mode: Annotated[bool, TRUTH] | None = None
    """Waits for the other end to start the session."""
    minimum_ttl: Annotated[int, Field(ge=1, le=254), WHOLE_NUMBER] | None = None
    """Smallest TTL of a control packet that is taken, for sessions over several hops."""


class BfdProfile(MetalLBObject):
    """A BFDProfile object."""

    kind: ClassVar[str] = "BFDProfile"
    plural: ClassVar[str] = "bfdprofiles"

    spec: BfdProfileSpec
    """What MetalLB reads."""
