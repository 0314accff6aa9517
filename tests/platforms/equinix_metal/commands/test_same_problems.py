"""`up` reports a mistake or a fault as `check` does: same code, place, words and help.

`check` has the facts that `up` asks for: they are recorded from an emulated cloud in the same
state. What one of the two can't see is left out:

- `check` calls no API and no cluster: a token that is refused, an API that fails or is away, a
  device or block that is not there (its facts are not there either), a change that the API refuses.
- `check` writes nothing, and may run on another machine: a folder of renderTo without write
  permission, which `up` reports in the form of the other faults of renderTo (tests/unit).
- `up` asks the cloud, and reads no facts file: where one is missing or mistaken, `check` is
  compared with the other commands that read it.
- A stack file without read permission: tests may run as root, who reads it; a folder in the file's
  place, a loop of links and a device that fails to read go the same way through both.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.metal_api import Emulation, MetalMocks, Seed, load_seed, open_mocks, running_emulation
from lab.metal_api.enums import PeerKind
from lab.metal_api.state import CloudState, Device
from lab.platforms.equinix_metal.snapshot import record
from metallb.loading.stack import load_file
from tests.platforms.equinix_metal.commands.conftest import Project
from tests.platforms.equinix_metal.updates.harness import small

KEYS = ("code", "severity", "where", "seen", "rule", "remedy", "file", "line", "column")
STATES = ("queued", "provisioning", "deprovisioning", "reinstalling", "powering_off", "inactive")
BLOCK = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b90"
KEY = "Correct9horse"


def device_id(number: int) -> str:
    return f"2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b{number:02x}"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One project for the module: each case has a stack and a cloud of its own."""
    folder = tmp_path_factory.mktemp("same") / "project"
    folder.mkdir()
    with running_emulation("demo", folder.with_name("cloud")) as cloud:
        yield Project(folder, cloud)


@dataclass
class Case:
    """A cloud and a stack, and the codes of what is wrong.

    :ivar devices: how many there are; by default nodes of the stack by their host names.
    :ivar config: changes the stack's sections.
    :ivar seed: changes the document of the cloud's seed.
    :ivar cloud: changes the cloud, once it is there.
    """

    codes: list[str]
    devices: int = 2
    config: Callable[[dict[str, Any]], None] = lambda _: None
    seed: Callable[[dict[str, Any]], None] = lambda _: None
    cloud: Callable[[CloudState], None] = lambda _: None


def device(state: CloudState, number: int) -> Device:
    return state.devices[device_id(number)]


def of_many_states(seed: dict[str, Any]) -> None:
    for each, state in zip(seed["devices"][1:], STATES, strict=True):
        each["state"] = state


def networks(state: CloudState) -> None:
    """Device 1 has no private network, 2 a public address in it, 3 the address of its gateway."""
    one = device(state, 1)
    one.interfaces = [each for each in one.interfaces if each.public]
    for number, address in ((2, "147.75.40.9"), (3, "10.64.54.9")):
        private = device(state, number).interface(4, public=False)
        assert private is not None
        private.address = IPv4Address(address)
        private.gateway = private.address if number == 3 else private.gateway


def by_id(number: int) -> Callable[[dict[str, Any]], None]:
    """Device 0 by its name, and one by its id."""

    def change(config: dict[str, Any]) -> None:
        nodes = [{"hostname": "worker-0"}, {"deviceId": device_id(number)}]
        config["platform"]["nodes"] = nodes

    return change


def odd_name(seed: dict[str, Any]) -> None:
    seed["devices"][1]["hostname"] = "Worker_1"


def neighbors(count: int, **more: Any) -> Callable[[dict[str, Any]], None]:
    def change(config: dict[str, Any]) -> None:
        config["platform"] |= {"peerSource": "neighbors", "peersPerNode": count, **more}

    return change


def two_routers(seed: dict[str, Any]) -> None:
    for each in seed["devices"]:
        each["peers"] = PeerKind.TOR


def with_key(seed: dict[str, Any]) -> None:
    two_routers(seed)
    seed["project"]["bgp"]["md5"] = KEY


def without_bgp(seed: dict[str, Any]) -> None:
    seed["project"]["bgp"] = None


def adopted(**more: Any) -> Callable[[dict[str, Any]], None]:
    def change(config: dict[str, Any]) -> None:
        config["platform"]["elasticIps"] = {"default": {"adoptId": BLOCK, **more}}

    return change


