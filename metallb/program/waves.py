"""Peers that change in waves (`metallb:availability`): later ones wait for the sessions of earlier.

What a peer waits for is a future that it depends on, as for MetalLB's webhook: so the order is the
same whatever runs the program. What changes is found by a comparison with the cluster itself; an
update that follows a failed one finds what is left.
"""

import asyncio
import base64
from collections.abc import Awaitable, Collection, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from metallb.algebra.selectors import HOSTNAME_LABEL
from metallb.components.guard import ReportedError
from metallb.components.routing_configuration import SECRET
from metallb.forecast.build import names_of, site_of
from metallb.forecast.objects import labels_of, routing_of
from metallb.forecast.site import Session, Site
from metallb.forecast.steps import Announcers, Plan, Step
from metallb.forecast.successions import renamed_peers
from metallb.forecast.waves import plan_of
from metallb.installation.names import METRICS_READER
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import peers_of, pool, static_routing
from metallb.platforms.provisioned import Provisioned
from metallb.problems.errors import EngineError, MetalLBError, PreflightError
from metallb.problems.problem import Problem, Severity
from metallb.program.sessions import (
    States,
    await_room,
    await_sessions,
    end_of,
    named,
    states_of,
)
from metallb.program.target import changes_cluster
from metallb.routing import BgpPeer, RoutingConfig
from metallb.routing.base import OWN_LABELS
from metallb.routing.custom_resources import PASSWORD_KEY, PASSWORD_SECRET_TYPE
from metallb.stackfile import StackConfig
from metallb.stackfile.availability import Availability
from metallb.status.cluster import LiveCluster, Object
from metallb.status.judge import sessions_of
from metallb.status.look import bgp_objects_of, look_at_sessions
from metallb.status.model import SessionState
from metallb.status.pods import node_trouble
from metallb.topology.build import racks_of
from metallb.topology.nodes import nodes_of

__all__ = ["Waves", "waves_of"]

_LEAST = 60
"""Seconds that a wave may take beyond the longest time of its sessions."""
_OTHER_END = {
    "bfdProfile": "no BFD for this neighbor",
    "ebgpMultiHop": "no multihop for this neighbor",
    "holdTime": "a longer minimum of the hold time",
    "myASN": "another AS number for the nodes",
    "name": "the former connection until its hold time is over",
    "nodeSelectors": "no neighbor for a node",
    "password": "another MD5 key, or none",
    "passwordSecret": "another MD5 key, or none",
    "peerASN": "another AS number of its own",
    "peerPort": "no BGP on this port",
    "sourceAddress": "no neighbor with this address",
}
"""What a router may have that keeps a session down, by what changed in the peer."""


def waves_of(stack: StackConfig) -> "Waves | None":
    """The waves of this run; None where none are wanted, and where no peer is there yet.

    :raises EngineError: the cluster can't be read, so that its sessions could not be kept.
    """
    limits = stack.availability
    if limits is None or not changes_cluster(stack):
        return None
    try:
        cluster = LiveCluster(
            stack.kubernetes.kubeconfig,
            stack.kubernetes.context,
            account=(stack.install.namespace, METRICS_READER),
        )
        objects = list(_own_objects(cluster, stack))
        if not any(each.get("kind") == BgpPeer.kind for each in objects):
            return None
        nodes = cluster.list("/api/v1/nodes") or []
    except EngineError as error:
        if not pulumi.runtime.is_dry_run():
            raise
        pulumi.log.info(f"the waves of the update are not known: {error.problem.summary}")
        return None
    former = routing_of(objects, "the cluster")
    return Waves(stack, limits, cluster, former, labels_of(objects), nodes)


def _own_objects(cluster: LiveCluster, stack: StackConfig) -> Iterator[Object]:
    """What a stack wrote into the cluster, its MD5 keys among it."""
    own = set(OWN_LABELS.items())
    namespace = stack.install.namespace
    keys: set[str] = set()
    for each in bgp_objects_of(cluster, namespace):
        labels = each["metadata"].get("labels") or {}
        if each["kind"] == BgpPeer.kind and not own <= set(labels.items()):
            continue
        yield each
        reference = (each.get("spec") or {}).get("passwordSecret") or {}
        keys.add(str(reference.get("name") or ""))
    for name in sorted(keys & set(static_routing(stack).passwords)):
        secret = cluster.read(f"/api/v1/namespaces/{namespace}/secrets/{name}") or {}
        data = (secret.get("data") or {}).get(PASSWORD_KEY)
        if secret.get("type") == PASSWORD_SECRET_TYPE and data is not None:
            clear = base64.b64decode(data).decode("utf-8", errors="replace")
            yield {**secret, "kind": SECRET, "stringData": {PASSWORD_KEY: clear}}


