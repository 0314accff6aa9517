"""The witness for both doors: the published provider plugin, driven by the Pulumi engine.

It talks to the emulation as it would to the service. What it then holds in its state has to be
what `MetalMocks` says of the same cloud, value by value.
"""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from lab.metal_api import Emulation
from lab.metal_plugin import tokens as t
from tests.metal_api.facts import PROJECT
from tests.support.engine import engine
from tests.support.record import STACK_TYPE

pytestmark = pytest.mark.published

PROGRAM = f"""
    import pulumi
    import pulumi_equinix_metal as metal

    P = "{PROJECT}"
    eip = metal.ReservedIpBlock("eip", project_id=P, quantity=1, metro="NY",
                                tags=["zeta", "alpha", "m", "10"], description="web")
    glob = metal.ReservedIpBlock("glob", project_id=P, quantity=2, type="global_ipv4")
    legacy = metal.ReservedIpBlock("legacy", project_id=P, quantity=4, facility="ny5")
    device = metal.get_device(hostname="worker-0", project_id=P).device_id
    four = metal.BgpSession("four", device_id=device, address_family="ipv4")
    six = metal.BgpSession("six", device_id=device, address_family="ipv6", default_route=True)
    part = metal.IpAttachment("part", device_id=device, cidr_notation=legacy.cidr_notation)
    plain = metal.Project("plain", name="plain")
    peering = metal.Project("peering", name="peering", bgp_config=metal.ProjectBgpConfigArgs(
        asn=65000, deployment_type="local", md5="Secret12345"))

    def ask(name, args):
        token = f"equinix-metal:index/{{name}}:{{name}}"
        return {{"token": token, "args": args,
                 "result": pulumi.runtime.invoke(token, args).value}}

    def ask_all(ids):
        eip_id, peering_id, plain_id = ids[:3]
        return [
            ask("getDevice", {{"hostname": "worker-0", "projectId": P}}),
            ask("getDevice", {{"deviceId": device}}),
            ask("getDeviceBgpNeighbors", {{"deviceId": device}}),
            ask("getReservedIpBlock", {{"id": eip_id}}),
            ask("getReservedIpBlock", {{"projectId": P, "ipAddress": "147.75.40.46"}}),
            ask("getIpBlockRanges", {{"projectId": P}}),
            ask("getIpBlockRanges", {{"projectId": P, "metro": "ny"}}),
            ask("getIpBlockRanges", {{"projectId": P, "facility": "ny5"}}),
            ask("getPrecreatedIpBlock",
                {{"projectId": P, "metro": "ny", "addressFamily": 4, "public": False}}),
            ask("getPrecreatedIpBlock", {{"projectId": P, "addressFamily": 6, "public": True}}),
            ask("getProject", {{"projectId": peering_id}}),
            ask("getProject", {{"name": "plain"}}),
        ]

    made = [eip, peering, plain, glob, legacy, four, six, part]
    pulumi.export("asked", pulumi.Output.all(*[one.id for one in made]).apply(ask_all))
"""


class Engine:
    """The Pulumi command line in a folder of its own, led to one emulation."""

    def __init__(self, folder: Path, cloud: Emulation) -> None:
        self._folder = folder
        (folder / "backend").mkdir()
        (folder / "Pulumi.yaml").write_text("name: witness\nruntime: python\n")
        (folder / "__main__.py").write_text(textwrap.dedent(PROGRAM))
        own_python = str(Path(sys.executable).parent)
        self._environment = {
            **os.environ,
            **engine().environment,
            **cloud.env,
            "PATH": os.pathsep.join([own_python, engine().environment["PATH"]]),
            "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": "witness",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self("stack", "init", "dev")

    def __call__(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            ["pulumi", "--non-interactive", *words],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def resources(self) -> list[dict[str, Any]]:
        """The stack's resources, secrets in the clear."""
        exported = json.loads(self("stack", "export", "--show-secrets"))
        resources: list[dict[str, Any]] = exported["deployment"]["resources"]
        return resources


def _clear(value: Any) -> Any:
    """A state's values without the envelopes around its secrets."""
    if isinstance(value, dict):
        if "plaintext" in value:
            return json.loads(value["plaintext"])
        return {key: _clear(one) for key, one in value.items()}
    return [_clear(one) for one in value] if isinstance(value, list) else value


def test_the_plugin_and_the_second_door_say_the_same_of_one_cloud(
    cloud: Emulation, tmp_path: Path
) -> None:
    pulumi = Engine(tmp_path, cloud)
    pulumi("up", "--yes", "--skip-preview")
    resources = pulumi.resources()
    of_metal = [one for one in resources if one["type"].startswith("equinix-metal:")]
    assert len(of_metal) == 8
    for one in of_metal:
        assert _clear(one["outputs"]) == cloud.mocks.read(one["type"], one["id"]), one["type"]
    # By type: the first look-up's default provider may reach the state before the stack does.
    stack = next(one for one in resources if one["type"] == STACK_TYPE)
    asked = _clear(stack["outputs"])["asked"]
    assert len(asked) == 12
    for one in asked:
        assert one["result"] == cloud.mocks.call(one["token"], one["args"]), one["token"]

    pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")

    # Gone behind the engine's back: a refresh believes the 404, the next destroy does not mind.
    gone = next(one["id"] for one in of_metal if one["type"] == t.BGP_SESSION)
    cloud.close_session(gone)
    pulumi("refresh", "--yes", "--skip-preview")
    assert gone not in [one.get("id") for one in pulumi.resources()]

    pulumi("destroy", "--yes", "--skip-preview")
    left = cloud.inventory()
    assert [one["type"] for one in left["blocks"]] == [
        "private_ipv4",
        "private_ipv4",
        "public_ipv6",
    ]
    assert (left["sessions"], left["assignments"], len(left["projects"])) == ([], [], 1)