def block_of(metro: str, network: str) -> Callable[[dict[str, Any]], None]:
    def change(seed: dict[str, Any]) -> None:
        seed["metros"].append({"code": "da", "facility": "da11", "name": "Dallas"})
        seed["blocks"].append(
            {"id": BLOCK, "type": "public_ipv4", "network": network, "metro": metro}
        )

    return change


CASES: dict[str, Case] = {
    "devices that are not active": Case(["M6"] * 6, devices=7, seed=of_many_states),
    "private networks": Case(
        ["M7"] * 3,
        devices=4,
        # The API refuses to open a session of a device without an address.
        config=lambda config: config["platform"].update(manageSessions=False),
        cloud=networks,
    ),
    "a host name that is no label": Case(["M17"], config=by_id(1), seed=odd_name),
    "two nodes of one device": Case(["M5"], config=by_id(0)),
    "a project without BGP": Case(["M16"], seed=without_bgp),
    "one router in place of two": Case(["M10"], config=neighbors(2)),
    "two routers in place of one": Case(["M10"], config=neighbors(1), seed=two_routers),
    "no neighbors": Case(["M9", "M9"], config=neighbors(1, manageSessions=False)),
    "routers that expect a key": Case(["M10"], config=neighbors(2), seed=with_key),
    "a block of another metro": Case(
        ["M19"], config=adopted(quantity=2), seed=block_of("da", "192.0.2.0/31")
    ),
    "a block of another size": Case(
        ["M15", "M6"],
        config=adopted(quantity=8),
        seed=lambda seed: (
            block_of("ny", "192.0.2.0/31")(seed),
            seed["devices"][1].update(state="inactive"),
        ),
    ),
}


def seed_of(case: Case) -> Seed:
    demo = load_seed("demo").model_dump()
    first = demo["devices"][0]
    demo["devices"] = [
        {
            **first,
            "id": device_id(number),
            "hostname": f"worker-{number}",
            "private": {
                "address": f"10.64.54.{2 * number + 3}/31",
                "gateway": f"10.64.54.{2 * number + 2}",
            },
            "public_ipv4": None,
            "public_ipv6": None,
        }
        for number in range(case.devices)
    ]
    case.seed(demo)
    return Seed.model_validate(demo)


def of_check(project: Project, name: str, cloud: MetalMocks) -> list[dict[str, Any]]:
    """What `check` finds with the facts of a cloud, in the order of the file."""
    path = project.folder / "stacks" / f"Pulumi.{name}.yaml"
    recorded = record(load_file(path).config, cloud)
    facts = recorded.model_dump(by_alias=True, mode="json", exclude_none=True)
    state = cloud.api.backend.state
    for each in facts["devices"].values():
        each["metro"] = state.devices[each["id"]].metro
    for each in facts["blocks"].values():
        each["metro"] = state.blocks[each["id"]].metro
    file = project.folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(facts))
    done = project.run("check", name, "--snapshot", str(file), "--format", "json")
    assert done.returncode == 2, done.stderr
    return [{key: each[key] for key in KEYS} for each in json.loads(done.stdout)]


@contextmanager
def another_cloud(project: Project, cloud: Emulation) -> Iterator[None]:
    """The project's commands call this cloud meanwhile."""
    before = dict(project.env)
    project.env |= cloud.env
    yield
    project.env.clear()
    project.env.update(before)


def of_up(project: Project, name: str, cloud: Emulation) -> list[dict[str, Any]]:
    with another_cloud(project, cloud):
        report = project.report("up", name, "--yes", code=1)
    assert report["result"] == "failed"
    found = [*report["error"]["problems"], *report["findings"]]
    listed = [{key: each[key] for key in KEYS} for each in found]
    return [each for number, each in enumerate(listed) if each not in listed[:number]]


