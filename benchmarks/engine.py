"""Time and API calls of the program on the real engine, against a bare program, in one run.

Needs the Pulumi CLI and the provider plugins. Both programs run on a file backend and an emulated
cloud of their own, and write files in place of a cluster; the bare one registers the same
resources (benchmarks/bare_program.py). Prints the tables of docs/performance.md:

    .venv/bin/python -m benchmarks.engine --sizes 10 100 1000

`--lookups` counts the calls that find the devices, by how a stack file names them.
"""

import json
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import yaml

from lab.metal_api import Emulation, fleet, running_emulation
from metallb.command_line.options import CommandParser
from tests.support.paths import PROJECT_ROOT

SIZES = (10, 100)
RACKS = 25
CASES = ("equinix-metal 0.16", "equinix-metal 0.12", "static 0.16")
STEPS = ("up", "no-op up", "refresh")
PLATFORM = "**equinix-metal:**"
BY_NAME = "GET /projects/{id}/devices"
PADDED, UNPADDED, BY_ID = "names like node-0001", "names like node-1", "deviceId"
PROJECT_ID = "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10"
SALT = "v1:ETWPhD0z+XA=:v1:xsJTiXNxy0JW2d2E:Ttwocz90GpZSh3ur23A+qRJHqvifLQ=="
DELAY = 0.2
"""Seconds by which look-ups are held up where their number at a time is measured."""

Config = dict[str, Any]
Time = tuple[float, float]
"""Seconds by the clock, and of the processor."""


def config(case: str, nodes: int) -> Config:
    """A stack of so many nodes, with all of MetalLB."""
    platform, version = case.split(" ")
    hosts = [f"node-{number:04d}" for number in range(nodes)]
    common: Config = {
        "metallb:install": {"version": {"0.16": "0.16.2", "0.12": "0.12.1"}[version]},
        "metallb:bgp": {"myAsn": 65000, "peerAsn": 65530, "holdTime": "3s", "ecmpLimit": 4096},
        "metallb:kubernetes": {"renderTo": "build"},
    }
    if platform == "equinix-metal":
        block = {"quantity": 4, "protect": False, "retainOnDelete": False}
        return {
            **common,
            "metallb:platform": {
                "kind": "equinix-metal",
                "projectId": PROJECT_ID,
                "metro": "ny",
                "nodes": [{"hostname": host} for host in hosts],
                "elasticIps": {"default": block},
            },
            "metallb:addressPools": {"default": {"elasticIps": ["default"]}},
        }
    racks = [hosts[number::RACKS] for number in range(RACKS)]
    return {
        **common,
        "metallb:platform": {
            "kind": "static",
            "racks": [
                {
                    "name": f"rack-{number:02d}",
                    "nodes": rack,
                    "routers": [{"name": "tor", "address": f"10.{number}.0.1", "asn": 64601}],
                }
                for number, rack in enumerate(racks)
                if rack
            ],
        },
        "metallb:addressPools": {"public": {"addresses": ["203.0.113.0/28"]}},
    }