@dataclass
class Waves:
    """The order of an update's peers. An `Order` of `RoutingConfiguration`.

    :ivar former: what the cluster has, and `labels` those of its pools.
    :ivar nodes: its nodes.
    """

    stack: StackConfig
    limits: Availability
    cluster: LiveCluster
    former: RoutingConfig
    labels: Mapping[str, Mapping[str, str]]
    nodes: Sequence[Object]
    _resources: dict[tuple[str, str], pulumi.CustomResource] = field(default_factory=dict)
    _plan: "asyncio.Future[Plan] | None" = None
    _doors: "dict[int, asyncio.Future[None]]" = field(default_factory=dict)
    _living: frozenset[str] = frozenset()
    _racks: dict[str, str] = field(default_factory=dict)

    def renamed(self) -> Mapping[str, str]:
        """Former names of peers by the present ones, as far as the stack file has the peers."""
        before, after = self._sites(self._static())
        return renamed_peers(before, after)

    def planned(self, facts: Provisioned, passed: Awaitable[None]) -> Awaitable[None]:
        """Ends when the waves are known; nothing is written before.

        :param passed: ends when the facts have passed the rules.
        """
        if pulumi.runtime.is_dry_run():
            self._foretell(facts)
            return passed

        async def plan() -> Plan:
            await passed
            found = PlatformFacts() if facts.together is None else await facts.together.future()
            try:
                return await self._planned(found or PlatformFacts())
            except MetalLBError as error:
                raise ReportedError(error) from error

        self._plan = _task(plan())
        return _task(_ended(self._plan))

    def _foretell(self, facts: Provisioned) -> None:
        """Show the waves of a preview, where the stack file has all of its peers."""
        if facts.together is not None:
            return
        before, after = self._sites(self._static())
        plan = plan_of(before, after, self.limits)
        for number, step in enumerate(plan.steps, 1):
            pulumi.log.info(_announced(number, plan, step) + (f": {step.fault}" * bool(step.fault)))

    def conducted(self, behind: Sequence[Any]) -> Awaitable[None]:
        """Opens the waves one after the other; ends when the sessions of the last one are up.

        The program ends no sooner, so that former peers are deleted afterwards.

        :param behind: what every peer waits for.
        """
        if self._plan is None:
            return _task(_nothing())
        conducted = _task(self._conduct(behind))
        pulumi.Output.from_input(conducted)
        return conducted

    def turn(self, kind: str, name: str) -> Awaitable[None]:
        """Ends when an object may be written."""
        return _task(self._turn(kind, name))

    def key_of(self, name: str, peer: str) -> Awaitable[pulumi.Resource | None]:
        """The Secret of a name; None where it is of a later wave than the peer."""
        return _task(self._key_of(name, peer))

    def made(self, kind: str, name: str, resource: pulumi.CustomResource) -> None:
        """Take note of an object that is registered."""
        self._resources[(kind, name)] = resource

    async def _turn(self, kind: str, name: str) -> None:
        if self._plan is None:
            return
        plan = await self._plan
        index = _wave_of(plan, kind, name)
        if index is not None:
            await self._doors[index]
        if kind != BgpPeer.kind:
            return
        awaited = {each.peer.name for each in plan.opened}
        for first in plan.behind.get(name, ()):
            wave = _wave_of(plan, kind, first)
            # What a wave waits for can't wait for a later one.
            if wave is None or (name not in awaited if index is None else wave <= index):
                await self._resources[(kind, first)].id.future()

    async def _key_of(self, name: str, peer: str) -> pulumi.Resource | None:
        own = self._resources[(SECRET, name)]
        if self._plan is None:
            return own
        plan = await self._plan
        key, wave = _wave_of(plan, SECRET, name), _wave_of(plan, BgpPeer.kind, peer)
        return own if key is None or (wave is not None and key <= wave) else None

    # -- the plan ------------------------------------------------------------------------------

    def _static(self) -> RoutingConfig:
        """What the stack file has; of pools with blocks of the platform, the cluster's addresses.
        Facts of blocks come later, and nodes announce a pool whatever its addresses."""
        former = {pool.name: list(pool.spec.addresses) for pool in self.former.pools}
        pools = tuple(
            pool(self.stack, name, former.get(name, []) if settings.of_platform else [])
            for name, settings in sorted(self.stack.address_pools.items())
        )
        return static_routing(self.stack)._replace(pools=pools)

    def _sites(
        self, routing: RoutingConfig, facts: PlatformFacts | None = None
    ) -> tuple[Site, Site]:
        """The cluster's site, and that of the stack file."""
        install = self.stack.install
        names = names_of(racks_of(self.stack, facts))
        nodes = nodes_of(self.nodes)

        def site(of: RoutingConfig, labels: Mapping[str, Mapping[str, str]] | None = None) -> Site:
            return site_of(
                of,
                install.bgp_mode,
                install.release,
                names,
                nodes=nodes,
                speakers=install.speaker.selector,
                labels=labels,
            )

        return site(self.former, self.labels), site(routing)

    async def _planned(self, facts: PlatformFacts) -> Plan:
        """The waves, refused where they can't keep the limit.

        :raises MetalLBError: that, or the sessions can't be read.
        """
        given = facts if self.stack.platform.looks_up else None
        routing = self._static()._replace(peers=peers_of(self.stack, facts))
        before, after = self._sites(routing, given)
        self._racks = {
            node.name: node.rack for site in (before, after) for node in site.nodes.values()
        }
        wanted = plan_of(before, after, self.limits)
        self._refuse(wanted)
        nodes = {each.node for step in wanted.steps for each in step.closed}
        nodes |= {each.node for each in (*wanted.opened, *wanted.leaving)}
        if not nodes:
            return wanted
        nodes |= {node for each in wanted.announcers for node in each.left}
        states = await asyncio.to_thread(self._states, nodes, strict=True)
        self._living = frozenset(node for (node, _), each in states.items() if each.up)
        plan = plan_of(
            before,
            after,
            self.limits,
            down={
                each.ends
                for each in before.sessions
                if end_of(each) in states and states[end_of(each)].up is not True
            },
            living=self._living.__contains__,
        )
        loop = asyncio.get_running_loop()
        self._doors = {number: loop.create_future() for number in range(len(plan.steps))}
        return plan

    def _refuse(self, plan: Plan) -> None:
        """Refuse a change that no order of waves makes bearable.

        :raises PreflightError: it is one.
        """
        problems = [
            Problem(
                code="E606",
                severity=Severity.ERROR,
                summary=f"the change can't keep {step.limit[-1]}: {step.fault}",
                location=("metallb:availability", *step.limit),
                detail="Nothing is changed.",
                help="divide the change into several updates (metallb impact shows the waves), or "
                "permit more for this update",
            )
            for step in plan.broken
        ]
        if problems:
            raise PreflightError.of(problems, f"{len(problems)} waves that break the limit")

    def _states(self, nodes: Collection[str], *, strict: bool = False) -> States:
        """The sessions of some nodes.

        :param strict: whether each has to be known, where its node is there.
        :raises EngineError: the API server does not answer, or a session can't be read.
        """
        hosts = self._hosts()
        names = {name for name, host in hosts.items() if host in nodes}
        found = look_at_sessions(self.cluster, self.stack.install, names)
        states = [each for each in sessions_of(found, self.stack) if each.node in names]
        for each in states if strict else ():
            if each.up is None and not node_trouble(found.node(each.node)):
                raise _unreadable(each)
        return states_of(states, hosts)

    def _hosts(self) -> dict[str, str]:
        """Host names of nodes by their names."""
        return {
            str(each["metadata"]["name"]): str(
                (each["metadata"].get("labels") or {}).get(HOSTNAME_LABEL, each["metadata"]["name"])
            )
            for each in self.nodes
        }

    # -- wave after wave -----------------------------------------------------------------------

    async def _conduct(self, behind: Sequence[Any]) -> None:
        if self._plan is None:
            return
        plan = await self._plan
        try:
            await self._conducted(plan, behind)
        except Exception as error:
            for door in self._doors.values():
                if not door.done():
                    door.set_exception(error)
                    door.exception()
            raise

    async def _conducted(self, plan: Plan, behind: Sequence[Any]) -> None:
        for each in behind:
            await (each.id.future() if isinstance(each, pulumi.CustomResource) else each)
        opened = [each for each in plan.opened if each.node in self._living]
        if opened:
            await self._made({each.peer.name for each in opened}, ())
            pulumi.log.info(f"waiting for {_count(opened)} before others end")
            await self._back(plan, 0, opened, {}, ())
        for number, step in enumerate(plan.steps, 1):
            before = await self._room(step.closed, self._seconds(step), step.announcers)
            pulumi.log.info(_announced(number, plan, step))
            self._doors[number - 1].set_result(None)
            await self._made(step.peers, step.keys)
            fields = [each for redial in step.redials for each in redial.fields]
            await self._back(plan, number, step.awaited, before, fields)
        if plan.leaving:
            seconds = self._seconds(None)
            await self._room(plan.leaving, seconds, plan.announcers, forever=True)

    async def _room(
        self,
        closing: Sequence[Session],
        seconds: float,
        announcers: Sequence[Announcers],
        *,
        forever: bool = False,
    ) -> States:
        look, most = self._states, self._most
        try:
            return await await_room(look, closing, most, seconds, announcers, forever=forever)
        except EngineError as error:
            raise ReportedError(error) from error

    async def _made(self, peers: Collection[str], keys: Collection[str]) -> None:
        """Wait until the engine has written these objects."""
        wanted = [*((SECRET, name) for name in keys), *((BgpPeer.kind, name) for name in peers)]
        for each in wanted:
            await self._resources[each].id.future()

    async def _back(
        self,
        plan: Plan,
        number: int,
        awaited: Sequence[Session],
        before: States,
        fields: Sequence[str],
    ) -> None:
        step = plan.steps[number - 1] if number else None
        seconds = self._seconds(step)
        try:
            left = await await_sessions(self._states, awaited, before, seconds)
        except EngineError as error:
            raise ReportedError(error) from error
        if left:
            states = [_state(each) for each in left]
            raise ReportedError(_not_back(states, seconds, plan, number, fields))

    def _most(self, node: str) -> int:
        return self.limits.of_rack(self._racks.get(node, ""))

    def _seconds(self, step: Step | None) -> float:
        if self.limits.session_timeout is not None:
            return float(self.limits.session_timeout.seconds)
        return (step.shown.seconds if step is not None else 0) + _LEAST