def in_order(problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(problems, key=lambda each: (each["line"], each["code"], each["seen"]))


@pytest.mark.parametrize("case", CASES)
def test_a_fact_of_the_cloud(shared: Project, case: str, tmp_path: Path) -> None:
    number = list(CASES).index(case)
    spec, name = CASES[case], f"case{number}"
    config = small(spec.devices)
    spec.config(config)
    shared.write(name, config)
    seed = seed_of(spec)
    recorded = open_mocks(seed)
    spec.cloud(recorded.api.backend.state)
    expected = of_check(shared, name, recorded)
    assert sorted(each["code"] for each in expected) == sorted(spec.codes)
    with running_emulation(seed, tmp_path / "cloud") as cloud:
        spec.cloud(cloud.mocks.api.backend.state)
        assert in_order(of_up(shared, name, cloud)) == in_order(expected)


BAD_FILES = {
    "no-yaml": b"config:\n  metallb:bgp: {myAsn: 1]\n",
    "no-text": b"config:\n  metallb:bgp: \xff\xfe\n",
    "duplicate": b"config:\n  metallb:bgp: {myAsn: 64512}\n  metallb:bgp: {myAsn: 64513}\n",
    "tab": b"config:\n\tmetallb:bgp: {}\n",
    "unknown": b"config:\n  metallb:bgp: {pasword: hunter2}\n  metallb:nothing: {}\n",
    "control": b'config:\n  metallb:bgp: {holdTime: "\\e[31m3s"}\n',
    "empty": b"",
    "list": b"- a\n- b\n",
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_mistake_in_the_form_of_a_file(shared: Project, name: str) -> None:
    (shared.folder / "stacks" / f"Pulumi.{name}.yaml").write_bytes(BAD_FILES[name])
    up, check = shared.run("up", name, "--quiet"), shared.run("check", name)
    assert (up.returncode, check.returncode) == (2, 2)
    assert up.stderr.strip() == check.stdout.strip()
    assert "error[E1" in up.stderr
    assert "\x1b" not in up.stderr
    assert "hunter2" not in up.stderr


def test_a_path_that_is_not_there(shared: Project) -> None:
    for path in ("nowhere", "nowhere.yaml", "/dev/null/x.yaml", "x" * 300):
        up, check = shared.run("up", path, "--quiet"), shared.run("check", path)
        assert (up.returncode, check.returncode) == (2, 2), path
        assert "error[E" in up.stderr, path
        assert up.stderr.strip() == check.stdout.strip(), path


@pytest.mark.parametrize("kind", ["loop", "nowhere", "failing", "large"])
def test_a_stack_file_that_can_not_be_read(shared: Project, kind: str) -> None:
    path = shared.folder / "stacks" / f"Pulumi.{kind}.yaml"
    targets = {"loop": path.name, "nowhere": "none.yaml", "failing": "/proc/self/mem"}
    if kind == "large":
        path.write_text("#" * (9 * 1024 * 1024))
    else:
        path.symlink_to(targets[kind])
    up, check = shared.run("up", kind, "--quiet"), shared.run("check", kind)
    path.unlink()
    assert (up.returncode, check.returncode) == (2, 2)
    assert up.stderr.startswith(f"stacks/Pulumi.{kind}.yaml: error[E")
    assert up.stderr.strip() == check.stdout.strip()


def test_a_folder_that_can_not_be_made(shared: Project) -> None:
    config = small()
    config["kubernetes"]["renderTo"] = "Pulumi.yaml/out"
    shared.write("blocked", config)
    up, check = shared.run("up", "blocked", "--quiet"), shared.run("check", "blocked")
    assert (up.returncode, check.returncode) == (2, 2)
    assert "renderTo)" in check.stdout.splitlines()[0]
    assert check.stdout.startswith("stacks/Pulumi.blocked.yaml:26:15: error[E203]: ")
    assert check.stdout.strip() in up.stderr


BAD_FACTS: dict[str, str] = {
    "none": "",
    "no-yaml": "devices: {worker-0: {id: a\n",
    "unknown": "devices: {worker-0: {id: a, hostname: worker-0, stat: active}}\n",
    "type": "devices: []\n",
    "lacking": "devices: {worker-0: {id: a, hostname: worker-0}}\n",
}


@pytest.mark.parametrize("kind", BAD_FACTS)
def test_a_mistake_in_a_facts_file_is_one_for_every_command_that_reads_it(
    shared: Project, kind: str
) -> None:
    shared.write("facts", small())
    path = shared.folder / "bad.yaml"
    path.unlink(missing_ok=True)
    if BAD_FACTS[kind]:
        path.write_text(BAD_FACTS[kind])
    option = ("--snapshot", "bad.yaml")
    check = shared.run("check", "facts", *option)
    render = shared.run("render", "facts", "-o", "out", *option)
    topology = shared.run("topology", "facts", *option)
    assert (check.returncode, render.returncode, topology.returncode) == (2, 2, 2)
    assert check.stdout.startswith("bad.yaml")
    assert check.stdout.strip() == render.stderr.strip() == topology.stderr.strip()


def test_a_folder_is_no_stack_file(shared: Project) -> None:
    """`check` reads folders of custom resources as well, and has another error."""
    (shared.folder / "folder.yaml").mkdir()
    up, check = shared.run("up", "folder.yaml", "--quiet"), shared.run("check", "folder.yaml")
    assert (up.returncode, check.returncode) == (2, 2)
    assert up.stderr.startswith("folder.yaml: error[E203]: ")
    assert check.stdout.startswith("folder.yaml: error[E113]: ")
