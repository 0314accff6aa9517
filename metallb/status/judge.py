"""From a look to a status. Pure: makes no call."""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from metallb.platforms.facts import PlatformFacts
from metallb.releases import BgpMode, ConfigFormat
from metallb.routing import BgpPeerSpec
from metallb.stackfile import StackConfig
from metallb.status.announcements import announced, is_unheard
from metallb.status.choosing import Nodes
from metallb.status.cluster import Object
from metallb.status.drift import drift, live_config_map, written
from metallb.status.frr_k8s import session_state
from metallb.status.logs import SessionLog
from metallb.status.look import Look
from metallb.status.metrics import session_up
from metallb.status.model import (
    UNKNOWN,
    ComponentState,
    Health,
    SessionState,
    Status,
)
from metallb.status.notes import notes_of
from metallb.status.pods import is_ready, is_waiting, node_of, node_trouble, pod_trouble
from metallb.status.services import pending_of, pools_of

__all__ = ["judge", "sessions_of"]

_REFUSED = (
    "not established: the router does not answer or refuses; compare addresses, AS numbers and "
    "MD5 key on both sides (the speaker's log has the attempt's error)"
)

_NOT_WRITTEN = ("unknown", "")
_NOT_KNOWN = "the speaker does not know this peer (yet)"
_NOT_CONFIGURED = (
    "frr-k8s has no session with this router on this node (yet): the node's FRRNodeState says how "
    "its last configuration went"
)
_NO_STATES = (
    "frr-k8s keeps the sessions and writes no BGPSessionState here (it does from 0.0.18, "
    "MetalLB 0.15, on)"
)

_HIDDEN = (
    "MetalLB's exporter shows no session of a node that has an unnumbered peer (rule X13): ask FRR "
    "on the node, `vtysh -c 'show bgp vrf all summary'`"
)


def judge(look: Look, stack: StackConfig, name: str, facts: PlatformFacts | None) -> Status:
    """The status of a stack's cluster.

    :param facts: the platform's facts; None leaves out drift that depends on them.
    """
    components = tuple(_components(look, stack))
    sessions = tuple(_sessions(look, stack, facts, components))
    pools = tuple(pools_of(look, stack))
    pending = tuple(pending_of(look, stack))
    services = tuple(announced(look, stack, sessions))
    differences = drift(look, stack, facts)
    notes = tuple(notes_of(look, stack, sessions))
    bad = (
        any(session.up is False for session in sessions)
        or any(
            not item.ready or item.configuration in ("stale", "not loaded") for item in components
        )
        or bool(pending)
        or any(is_unheard(service) for service in services)
        or bool(differences)
    )
    unsure = (
        any(session.up is None for session in sessions)
        or any(item.configuration == "unknown" for item in components)
        or bool(look.refused)
    )
    health = Health.UNHEALTHY if bad else Health.UNKNOWN if unsure else Health.HEALTHY
    return Status(
        stack=name,
        health=health,
        without_token=look.without_token,
        sessions=sessions,
        pools=pools,
        pending=pending,
        services=services,
        components=components,
        drift=differences,
        notes=notes,
    )


def sessions_of(
    look: Look, stack: StackConfig, facts: PlatformFacts | None = None
) -> tuple[SessionState, ...]:
    """The sessions alone.

    :param facts: as of `judge`; they are needed where the peers themselves can't be read.
    """
    return tuple(_sessions(look, stack, facts, tuple(_components(look, stack))))


def _components(look: Look, stack: StackConfig) -> Iterator[ComponentState]:
    controllers = look.controllers()
    states = _configuration_states(look)
    for pod in controllers:
        name = f"controller {pod['metadata']['name']}" if len(controllers) > 1 else "controller"
        yield _component(look, pod, name, states.get("", _NOT_WRITTEN))
    if not controllers:
        yield _missing(look, stack, "controller")
    speakers = look.speakers()
    for node, pod in sorted(speakers.items()):
        yield _component(look, pod, f"speaker on {node}", states.get(node, _NOT_WRITTEN))
    for pod in look.unplaced():
        yield ComponentState(
            name=f"speaker {pod['metadata']['name']}",
            ready=False,
            configuration="unknown",
            message=pod_trouble(pod) or "it has no node yet",
        )
    if not speakers and not look.unplaced():
        yield _missing(look, stack, "speaker")


def _missing(look: Look, stack: StackConfig, part: str) -> ComponentState:
    namespace = stack.install.namespace
    why = f"no pod in namespace {namespace} has the label component={part}"
    if not look.pods:
        why = f"no pod runs in namespace {namespace}: is it the one where MetalLB is installed?"
    return ComponentState(name=part, ready=False, configuration="unknown", message=why)


def _component(look: Look, pod: Object, name: str, written: tuple[str, str]) -> ComponentState:
    samples = look.metrics.get(pod["metadata"]["name"], {})
    configuration, message = written
    if configuration == "unknown":
        stale = _gauge(samples, "metallb_k8s_client_config_stale_bool")
        loaded = _gauge(samples, "metallb_k8s_client_config_loaded_bool")
        if stale:
            configuration = "stale"
        elif loaded == 0:
            configuration = "not loaded"
        elif loaded:
            configuration = "valid"
    # What Kubernetes says of a pod may be old news where its node says nothing any more.
    down = node_trouble(look.node(node_of(pod)))
    ready = is_ready(pod) and not down
    if not ready:
        message = "; ".join(filter(None, (down or pod_trouble(pod), message)))
    elif configuration == "unknown":
        message = look.unreadable.get(pod["metadata"]["name"], "")
    return ComponentState(name=name, ready=ready, configuration=configuration, message=message)


