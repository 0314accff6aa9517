"""Time and memory of the program under Pulumi's mocks, against a bare program.

The bare program registers the very same resources, type by type, with literal inputs and no
components: what any Pulumi program of that size costs. A third program also makes one look-up a
node, whose answers it ignores: what reading the gateways costs their reader. All run in
processes of their own, in turn, several times; the medians are compared. Prints the table of
docs/performance.md.
"""

import argparse
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SIZES = (1, 100, 1000)
CASES = ("metal-0.16", "metal-0.12", "static-0.16")
NODES_IN_A_RACK = 40
COLUMNS = (
    "stack",
    "nodes",
    "resources",
    "ours s",
    "bare s",
    "wall ratio",
    "CPU ratio",
    "CPU ratio with look-ups",
    "ours MiB",
    "bare MiB",
    "memory ratio",
)


def sections(case: str, nodes: int) -> dict[str, Any]:
    """A stack of so many nodes."""
    platform, _, version = case.partition("-")
    install = {"version": {"0.16": "0.16.2", "0.12": "0.12.1"}[version]}
    hosts = [f"worker-{i:04d}" for i in range(nodes)]
    ignore = [{"id": rule, "reason": "a benchmark of size, not of wisdom"} for rule in IGNORED]
    bgp = {"myAsn": 65000, "peerAsn": 65530, "holdTime": "3s", "ecmpLimit": 4096}
    common = {"install": install, "bgp": bgp, "preflight": {"ignore": ignore}}
    if platform == "metal":
        return {
            **common,
            "platform": {
                "kind": "equinix-metal",
                "projectId": "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10",
                "metro": "ny",
                "nodes": [{"hostname": host} for host in hosts],
                "elasticIps": {"default": {"quantity": 4}},
            },
            "addressPools": {"default": {"elasticIps": ["default"]}},
        }
    racks = [hosts[i : i + NODES_IN_A_RACK] for i in range(0, nodes, NODES_IN_A_RACK)]
    return {
        **common,
        "platform": {
            "kind": "static",
            "racks": [
                {
                    "name": f"rack-{i:02d}",
                    "nodes": rack,
                    "routers": [{"name": "tor-1", "address": f"10.{i}.0.1", "asn": 64601}],
                }
                for i, rack in enumerate(racks)
            ],
        },
        "addressPools": {"public": {"addresses": ["203.0.113.0/28"]}},
    }


COMPILED = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
"""The environment, in which Python may keep what it compiled."""
GET_DEVICE = "equinix-metal:index/getDevice:getDevice"
IGNORED: tuple[str, ...] = ()


def answer(args: dict[str, Any]) -> dict[str, Any]:
    """A device as the provider shows it, made up from its name."""
    number = int(args["hostname"].rpartition("-")[2])
    base = f"10.{64 + number // 10000}.{number // 100 % 100}.{number % 100 * 2}"
    address = base.rpartition(".")[0] + f".{number % 100 * 2 + 1}"
    return {
        "id": f"device-{number}",
        "hostname": args["hostname"],
        "state": "active",
        "accessPrivateIpv4": address,
        "networks": [
            {"address": address, "gateway": base, "family": 4, "cidr": 31, "public": False}
        ],
    }


def child(kind: str, case: str, nodes: int, recording: Path) -> None:
    """One measured program; prints its seconds, peak memory and number of resources."""
    import pulumi
    import pulumi_equinix_metal  # noqa: F401 - both programs pay for the same imports
    import pulumi_kubernetes  # noqa: F401
    from pulumi.runtime import mocks
    from pulumi.runtime import settings as runtime_settings
    from pulumi.runtime import stack as runtime_stack
    from pulumi.runtime.sync_await import _sync_await

    made: list[tuple[str, str, dict[str, Any]]] = []

    class Cloud(mocks.Mocks):
        """Echoes registrations; knows every device."""

        def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
            if args.custom:
                made.append((args.typ, args.name, args.inputs))
            extra = {}
            if args.typ.endswith(":ReservedIpBlock"):
                extra = {"cidrNotation": "147.75.40.44/30"}
            return f"{args.name}-id", {**args.inputs, **extra}

        def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:  # type: ignore[override]
            return answer(args.args)

    def ours() -> None:
        from metallb.command_line.collector import collect_rarely, set_imports_aside
        from metallb.command_line.plugins import load_no_plugins
        from metallb.program import deploy
        from metallb.stackfile import stack_config

        load_no_plugins()
        set_imports_aside()
        collect_rarely()
        deploy(stack_config(sections(case, nodes), source="benchmark"))

    def bare() -> None:
        register_all(json.loads(recording.read_text()))

    def looking() -> None:
        bare()
        for i in range(nodes if case.startswith("metal") else 0):
            query = {"hostname": f"worker-{i:04d}", "projectId": "p"}
            pulumi.runtime.invoke_output(GET_DEVICE, query)

    runtime_settings.set_root_resource(None)
    mocks.set_mocks(Cloud(), project="metallb", stack="bench", preview=False)
    runtime_settings.set_root_resource(None)
    program = {"ours": ours, "bare": bare, "looking": looking}[kind]
    import metallb.program  # noqa: F401 - imports are measured apart
    from metallb.components.kube import load_classes
    from metallb.preflight import rules

    load_classes()
    rules()  # their modules, and those of the platforms, are imports as well
    started, busy = time.perf_counter(), time.process_time()
    _sync_await(runtime_stack.run_in_stack(program))
    seconds, cpu = time.perf_counter() - started, time.process_time() - busy
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if kind == "ours":
        recording.write_text(json.dumps(made))
    measured = {"seconds": seconds, "cpu": cpu, "mib": memory, "resources": len(made)}
    print(json.dumps(measured))


