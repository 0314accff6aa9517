"""The contract of a platform: what the product needs to know of where nodes and addresses are.

A platform is the model of its section `metallb:platform` and answers for all that differs between
platforms. Everything outside its package uses these methods alone. The defaults are those of a
platform without an API. Pure; methods that need the engine import it when they are called.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from pydantic import SecretStr

from metallb.algebra.durations import Duration
from metallb.models.strict import StrictModel
from metallb.platforms.facts import AddressFamily, NodeFacts, PlatformFacts
from metallb.platforms.new import NewOption
from metallb.problems.errors import SnapshotError
from metallb.problems.problem import Location, Problem

if TYPE_CHECKING:
    from metallb.platforms.provisioned import Provisioned, Run
    from metallb.repair.recovery import Recovery
    from metallb.routing import BgpPeer
    from metallb.stackfile.stack import StackConfig
    from metallb.topology.model import Rack

__all__ = ["EngineError", "Key", "NewOption", "PeerSlot", "PlannedBlock", "Platform", "Usual"]


class EngineError(NamedTuple):
    """A message of the provider's plugin that is text alone, and what it means.

    The help may have `{name}`, `{stack}` and `{file}`, as `metallb.runner.explain` fills them in.
    """

    pattern: str
    code: str
    fault: str
    detail: str
    help: str


class Usual(NamedTuple):
    """What sessions of a platform have where the stack file leaves it out."""

    my_asn: int | None = None
    peer_asn: int | None = None
    hold_time: Duration | None = None
    """Hold time; None leaves it to MetalLB."""
    max_prefixes: int | None = None
    """Prefixes that a router accepts from a session, where that is known."""


@dataclass(frozen=True)
class PeerSlot:
    """One BGPPeer that the stack file alone decides to exist.

    :ivar nodes: keys of the nodes whose facts its spec depends on; none where it depends on none.
    :ivar family: address family of the session.
    :ivar index: which of a node's sessions of this family, counted from zero in the order of their
        routers' addresses.
    :ivar expected: how many sessions of this family the stack file expects a node to have.
    :ivar known: the whole peer, where it depends on no facts.
    """

    name: str
    origin: Location
    nodes: tuple[str, ...] = ()
    family: AddressFamily = AddressFamily.IPV4
    index: int = 0
    expected: int = 1
    known: "BgpPeer | None" = None


class PlannedBlock(NamedTuple):
    """Addresses that pools refer to by a name of the section.

    :ivar size: number of addresses that the file expects.
    :ivar reserved: whether this stack reserves them, rather than looking them up.
    :ivar certain: whether they will have this size for certain.
    """

    size: int
    reserved: bool = True
    certain: bool = True


class Key(NamedTuple):
    """A TCP MD5 key that the section has: where, the name of its Secret, and the key."""

    location: Location
    secret: str
    password: SecretStr


class SectionTexts(NamedTuple):
    """What the page of the stack file says of a section beside its models' own docstrings."""

    notes: Mapping[str, str] = {}
    """What a model's validators require of several keys at once, by the model's name."""
    words: Mapping[tuple[str, str], str] = {}
    """Types of fields whose own words would mislead, by model and field."""
    types: tuple[tuple[Any, str], ...] = ()
    """Types of the section's own, in words."""


