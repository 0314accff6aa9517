"""The Pulumi program: the only place that turns a stack file into components and wires them."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from metallb.components import BgpPeers, ElasticIpBlock, MetalLB, RoutingConfiguration
from metallb.components.base import combined
from metallb.components.bgp_peers import IngressNode
from metallb.components.elastic_ips import ElasticIpBlockArgs
from metallb.components.metallb import MetalLBArgs
from metallb.components.routing_configuration import RoutingObject
from metallb.config import ElasticIp, EquinixMetalPlatform, StackConfig
from metallb.config.install import Install
from metallb.guard import guarded
from metallb.leftovers import Leftovers, find_leftovers
from metallb.lookups import BLOCK_FINDER
from metallb.platforms import (
    Answers,
    BlockAnswer,
    NodeAnswer,
    metal_peer,
    metal_slots,
    routing_config,
)
from metallb.platforms.equinix_metal import metal_peers
from metallb.platforms.plan import pool, renamed_objects, static_routing
from metallb.preflight import Finding, check_answers, check_stack, refuse
from metallb.releases import ConfigFormat
from metallb.routing import RoutingConfig
from metallb.settings import load_settings, metal_auth_token

__all__ = ["deploy", "elastic_ip_name", "main"]

_NODES = "(nodes)"
"""Key of the nodes' answers among the blocks', which are DNS labels."""
_LABELS = {"app": "metallb", "app.kubernetes.io/managed-by": "pulumi"}


@guarded
def main() -> None:
    """Read the stack's config and deploy it."""
    deploy(load_settings())


def elastic_ip_name(block: str) -> str:
    """Resource name of a block's component."""
    return f"elastic-ip-{block}"


def deploy(stack: StackConfig) -> None:
    """Register everything that a stack file asks for.

    :raises PreflightError: the file asks for something that would fail or do nothing; nothing is
        registered then.
    """
    findings = check_stack(stack)
    refuse(findings, source=_source())
    _warn(findings)
    leftovers = find_leftovers(stack, metal_auth_token())
    provider = _kubernetes(stack)
    options = pulumi.ResourceOptions(providers={"kubernetes": provider})
    blocks = _elastic_ips(stack, leftovers)
    nodes = _nodes(stack)
    summary = _resolved(stack, blocks, nodes, findings)
    gate = _gate(stack, summary, nodes, findings)
    metallb, ahead = _installation(stack, gate, options)
    routing = RoutingConfiguration(
        "routing",
        {
            "namespace": stack.install.namespace,
            "format": stack.install.release.format.value,
            "objects": _objects(stack, blocks, nodes),
            "passwords": {
                key: value.get_secret_value()
                for key, value in static_routing(stack).passwords.items()
            },
            "labels": _LABELS,
            "after": [*metallb.ready, gate],
            "pools_after": [*metallb.definitions, gate],
        },
        options,
    )
    ahead.settle(routing)
    pulumi.export("addresses", summary.apply(lambda found: found["addresses"]))
    pulumi.export("peers", summary.apply(lambda found: found["peers"]))
    pulumi.export("namespace", metallb.namespace)
    pulumi.export("version", metallb.version)
    pulumi.export("format", stack.install.release.format.value)


class _Ahead:
    """Stands for configuration that workloads wait for and that is registered after them.

    The workloads' component is made first, because configuration depends on its webhooks; pools,
    though, must exist before the controller starts, and peers before the speakers do. A future in
    `depends_on` says both.
    """

    def __init__(self, pools: Iterable[str]) -> None:
        loop = asyncio.get_running_loop()
        self.pools = {name: loop.create_future() for name in pools}
        self.routing: asyncio.Future[RoutingConfiguration] = loop.create_future()

    def settle(self, routing: RoutingConfiguration) -> None:
        """What was stood for is registered."""
        self.routing.set_result(routing)
        for name, future in self.pools.items():
            future.set_result(routing.pools[name])


