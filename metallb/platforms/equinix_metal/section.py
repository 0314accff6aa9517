"""Section `metallb:platform` with `kind: equinix-metal`: nodes and addresses of a Metal project."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from metallb.algebra.durations import parse_duration
from metallb.models.encrypted import KEPT
from metallb.models.strict import WHOLE_NUMBER
from metallb.platforms.base import (
    EngineError,
    PeerSlot,
    PlannedBlock,
    Platform,
    SectionTexts,
    Usual,
)
from metallb.platforms.equinix_metal.facts import ProjectFacts
from metallb.platforms.equinix_metal.names import BLOCK_TYPE, SESSION_TYPE
from metallb.platforms.equinix_metal.new import OPTIONS, sections_of
from metallb.platforms.facts import AddressFamily, NodeFacts, PlatformFacts
from metallb.problems.errors import PlatformError
from metallb.problems.problem import Problem
from metallb.stackfile.base import (
    DnsLabel,
    Hostname,
    InvalidValue,
    Section,
    Text,
    Word,
    schema_pattern,
)

if TYPE_CHECKING:
    from metallb.platforms.provisioned import Provisioned, Run
    from metallb.repair.recovery import Recovery
    from metallb.routing import BgpPeer
    from metallb.stackfile.stack import StackConfig

__all__ = [
    "HOLD_TIME",
    "LOCAL_ASN",
    "MAX_PEERS",
    "PEER_ASN",
    "ElasticIp",
    "EquinixMetalPlatform",
    "IpBlockType",
    "MetalNode",
    "PeerSource",
    "PeersPerNode",
    "Uuid",
]

_UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def _uuid(value: str) -> str:
    if not re.fullmatch(_UUID, value):
        rule = "Ids of the Equinix Metal API are UUIDs."
        raise InvalidValue("is not a UUID", rule, "copy it from the console")
    # As the provider writes it: its plugin replaces what only differs in capitals.
    return value.lower()


Uuid = Annotated[str, AfterValidator(_uuid)]
"""An id of the Equinix Metal API."""
# Packet's (later Equinix Metal's) project-local BGP.
LOCAL_ASN = 65000
"""AS number of the devices, unless the project has one of its own."""
PEER_ASN = 65530
"""AS number of the routers."""
HOLD_TIME = parse_duration("3s")
"""Hold time of the sessions: the shortest that BGP knows (RFC 4271, 4.2)."""
MAX_PEERS = 8
"""Routers of one node at most."""
_USUAL_PEERS = 2
_MAX_QUANTITY = 256
_MAX_GLOBAL_QUANTITY = 4


class PeerSource(StrEnum):
    """Where a node's BGP routers are read from."""

    GATEWAY = "gateway"
    """The device's private IPv4 gateway is its one router (sites with a router per server)."""
    NEIGHBORS = "neighbors"
    """The device's BGP neighbors, looked up once its session exists (sites with two loopbacks)."""


class IpBlockType(StrEnum):
    """Kinds of Elastic IP blocks that BGP can announce."""

    PUBLIC_IPV4 = "public_ipv4"
    """Addresses of one metro."""
    GLOBAL_IPV4 = "global_ipv4"
    """Anycast addresses, announced from any metro; charged by traffic as well."""


# Codes are lower-case at the provider. The plugin compares a block's facility as it is written
# (provider 3.2.1), so that another spelling of the same place would replace the block.
_Place = Annotated[Word, AfterValidator(str.lower)]
_METRO = r"[A-Za-z]{2}"
_FACILITY = r"[A-Za-z]{2,4}[0-9]{1,2}"


def _metro(value: str) -> str:
    if not re.fullmatch(_METRO, value):
        help = "write the code as the console shows it"
        if re.fullmatch(_FACILITY, value):
            help = f"write facility: {value} in its place; its metro is a code of two letters"
        rule = "A metro is a code of two letters, such as ny."
        raise InvalidValue("is not a metro", rule, help, shows=True)
    return value


def _facility(value: str) -> str:
    if not re.fullmatch(_FACILITY, value):
        help = "write the code as the console shows it"
        if re.fullmatch(_METRO, value):
            help = f"write metro: {value} in its place"
        rule = "A facility is a code of letters and a number, such as ewr1."
        raise InvalidValue("is not a facility", rule, help, shows=True)
    return value