class Platform(StrictModel):
    """Section `metallb:platform`: where nodes, routers and addresses come from."""

    kind: str
    """Selects the platform."""

    usual: ClassVar[Usual] = Usual()
    blocks_key: ClassVar[str] = "blocks"
    """The key of a pool that refers to addresses of the platform, and of the section if it has one
    of this name."""
    blocks_place: ClassVar[str] = "metallb:platform"
    """Where the section has its blocks, as messages name it."""
    block_help: ClassVar[str] = "define it there"
    """How a block is defined there; `{block}` stands for its name."""
    has_blocks: ClassVar[bool] = False
    """Whether pools can refer to addresses of the platform by name."""
    looks_up: ClassVar[bool] = False
    """Whether peers or pools depend on facts that are looked up at the platform."""
    facts_type: ClassVar[type[PlatformFacts]] = PlatformFacts
    """The model of its facts."""
    rules: ClassVar[tuple[str, ...]] = ()
    """Modules with rules of its own, for `metallb.preflight`."""
    components: ClassVar[tuple[str, ...]] = ()
    """Pulumi components that other programs may use, as `module:class`."""
    packages: ClassVar[tuple[str, ...]] = ()
    """Python packages of Pulumi providers that updates of such a stack need besides Kubernetes'."""
    essential_rules: ClassVar[tuple[str, ...]] = ()
    """Ids of rules without which no peer can be made of the facts."""
    one_peer_help: ClassVar[str] = ""
    """How several groups of nodes share one peer; empty where they can't."""
    joining_help: ClassVar[str] = ""
    """How a node joins a group whose peers stay as they are; empty where there is no way."""
    peer_place: ClassVar[str] = "below metallb:bgp"
    """Where a setting of one peer is written."""
    looked_at: ClassVar[Mapping[str, str]] = {}
    """Pulumi types of resources that a plugin may count as deleted though they are there, with what
    messages call one."""
    engine_errors: ClassVar[tuple[EngineError, ...]] = ()
    """Messages of the provider's plugin that have an explanation."""
    blackholes: ClassVar[frozenset[str]] = frozenset()
    """Communities by which its routers drop traffic, besides RFC 7999's."""
    delete_help: ClassVar[str] = ""
    """How a person deletes what is left; `{stack}` stands for the stack."""

    section_texts: ClassVar[SectionTexts] = SectionTexts()
    """Of docs/stack-file.md."""
    lokomotive_clusters: ClassVar[tuple[str, ...]] = ()
    """Labels of Lokomotive's cluster blocks whose nodes are of this platform."""
    takes_racks: ClassVar[bool] = False
    """Whether an imported configuration of routers and nodes becomes a section of this platform."""
    example: ClassVar[str] = ""
    """What the platform is for, in a few words, such as `for racks`."""

    # --- from answers -----------------------------------------------------------------------

    new_options: ClassVar[tuple[NewOption, ...]] = ()
    """What `metallb new` wants to know for such a stack; none where it makes no such stacks."""
    new_comments: ClassVar[Mapping[str, str]] = {}
    """Comments of the new stack file, by the key that they stand above."""

    @classmethod
    def new_sections(cls, values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """The sections of a new stack file, by their names without `metallb:`.

        :param values: of each of the `new_options` by its name, in the order that they were given.
        :raises UsageError: a value has not the form of its option.
        """
        raise NotImplementedError

    # --- from foreign files ----------------------------------------------------------------

    @classmethod
    def of_lokomotive(
        cls, cluster: Mapping[str, Any], *, nodes: tuple[str, ...], project: str, metro: str
    ) -> tuple[dict[str, Any], list[str]]:
        """The section for one of the `lokomotive_clusters`, and what a person has to fill in.

        :param cluster: the block; empty where there is none.
        :param nodes: host names of the nodes that keep sessions.
        :param project: id of the provider's project, where it is given.
        :param metro: site of the nodes, where it is given.
        """
        raise NotImplementedError

    @classmethod
    def of_racks(
        cls, racks: list[dict[str, Any]], shared: dict[str, dict[str, Any]]
    ) -> dict[str, Any]:
        """The section for nodes in groups with their routers.

        :param racks: groups of nodes, each with its routers.
        :param shared: routers of several groups, by name.
        """
        raise NotImplementedError

    # --- from the file alone ---------------------------------------------------------------

    @property
    def site(self) -> str:
        """Where the nodes are, in a word."""
        return "site"

    @property
    def planned_nodes(self) -> Mapping[str, str | None]:
        """Keys of the nodes whose facts are looked up, in the order of the file, and their host
        names; None where the file has not the name."""
        return {}

    @property
    def planned_blocks(self) -> Mapping[str, PlannedBlock]:
        """The addresses that pools refer to, by name."""
        return {}

    def reference_problems(self, stack: "StackConfig") -> Iterator[Problem]:
        """References of the section that lead nowhere, and names that are in it twice."""
        yield from ()

    def slots(self, stack: "StackConfig") -> tuple[PeerSlot, ...]:
        """Every BGPPeer of the stack, sorted by name."""
        raise NotImplementedError

    def passwords(self) -> Iterator[Key]:
        """MD5 keys of single routers; that of all sessions is in `metallb:bgp`."""
        yield from ()

    def source_addresses(self) -> Iterator[tuple[Location, str]]:
        """Addresses that the section has for nodes, each with its location."""
        yield from ()

    def location_of(self, peer: "BgpPeer", field: str, index: int | None = None) -> Location | None:
        """The key of the section that gives a peer a field; None where none does.

        :param field: a field of BgpPeerSpec by its Python name.
        :param index: which entry of the field, where it is a list.
        """
        return None

    def is_on_node(self, peer: "BgpPeer") -> bool:
        """Whether the section has the router of a peer as a daemon on each node."""
        return False

    def announcing_nodes(self, *, complete: bool) -> int | None:
        """How many nodes announce an address, where peers do not show it.

        :param complete: whether peers have the addresses of their routers.
        """
        return None

    # --- with facts ------------------------------------------------------------------------

    facts_needed: ClassVar[str] = "every node and block of the stack file"
    """Of what a snapshot has facts."""
    in_state: ClassVar[bool] = False
    """Whether a snapshot is made of the engine's state, rather than read from the platform."""

    def facts_of_state(self, deployment: Mapping[str, Any], name: str) -> PlatformFacts:
        """The facts of the last update, where the engine's state has them (`in_state`).

        :param deployment: what `pulumi stack export` shows under `deployment`.
        :param name: the stack's name, for messages.
        :raises SnapshotError: the state lacks some.
        """
        raise NotImplementedError

    def facts_of_source(self, token: str | None) -> PlatformFacts:
        """The facts as the platform has them now, where no update reads them (not `in_state`).

        :raises PlatformError: the platform does not answer.
        """
        raise NotImplementedError

    def facts_of_answers(self, raw: Any, path: Path) -> PlatformFacts:
        """The facts of an answers file, which former releases of the platform wrote.

        :param raw: what is in the file.
        :raises SnapshotError: it is not of the form of such a file, or there never were any.
        """
        raise SnapshotError(
            f"{path} has no version, so it is no snapshot",
            help="run `metallb snapshot STACK`",
        )

    def missing_facts(self, facts: PlatformFacts) -> list[str]:
        """What the section names and the facts lack, such as `node worker-0`."""
        return [f"node {key}" for key in self.planned_nodes if key not in facts.nodes] + [
            f"block {name}" for name in self.planned_blocks if name not in facts.blocks
        ]

    def is_usable(self, facts: PlatformFacts) -> bool:
        """Whether peers can be made of the facts; rules report why they can't."""
        return True

    def peer(self, stack: "StackConfig", slot: PeerSlot, nodes: Sequence[NodeFacts]) -> "BgpPeer":
        """The peer of a slot.

        :param nodes: facts of the slot's nodes, in their order.
        :raises PlatformError: the facts do not fit the stack file.
        """
        from metallb.platforms.peering import session_peer

        return slot.known or session_peer(stack, slot, nodes)

    def shown(self, stack: "StackConfig", facts: PlatformFacts | None) -> "tuple[Rack, ...] | None":
        """Nodes, routers and sessions for `metallb topology`, in the groups that people know.

        :param facts: None where none are recorded.
        :returns: None where the groups follow from the routers.
        """
        return None

    def provider_routers(self, stack: "StackConfig", facts: PlatformFacts | None) -> str:
        """What the routers expect of the sessions, where they are the provider's to configure.

        :param facts: None where none are recorded.
        :returns: lines of text; empty where a person configures the routers.
        """
        return ""

    # --- in an update ----------------------------------------------------------------------

    def provision(self, stack: "StackConfig", run: "Run") -> "Provisioned | None":
        """Register the platform's resources and look its facts up. The first thing of an update.

        :returns: None where the platform has no resources: an update then goes by the snapshot.
        :raises MetalLBError: something that an update must not begin with.
        """
        return None

    # --- at the provider -------------------------------------------------------------------

    @classmethod
    def token(cls, config: Mapping[str, Any], decrypt: Callable[[str], str]) -> str | None:
        """The API token that the stack's own configuration has; None where it has none.

        :param config: values of the stack file by their full keys.
        :param decrypt: gives the clear text of a key that is encrypted there.
        """
        return None

    @classmethod
    def token_in_environment(cls) -> bool:
        """Whether the environment has an API token."""
        return False

    @classmethod
    def exists(cls, type: str, id: str, token: str | None) -> bool:
        """Whether the provider has a resource of one of the types in `looked_at`.

        :raises PlatformError: there is no token, or the API did not answer.
        """
        raise NotImplementedError

    def recovery(self, project: str, stack: str, token: str | None) -> "Recovery | None":
        """What makes an interrupted update's remains at the provider right; None without any.

        :param project: the Pulumi project's name.
        :param stack: the stack's name, without organization.
        """
        return None

    # --- what an update changes ------------------------------------------------------------

    def warnings_of(self, stack: "StackConfig", changes: Iterable[Any]) -> tuple[str, ...]:
        """Warnings about the changes of a preview or an update.

        :param changes: `metallb.runner.report.ResourceChange` of each resource.
        """
        return ()
