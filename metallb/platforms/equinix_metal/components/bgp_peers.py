"""BgpPeers: looks up each node's device and gateway at the platform, and opens the sessions."""

from collections.abc import Mapping
from functools import partial
from typing import Any, NotRequired, TypedDict, cast

import pulumi

from metallb.components.arguments import Arguments, arguments_model, sound
from metallb.components.base import MetalLBComponent, combined
from metallb.components.guard import guarded
from metallb.platforms.equinix_metal.components.bgp_sessions import BgpSessions, DeviceSession
from metallb.platforms.equinix_metal.components.invoke import invoked
from metallb.platforms.equinix_metal.components.results import DeviceResult, NeighborsResult, Result
from metallb.platforms.equinix_metal.devices import node_answer, recorded_answer
from metallb.platforms.equinix_metal.facts import Device, ProjectFacts
from metallb.platforms.equinix_metal.section import Uuid
from metallb.platforms.facts import AddressFamily
from metallb.stackfile.base import Hostname, Word

__all__ = ["BgpPeers", "BgpPeersArgs", "IngressNode"]


class IngressNode(TypedDict):
    """A node that keeps BGP sessions."""

    key: str
    """What names the node in resource names: its host name, or its device id."""
    hostname: NotRequired[pulumi.Input[str]]
    """Host name of the device; searched for in the project when there is no device id."""
    device_id: NotRequired[pulumi.Input[str]]
    """Id of the device."""
    import_ids: NotRequired[dict[str, str]]
    """Ids of sessions that exist already and that the state does not know, by address family."""
    former_keys: NotRequired[dict[str, str]]
    """What named the node before, by address family; its sessions are carried over."""


class BgpPeersArgs(TypedDict):
    """Which devices to look up, and what of them."""

    project_id: pulumi.Input[str]
    """Project in which host names are searched."""
    nodes: list[IngressNode]
    """The ingress nodes."""
    address_families: NotRequired[list[str]]
    """Families for which sessions are opened; ipv4 by default."""
    manage_sessions: NotRequired[bool]
    """Whether sessions are opened at all; true by default."""
    sessions_to_leave: NotRequired[list[DeviceSession]]
    """Where no sessions are managed: those of the state, which are left open."""
    confirm: NotRequired[Any]
    """A function of a node's key and of the device id that was looked up, called before the answer
    is used. May refuse, and may return something to wait for."""
    check_devices: NotRequired[bool]
    """Whether a device of which no peer can be made is an error here; true by default. False where
    rules check all devices at once, before anything uses the answers."""
    ask_neighbors: NotRequired[bool]
    """Whether the devices' BGP neighbors are read, once the sessions exist."""