class Run:
    """One project on the engine."""

    def __init__(self, folder: Path, environment: dict[str, str], settings: Config) -> None:
        folder.mkdir()
        self.folder = folder
        (folder / "stacks").mkdir()
        (folder / "state").mkdir()
        (folder / ".venv").symlink_to(PROJECT_ROOT / ".venv")
        shutil.copy(PROJECT_ROOT / "Pulumi.yaml", folder)
        document = {"config": settings, "encryptionsalt": SALT}
        (folder / "stacks" / "Pulumi.bench.yaml").write_text(yaml.safe_dump(document))
        self.environment = {
            **environment,
            # Python may keep what it compiled, as on a machine where people work.
            "PYTHONDONTWRITEBYTECODE": "",
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self.times: dict[str, list[Time]] = {step: [] for step in STEPS}

    def stack(self) -> auto.Stack:
        """The stack; made when it is not there."""
        return auto.create_or_select_stack(
            "bench",
            work_dir=str(self.folder),
            opts=auto.LocalWorkspaceOptions(env_vars=self.environment),
        )

    def measure(self, *, refreshes: bool) -> None:
        """Each step once, from nothing; the state of the last stays."""
        stack = self.stack()
        self._timed("up", stack.up)
        self._timed("no-op up", stack.up)
        # Files in place of a cluster can't be refreshed, so racks have nothing that can.
        if refreshes:
            self._timed("refresh", lambda: stack.refresh(target=[PLATFORM]))

    def _timed(self, step: str, operation: Callable[[], Any]) -> None:
        began, busy = time.perf_counter(), _busy()
        operation()
        self.times[step].append((time.perf_counter() - began, _busy() - busy))

    def resources(self) -> list[tuple[str, str, Config]]:
        """The providers' resources in the state: type, name and inputs."""
        exported = self.stack().export_stack().deployment["resources"]
        return [
            (item["type"], item["urn"].rpartition("::")[2], _inputs(item["inputs"]))
            for item in exported
            if item["custom"] and not item["type"].startswith("pulumi:")
        ]


def _busy() -> float:
    """Processor seconds of the engine, its plugins and the programs, so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _inputs(inputs: Config) -> Config:
    return {key: value for key, value in inputs.items() if not key.startswith("__")}


@contextmanager
def cloud_of(case: str, nodes: int) -> Iterator[Emulation | None]:
    """An emulated cloud with the nodes, for the platform that looks them up."""
    if case.startswith("static"):
        yield None
        return
    with running_emulation(fleet(nodes)) as cloud:
        yield cloud


def compare(case: str, nodes: int, rounds: int, folder: Path) -> dict[str, Any]:
    """Both programs in turn; times by step, and the calls of our first up."""
    settings = config(case, nodes)
    times: dict[str, dict[str, list[Time]]] = {
        who: {step: [] for step in STEPS} for who in ("ours", "bare")
    }
    calls: dict[str, int] = {}
    recorded: list[tuple[str, str, Config]] = []
    for number in range(rounds):
        for who in times:
            with cloud_of(case, nodes) as cloud:
                environment = cloud.env if cloud else {}
                place = folder / f"{who}-{number}"
                run = Run(place, environment, settings if who == "ours" else bare_settings())
                if who == "ours":
                    shutil.copy(PROJECT_ROOT / "__main__.py", place)
                    (place / "metallb").symlink_to(PROJECT_ROOT / "metallb")
                else:
                    write_bare(place, recorded, settings)
                run.measure(refreshes=cloud is not None)
                if who == "ours" and not recorded:
                    recorded = run.resources()
                    calls = cloud.calls() if cloud else {}
                for step, found in run.times.items():
                    times[who][step] += found
            shutil.rmtree(place)
    return {"times": times, "calls": calls, "resources": len(recorded)}


def bare_settings() -> Config:
    """The default Kubernetes provider of the bare program writes files as well."""
    return {"kubernetes:renderYamlToDirectory": "build"}


def write_bare(folder: Path, recorded: list[tuple[str, str, Config]], settings: Config) -> None:
    """The bare project's program and its resources."""
    shutil.copy(Path(__file__).with_name("bare_program.py"), folder / "__main__.py")
    platform = settings["metallb:platform"]
    hosts = [node["hostname"] for node in platform.get("nodes", ())]
    document = {"project": PROJECT_ID, "hosts": hosts, "resources": recorded}
    (folder / "resources.json").write_text(json.dumps(document))


def our_run(folder: Path, cloud: Emulation, settings: Config) -> Run:
    """A project with our program."""
    run = Run(folder, cloud.env, settings)
    shutil.copy(PROJECT_ROOT / "__main__.py", run.folder)
    (run.folder / "metallb").symlink_to(PROJECT_ROOT / "metallb")
    return run


def most_at_a_time(nodes: int, folder: Path) -> int:
    """How many look-ups are under way at once when each takes its time."""
    with running_emulation(fleet(nodes)) as cloud:
        method, _, path = BY_NAME.partition(" ")
        cloud.add_fault("delay", seconds=DELAY, method=method, path=path, times=1000)
        our_run(folder / "parallel", cloud, config(CASES[0], nodes)).stack().preview()
        return cloud.peaks()[BY_NAME]


def lookups(way: str, nodes: int, folder: Path) -> int:
    """How many calls find the devices in one run of the program, by how the file names them."""
    with running_emulation(fleet(nodes, padded=way != UNPADDED)) as cloud:
        settings = config(CASES[1], nodes)
        settings["metallb:platform"]["nodes"] = [
            {"hostname": device["hostname"], **({"deviceId": device["id"]} if way == BY_ID else {})}
            for device in cloud.inventory()["devices"]
        ]
        our_run(folder / f"{way}-{nodes}", cloud, settings).stack().preview()
        return sum(cloud.calls().get(call, 0) for call in (BY_NAME, "GET /devices/{id}"))


def print_lookups(sizes: list[int], folder: Path) -> None:
    """The calls that find the devices, by size."""
    print(f"| the stack file says | {' | '.join(f'{nodes} nodes' for nodes in sizes)} |")
    print("|---|" + "---|" * len(sizes))
    for way in (PADDED, UNPADDED, BY_ID):
        found = [str(lookups(way, nodes, folder)) for nodes in sizes]
        print(f"| {way} | {' | '.join(found)} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = CommandParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=1, help="medians of so many runs of each")
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=CASES)
    parser.add_argument(
        "--lookups", action="store_true", help="only count what finds the devices, one run each"
    )
    args = parser.parse_args()
    if args.lookups:
        with tempfile.TemporaryDirectory(prefix="metallb-bench-") as name:
            print_lookups(args.sizes, Path(name))
        return
    head = " | ".join(f"{step}: ours / bare, ratio" for step in STEPS)
    print(f"| stack | nodes | resources | {head} |\n|---|---|---|---|---|---|")
    counted: dict[int, dict[str, int]] = {}
    with tempfile.TemporaryDirectory(prefix="metallb-bench-") as name:
        for case in args.cases:
            for nodes in args.sizes:
                found = compare(case, nodes, args.rounds, Path(name))
                if case == CASES[0]:
                    counted[nodes] = found["calls"]
                cells = [_cell(found["times"], step) for step in STEPS]
                print(
                    f"| {case} | {nodes} | {found['resources']} | {' | '.join(cells)} |",
                    flush=True,
                )
        if counted:
            print_calls(counted)
            nodes = min(100, max(counted))
            print(f"\nLook-ups at a time, {nodes} nodes: {most_at_a_time(nodes, Path(name))}")


def _cell(times: dict[str, dict[str, list[Time]]], step: str) -> str:
    if not times["ours"][step]:
        return "-"
    ours, bare = (
        [statistics.median(run[part] for run in times[who][step]) for part in (0, 1)]
        for who in ("ours", "bare")
    )
    return (
        f"{ours[0]:.1f} / {bare[0]:.1f} s, {ours[0] / bare[0]:.2f} "
        f"(CPU {ours[1]:.1f} / {bare[1]:.1f} s, {ours[1] / bare[1]:.2f})"
    )


def print_calls(counted: dict[int, dict[str, int]]) -> None:
    """API calls of an up, a no-op up and a refresh together, by size."""
    sizes = sorted(counted)
    print(f"\n| call (up + no-op up + refresh) | {' | '.join(f'{n} nodes' for n in sizes)} |")
    print("|---|" + "---|" * len(sizes))
    for call in sorted({call for calls in counted.values() for call in calls}):
        print(f"| {call} | {' | '.join(str(counted[n].get(call, 0)) for n in sizes)} |")


if __name__ == "__main__":
    main()