def _configuration_states(look: Look) -> dict[str, tuple[str, str]]:
    """What MetalLB 0.15.3 and later write down about themselves, by node; "" is the controller."""
    found: dict[str, tuple[str, str]] = {}
    for state in look.objects.get("ConfigurationState", []):
        labels = state["metadata"].get("labels") or {}
        node = str(labels.get("metallb.io/node-name", ""))
        status = state.get("status") or {}
        messages = [status.get("errorSummary")] + [
            condition.get("message")
            for condition in status.get("conditions") or []
            if condition.get("status") != "True"
        ]
        text = "; ".join(dict.fromkeys(str(item) for item in messages if item))
        match status.get("result"):
            case "Valid":
                found.setdefault(node, ("valid", ""))
            case "Invalid":
                found.setdefault(node, ("stale", text))
    return found


def _sessions(
    look: Look,
    stack: StackConfig,
    facts: PlatformFacts | None,
    components: tuple[ComponentState, ...],
) -> Iterator[SessionState]:
    speakers = look.speakers()
    nodes = Nodes(look.nodes)
    states = {item.name: item for item in components}
    peers = tuple(_peers(look, stack, facts))
    hidden = _hidden(peers, nodes) if stack.install.bgp_mode is BgpMode.FRR else frozenset()
    for peer, spec in peers:
        for node in nodes.chosen(spec.node_selectors):
            name = str(node["metadata"]["name"])
            address = str(spec.peer_address or spec.interface or "")
            pod = speakers.get(name)
            if pod is None:
                if spec.node_selectors:
                    yield SessionState(
                        node=name,
                        peer=peer,
                        address=address,
                        up=False,
                        why=node_trouble(node)
                        or "no speaker runs on this node: see its labels and taints",
                    )
                continue
            up: bool | None
            down = node_trouble(node)
            if down:
                # The last object about its sessions stays as it is while the node is down.
                yield SessionState(node=name, peer=peer, address=address, up=None, why=down)
                continue
            state_of_frr = session_state(look.sessions, name, address, spec.vrf or "")
            up, why, since = state_of_frr or (*_session(look, stack, pod, spec), UNKNOWN)
            if why == _NOT_KNOWN and name in hidden:
                up, why = None, _HIDDEN
            state = states.get(f"speaker on {name}")
            if up is False and state is not None and state.configuration == "stale":
                why = f"the speaker refuses the configuration: {state.message or 'see its log'}"
            elif up is False and not is_ready(pod):
                why = ": ".join(filter(None, ("the speaker is not ready", pod_trouble(pod))))
            log = look.logs.get(str(pod["metadata"]["name"]), {}).get(address, SessionLog())
            if up is False and why == _REFUSED and log.error:
                why = f"not established: {log.error}"
            # A log that ends before the present state began says nothing of its beginning.
            if log.since and log.up is up:
                since = log.since
            yield SessionState(node=name, peer=peer, address=address, up=up, since=since, why=why)


def _hidden(peers: Iterable[tuple[str, BgpPeerSpec]], nodes: Nodes) -> frozenset[str]:
    """Names of the nodes whose sessions mode frr's exporter does not show: it stops at a neighbor
    that is no address."""
    return frozenset(
        str(node["metadata"]["name"])
        for _, spec in peers
        if spec.interface
        for node in nodes.chosen(spec.node_selectors)
    )


def _peers(
    look: Look, stack: StackConfig, facts: PlatformFacts | None
) -> Iterator[tuple[str, BgpPeerSpec]]:
    if stack.install.release.format is ConfigFormat.CONFIGMAP:
        # Speakers go on with the last document they could read; the stack file is nearest to it.
        for peer in (live_config_map(look) or written(stack, facts)).peers:
            yield str(peer.spec.peer_address), peer.spec
        return
    if "BGPPeer" in look.refused:
        for known in written(stack, facts).peers:
            yield known.name, known.spec
    for item in look.objects.get("BGPPeer", []):
        try:
            yield item["metadata"]["name"], BgpPeerSpec.model_validate(item.get("spec") or {})
        except ValidationError:
            continue  # reported as drift


def _session(
    look: Look, stack: StackConfig, pod: Object, spec: BgpPeerSpec
) -> tuple[bool | None, str]:
    """Whether a session is up and why not, by the metrics of the node's speaker."""
    address = str(spec.peer_address or spec.interface or "")
    name = pod["metadata"]["name"]
    if is_waiting(pod):
        return False, ""
    if name in look.unreadable:
        return None, f"its metrics can't be read ({look.unreadable[name]})"
    up = session_up(look.metrics.get(name, {}), address, spec.peer_port, spec.vrf or "")
    if up is not None:
        return up, "" if up else _REFUSED
    if stack.install.bgp_mode is BgpMode.FRR_K8S:
        refused = look.refused.get("BGPSessionState")
        if refused:
            return None, f"frr-k8s' BGPSessionStates can't be read ({refused})"
        return (False, _NOT_CONFIGURED) if look.sessions else (None, _NO_STATES)
    return False, _NOT_KNOWN


def _gauge(samples: Any, name: str) -> float | None:
    series = samples.get(name)
    return series[0][1] if series else None
