"""The nine kinds of MetalLB's API group, each with its versions and the models behind them.

Holds the older spelling of BGPPeer too, which exists for its CRD alone: this product writes none.
Sources: MetalLB api/v1beta1 and api/v1beta2; Kubernetes apiextensions/v1.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field

from metallb.algebra.durations import Duration
from metallb.routing.advertisements import BgpAdvertisementSpec, L2AdvertisementSpec
from metallb.routing.base import Asn, SpecModel
from metallb.routing.bfd import BfdProfileSpec
from metallb.routing.communities import CommunitySpec
from metallb.routing.peers import BgpPeerSpec
from metallb.routing.pools import IPAddressPoolSpec
from metallb.routing.selectors import LabelSelector
from tools.crds.status import (
    ConfigurationStateStatus,
    IPAddressPoolStatus,
    ServiceBgpStatusStatus,
    ServiceL2StatusStatus,
)

__all__ = ["KINDS", "BgpPeerV1Beta1Spec", "CrdKind", "CrdVersion"]


class BgpPeerV1Beta1Spec(SpecModel):
    """A BGP session in the older spelling, which MetalLB converts. This product never writes it."""

    my_asn: Asn = Field(alias="myASN")
    """AS number of our side of the session."""
    peer_asn: Asn = Field(alias="peerASN")
    """AS number that the router has to present."""
    peer_address: str
    """IP address that the speaker connects to."""
    source_address: str | None = None
    """IP address of the node from which the session is opened."""
    peer_port: Annotated[int, Field(ge=0, le=16384)] | None = None
    """TCP port of the router; zero or none means 179."""
    hold_time: Duration | None = None
    """Longest silence before the session is given up, as a Go duration."""
    keepalive_time: Duration | None = None
    """Interval between KEEPALIVE messages, as a Go duration."""
    router_id: str | None = Field(default=None, alias="routerID")
    """BGP identifier of our side, as an IPv4 address."""
    node_selectors: tuple[LabelSelector, ...] | None = None
    """Nodes that keep this session; any matching selector is enough, none given means all nodes."""
    password: str | None = None
    """TCP MD5 key in clear text; v1beta2 can name a Secret instead."""
    bfd_profile: str | None = None
    """Name of the BFDProfile that watches the session."""
    ebgp_multi_hop: bool | None = None
    """Whether the router is more than one hop away."""


class NoFields(SpecModel):
    """Holds nothing; MetalLB writes it as an empty object."""


@dataclass(frozen=True)
class Column:
    """A column of `kubectl get`: MetalLB's own first, then ours."""

    heading: str
    of_type: str
    path: str
    priority: int = 0
    """Above zero for one that only `kubectl get -o wide` shows."""


@dataclass(frozen=True)
class CrdVersion:
    """One API version of a kind."""

    name: str
    spec: type[BaseModel] | None
    columns: tuple[Column, ...]
    status: type[BaseModel] = NoFields
    spec_required: bool = False
    deprecation: str = ""
    storage: bool = True


@dataclass(frozen=True)
class CrdKind:
    """One kind of MetalLB's API group."""

    kind: str
    plural: str
    singular: str
    about: str
    versions: tuple[CrdVersion, ...]


_AGE = Column("Age", "date", ".metadata.creationTimestamp")
_PEER_COLUMNS = (
    Column("Address", "string", ".spec.peerAddress"),
    Column("ASN", "string", ".spec.peerASN"),
    Column("BFD Profile", "string", ".spec.bfdProfile"),
    Column("Multi Hops", "string", ".spec.ebgpMultiHop"),
    Column("My ASN", "integer", ".spec.myASN"),
    Column("Source", "string", ".spec.sourceAddress"),
    _AGE,
)
_POOLS_OF_AN_ADVERTISEMENT = (
    Column("IPAddressPools", "string", ".spec.ipAddressPools"),
    Column("IPAddressPool Selectors", "string", ".spec.ipAddressPoolSelectors"),
)
_NODE_SELECTORS = Column("Node Selectors", "string", ".spec.nodeSelectors", priority=10)
_SERVICE_COLUMNS = (
    Column("Service Name", "string", ".status.serviceName"),
    Column("Service Namespace", "string", ".status.serviceNamespace"),
)

