"""The witness for both doors: a provider plugin, driven by the Pulumi engine.

It talks to the emulation as it would to the service. What it then holds in its state has to be
what `MetalMocks` says of the same cloud, value by value. The plugin is the project's own, and the
published one where that is installed.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi.automation as auto
import pulumi_equinix_metal as metal
import pytest

from lab.metal_api import Emulation
from lab.metal_plugin import NAME
from lab.metal_plugin import tokens as t
from lab.metal_plugin.install import install, plugin_folder
from tests.platforms.equinix_metal.metal_api.facts import PROJECT
from tests.platforms.equinix_metal.published import published_plugin
from tests.support.engine import engine, missing_engine
from tests.support.record import STACK_TYPE

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(bool(missing_engine()), reason=f"NOT run: {missing_engine()}"),
]


def call(token: str, args: dict[str, Any]) -> dict[str, Any]:
    """A function's arguments and result."""
    return {"token": token, "args": args, "result": pulumi.runtime.invoke(token, args).value}


def call_all(ids: list[str], device: str) -> list[dict[str, Any]]:
    """Every function, in each of its forms."""
    eip, peering = ids[:2]
    private = {"projectId": PROJECT, "metro": "ny", "addressFamily": 4, "public": False}
    return [
        call(t.GET_DEVICE, {"hostname": "worker-0", "projectId": PROJECT}),
        call(t.GET_DEVICE, {"deviceId": device}),
        call(t.GET_DEVICE_BGP_NEIGHBORS, {"deviceId": device}),
        call(t.GET_RESERVED_IP_BLOCK, {"id": eip}),
        call(t.GET_RESERVED_IP_BLOCK, {"projectId": PROJECT, "ipAddress": "147.75.40.46"}),
        call(t.GET_IP_BLOCK_RANGES, {"projectId": PROJECT}),
        call(t.GET_IP_BLOCK_RANGES, {"projectId": PROJECT, "metro": "ny"}),
        call(t.GET_IP_BLOCK_RANGES, {"projectId": PROJECT, "facility": "ny5"}),
        call(t.GET_PRECREATED_IP_BLOCK, private),
        call(
            t.GET_PRECREATED_IP_BLOCK,
            {"projectId": PROJECT, "addressFamily": 6, "public": True},
        ),
        call(t.GET_PROJECT, {"projectId": peering}),
        call(t.GET_PROJECT, {"name": "plain"}),
    ]


def program() -> None:
    """One of each resource, and all functions."""
    eip = metal.ReservedIpBlock(
        "eip",
        project_id=PROJECT,
        quantity=1,
        metro="NY",
        tags=["zeta", "alpha", "m", "10"],
        description="web",
    )
    glob = metal.ReservedIpBlock("glob", project_id=PROJECT, quantity=2, type="global_ipv4")
    legacy = metal.ReservedIpBlock("legacy", project_id=PROJECT, quantity=4, facility="ny5")
    device = metal.get_device(hostname="worker-0", project_id=PROJECT).device_id
    four = metal.BgpSession("four", device_id=device, address_family="ipv4")
    six = metal.BgpSession("six", device_id=device, address_family="ipv6", default_route=True)
    part = metal.IpAttachment("part", device_id=device, cidr_notation=legacy.cidr_notation)
    plain = metal.Project("plain", name="plain")
    peering = metal.Project(
        "peering",
        name="peering",
        bgp_config=metal.ProjectBgpConfigArgs(
            asn=65000, deployment_type="local", md5="Secret12345"
        ),
    )
    made = [eip, peering, plain, glob, legacy, four, six, part]
    results = pulumi.Output.all(*[one.id for one in made]).apply(lambda ids: call_all(ids, device))
    pulumi.export("results", results)


@pytest.fixture(params=["ours", "published"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A home of Pulumi with one plugin in it."""
    folder = plugin_folder(tmp_path / "home")
    if request.param == "ours":
        install(folder)
    else:
        published = published_plugin()
        if published is None:
            pytest.skip("NOT PROVEN HERE: the published equinix-metal plugin is not installed")
        folder.mkdir(parents=True)
        (folder / NAME).symlink_to(published)
    return tmp_path / "home"


@pytest.fixture
def stack(home: Path, tmp_path: Path, cloud: Emulation) -> auto.Stack:
    """A stack of the program on the emulated cloud."""
    (tmp_path / "state").mkdir()
    return auto.create_or_select_stack(
        "dev",
        project_name="witness",
        program=program,
        opts=auto.LocalWorkspaceOptions(
            work_dir=str(tmp_path),
            pulumi_home=str(home),
            pulumi_command=_command(),
            project_settings=auto.ProjectSettings(
                name="witness", runtime="python", main=str(tmp_path)
            ),
            env_vars={
                **cloud.env,
                "PATH": _path(),
                "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
                "PULUMI_CONFIG_PASSPHRASE": "witness",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            },
        ),
    )


def _command() -> auto.PulumiCommand:
    return auto.PulumiCommand(root=str(Path(engine().cli.path).resolve().parent.parent))


def _path() -> str:
    """PATH without plugins: the engine would take those before the ones in its home."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(one for one in folders if not (Path(one) / NAME).exists())


def _resources(stack: auto.Stack) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = stack.export_stack().deployment["resources"]
    return resources


def _clear(value: Any) -> Any:
    """A state's values without the envelopes around its secrets."""
    if isinstance(value, dict):
        if "plaintext" in value:
            return json.loads(value["plaintext"])
        return {key: _clear(one) for key, one in value.items()}
    return [_clear(one) for one in value] if isinstance(value, list) else value


def test_the_plugin_and_the_second_door_say_the_same_of_one_cloud(
    cloud: Emulation, stack: auto.Stack
) -> None:
    warnings: list[str] = []

    def hear(event: Any) -> None:
        if event.diagnostic_event and event.diagnostic_event.severity in ("warning", "error"):
            warnings.append(event.diagnostic_event.message)

    operate: Callable[..., Any] = stack.up
    operate(on_event=hear)
    resources = _resources(stack)
    of_metal = [one for one in resources if one["type"].startswith("equinix-metal:")]
    assert len(of_metal) == 8
    for one in of_metal:
        assert _clear(one["outputs"]) == cloud.mocks.read(one["type"], one["id"]), one["type"]
    # By type: the first look-up's default provider may reach the state before the stack does.
    outputs = next(one for one in resources if one["type"] == STACK_TYPE)["outputs"]
    results = _clear(outputs)["results"]
    assert len(results) == 12
    for one in results:
        assert one["result"] == cloud.mocks.call(one["token"], one["args"]), one["token"]

    stack.up(expect_no_changes=True)

    # Gone behind the engine's back: a refresh believes the 404, the next destroy does not mind.
    gone = next(one["id"] for one in of_metal if one["type"] == t.BGP_SESSION)
    cloud.close_session(gone)
    stack.refresh()
    assert gone not in [one.get("id") for one in _resources(stack)]

    stack.destroy()
    left = cloud.inventory()
    assert [one["type"] for one in left["blocks"]] == [
        "private_ipv4",
        "private_ipv4",
        "public_ipv6",
    ]
    assert (left["sessions"], left["assignments"], len(left["projects"])) == ([], [], 1)
    assert warnings == []
