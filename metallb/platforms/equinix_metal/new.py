"""A project's section from the answers of `metallb new`."""

from collections.abc import Mapping, Sequence
from typing import Any

from metallb.platforms.new import NewOption
from metallb.releases import DEFAULT_RELEASE

__all__ = ["OPTIONS", "sections_of"]

OPTIONS = (
    NewOption("project", "ID", "id of the project, as the console shows it"),
    NewOption("metro", "METRO", "metro of the nodes, such as ny"),
    NewOption("node", "HOSTNAME", "host name of a node that announces", repeated=True),
    NewOption("addresses", "NUMBER", "addresses to reserve: 1, 2, 4, 8, 16", default="4"),
)


def sections_of(values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The sections of a stack of a project."""
    (project,), (metro,), (number,) = (values[name] for name in ("project", "metro", "addresses"))
    hosts = [host.strip() for value in values["node"] for host in value.split(",")]
    quantity = int(number) if number.isascii() and number.isdigit() else number
    return {
        "install": {"version": str(DEFAULT_RELEASE)},
        "platform": {
            "kind": "equinix-metal",
            "projectId": project,
            "metro": metro,
            "nodes": [{"hostname": host} for host in hosts if host],
            "elasticIps": {"default": {"quantity": quantity}},
        },
        "bgp": {"holdTime": "3s"},
        "addressPools": {"default": {"elasticIps": ["default"]}},
    }
