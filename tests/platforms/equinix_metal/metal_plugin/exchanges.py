"""Exchanges with a provider plugin: recorded on the emulated cloud, and replayed.

An exchange is a list of steps. A step is a call of the protocol with its answer and the API calls
that it caused, or a change in the cloud. The recorded answers are those of the published plugin; a
replay takes the same steps with any plugin and returns the differences.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.metal_api import Emulation, running_emulation
from lab.metal_api.ids import still_clock
from tests.platforms.equinix_metal.metal_plugin.client import Json, Plugin, running_plugin

FOLDER = Path(__file__).parent / "recorded"

PORTS = re.compile(r"127\.0\.0\.1:\d+")
BROKEN = re.compile(r"(read|write) tcp \S+: ")
NAMED = re.compile(r"\bit-[0-9a-f]{7}\b")
OWN_WORDS = re.compile(
    r"(all IPs were \[|importing : |malformed configuration value '[^']*': ).*", re.DOTALL
)
"""Beginnings of messages that the published plugin ends with Go's spelling of a value or error."""


@dataclass
class Exchange:
    """Steps with one plugin and one cloud."""

    plugin: Plugin
    cloud: Emulation
    steps: list[Json] = field(default_factory=list)

    def call(self, rpc: str, **request: Any) -> Json:
        """One call of the protocol."""
        self.cloud.reset_calls()
        answer = settled(self.plugin.call(rpc, request))
        calls = self.cloud.calls()
        self.steps.append({"rpc": rpc, "request": request, "answer": answer, "calls": calls})
        return answer

    def act(self, action: str, **fields: Any) -> Any:
        """Something that happens in the cloud."""
        self.steps.append({"act": action, "fields": fields})
        return getattr(self.cloud, action)(**fields)

    def take_inventory(self) -> None:
        """Records what there is in the cloud."""
        self.steps.append({"inventory": inventory(self.cloud)})


def inventory(cloud: Emulation) -> Json:
    """What a plugin can make, in short."""
    found = cloud.inventory()
    return {key: found[key] for key in ("blocks", "sessions", "assignments", "projects")}


def settled(answer: Any) -> Any:
    """An answer without what differs from run to run or is spelled by Go."""
    if isinstance(answer, str):
        shorter = BROKEN.sub("", OWN_WORDS.sub(r"\1..", answer))
        return NAMED.sub("it-RANDOM", PORTS.sub("127.0.0.1:PORT", shorter))
    if isinstance(answer, dict):
        return {key: settled(value) for key, value in answer.items()}
    return [settled(one) for one in answer] if isinstance(answer, list) else answer


@contextmanager
def cloud_of(seed: str) -> Iterator[Emulation]:
    """A cloud with a fixed clock, so that exchanges on it repeat."""
    with running_emulation(seed, clock=still_clock) as cloud:
        yield cloud


@contextmanager
def exchange_with(
    command: str, cloud: Emulation, environment: Mapping[str, str] | None = None
) -> Iterator[Exchange]:
    """Starts a plugin for an exchange on a cloud that is reset to its seed."""
    cloud.reset()
    with running_plugin(command, {**cloud.env, **(environment or {})}) as plugin:
        yield Exchange(plugin, cloud)


def replay(exchange: Exchange, steps: list[Json]) -> list[str]:
    """Takes the steps again; the differences, step by step."""
    different: list[str] = []
    for number, step in enumerate(steps, 1):
        if "act" in step:
            exchange.act(step["act"], **step["fields"])
            continue
        if "inventory" in step:
            now: Json = {"inventory": inventory(exchange.cloud)}
            name = "inventory"
        else:
            name = f"{step['rpc']} {json.dumps(step['request'])}"
            exchange.call(step["rpc"], **step["request"])
            now = {key: exchange.steps[-1][key] for key in ("answer", "calls")}
        different += [
            f"step {number}, {key} of {name}:\n"
            f"  recorded {text(step[key])}\n  now      {text(now[key])}"
            for key in now
            if now[key] != step[key]
        ]
    return different


def text(value: Any) -> str:
    """A value on one line, keys in order."""
    return json.dumps(value, sort_keys=True)


def write(path: Path, seed: str, environment: Mapping[str, str], steps: list[Json]) -> None:
    """Writes an exchange to a file, one step a line, so that a diff shows the changed steps."""
    lines = ",\n".join(f"  {text(step)}" for step in steps)
    head = f'"seed": {text(seed)},\n "environment": {text(dict(environment))}'
    path.write_text(f'{{{head},\n "steps": [\n{lines}\n]}}\n', encoding="utf-8")


def read(path: Path) -> Json:
    """A recorded exchange."""
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    return document