class BgpPeers(MetalLBComponent):
    """One look-up a node, its BGP sessions, and what routing needs to know of it.

    Deliberately writes no Kubernetes object: `RoutingConfiguration` does, in the format of the
    release. Look-ups run in parallel, as many at a time as the engine's thread pool allows.
    """

    nodes: pulumi.Output[dict[str, Any]]
    """Host name, device id, private address and private gateway of each node, by its key."""

    def __init__(
        self, name: str, args: BgpPeersArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        args = _checked(type(self), name, args)
        super().__init__(name, args, opts)
        devices = {node["key"]: self._device(args, node) for node in args["nodes"]}
        families = args.get("address_families", ["ipv4"])
        sessions = None
        if args.get("manage_sessions", True):
            sessions = BgpSessions(
                self.child_name("sessions"),
                {"sessions": _sessions(args, devices, families)},
                self.child(),
            )
        elif args.get("sessions_to_leave"):
            # They stay where they are in the state: leaving it, they would be closed.
            BgpSessions(
                self.child_name("sessions"),
                {"sessions": args["sessions_to_leave"], "retain": True},
                self.child(),
            )
        self._answers = {
            node["key"]: self._answer(node, devices[node["key"]], sessions, families, args)
            for node in args["nodes"]
        }
        self.known = combined(self._answers, lambda found: ProjectFacts.of(found, {}))
        """All answers at once, for users of the whole."""
        self.nodes = self.known.apply(
            lambda answers: answers.model_dump(by_alias=True, mode="json")["nodes"]
        )
        self.finish()

    @property
    def answers(self) -> Mapping[str, pulumi.Output[Device]]:
        """The answers one by one, so that one node's peer waits for that node alone."""
        return self._answers

    def _device(self, args: BgpPeersArgs, node: IngressNode) -> pulumi.Output[Mapping[str, Any]]:
        key = node["key"]
        if node.get("device_id") is not None:
            return self._invoke("getDevice", {"deviceId": node["device_id"]}, key)
        by_name = {"projectId": args["project_id"], "hostname": node.get("hostname", key)}
        found = self._invoke("getDevice", by_name, key)
        confirm = args.get("confirm")
        return found.apply(partial(_confirmed, key, confirm)) if confirm else found

    def _answer(
        self,
        node: IngressNode,
        device: pulumi.Output[Mapping[str, Any]],
        sessions: BgpSessions | None,
        families: list[str],
        args: BgpPeersArgs,
    ) -> pulumi.Output[Device]:
        key = node["key"]
        answer = node_answer if args.get("check_devices", True) else recorded_answer
        if not args.get("ask_neighbors", False):
            return device.apply(guarded(lambda found: answer(key, found)))
        device_id = device.apply(lambda found: str(found["id"]))
        # A device has no neighbors before its session exists, and the provider answers an empty
        # list rather than an error. A call whose id needs the sessions' ids comes after them.
        ready = [sessions.session_id(_key(node, family)) for family in families] if sessions else []
        later_id = pulumi.Output.all(device_id, *ready).apply(lambda values: values[0])
        neighbors = self._invoke("getDeviceBgpNeighbors", {"deviceId": later_id}, key)
        return pulumi.Output.all(device, neighbors).apply(
            guarded(lambda both: answer(key, both[0], _neighbors(both[1])))
        )

    def _invoke(
        self, function: str, args: dict[str, Any], key: str
    ) -> pulumi.Output[Mapping[str, Any]]:
        return invoked(
            self,
            function,
            args,
            shape=_SHAPES[function],
            what=f"device {key}",
            help="check hostname or deviceId in metallb:platform.nodes, projectId and the API "
            "token; where the device is gone, remove its node from metallb:platform.nodes; where "
            "several devices have the host name, write the deviceId of one at the node",
        )


_SHAPES: Mapping[str, type[Result]] = {
    "getDevice": DeviceResult,
    "getDeviceBgpNeighbors": NeighborsResult,
}


def _key(node: IngressNode, family: str) -> str:
    return f"{node['key']}-{family}"


def _sessions(
    args: BgpPeersArgs,
    devices: Mapping[str, pulumi.Output[Mapping[str, Any]]],
    families: list[str],
) -> list[DeviceSession]:
    wanted: list[DeviceSession] = []
    for node in args["nodes"]:
        # Found, or checked among the component's own arguments.
        device_id = node.get("device_id") or sound(
            devices[node["key"]].apply(lambda found: str(found["id"]))
        )
        for family in families:
            session: DeviceSession = {
                "key": _key(node, family),
                "device_id": device_id,
                "address_family": family,
            }
            import_id = node.get("import_ids", {}).get(family)
            if import_id:
                session["import_id"] = import_id
            former = node.get("former_keys", {}).get(family)
            if former:
                session["former_key"] = f"{former}-{family}"
            wanted.append(session)
    return wanted


def _confirmed(key: str, confirm: Any, device: Mapping[str, Any]) -> Any:
    """The device, once `confirm` has accepted it."""
    wait = confirm(key, str(device["id"]))
    if wait is None:
        return device

    async def later() -> Mapping[str, Any]:
        await wait
        return device

    return later()


def _neighbors(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The neighbors without their MD5 keys, which the provider does not mark as secret."""
    return [
        {key: value for key, value in neighbor.items() if key != "md5Password"}
        for neighbor in found.get("bgpNeighbors") or ()
    ]


_ARGUMENTS = arguments_model(
    BgpPeersArgs,
    project_id=Uuid,
    nodes=list[Any],
    address_families=list[AddressFamily],
    sessions_to_leave=list[Any],
)
_NODE = arguments_model(
    IngressNode,
    key=Word,
    hostname=Hostname,
    device_id=Uuid,
    import_ids=dict[AddressFamily, Uuid],
    former_keys=dict[AddressFamily, Word],
)


def _checked(component: type, name: str, args: Any) -> BgpPeersArgs:
    """The arguments; `sessions_to_leave` is checked by BgpSessions, which it is handed to."""
    arguments = Arguments(component, name)
    whole = arguments.whole(_ARGUMENTS, args)
    whole["nodes"] = [
        arguments.part(_NODE, node, ("nodes", index), "a node")
        for index, node in enumerate(whole["nodes"])
    ]
    arguments.refuse()
    arguments.unique(("nodes",), (node["key"] for node in whole["nodes"]), "key")
    arguments.refuse()
    return cast("BgpPeersArgs", whole)
