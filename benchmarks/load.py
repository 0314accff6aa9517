"""Large files and large clusters: time and memory of the commands, and how both grow.

`python -m benchmarks.load` runs `check` and `render` on files of up to 10,000 peers, and `status
--watch` on a cluster of up to 1,000 nodes and 500 Services: an API server and speakers of this
module's own on the loopback address, which list what `benchmarks.clusters` makes. Writes the table
into docs/performance.md, between its two marks. Exit code 1 where twice the size takes more than
n log n.
"""

import argparse
import json
import math
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme
import yaml

from benchmarks.clusters import NAMESPACE, lists, metrics, sections
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.routing.custom_resources import manifests
from metallb.stackfile import stack_config

__all__ = ["PAGE", "Cost", "main", "prefixed", "run_command"]

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- load: made by python -m benchmarks.load -->\n", "<!-- /load -->\n"
PEERS = (1250, 2500, 5000, 10000)
NODES = (125, 250, 500, 1000)
LOOKS = 6
RUNS = 3
_LAUNCH = """
import json, os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ, setsigdef=[signal.SIGINT])
_, status, used = os.wait4(child, 0)
seconds, mib = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
with open(sys.argv[1], "w") as file:
    json.dump([os.waitstatus_to_exitcode(status), seconds, mib], file)
"""
"""A small process between: Linux counts the memory of the one that starts a program as its own."""
TOLERANCE = 1.15
"""What a measurement may be off."""
_HEAD = """\
| command | size | CPU s | MiB | twice the size: time | of n log n |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Cost:
    """Seconds of processor time and MiB of memory at the most."""

    seconds: float
    mib: float


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, write the table, and say whether the growth holds."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.serve:
        _serve(int(args.serve[0]), Path(args.serve[1]))
        return 0
    rows: list[str] = []
    held = True
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        start = run_command(["check", "--explain", "P6"], folder)
        for shape, shared, words in (
            ("racks", True, "peers of racks"),
            ("nodes", False, "peers of one node each"),
        ):
            files = {count: _stack(folder / f"{shape}-{count}", count, shared) for count in PEERS}
            for command in (["check"], ["render", "-o", "out"]):
                costs = {}
                for count, file in files.items():
                    cost = run_command([command[0], file.name, *command[1:]], file.parent)
                    costs[count] = Cost(cost.seconds - start.seconds, cost.mib)
                held &= _rows(rows, f"`{command[0]}`", words, costs)
        looks = {count: _status(folder / f"status-{count}", count) for count in NODES}
        held &= _rows(rows, "`status --watch`, a look", "nodes, half as many Services", looks)
    text = _HEAD + "".join(rows)
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    print(text)
    return 0 if held else 1


def _rows(rows: list[str], command: str, what: str, costs: dict[int, Cost]) -> bool:
    """Append a row for each size; whether the growth holds for the two largest."""
    held = True
    sizes = sorted(costs)
    for size in sizes:
        cost, half = costs[size], costs.get(size // 2)
        grown = "- | - "
        if half is not None:
            times = cost.seconds / half.seconds
            most = 2 * math.log(size) / math.log(size // 2)
            grown = f"{times:.2f} | {times / most:.2f} "
            if size == sizes[-1]:
                held = times <= most * TOLERANCE
        rows.append(
            f"| {command} | {size:,} {what} | {cost.seconds:.2f} | {cost.mib:.0f} | {grown}|\n"
        )
        print(rows[-1], end="", flush=True)
    return held


def _stack(folder: Path, peers: int, shared: bool) -> Path:  # noqa: FBT001
    """A stack file with so many peers: racks of two nodes and two routers, or of twenty nodes."""
    folder.mkdir()
    nodes = peers if shared else peers // 2
    found = sections(nodes, shared=shared, rack=2 if shared else 20)
    path = folder / "Pulumi.load.yaml"
    path.write_text(yaml.safe_dump({"config": prefixed(found)}), encoding="utf-8")
    return path


def prefixed(found: dict[str, Any]) -> dict[str, Any]:
    """Sections under the keys that a stack file has."""
    return {f"metallb:{key}": value for key, value in found.items()}


def _started(words: list[str], folder: Path) -> "subprocess.Popen[str]":
    """A command of ours, in a session of its own; what it used is in `used` when it has ended."""
    command = [sys.executable, "-S", "-c", _LAUNCH, str(folder / "used"), sys.executable]
    return subprocess.Popen(
        [*command, "-m", "metallb", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def _ended(process: "subprocess.Popen[str]", folder: Path, codes: tuple[int, ...]) -> Cost:
    process.communicate()
    code, seconds, mib = json.loads((folder / "used").read_text(encoding="utf-8"))
    if code not in codes:
        raise SystemExit(f"{process.args} ended with {code}")
    return Cost(seconds, mib)


def run_command(words: list[str], folder: Path) -> Cost:
    """The cheapest of some runs of a command that ends by itself."""
    runs = [_ended(_started(words, folder), folder, (0,)) for _ in range(RUNS)]
    return Cost(min(run.seconds for run in runs), min(run.mib for run in runs))


def _status(folder: Path, nodes: int) -> Cost:
    """One look of a watch, from the second on, and the memory after all of them."""
    folder.mkdir()
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load", "--serve", str(nodes), str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None  # noqa: S101 - it is a pipe
        server.stdout.readline()
        first, all_of_them = (_watch(folder, looks) for looks in (1, LOOKS))
    finally:
        server.terminate()
        server.wait()
    return Cost((all_of_them.seconds - first.seconds) / (LOOKS - 1), all_of_them.mib)


def _watch(folder: Path, looks: int) -> Cost:
    """So many looks of a watch, which then is interrupted as a person does it."""
    kubeconfig = str(folder / "kubeconfig")
    words = ["status", "Pulumi.load.yaml", "--watch", "0.2", "--json", "--kubeconfig", kubeconfig]
    process = _started(words, folder)
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    for _ in range(looks):
        look = json.loads(process.stdout.readline())
        if not look["sessions"] or any(each["up"] is None for each in look["sessions"]):
            raise SystemExit(f"the look has no sessions, or unknown ones: {look['error']}")
    os.killpg(process.pid, signal.SIGINT)
    return _ended(process, folder, (0, 3, 130))


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Requests are not logged."""


