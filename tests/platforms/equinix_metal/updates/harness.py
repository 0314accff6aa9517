"""A temporary copy of the project with an emulated cloud."""

from pathlib import Path

from lab.metal_api import Emulation, Seed, load_seed
from tests.updates import harness
from tests.updates.harness import STACK, Config, Outcome, changed, package

__all__ = [
    "PLATFORM",
    "PROJECT_ID",
    "STACK",
    "Config",
    "Outcome",
    "Project",
    "by_facility",
    "changed",
    "package",
    "small",
    "three_workers",
]

PROJECT_ID = "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10"
PLATFORM = "**equinix-metal:**"
"""Every resource of the platform, as a URN pattern."""


def small(nodes: int = 2) -> Config:
    """The demo cluster with MetalLB there already: few resources, the same calls of the API."""
    return {
        "install": {"version": "0.16.2", "source": "existing"},
        "platform": {
            "kind": "equinix-metal",
            "projectId": PROJECT_ID,
            "metro": "ny",
            "nodes": [{"hostname": f"worker-{number}"} for number in range(nodes)],
            "elasticIps": {"default": {"quantity": 1, "protect": False, "retainOnDelete": False}},
        },
        "bgp": {"myAsn": 65000, "peerAsn": 65530, "holdTime": "3s"},
        "addressPools": {"default": {"elasticIps": ["default"]}},
        "kubernetes": {"renderTo": "build/demo"},
    }


def by_facility(config: Config, code: str = "ny5") -> None:
    """The cluster by its facility, in place of its metro."""
    config["platform"].pop("metro")
    config["platform"]["facility"] = code


def three_workers() -> Seed:
    """The demo cloud with a third worker."""
    demo = load_seed("demo")
    third = demo.devices[1].model_copy(
        update={
            "id": "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b02",
            "hostname": "worker-2",
            "private": demo.devices[1].private.model_copy(
                update={"address": "10.64.54.5/31", "gateway": "10.64.54.4"}
            ),
            "public_ipv4": None,
            "public_ipv6": None,
        }
    )
    # Built anew, so that the texts above become addresses.
    document = demo.model_dump()
    document["name"] = "three"
    document["devices"].append(third.model_dump())
    return Seed.model_validate(document)


class Project(harness.Project):
    """One stack of a temporary project, and its cloud."""

    def __init__(self, folder: Path, cloud: Emulation, config: Config, *, direct: str = "") -> None:
        super().__init__(folder, config, environment=cloud.env, direct=direct)
        self.cloud = cloud

    def try_refresh(self) -> Outcome:
        """Refresh what the platform has; it may fail."""
        return self._run(self.stack.refresh, target=[PLATFORM])

    def blocks(self) -> dict[str, str]:
        """Public blocks at the provider: networks by id."""
        return {
            item["id"]: item["network"]
            for item in self.cloud.inventory()["blocks"]
            if item["type"] in ("public_ipv4", "global_ipv4")
        }

    def sessions(self) -> dict[str, str]:
        """Sessions at the provider: host names by id."""
        return {item["id"]: item["hostname"] for item in self.cloud.inventory()["sessions"]}
