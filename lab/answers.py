"""Records a stack's answers file from the emulated Equinix Metal API.

The shipped stacks' answers are made by this and by nothing else, so that what `render` shows is
what the emulation says. For a real project `python -m metallb record` does the same.
"""

import sys
from collections.abc import Sequence
from typing import Any

import yaml

from lab.metal_api import open_mocks
from metallb.answers import AnswersFile, answers_path
from metallb.command_line import CommandParser, refuse_empty
from metallb.config import EquinixMetalPlatform, StackConfig
from metallb.errors import MetalLBError
from metallb.loading import load

__all__ = ["answers_text", "record"]

_PACKAGE = "equinix-metal:index/"
_HEADER = "# What the platform says about this stack's devices and blocks. Made by a command:\n"


def record(stack: StackConfig, seed: str) -> AnswersFile:
    """Ask a fresh emulation everything that the program would ask."""
    platform = stack.platform
    if not isinstance(platform, EquinixMetalPlatform):
        return AnswersFile()
    mocks = open_mocks(seed)
    devices = {}
    for node in platform.nodes:
        query = {"projectId": platform.project_id, "hostname": node.hostname}
        if node.device_id:
            query = {"deviceId": node.device_id}
        device = mocks.call(f"{_PACKAGE}getDevice:getDevice", query)
        for family in platform.address_families:
            mocks.new_resource(
                f"{_PACKAGE}bgpSession:BgpSession",
                f"{node.key}-{family.value}",
                {"deviceId": device["id"], "addressFamily": family.value, "defaultRoute": False},
            )
        entry: dict[str, Any] = {
            key: device[key] for key in ("id", "hostname", "state", "accessPrivateIpv4", "networks")
        }
        if stack.uses_neighbors:
            found = mocks.call(
                f"{_PACKAGE}getDeviceBgpNeighbors:getDeviceBgpNeighbors", {"deviceId": device["id"]}
            )
            entry["bgpNeighbors"] = found["bgpNeighbors"]
        devices[node.key] = entry
    blocks = {}
    for name, settings in sorted(platform.elastic_ips.items()):
        inputs: dict[str, Any] = {
            "projectId": platform.project_id,
            "quantity": settings.quantity,
            "type": settings.type.value,
        }
        if settings.type.value.startswith("public"):
            inputs["metro"] = settings.metro or platform.metro
        block_id, outputs = mocks.new_resource(
            f"{_PACKAGE}reservedIpBlock:ReservedIpBlock", name, inputs
        )
        blocks[name] = {"id": block_id, "cidrNotation": outputs["cidrNotation"]}
    project = mocks.call(f"{_PACKAGE}getProject:getProject", {"projectId": platform.project_id})
    enabled = any(config["status"] == "enabled" for config in project.get("bgpConfigs") or ())
    return AnswersFile.model_validate({"bgpEnabled": enabled, "devices": devices, "blocks": blocks})


def answers_text(answers: AnswersFile, command: str) -> str:
    """The file's text, the same bytes for the same answers."""
    plain = answers.model_dump(by_alias=True, mode="json", exclude_none=True)
    return f"{_HEADER}# {command}\n" + yaml.safe_dump(plain, sort_keys=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the answers file beside a stack file."""
    parser = CommandParser(prog="python -m lab.answers", description=main.__doc__)
    parser.add_argument("stack", help="name of a stack, or path of a stack file")
    parser.add_argument(
        "--seed", default="demo", help="cloud to ask: a name in lab/metal_api/seeds"
    )
    args = parser.parse_args(argv)
    refuse_empty(argv)
    loaded = load(args.stack)
    text = answers_text(
        record(loaded.config, args.seed), f"python -m lab.answers {args.stack} --seed {args.seed}"
    )
    target = answers_path(loaded.path)
    target.write_text(text, encoding="utf-8")
    print(f"wrote {target}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MetalLBError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
