"""The answers files of former releases, which are still read.

They have the provider's own spelling of getDevice, getDeviceBgpNeighbors and of a reserved block,
reduced to what is used. They hold no secret.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import ValidationError

from metallb.models.strict import WHOLE_NUMBER
from metallb.platforms.equinix_metal.devices import recorded_answer
from metallb.platforms.equinix_metal.facts import Device, Neighbor, ProjectFacts
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.platforms.facts import PlatformFacts
from metallb.problems.errors import SnapshotError
from metallb.stackfile.base import Section

__all__ = [
    "AnswersFile",
    "BlockEntry",
    "DeviceEntry",
    "facts_of_answers",
    "missing_facts",
    "resolved",
]

_NAME = "the answers file"


class NetworkEntry(Section):
    """One address of a device."""

    address: str
    """The address."""
    gateway: str
    """The gateway of its network."""
    family: Annotated[int, WHOLE_NUMBER]
    """4 or 6."""
    cidr: Annotated[int, WHOLE_NUMBER]
    """Prefix length."""
    public: bool
    """Whether it is a public address."""


class DeviceEntry(Section):
    """One device."""

    id: str
    """Id of the device."""
    hostname: str
    """Its host name."""
    state: str = "active"
    """Its state."""
    access_private_ipv4: str | None = None
    """Its private management address."""
    metro: str | None = None
    """Its metro."""
    networks: tuple[NetworkEntry, ...] = ()
    """Its addresses."""
    bgp_neighbors: tuple[Neighbor, ...] | None = None
    """Its BGP neighbors."""


class BlockEntry(Section):
    """One Elastic IP block."""

    id: str
    """Id of the block."""
    cidr_notation: str
    """The block, such as 147.75.40.46/32."""
    metro: str | None = None
    """Its metro."""


class AnswersFile(Section):
    """All answers of a platform."""

    bgp_enabled: bool | None = None
    """Whether BGP is enabled in the project; left out where it was not read."""
    devices: dict[str, DeviceEntry] = {}
    """Devices by the node's host name (or device id) in the stack file."""
    blocks: dict[str, BlockEntry] = {}
    """Elastic IP blocks by their names in the stack file."""


def facts_of_answers(platform: EquinixMetalPlatform, raw: Any, path: Path) -> ProjectFacts:
    """The facts of a file. Devices that can't be used are left to the rules.

    :raises SnapshotError: it is not of the form of such a file.
    """
    try:
        answers = AnswersFile.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        from metallb.stackfile.mistakes import problems_of_form

        found = tuple(problems_of_form(error, raw, AnswersFile, file=_NAME))
        count = f"{len(found)} mistake{'s' if len(found) != 1 else ''}"
        raise SnapshotError.of(found, f"{count} in {path}") from None
    return resolved(answers, platform)


def resolved(recorded: AnswersFile, platform: EquinixMetalPlatform) -> ProjectFacts:
    """What a file holds, in routing's terms; what it lacks is left out."""
    nodes = {}
    for node in platform.nodes:
        if node.key not in recorded.devices:
            continue
        device = recorded.devices[node.key].model_dump(by_alias=True, mode="json")
        neighbors = device.pop("bgpNeighbors") if platform.uses_neighbors else None
        nodes[node.key] = recorded_answer(node.key, device, neighbors)
    blocks = {
        name: recorded.blocks[name].model_dump(exclude_none=True)
        for name in platform.elastic_ips
        if name in recorded.blocks
    }
    return ProjectFacts.of(nodes, blocks, bgp_enabled=recorded.bgp_enabled)


def missing_facts(platform: EquinixMetalPlatform, facts: PlatformFacts) -> list[str]:
    """Devices and blocks that the section names and the facts lack.

    Those of another device or block, from before the stack file named this one by its id, are none.
    """
    devices = [
        f"device {node.key}{_named(node.device_id)}"
        for node in platform.nodes
        if node.key not in facts.nodes or not _same(node.device_id, facts.nodes[node.key].id)
    ]
    if platform.uses_neighbors:
        devices += [
            f"BGP neighbors of device {node.key}"
            for node in platform.nodes
            if isinstance(device := facts.nodes.get(node.key), Device) and device.neighbors is None
        ]
    blocks = [
        f"block {name}{_named(settings.adopt_id)}"
        for name, settings in platform.elastic_ips.items()
        if name not in facts.blocks
        or not any(_same(settings.adopt_id, each) for each in facts.blocks[name].ids)
    ]
    return devices + blocks


def _same(wanted: str | None, answered: str) -> bool:
    # A file by hand may have them in capitals; the stack file's are in lower case by now.
    return wanted is None or wanted == answered.lower()


def _named(wanted: str | None) -> str:
    return f" with id {wanted}" if wanted else ""
