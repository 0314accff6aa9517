"""Records a stack's snapshot from the emulated Equinix Metal API.

The shipped stacks' snapshots are made by this and by nothing else, so that what `render` shows is
what the emulation has. For a real project `metallb snapshot` does the same.
"""

import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from lab.metal_api import MetalMocks, Seed, open_mocks
from lab.metal_plugin.errors import ApiError
from metallb.command_line.options import CommandParser, refuse_empty
from metallb.loading.snapshot import snapshot_path, snapshot_text
from metallb.loading.stack import load
from metallb.platforms.equinix_metal.answers import AnswersFile, resolved
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.problems.errors import MetalLBError
from metallb.stackfile import StackConfig

__all__ = ["record", "text_of"]

_PACKAGE = "equinix-metal:index/"
_PROGRAM = "python -m lab.platforms.equinix_metal.snapshot"


def record(stack: StackConfig, cloud: Seed | str | MetalMocks) -> AnswersFile:
    """Ask an emulation everything that the program would ask.

    :param cloud: a seed, of which a fresh cloud is made, or a cloud that is there.
    """
    platform = stack.platform
    if not isinstance(platform, EquinixMetalPlatform):
        return AnswersFile()
    mocks = cloud if isinstance(cloud, MetalMocks) else open_mocks(cloud)
    devices = {}
    for node in platform.nodes:
        query = {"projectId": platform.project_id, "hostname": node.hostname}
        if node.device_id:
            query = {"deviceId": node.device_id}
        device = mocks.call(f"{_PACKAGE}getDevice:getDevice", query)
        for family in platform.address_families if platform.manage_sessions else ():
            session = {
                "deviceId": device["id"],
                "addressFamily": family.value,
                "defaultRoute": False,
            }
            # A session that the API refuses (no BGP in the project) is what rules report.
            with suppress(ApiError):
                mocks.new_resource(
                    f"{_PACKAGE}bgpSession:BgpSession", f"{node.key}-{family.value}", session
                )
        entry: dict[str, Any] = {
            key: device[key] for key in ("id", "hostname", "state", "accessPrivateIpv4", "networks")
        }
        if platform.uses_neighbors:
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
        token = f"{_PACKAGE}reservedIpBlock:ReservedIpBlock"
        if settings.adopt_id:
            block_id, outputs = settings.adopt_id, mocks.read(token, settings.adopt_id)
        else:
            block_id, outputs = mocks.new_resource(token, name, inputs)
        blocks[name] = {"id": block_id, "cidrNotation": outputs["cidrNotation"]}
    project = mocks.call(f"{_PACKAGE}getProject:getProject", {"projectId": platform.project_id})
    enabled = any(config["status"] == "enabled" for config in project.get("bgpConfigs") or ())
    return AnswersFile.model_validate({"bgpEnabled": enabled, "devices": devices, "blocks": blocks})


def text_of(stack: StackConfig, seed: str, command: str) -> str:
    """The snapshot of a stack whose devices are those of a seed.

    :param command: the command that makes it.
    """
    platform = stack.platform
    if not isinstance(platform, EquinixMetalPlatform):
        return ""
    return snapshot_text(platform, resolved(record(stack, seed), platform), command)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the snapshot beside a stack file."""
    parser = CommandParser(prog=_PROGRAM, description=main.__doc__)
    parser.add_argument("stack", help="name of a stack, or path of a stack file")
    parser.add_argument(
        "--seed", default="demo", help="cloud to ask: a name in lab/metal_api/seeds"
    )
    args = parser.parse_args(argv)
    refuse_empty(argv)
    loaded = load(args.stack)
    command = f"{_PROGRAM} {args.stack} --seed {args.seed}"
    text = text_of(loaded.config, args.seed, command)
    target = snapshot_path(loaded.path)
    target.write_text(text, encoding="utf-8")
    print(f"wrote {target}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MetalLBError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
