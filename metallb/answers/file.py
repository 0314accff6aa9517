"""Model of the answers file, and its reader.

It keeps the provider's own spelling of getDevice, getDeviceBgpNeighbors and of a reserved block,
reduced to what is used. It holds no secret: MD5 keys are left out when answers are recorded.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import ValidationError

from metallb.command_line import unused
from metallb.config.base import Section
from metallb.config.equinix_metal import EquinixMetalPlatform
from metallb.config.files import read_text
from metallb.config.mistakes import problems_of_form
from metallb.config.paths import is_there
from metallb.config.stack import StackConfig
from metallb.config.yaml_documents import parse_yaml
from metallb.errors import AnswersError
from metallb.platforms import Answers, Neighbor, recorded_answer
from metallb.strict import WHOLE_NUMBER

__all__ = [
    "AnswersFile",
    "BlockEntry",
    "DeviceEntry",
    "answers_path",
    "load_answers_file",
    "missing_answers",
    "refuse_unasked",
    "resolved",
]

_NAME = "the answers file"
_SHAPE = (
    "The file maps `devices` by node (id, hostname, state, accessPrivateIpv4, networks with "
    "address, gateway, family, cidr, public; bgpNeighbors with peerSource neighbors) and `blocks` "
    "by name (id, cidrNotation)."
)


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


def answers_path(stack_file: Path) -> Path:
    """The answers file that belongs to a stack file: Pulumi.demo.yaml has demo.answers.yaml."""
    stem = stack_file.name.removeprefix("Pulumi.").removesuffix(".yaml").removesuffix(".yml")
    return stack_file.with_name(f"{stem}.answers.yaml")


def load_answers_file(path: Path, stack: StackConfig) -> AnswersFile:
    """The answers file of a stack, checked to hold everything that the stack needs.

    :raises AnswersError: no such file, not of its form, or an answer is missing.
    """
    if not isinstance(stack.platform, EquinixMetalPlatform):
        return AnswersFile()
    if not is_there(path):
        needed = ", ".join(missing_answers(stack.platform, AnswersFile()))
        raise AnswersError(
            f"no answers file {path}",
            code="E401",
            detail=f"Without an account, the platform's answers come from it: {needed}. {_SHAPE}",
            help="run `python -m metallb record STACK`, or write the file",
        )
    raw: Any = parse_yaml(read_text(path), where=str(path))
    if raw is None:
        raw = {}
    try:
        answers = AnswersFile.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        found = tuple(problems_of_form(error, raw, AnswersFile, file=_NAME))
        count = f"{len(found)} mistake{'s' if len(found) != 1 else ''}"
        raise AnswersError.of(found, f"{count} in {path}") from None
    missing = missing_answers(stack.platform, answers)
    if missing:
        raise AnswersError(
            f"no answer for {', '.join(missing)}",
            detail="The file has an answer for every device and block of the stack file, with "
            "peerSource neighbors for the devices' BGP neighbors as well.",
            help="run `python -m metallb record STACK` again, or add it",
        )
    return answers


def refuse_unasked(stack: StackConfig, option: str) -> None:
    """Refuse an answers file for a platform that needs none.

    :raises UsageError: the stack has such a platform.
    """
    if not isinstance(stack.platform, EquinixMetalPlatform):
        raise unused(
            option,
            f"for a stack of kind {stack.platform.kind}",
            detail="The platform needs no recorded answers",
        )


def missing_answers(platform: EquinixMetalPlatform, answers: AnswersFile) -> list[str]:
    """Devices and blocks that the platform section names and the answers lack.

    An answer about another device or block, from before the stack file named this one by its id,
    is none.
    """
    devices = [
        f"device {node.key}{_named(node.device_id)}"
        for node in platform.nodes
        if node.key not in answers.devices
        or not _same(node.device_id, answers.devices[node.key].id)
    ]
    if platform.uses_neighbors:
        devices += [
            f"BGP neighbors of device {node.key}"
            for node in platform.nodes
            if node.key in answers.devices and answers.devices[node.key].bgp_neighbors is None
        ]
    blocks = [
        f"block {name}{_named(settings.adopt_id)}"
        for name, settings in platform.elastic_ips.items()
        if name not in answers.blocks or not _same(settings.adopt_id, answers.blocks[name].id)
    ]
    return devices + blocks


def _same(wanted: str | None, answered: str) -> bool:
    # A file by hand may have them in capitals; the stack file's are in lower case by now.
    return wanted is None or wanted == answered.lower()


def _named(wanted: str | None) -> str:
    return f" with id {wanted}" if wanted else ""


def resolved(recorded: AnswersFile, stack: StackConfig) -> Answers:
    """What a file holds, in routing's terms. Devices that can't be used are left to the rules."""
    if not isinstance(stack.platform, EquinixMetalPlatform):
        return Answers()
    nodes = {}
    for node in stack.platform.nodes:
        device = recorded.devices[node.key].model_dump(by_alias=True, mode="json")
        neighbors = device.pop("bgpNeighbors") if stack.uses_neighbors else None
        nodes[node.key] = recorded_answer(node.key, device, neighbors)
    blocks = {
        name: recorded.blocks[name].model_dump(exclude_none=True)
        for name in stack.platform.elastic_ips
    }
    return Answers.of(nodes, blocks, recorded.bgp_enabled)