def _serve(nodes: int, folder: Path) -> None:
    """Write stack file and kubeconfig, and serve the cluster until the process is ended."""
    found = sections(nodes, shared=True)
    routing = routing_config(stack_config(found, source="load"), PlatformFacts())
    objects = lists(nodes, nodes // 2, manifests(routing, NAMESPACE))
    texts = {f"/{n}": metrics(n).encode() for n in range(nodes)}

    class Api(_Quiet):
        def do_GET(self) -> None:
            place = urlsplit(self.path)
            query = parse_qs(place.query)
            items = objects.get(place.path)
            if items is None:
                self.answer(404, b'{"message": "not found"}')
                return
            start, limit = int(query.get("continue", ["0"])[0]), int(query["limit"][0])
            after = str(start + limit) if start + limit < len(items) else ""
            page = {"metadata": {"continue": after}, "items": items[start : start + limit]}
            self.answer(200, json.dumps(page).encode())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(201, b'{"status": {"token": "t"}}')

    class Speakers(_Quiet):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            # All of them are on one address: a client can't say which it means.
            self.answer(200, texts["/0"])

    api = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    speakers = ThreadingHTTPServer(("127.0.0.1", 0), Speakers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("speaker.example").configure_cert(context)
    speakers.socket = context.wrap_socket(speakers.socket, server_side=True)
    for pod in objects[f"/api/v1/namespaces/{NAMESPACE}/pods"]:
        (container,) = pod["spec"]["containers"]
        container["ports"][0]["containerPort"] = speakers.server_address[1]
    (folder / "Pulumi.load.yaml").write_text(yaml.safe_dump({"config": prefixed(found)}), "utf-8")
    cluster = {"server": f"http://127.0.0.1:{api.server_address[1]}"}
    document = {
        "current-context": "c",
        "clusters": [{"name": "k", "cluster": cluster}],
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "users": [{"name": "u", "user": {"token": "own"}}],
    }
    (folder / "kubeconfig").write_text(yaml.safe_dump(document), "utf-8")
    threading.Thread(target=api.serve_forever, daemon=True).start()
    print("serves", flush=True)
    speakers.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