_Metro = Annotated[
    _Place, AfterValidator(_metro), KEPT, Field(json_schema_extra={**schema_pattern(_METRO)})
]
_Facility = Annotated[
    _Place, AfterValidator(_facility), KEPT, Field(json_schema_extra={**schema_pattern(_FACILITY)})
]

_Routers = Annotated[int, Field(ge=1, le=MAX_PEERS), WHOLE_NUMBER]


class PeersPerNode(Section):
    """Routers of a node by address family; a bare number stands for each family.

    A site with a router per server has one for IPv4, and two for IPv6 as every site has.
    """

    ipv4: _Routers | None = None
    """Routers for IPv4; left out at a node, as many as at the platform, and there 2."""
    ipv6: _Routers | None = None
    """Routers for IPv6, likewise."""

    def of(self, family: AddressFamily) -> int | None:
        """The number for a family, where it is given."""
        return self.ipv4 if family is AddressFamily.IPV4 else self.ipv6


def _for_each_family(value: Any) -> Any:
    """A bare number is the short spelling of the same number twice."""
    if isinstance(value, Mapping | PeersPerNode):
        return value
    return {family.value: value for family in AddressFamily}


_PeersPerNode = Annotated[
    PeersPerNode,
    BeforeValidator(_for_each_family, json_schema_input_type=_Routers | PeersPerNode),
]


class MetalNode(Section):
    """An ingress node: it keeps a BGP session and announces addresses."""

    hostname: Hostname | None = None
    """The device's host name; it has to be the node's kubernetes.io/hostname label."""
    device_id: Uuid | None = None
    """The device's id: found without a search by name, and distinct from a namesake."""
    bgp_sessions: dict[AddressFamily, Uuid] = {}
    """Sessions that exist already, by family: they are imported once rather than created. Each has
    to be one of the node's device."""
    peers_per_node: _PeersPerNode = PeersPerNode.model_construct()
    """Routers of this node, where it differs from the platform's; a bare number or by family."""

    @model_validator(mode="after")
    def _named(self) -> "MetalNode":
        if self.hostname is None and self.device_id is None:
            help = "add hostname: the node's kubernetes.io/hostname label"
            fault = "the node has neither hostname nor deviceId"
            raise InvalidValue(fault, "", help, at=("hostname",), whole=True)
        return self

    @property
    def key(self) -> str:
        """What names the node in resource names and answers: its host name where it is given."""
        return self.hostname or self.device_id or ""


class ElasticIp(Section):
    """A block of Elastic IP addresses: reserved by us, or an existing one that is adopted."""

    quantity: Annotated[int, Field(ge=1, le=_MAX_QUANTITY), WHOLE_NUMBER] = 1
    """Number of addresses, a power of two; one address serves one LoadBalancer Service."""
    type: IpBlockType = IpBlockType.PUBLIC_IPV4
    """Public addresses of the metro, unless global ones are requested by name."""
    metro: _Metro | None = None
    """Metro of the block, which is the nodes' own: servers of another can't announce it. Left out,
    the platform's metro or facility."""
    facility: _Facility | None = None
    """Facility of the block, in place of a metro and inside the nodes'."""
    description: Text | None = None
    """Description shown in the console. Part of the block's identity: it can't be changed later."""
    tags: tuple[Text, ...] = ()
    """Tags of the block. Part of the block's identity: they can't be changed later."""
    adopt_id: Uuid | None = None
    """Id of an existing block; it is looked up, never created, changed or deleted."""
    adopt_tag: Word | None = None
    """Tag that exactly one existing block of the project carries; looked up, never changed."""
    protect: bool = True
    """Whether Pulumi refuses to delete the block."""
    retain_on_delete: bool = True
    """Whether the block stays at the provider when it leaves the stack."""

    @model_validator(mode="after")
    def _sound(self) -> "ElasticIp":
        if self.adopt_id is not None and self.adopt_tag is not None:
            rule = "They are two ways to name one existing block."
            fault = "adoptId and adoptTag are both set"
            raise InvalidValue(fault, rule, "keep one of them", at=("adoptTag",), whole=True)
        if self.quantity & (self.quantity - 1):
            higher = 1 << self.quantity.bit_length()
            help = f"set quantity to {higher // 2} or {higher}"
            raise InvalidValue("is not a power of two", "", help, at=("quantity",), shows=True)
        if self.metro is not None and self.facility is not None:
            fault = "metro and facility are both set"
            raise InvalidValue(fault, "", "keep one of them", at=("facility",), whole=True)
        if self.type is IpBlockType.GLOBAL_IPV4:
            if self.metro is not None or self.facility is not None:
                key = "metro" if self.metro is not None else "facility"
                fault = f"a block of type global_ipv4 has a {key}"
                rule = "Global addresses belong to no metro or facility."
                raise InvalidValue(fault, rule, f"remove {key}", at=(key,), whole=True)
            if self.quantity > _MAX_GLOBAL_QUANTITY:
                rule = f"A global_ipv4 block has at most {_MAX_GLOBAL_QUANTITY} addresses."
                help = "reserve several blocks"
                raise InvalidValue("is too large", rule, help, at=("quantity",))
        return self

    @property
    def adopted(self) -> bool:
        """Whether the block exists already and is only looked up."""
        return self.adopt_id is not None or self.adopt_tag is not None


