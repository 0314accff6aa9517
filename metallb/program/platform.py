"""From `metallb:platform` to the components that ask and provision."""

from metallb.components import BgpPeers, ElasticIpBlock
from metallb.components.bgp_peers import IngressNode
from metallb.components.bgp_sessions import DeviceSession
from metallb.components.elastic_ips import ElasticIpBlockArgs
from metallb.config import ElasticIp, EquinixMetalPlatform, StackConfig
from metallb.leftovers import Leftovers
from metallb.lookups import BLOCK_FINDER
from metallb.recovery import HeldSession, session_key
from metallb.settings import metal_auth_token

__all__ = ["elastic_ip_name", "elastic_ips", "ingress_nodes"]


def elastic_ip_name(block: str) -> str:
    """Resource name of a block's component."""
    return f"elastic-ip-{block}"


def elastic_ips(stack: StackConfig, leftovers: Leftovers | None) -> dict[str, ElasticIpBlock]:
    """The blocks by name; none for a platform that has none."""
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


def ingress_nodes(stack: StackConfig, leftovers: Leftovers | None) -> BgpPeers | None:
    """The nodes that are looked up; None for a platform without look-ups."""
    platform = stack.platform
    if not isinstance(platform, EquinixMetalPlatform) or leftovers is None:
        return None
    nodes: list[IngressNode] = []
    for node in platform.nodes:
        entry: IngressNode = {"key": node.key}
        if node.hostname is not None:
            entry["hostname"] = node.hostname
        if node.device_id is not None:
            entry["device_id"] = node.device_id
        import_ids = leftovers.session_imports(node)
        if import_ids:
            entry["import_ids"] = import_ids
        former_keys = leftovers.former_keys(node)
        if former_keys:
            entry["former_keys"] = former_keys
        nodes.append(entry)
    return BgpPeers(
        "bgp",
        {
            "project_id": platform.project_id,
            "nodes": nodes,
            "address_families": [family.value for family in platform.address_families],
            "manage_sessions": platform.manage_sessions,
            "sessions_to_leave": [_left(session) for session in leftovers.sessions_to_leave()],
            "confirm": leftovers.confirm,
            "ask_neighbors": stack.uses_neighbors,
            "check_devices": False,
        },
    )


def _left(session: HeldSession) -> DeviceSession:
    return {
        "key": str(session_key(session.name)),
        "device_id": session.device_id,
        "address_family": session.family,
    }
