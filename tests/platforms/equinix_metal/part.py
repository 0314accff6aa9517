"""What the tests of Equinix Metal add to the tests of everything."""

import argparse
import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.metal_api import running_emulation
from lab.metal_api.mocks import MetalMocks
from lab.metal_api.serve import STATE_FILE
from lab.metal_plugin.errors import PluginError
from metallb.platforms.equinix_metal import section
from metallb.platforms.equinix_metal.answers import AnswersFile
from metallb.preflight import rules
from tests.platforms import Cloud, Part, Stories
from tests.platforms.equinix_metal.clouds import cloud_of, no_network
from tests.platforms.equinix_metal.components.samples import SAMPLES
from tests.support.paths import STACKS

ENGINE = "tests/platforms/equinix_metal/updates"


class _EquinixMetal(Part):
    package = "equinix-metal"
    refusals = (PluginError,)
    texts_looked_into = {
        ("metallb/platforms/equinix_metal/components/invoke.py", "invoked.answer"): (
            "a plugin's text has the HTTP status, and may have the token"
        ),
    }
    ways = {
        "metallb snapshot": "tests/docs/engine/test_commands_on_the_engine.py",
    }
    placeholder_rules = frozenset(("M30",))
    commands_elsewhere = {
        # Fed with a state that was worked on.
        "pulumi stack import": f"{ENGINE}/test_faults.py::"
        "test_two_blocks_that_the_state_does_not_know_are_refused_until_one_is_released",
        "pulumi state rename 'urn:…::elastic-ip-old-block' elastic-ip-new-block": f"{ENGINE}/"
        "test_changes.py::test_a_block_renamed_in_the_file_and_in_the_state_keeps_its_addresses",
        "pulumi state rename 'urn:…::bgp-sessions-worker-0-ipv4' aside": f"{ENGINE}/"
        "test_names_of_nodes.py::"
        "test_nodes_that_changed_names_are_refused_until_the_state_is_renamed_as_well",
    }
    lab = ("lab/metal_api", "lab/metal_plugin")
    models = (AnswersFile,)
    token = "equinix-metal:authToken"
    samples = SAMPLES
    rules = frozenset(
        each.id for each in rules() if each.check.__module__.startswith(section.__package__)
    )

    def cloud(self, stack: Mapping[str, Any] | None = None) -> MetalMocks:
        return cloud_of(stack or {})

    def parsers(self) -> Mapping[str, Callable[[], argparse.ArgumentParser]]:
        from lab.metal_api.__main__ import parser

        return {"lab.metal_api": parser}

    def rule_cases(self) -> Mapping[str, tuple[list[Callable[[], Any]], list[Callable[[], Any]]]]:
        from tests.platforms.equinix_metal.unit.preflight.table import ROWS

        return ROWS

    def template_for(self, fragment: Mapping[str, Any]) -> str:
        pools = fragment.get("addressPools", {}).values()
        own = fragment.get("platform", {}).get("kind") == "equinix-metal"
        return "packet" if own or any("elasticIps" in each for each in pools) else ""

    def prepare(self, copy: Path) -> None:
        from tests.docs.blocks import blocks

        (lokomotive,) = (each for each in blocks("text") if "address_pools" in each.text)
        (copy / "cluster.lokocfg").write_text(lokomotive.text)

    def stories(self) -> Stories:
        from tests.platforms.equinix_metal.docs.stories import STORIES

        return STORIES

    def snapshot(self, stack: Mapping[str, Any]) -> dict[str, Any]:
        answers: dict[str, Any] = yaml.safe_load((STACKS / "demo.snapshot.yaml").read_text())
        for name, block in stack["platform"]["elasticIps"].items():
            prefix = 32 - (block.get("quantity", 1).bit_length() - 1)
            entry = {**answers["blocks"]["default"], "cidrs": [f"147.75.40.32/{prefix}"]}
            answers["blocks"][name] = entry
        return answers

    @contextlib.contextmanager
    def emulated(self, folder: Path, kept: Path | None) -> Iterator[Mapping[str, str]]:
        cloud = folder / "cloud"
        cloud.mkdir()
        if kept is not None:
            shutil.copy(kept, cloud / STATE_FILE)
        with running_emulation("demo", cloud) as emulation:
            yield emulation.env

    def state_of_the_cloud(self, folder: Path) -> Path | None:
        return folder / "cloud" / STATE_FILE

    @contextlib.contextmanager
    def alone(self, cloud: Cloud | None) -> Iterator[None]:
        assert isinstance(cloud, MetalMocks)
        with no_network(cloud):
            yield


PART = _EquinixMetal()