KINDS: tuple[CrdKind, ...] = (
    CrdKind(
        "BFDProfile",
        "bfdprofiles",
        "bfdprofile",
        "Timers of BFD sessions that BGP peers refer to by name.",
        (
            CrdVersion(
                "v1beta1",
                BfdProfileSpec,
                (
                    Column("Passive Mode", "boolean", ".spec.passiveMode"),
                    Column("Transmit Interval", "integer", ".spec.transmitInterval"),
                    Column("Receive Interval", "integer", ".spec.receiveInterval"),
                    Column("Multiplier", "integer", ".spec.detectMultiplier"),
                    _AGE,
                ),
            ),
        ),
    ),
    CrdKind(
        "BGPAdvertisement",
        "bgpadvertisements",
        "bgpadvertisement",
        "Announces addresses of pools to BGP peers.",
        (
            CrdVersion(
                "v1beta1",
                BgpAdvertisementSpec,
                (
                    *_POOLS_OF_AN_ADVERTISEMENT,
                    Column("Peers", "string", ".spec.peers"),
                    _NODE_SELECTORS,
                    Column("Length", "integer", ".spec.aggregationLength"),
                    Column("Local Pref", "integer", ".spec.localPref"),
                    _AGE,
                ),
            ),
        ),
    ),
    CrdKind(
        "BGPPeer",
        "bgppeers",
        "bgppeer",
        "A BGP router to which speakers keep a session.",
        (
            CrdVersion(
                "v1beta1",
                BgpPeerV1Beta1Spec,
                _PEER_COLUMNS,
                deprecation="metallb.io/v1beta1 BGPPeer is the older spelling: write v1beta2",
                storage=False,
            ),
            CrdVersion("v1beta2", BgpPeerSpec, _PEER_COLUMNS),
        ),
    ),
    CrdKind(
        "Community",
        "communities",
        "community",
        "Names for BGP communities.",
        (CrdVersion("v1beta1", CommunitySpec, (_AGE,)),),
    ),
    CrdKind(
        "ConfigurationState",
        "configurationstates",
        "configurationstate",
        "What one MetalLB component thinks of its configuration; MetalLB writes it.",
        (
            CrdVersion(
                "v1beta1",
                None,
                (
                    Column("Result", "string", ".status.result"),
                    Column("ErrorSummary", "string", ".status.errorSummary"),
                    _AGE,
                ),
                status=ConfigurationStateStatus,
            ),
        ),
    ),
    CrdKind(
        "IPAddressPool",
        "ipaddresspools",
        "ipaddresspool",
        "Addresses that MetalLB may give to Services.",
        (
            CrdVersion(
                "v1beta1",
                IPAddressPoolSpec,
                (
                    Column("Auto Assign", "boolean", ".spec.autoAssign"),
                    Column("Avoid Buggy IPs", "boolean", ".spec.avoidBuggyIPs"),
                    Column("Addresses", "string", ".spec.addresses"),
                    Column("Assigned", "integer", ".status.assignedIPv4"),
                    Column("Available", "integer", ".status.availableIPv4"),
                    _AGE,
                ),
                status=IPAddressPoolStatus,
                spec_required=True,
            ),
        ),
    ),
    CrdKind(
        "L2Advertisement",
        "l2advertisements",
        "l2advertisement",
        "Announces addresses of pools by ARP and NDP.",
        (
            CrdVersion(
                "v1beta1",
                L2AdvertisementSpec,
                (
                    *_POOLS_OF_AN_ADVERTISEMENT,
                    Column("Interfaces", "string", ".spec.interfaces"),
                    _NODE_SELECTORS,
                    _AGE,
                ),
            ),
        ),
    ),
    CrdKind(
        "ServiceBGPStatus",
        "servicebgpstatuses",
        "servicebgpstatus",
        "To which peers one node announces one Service; MetalLB writes it.",
        (
            CrdVersion(
                "v1beta1",
                NoFields,
                (
                    Column("Node", "string", ".status.node"),
                    *_SERVICE_COLUMNS,
                    Column("Peers", "string", ".status.peers"),
                    _AGE,
                ),
                status=ServiceBgpStatusStatus,
            ),
        ),
    ),
    CrdKind(
        "ServiceL2Status",
        "servicel2statuses",
        "servicel2status",
        "Which node answers for one Service; MetalLB writes it.",
        (
            CrdVersion(
                "v1beta1",
                NoFields,
                (Column("Allocated Node", "string", ".status.node"), *_SERVICE_COLUMNS, _AGE),
                status=ServiceL2StatusStatus,
            ),
        ),
    ),
)