_EXTRA = {"pulumi_equinix_metal": "pulumi-equinix-metal", "pkg_resources": "setuptools<82"}
"""Packages of the extra by their modules; the first imports the second."""
_PACKAGE = "metallb.platforms.equinix_metal"
# Equinix Metal API, BGP config: max_prefix is 10 a session unless support raised it.
_MAX_PREFIXES = 10


class EquinixMetalPlatform(Platform):
    """A project of Equinix Metal, or of a service with the same API."""

    usual: ClassVar = Usual(LOCAL_ASN, PEER_ASN, HOLD_TIME, _MAX_PREFIXES)
    has_blocks: ClassVar = True
    blocks_key: ClassVar = "elasticIps"
    blocks_place: ClassVar = "metallb:platform.elasticIps"
    block_help: ClassVar = "define it there: `{block}: {{quantity: 1}}`"
    example: ClassVar = "a project of Equinix Metal"
    new_options: ClassVar = OPTIONS
    new_comments: ClassVar = {
        "nodes": "Few enough for the routers' ECMP limit (metallb:bgp.ecmpLimit).",
        "elasticIps": "One address for each Service of type LoadBalancer; protected by default.",
    }
    blackholes: ClassVar = frozenset({"54825:666"})  # Equinix Metal's BGP documentation
    lokomotive_clusters: ClassVar = ("equinixmetal", "packet")
    looks_up: ClassVar = True
    in_state: ClassVar = True
    facts_type: ClassVar = ProjectFacts
    rules: ClassVar = tuple(
        f"{_PACKAGE}.rules.{name}" for name in ("sessions", "devices", "blocks", "ids")
    )
    components: ClassVar = (
        f"{_PACKAGE}.components.elastic_ips:ElasticIpBlock",
        f"{_PACKAGE}.components.bgp_sessions:BgpSessions",
        f"{_PACKAGE}.components.bgp_peers:BgpPeers",
    )
    packages: ClassVar = ("pulumi-equinix-metal",)
    essential_rules: ClassVar = ("M16", "M6", "M7", "M9")
    # Provider 3.2.1 counts status 403 as deleted.
    looked_at: ClassVar = {BLOCK_TYPE: "block", SESSION_TYPE: "session"}
    facts_needed: ClassVar = (
        "every device and block of the stack file, with peerSource neighbors for the devices' BGP "
        "neighbors as well"
    )
    engine_errors: ClassVar = (
        EngineError(
            r"already has session|BGP session.*already exists|already has a.*session",
            "E306",
            "the device has a BGP session that the stack does not manage",
            "A device has one BGP session an address family.",
            "write its id at the node in the stack file, so that it is adopted: "
            "metallb:platform.nodes[].bgpSessions: {{ipv4: SESSION-ID}}",
        ),
        EngineError(
            r"missing required configuration key .?equinix-metal:authToken",
            "E305",
            "no token of the Equinix Metal API is set",
            "",
            "set METAL_AUTH_TOKEN, or: pulumi config set --secret equinix-metal:authToken "
            "--stack {name}{file}",
        ),
    )
    delete_help: ClassVar = (
        "delete them in the provider's console or with a token that may (DELETE /ips/ID, "
        "/bgp/sessions/ID); a block that the stack file still names also by metallb "
        "recover {stack} --release ID"
    )

    section_texts: ClassVar = SectionTexts(
        notes={
            "EquinixMetalPlatform": "Exactly one of `metro` and `facility` is set.",
            "MetalNode": "At least one of `hostname` and `deviceId` is set.",
            "ElasticIp": "`metro` and `facility` exclude each other, and a `global_ipv4` block has "
            "neither and at most 4 addresses. `adoptId` and `adoptTag` exclude each other.",
        },
        words={
            ("EquinixMetalPlatform", "peers_per_node"): "integer, 1 to 8, or mapping",
            ("MetalNode", "peers_per_node"): "integer, 1 to 8, or mapping",
        },
        types=((Uuid, "UUID"),),
    )

    kind: Literal["equinix-metal"]
    """Selects this platform. In `metallb:bgp` myAsn is then 65000, peerAsn 65530, holdTime 3s
    and maxPrefixes 10 where they are left out."""
    project_id: Uuid
    """The project that owns devices and addresses."""
    metro: _Metro | None = None
    """Metro of the cluster, such as `ny`."""
    facility: _Facility | None = None
    """Facility of the cluster, in place of a metro."""
    nodes: Annotated[tuple[MetalNode, ...], Field(min_length=1)]
    """The ingress nodes."""
    elastic_ips: dict[DnsLabel, ElasticIp] = {}
    """Elastic IP blocks by name; pools refer to them."""
    peer_source: PeerSource = PeerSource.GATEWAY
    """Where the nodes' routers are read from."""
    peers_per_node: _PeersPerNode = PeersPerNode.model_construct()
    """Routers of a node with peerSource neighbors, known beforehand so that a preview is true: a
    bare number, or by family; 2 by default."""
    address_families: Annotated[tuple[AddressFamily, ...], Field(min_length=1)] = (
        AddressFamily.IPV4,
    )
    """Families for which a session is opened on each device."""
    manage_sessions: bool = True
    """Whether we open and close the devices' BGP sessions; false where something else does. Those
    that the stack has opened stay open then."""

    def routers_of(self, node: MetalNode, family: AddressFamily) -> int:
        """How many routers a node has by the file."""
        return node.peers_per_node.of(family) or self.peers_per_node.of(family) or _USUAL_PEERS

    @property
    def uses_neighbors(self) -> bool:
        """Whether routers are read from the devices' BGP neighbors."""
        return self.peer_source is PeerSource.NEIGHBORS

    @model_validator(mode="after")
    def _placed(self) -> "EquinixMetalPlatform":
        if (self.metro is None) == (self.facility is None):
            if self.metro is None:
                fault = "the platform has neither metro nor facility"
                raise InvalidValue(fault, "", "set metro", at=("metro",), whole=True)
            fault = "metro and facility are both set"
            raise InvalidValue(fault, "", "keep one of them", at=("facility",), whole=True)
        return self

    @classmethod
    def new_sections(cls, values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """A project with its nodes, and a block for its pool."""
        return sections_of(values)

    @classmethod
    def of_lokomotive(
        cls, cluster: Mapping[str, Any], *, nodes: tuple[str, ...], project: str, metro: str
    ) -> tuple[dict[str, Any], list[str]]:
        """The section of a cluster's project."""
        from metallb.platforms.equinix_metal.lokomotive import project_of_lokomotive

        return project_of_lokomotive(cluster, nodes=nodes, project=project, metro=metro)

    @property
    def site(self) -> str:
        """The metro or facility."""
        return self.metro or self.facility or super().site

    @property
    def planned_nodes(self) -> Mapping[str, str | None]:
        """The ingress nodes."""
        return {node.key: node.hostname for node in self.nodes}

    @property
    def planned_blocks(self) -> Mapping[str, PlannedBlock]:
        """The Elastic IP blocks."""
        return {
            name: PlannedBlock(
                block.quantity,
                reserved=not block.adopted,
                certain=not block.adopted or "quantity" in block.model_fields_set,
            )
            for name, block in self.elastic_ips.items()
        }

    def reference_problems(self, stack: "StackConfig") -> Iterator[Problem]:
        """Names and ids that are in the section twice."""
        from metallb.platforms.equinix_metal.references import problems_of

        return problems_of(self)

    def slots(self, stack: "StackConfig") -> tuple[PeerSlot, ...]:
        """One peer a node and router."""
        from metallb.platforms.equinix_metal.peers import metal_slots

        return metal_slots(stack, self)

    def announcing_nodes(self, *, complete: bool) -> int | None:
        """All nodes, where each has a router of its own: the routers behind those see them all."""
        return len(self.nodes) if not (complete and self.uses_neighbors) else None

    def facts_of_answers(self, raw: Any, path: Path) -> PlatformFacts:
        """The facts of an answers file, which has the provider's spelling."""
        from metallb.platforms.equinix_metal.answers import facts_of_answers

        return facts_of_answers(self, raw, path)

    def missing_facts(self, facts: PlatformFacts) -> list[str]:
        """Devices and blocks that the section names and the facts lack."""
        from metallb.platforms.equinix_metal.answers import missing_facts

        return missing_facts(self, facts)

    def facts_of_state(self, deployment: Mapping[str, Any], name: str) -> PlatformFacts:
        """The facts that the components of the last update have among their outputs."""
        from metallb.platforms.equinix_metal.record import recorded_facts

        return recorded_facts(deployment, self, name)

    def is_usable(self, facts: PlatformFacts) -> bool:
        """Whether every device is another one, active, and has its private network and its BGP
        neighbors."""
        from metallb.platforms.equinix_metal.devices import has_neighbors, is_usable

        if not isinstance(facts, ProjectFacts):
            return False
        found = [facts.nodes[node.key] for node in self.nodes if node.key in facts.nodes]
        if len({each.id for each in found}) < len(found):
            return False
        if self.uses_neighbors and not all(
            has_neighbors(each, family) for each in found for family in self.address_families
        ):
            return False
        return all(is_usable(each, routed=not self.uses_neighbors) for each in found)

    def peer(self, stack: "StackConfig", slot: PeerSlot, nodes: Sequence[NodeFacts]) -> "BgpPeer":
        """The peer of a slot, whose devices have as many routers as the section says."""
        from metallb.platforms.equinix_metal.peers import refuse_other_numbers

        refuse_other_numbers(self, slot, nodes)
        return super().peer(stack, slot, nodes)

    def provider_routers(self, stack: "StackConfig", facts: PlatformFacts | None) -> str:
        """The sessions as the provider's routers expect them."""
        from metallb.platforms.equinix_metal.routers import expected_sessions

        return expected_sessions(stack, self, facts)

    def provision(self, stack: "StackConfig", run: "Run") -> "Provisioned":
        """Blocks, sessions and look-ups of devices.

        :raises PlatformError: the provider's Python package is not installed, or another reason.
        """
        try:
            from metallb.platforms.equinix_metal.provision import provision
        except ModuleNotFoundError as error:
            if error.name not in _EXTRA:
                raise
            raise PlatformError(
                f"the Python package {_EXTRA[error.name]} is not installed",
                code="E504",
                detail="Updates of a stack of kind equinix-metal need the extra equinix-metal.",
                help='pip install "metallb-bare-metal[equinix-metal]"; in a clone, make env '
                "(docs/security.md#supply-chain says how its build is pinned)",
            ) from None
        return provision(stack, self, run)

    @classmethod
    def token(cls, config: Mapping[str, Any], decrypt: Callable[[str], str]) -> str | None:
        """The API token as the provider plugin gets it."""
        from metallb.platforms.equinix_metal.tokens import config_token

        return config_token(config, decrypt)

    @classmethod
    def token_in_environment(cls) -> bool:
        """Whether one of the provider plugin's variables is set."""
        from metallb.platforms.equinix_metal.tokens import api_token

        return api_token(None) is not None

    @classmethod
    def exists(cls, type: str, id: str, token: str | None) -> bool:
        """Whether the project has a block or session."""
        from metallb.platforms.equinix_metal.client import block_exists, session_exists

        return block_exists(id, token) if type == BLOCK_TYPE else session_exists(id, token)

    def recovery(self, project: str, stack: str, token: str | None) -> "Recovery":
        """Sessions and blocks that an interrupted update left."""
        from metallb.platforms.equinix_metal.recovery.project import ProjectRecovery

        return ProjectRecovery(self, project, stack, token)
