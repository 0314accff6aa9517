"""Makes an answers file of the engine's state, which keeps the platform's last answers.

Makes no call: a reader of the state needs no account of the platform. Holds no secret: the state
keeps of a BGP neighbor that it has an MD5 key, never the key.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from metallb.answers.file import AnswersFile, missing_answers
from metallb.config import AddressFamily, EquinixMetalPlatform, StackConfig
from metallb.errors import AnswersError
from metallb.platforms import NodeAnswer
from metallb.yaml_text import yaml_text

__all__ = ["answers_text", "recorded_answers"]

_NODES = "metallb:index:BgpPeers"
_BLOCK = "metallb:index:ElasticIpBlock"
_RESERVED = "equinix-metal:index/reservedIpBlock:ReservedIpBlock"
_SESSION = "equinix-metal:index/bgpSession:BgpSession"
_BLOCK_PREFIX = "elastic-ip-"
_HEADER = "# What the platform says about this stack's devices and blocks. Made by a command:\n"


def recorded_answers(deployment: Mapping[str, Any], stack: StackConfig, name: str) -> AnswersFile:
    """The platform's answers, as the last update of a stack got them.

    :param deployment: what `pulumi stack export` shows under `deployment`.
    :param name: the stack's name, for messages.
    :raises AnswersError: the platform has no answers, or the state lacks some.
    """
    platform = stack.platform
    if not isinstance(platform, EquinixMetalPlatform):
        raise AnswersError(
            f"stack {name} has nothing to record: its platform is {platform.kind}",
            code="E202",
            detail="An answers file is for a platform with an API.",
            help=f"run render or check on {name} without one",
        )
    answers = AnswersFile.model_validate(
        {
            "devices": _devices(deployment, platform, name),
            "blocks": _blocks(deployment, platform),
            # A project without BGP opens no session; without a session it was not read.
            "bgpEnabled": True if _has_session(deployment) else None,
        }
    )
    missing = missing_answers(platform, answers) + _missing_families(platform, answers)
    if missing:
        raise AnswersError(
            f"the state of {name} has no answer for {', '.join(missing)}",
            detail="Answers are recorded from the state that an update leaves.",
            help=f"run python -m metallb up {name}, then record again",
        )
    return answers


def _missing_families(platform: EquinixMetalPlatform, answers: AnswersFile) -> list[str]:
    """Neighbors of families that the stack file has and the last update had not."""
    if not platform.uses_neighbors:
        return []
    numbers = {AddressFamily.IPV4: 4, AddressFamily.IPV6: 6}
    return [
        f"{family.value} neighbor of device {key}"
        for key, device in answers.devices.items()
        if device.bgp_neighbors is not None
        for family in platform.address_families
        if all(each.address_family != numbers[family] for each in device.bgp_neighbors)
    ]


def answers_text(answers: AnswersFile, name: str) -> str:
    """The file's text, the same bytes for the same answers."""
    plain = answers.model_dump(by_alias=True, mode="json", exclude_none=True)
    return f"{_HEADER}# python -m metallb record {name}\n" + yaml_text(plain)


def _devices(
    deployment: Mapping[str, Any], platform: EquinixMetalPlatform, name: str
) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for outputs in _outputs(deployment, _NODES).values():
        known |= outputs.get("nodes") or {}
    found = {}
    for node in platform.nodes:
        if node.key not in known:
            continue
        try:
            found[node.key] = _device(NodeAnswer.model_validate(known[node.key]))
        except ValidationError as error:
            raise AnswersError(
                f"the state of {name} has device {node.key} in the form of another release",
                detail="Host name, id and private network of a device are recorded.",
                help=f"run python -m metallb up {name}, then record again",
            ) from error
    return found


def _device(node: NodeAnswer) -> dict[str, Any]:
    """The device as the provider would describe it, reduced to the one network that counts."""
    entry: dict[str, Any] = {
        "id": node.device_id,
        "hostname": node.hostname,
        "state": node.state,
        "accessPrivateIpv4": node.private_address,
        "networks": [
            {
                "address": node.private_address,
                "gateway": node.private_gateway,
                "family": 4,
                "cidr": _prefix_length(node.private_address, node.private_gateway),
                "public": False,
            }
        ],
    }
    if node.metro:
        entry["metro"] = node.metro
    if node.neighbors is not None:
        entry["bgpNeighbors"] = [
            neighbor.model_dump(by_alias=True, mode="json") for neighbor in node.neighbors
        ]
    return entry


def _prefix_length(address: str, gateway: str) -> int:
    """Of the smallest network with both; the state does not keep the prefix length itself."""
    if not gateway:
        return 32
    differing = int(ipaddress.IPv4Address(address)) ^ int(ipaddress.IPv4Address(gateway))
    return 32 - differing.bit_length()


def _blocks(deployment: Mapping[str, Any], platform: EquinixMetalPlatform) -> dict[str, Any]:
    known = _outputs(deployment, _BLOCK)
    reserved = _reserved(deployment)
    found = {}
    for name, settings in sorted(platform.elastic_ips.items()):
        outputs = known.get(f"{_BLOCK_PREFIX}{name}") or {}
        block_id, notation = outputs.get("block_id"), outputs.get("cidr_notation")
        if not settings.adopted:
            # A component has the last update's answer; a refresh changes only the block itself, and
            # drops it once it is gone.
            notation = reserved.get(block_id)
        if block_id and notation:
            found[name] = {"id": block_id, "cidrNotation": notation}
    return found


def _reserved(deployment: Mapping[str, Any]) -> dict[Any, Any]:
    """Blocks that the state holds, by id; not those that wait for deletion."""
    return {
        item.get("id"): (item.get("outputs") or {}).get("cidrNotation")
        for item in deployment.get("resources") or ()
        if item.get("type") == _RESERVED and not item.get("delete")
    }


def _has_session(deployment: Mapping[str, Any]) -> bool:
    return any(item.get("type") == _SESSION for item in deployment.get("resources") or ())


def _outputs(deployment: Mapping[str, Any], token: str) -> dict[str, Mapping[str, Any]]:
    """Registered outputs of the components of one type, by resource name."""
    return {
        str(item["urn"]).rpartition("::")[2]: item.get("outputs") or {}
        for item in deployment.get("resources") or ()
        if item.get("type") == token
    }