def _installation(
    stack: StackConfig, gate: Any, options: pulumi.ResourceOptions
) -> tuple[MetalLB, _Ahead]:
    in_one_object = stack.install.release.format is ConfigFormat.CONFIGMAP
    ahead = _Ahead(() if in_one_object else stack.address_pools)
    args: MetalLBArgs = {
        "install": _section(stack.install),
        "pod_security_policies": stack.kubernetes.has_pod_security_policies,
        "await_webhooks": stack.kubernetes.render_to is None,
        "gate": gate,
        "before_controller": list(ahead.pools.values()),
        "before_speakers": [ahead.routing],
    }
    if stack.install.memberlist_secret is not None:
        key = stack.install.memberlist_secret.get_secret_value()
        args["memberlist_secret"] = pulumi.Output.secret(key)
    return MetalLB("metallb", args, options), ahead


def _source() -> str:
    return f"stacks/Pulumi.{pulumi.get_stack()}.yaml"


def _warn(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        pulumi.log.warn(finding.line())


def _section(install: Install) -> dict[str, Any]:
    """The install section in the stack file's own spelling, without its secret."""
    return install.model_dump(
        mode="json", by_alias=True, exclude={"memberlist_secret"}, exclude_defaults=True
    )


def _kubernetes(stack: StackConfig) -> k8s.Provider:
    target = stack.kubernetes
    return k8s.Provider(
        "kubernetes",
        kubeconfig=target.kubeconfig,
        context=target.context,
        render_yaml_to_directory=target.render_to,
        # Without these the provider replaces a ConfigMap or Secret whose data changes: MetalLB 0.12
        # would be without configuration in between, and a session without its MD5 key.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
    )


def _elastic_ips(stack: StackConfig, leftovers: Leftovers | None) -> dict[str, ElasticIpBlock]:
    platform = stack.platform
    if not isinstance(platform, EquinixMetalPlatform) or leftovers is None:
        return {}
    blocks = {}
    for name, settings in sorted(platform.elastic_ips.items()):
        args = _block_args(platform, settings)
        if not settings.adopted:
            args["tags"] = [*settings.tags, leftovers.tag(name)]
            import_id = leftovers.import_id(name)
            if import_id is not None:
                args["import_id"] = import_id
        blocks[name] = ElasticIpBlock(elastic_ip_name(name), args)
        if not settings.adopted:
            leftovers.watch(name, blocks[name].block_id)
    return blocks


def _block_args(platform: EquinixMetalPlatform, settings: ElasticIp) -> ElasticIpBlockArgs:
    args: ElasticIpBlockArgs = {
        "project_id": platform.project_id,
        "quantity": settings.quantity,
        "type": settings.type.value,
        "protect": settings.protect,
        "retain_on_delete": settings.retain_on_delete,
    }
    if settings.adopt_id is not None:
        args["adopt_id"] = settings.adopt_id
    if settings.adopt_tag is not None:
        find = BLOCK_FINDER.get()
        args["adopt_id"] = find(platform.project_id, settings.adopt_tag, metal_auth_token())
    if settings.type.value.startswith("public"):
        if settings.facility or (platform.facility and not settings.metro):
            args["facility"] = settings.facility or str(platform.facility)
        else:
            args["metro"] = settings.metro or str(platform.metro)
    if settings.description is not None:
        args["description"] = settings.description
    return args


def _nodes(stack: StackConfig) -> BgpPeers | None:
    platform = stack.platform
    if not isinstance(platform, EquinixMetalPlatform):
        return None
    nodes: list[IngressNode] = []
    for node in platform.nodes:
        entry: IngressNode = {"key": node.key}
        if node.hostname is not None:
            entry["hostname"] = node.hostname
        if node.device_id is not None:
            entry["device_id"] = node.device_id
        if node.bgp_sessions:
            entry["import_ids"] = {family.value: i for family, i in node.bgp_sessions.items()}
        nodes.append(entry)
    return BgpPeers(
        "bgp",
        {
            "project_id": platform.project_id,
            "nodes": nodes,
            "address_families": [family.value for family in platform.address_families],
            "manage_sessions": platform.manage_sessions,
            "ask_neighbors": stack.asks_neighbors,
        },
    )


def _resolved(
    stack: StackConfig,
    blocks: Mapping[str, ElasticIpBlock],
    nodes: BgpPeers | None,
    told: tuple[Finding, ...],
) -> pulumi.Output[dict[str, Any]]:
    """What the exports show, once every answer is known and has passed the rules."""

    @guarded
    def checked(values: dict[str, Any]) -> dict[str, Any]:
        answers = Answers.of(values[_NODES].nodes, {name: values[name] for name in blocks})
        findings = check_answers(stack, answers, told=told)
        refuse(findings, source=_source())
        _warn(findings)
        return _summary(routing_config(stack, answers))

    values: dict[str, Any] = {
        name: pulumi.Output.all(block.block_id, block.cidr_notation).apply(
            lambda found: BlockAnswer(id=found[0], cidr_notation=found[1])
        )
        for name, block in blocks.items()
    }
    values[_NODES] = nodes.known if nodes else Answers()
    return combined(values, checked)


def _summary(routing: RoutingConfig) -> dict[str, Any]:
    return {
        "addresses": {pool.name: list(pool.spec.addresses) for pool in routing.pools},
        "peers": [
            {
                "name": peer.name,
                "address": peer.spec.peer_address,
                "nodes": [selector.words() for selector in peer.spec.node_selectors or ()],
            }
            for peer in routing.peers
        ],
    }


def _gate(
    stack: StackConfig,
    summary: pulumi.Output[dict[str, Any]],
    nodes: BgpPeers | None,
    told: tuple[Finding, ...],
) -> Any:
    """Something to depend on that fails when the answers break a rule.

    A bare future rather than the Output: as an Output it would make every Kubernetes object depend
    on every session in the engine's state, which grows with the square of the cluster.
    """
    waits: list[pulumi.Output[Any]] = [summary]
    platform = stack.platform
    if (
        nodes is not None
        and isinstance(platform, EquinixMetalPlatform)
        and pulumi.runtime.is_dry_run()
    ):
        # A block that a preview does not know yet must not hide what it knows of the devices.
        def checked(answers: Answers) -> None:
            findings = check_answers(stack, answers, told=told)
            refuse([each for each in findings if not _of_pools(each)], source=_source())
            metal_peers(stack, platform, answers.nodes)

        waits.append(nodes.known.apply(guarded(checked)))

    async def wait() -> None:
        for output in waits:
            await output.future()

    return asyncio.ensure_future(wait())


def _of_pools(finding: Finding) -> bool:
    """Whether a finding is about pools, which a preview may know without their blocks."""
    return finding.where.startswith("metallb:addressPools")


def _objects(
    stack: StackConfig, blocks: Mapping[str, ElasticIpBlock], nodes: BgpPeers | None
) -> list[RoutingObject]:
    known = static_routing(stack)
    objects: list[RoutingObject] = [_object(item) for item in known.objects()]
    if nodes is not None and isinstance(stack.platform, EquinixMetalPlatform):
        objects += [
            {"kind": "BGPPeer", "name": slot.name, "spec": _peer_spec(stack, slot, nodes)}
            for slot in metal_slots(stack, stack.platform)
        ]
    for name in sorted(stack.address_pools):
        cidrs = [blocks[block].cidr_notation for block in stack.address_pools[name].elastic_ips]
        objects.append(
            {"kind": "IPAddressPool", "name": name, "spec": _pool_spec(stack, name, cidrs)}
        )
    renamed = renamed_objects(stack)
    for item in objects:
        former = renamed.get((item["kind"], item["name"]))
        if former is not None:
            item["renamed_from"] = former
    return objects


def _pool_spec(
    stack: StackConfig, name: str, cidrs: list[pulumi.Output[str]]
) -> pulumi.Output[dict[str, Any]]:
    return pulumi.Output.all(*cidrs).apply(
        lambda found: pool(stack, name, found).spec.to_manifest()
    )


def _peer_spec(stack: StackConfig, slot: Any, nodes: BgpPeers) -> pulumi.Output[Any]:
    answers = [nodes.answers[key] for key in slot.node_keys]

    @guarded
    def spec(found: list[NodeAnswer]) -> dict[str, Any]:
        return metal_peer(stack, slot, found).spec.to_manifest()

    if len(answers) == 1:
        return answers[0].apply(lambda found: spec([found]))
    return pulumi.Output.all(*answers).apply(spec)


def _object(item: Any) -> RoutingObject:
    return {"kind": item.kind, "name": item.name, "spec": item.spec.to_manifest()}