def _wave_of(plan: Plan, kind: str, name: str) -> int | None:
    """The wave of an object, counted from zero; None for one that is in none."""
    for index, step in enumerate(plan.steps):
        if name in (step.keys if kind == SECRET else step.peers):
            return index
    return None


def _announced(number: int, plan: Plan, step: Step) -> str:
    peers = _names(step.peers)
    shown = step.shown
    later = [peer for each in plan.steps[number:] for peer in each.peers]
    return (
        f"wave {number} of {len(plan.steps)}: {peers}; sessions that are down meanwhile: "
        f"{shown.sessions}, at most {shown.seconds} s"
        + (f"; then {_names(later)}" if later else "")
    )


def _names(names: Sequence[str]) -> str:
    most = 6
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"BGPPeer {', '.join(names[:most])}{more}"


def _count(sessions: Sequence[Session]) -> str:
    return f"{len(sessions)} new session{'s'[: len(sessions) != 1]}"


def _state(found: SessionState | Session) -> SessionState:
    """The state of a session; one that no speaker knows is down."""
    if isinstance(found, SessionState):
        return found
    node, address = end_of(found)
    why = "no BGPPeer of the cluster makes it on this node"
    return SessionState(node=node, peer=found.peer.name, address=address, up=False, why=why)


def _not_back(
    left: Sequence[SessionState],
    seconds: float,
    plan: Plan,
    number: int,
    fields: Sequence[str],
) -> EngineError:
    """The error of a wave whose sessions do not come back."""
    causes = dict.fromkeys(_OTHER_END[each] for each in fields if each in _OTHER_END)
    other_end = "; or ".join(causes) or "no neighbor for the node, or other AS numbers"
    done = [f"wave {each} ({_names(plan.steps[each - 1].peers)})" for each in range(1, number + 1)]
    rest = [
        f"wave {each} ({_names(plan.steps[each - 1].peers)})"
        for each in range(number + 1, len(plan.steps) + 1)
    ]
    if plan.removed:
        rest.append(f"the deletion of {_names(plan.removed)}")
    again = "again " if number else ""
    return EngineError(
        f"{named(left)} {'is' if len(left) == 1 else 'are'} not up {again}after {seconds:.0f} s",
        code="E604",
        detail=f"{left[0].why or 'The reason is not known'}. The router may have: {other_end}. "
        f"Changed: {', '.join(done) or 'new peers alone'}. Open and untouched: "
        f"{', '.join(rest) or 'nothing'}.",
        help="compare the router's end (metallb routers STACK --check FILE), correct it or the "
        "stack file, and run up again, which goes on with what is open",
    )


def _unreadable(session: SessionState) -> EngineError:
    return EngineError(
        f"it is not known whether {named([session])} is up: {session.why}",
        code="E607",
        detail="metallb:availability waits for sessions, and reads them as metallb status does. "
        "Nothing is changed.",
        help="let the update read the speakers' metrics (install.monitoring.serviceMonitor; "
        "docs/operations.md), or remove metallb:availability for this update",
    )


def _task(work: "Coroutine[Any, Any, Any]") -> "asyncio.Future[Any]":
    task = asyncio.ensure_future(work)
    # Where something else failed nothing awaits this, and asyncio would print a traceback.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


async def _ended(work: Awaitable[Any]) -> None:
    await work


async def _nothing() -> None:
    """What has nothing to wait for."""