def register_all(recorded: list[tuple[str, str, dict[str, Any]]]) -> None:
    """The bare program: the same resources, with literal inputs, through the same SDK classes."""
    import pulumi
    import pulumi_equinix_metal as metal

    from metallb.components.kube import register

    names = {
        "projectId": "project_id",
        "deviceId": "device_id",
        "addressFamily": "address_family",
        "defaultRoute": "default_route",
    }
    for token, name, inputs in recorded:
        if token.startswith("kubernetes:"):
            register(name, inputs, pulumi.ResourceOptions())
        elif token.startswith("equinix-metal:"):
            cls = getattr(metal, token.rpartition(":")[2])
            cls(name, **{names.get(key, key): value for key, value in inputs.items()})


def measure(
    kind: str, case: str, nodes: int, recording: Path, *, without_collector: bool
) -> dict[str, float]:
    """Run one child."""
    words = ["--without-collector"] if without_collector else []
    words += ["--child", kind, case, str(nodes), str(recording)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.program", *words],
        cwd=ROOT,
        env=COMPILED,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def median(runs: list[dict[str, float]], key: str) -> float:
    """The middle of several runs."""
    return statistics.median(run[key] for run in runs)


def imports(repeat: int) -> None:
    """Import time of everything the program needs, against the packages it stands on.

    Compiled, as from the second run on: pip compiles the packages, and Python the program.
    """
    ours = "import metallb.program; from metallb.preflight import rules; rules()"
    base = "import pulumi_kubernetes, pulumi_equinix_metal"
    times: dict[str, list[float]] = {ours: [], base: []}
    for number in range(repeat + 1):
        for statement, found in times.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", statement], cwd=ROOT, env=COMPILED, check=True)
            if number:
                found.append(time.perf_counter() - started)
    a, b = (statistics.median(times[key]) for key in (ours, base))
    print(f"\nImport: program {a:.2f} s, its two provider packages {b:.2f} s, ratio {a / b:.2f}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES)
    parser.add_argument(
        "--without-collector",
        action="store_true",
        help="let none of the programs look for garbage: without chance, and unlike any real run",
    )
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.without_collector:
        gc.disable()
    if args.child:
        kind, case, nodes, recording = args.child
        child(kind, case, int(nodes), Path(recording))
        return
    folder = ROOT / ".cache" / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    print(f"| {' | '.join(COLUMNS)} |")
    print("|" + "---|" * len(COLUMNS))
    for case in args.cases:
        for nodes in args.sizes:
            recording = folder / f"{case}-{nodes}.json"
            runs: dict[str, list[dict[str, float]]] = {"ours": [], "bare": [], "looking": []}
            for _ in range(args.repeat):
                for kind, found in runs.items():
                    found.append(
                        measure(
                            kind, case, nodes, recording, without_collector=args.without_collector
                        )
                    )
            ours, bare = runs["ours"], runs["bare"]
            time_a, time_b = median(ours, "seconds"), median(bare, "seconds")
            cpu = median(ours, "cpu") / median(bare, "cpu")
            looked = median(runs["looking"], "cpu")
            mib_a, mib_b = median(ours, "mib"), median(bare, "mib")
            print(
                f"| {case} | {nodes} | {median(ours, 'resources'):.0f} | {time_a:.2f} | "
                f"{time_b:.2f} | {time_a / time_b:.2f} | {cpu:.2f} | "
                f"{median(ours, 'cpu') / looked:.2f} | {mib_a:.0f} | {mib_b:.0f} | "
                f"{mib_a / mib_b:.2f} |",
                flush=True,
            )
    imports(args.repeat)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main()
