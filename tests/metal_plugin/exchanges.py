"""Conversations with a plugin: acted against the emulated cloud, written down, and played again.

A conversation is a list of steps. A step is a call of the protocol with its answer and with the API
calls that it led to, or something that happens in the cloud meanwhile. What was written down is
what the published plugin answered; a replay makes the same steps with any plugin and returns what
is different.
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
from tests.metal_plugin.client import Json, Plugin, running_plugin

FOLDER = Path(__file__).parent / "recorded"

PORTS = re.compile(r"127\.0\.0\.1:\d+")
BROKEN = re.compile(r"(read|write) tcp \S+: ")
NAMED = re.compile(r"\bit-[0-9a-f]{7}\b")
OWN_WORDS = re.compile(
    r"(all IPs were \[|importing : |malformed configuration value '[^']*': ).*", re.DOTALL
)
"""Where the published plugin goes on with Go's spelling of a value, or of a mistake."""


@dataclass
class Conversation:
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

    def look(self) -> None:
        """Writes down what there is in the cloud."""
        self.steps.append({"inventory": inventory(self.cloud)})


def inventory(cloud: Emulation) -> Json:
    """What a plugin can make, in short."""
    found = cloud.inventory()
    return {key: found[key] for key in ("blocks", "sessions", "assignments", "projects")}


def settled(answer: Any) -> Any:
    """An answer without what differs from run to run, or is Go's own spelling of a value."""
    if isinstance(answer, str):
        shorter = BROKEN.sub("", OWN_WORDS.sub(r"\1..", answer))
        return NAMED.sub("it-RANDOM", PORTS.sub("127.0.0.1:PORT", shorter))
    if isinstance(answer, dict):
        return {key: settled(value) for key, value in answer.items()}
    return [settled(one) for one in answer] if isinstance(answer, list) else answer


@contextmanager
def cloud_of(seed: str) -> Iterator[Emulation]:
    """A cloud whose clock stands, so that every conversation about it is the same."""
    with running_emulation(seed, clock=still_clock) as cloud:
        yield cloud


@contextmanager
def conversation(
    command: str, cloud: Emulation, environment: Mapping[str, str] | None = None
) -> Iterator[Conversation]:
    """Starts a plugin for a conversation about the cloud as it starts."""
    cloud.reset()
    with running_plugin(command, {**cloud.env, **(environment or {})}) as plugin:
        yield Conversation(plugin, cloud)


def replay(talk: Conversation, steps: list[Json]) -> list[str]:
    """Makes the steps again; what is different, step by step."""
    different: list[str] = []
    for number, step in enumerate(steps, 1):
        if "act" in step:
            talk.act(step["act"], **step["fields"])
            continue
        if "inventory" in step:
            now: Json = {"inventory": inventory(talk.cloud)}
            name = "inventory"
        else:
            name = f"{step['rpc']} {json.dumps(step['request'])}"
            talk.call(step["rpc"], **step["request"])
            now = {key: talk.steps[-1][key] for key in ("answer", "calls")}
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
    """Writes a conversation down: a line a step, so that a change shows as one."""
    lines = ",\n".join(f"  {text(step)}" for step in steps)
    head = f'"seed": {text(seed)},\n "environment": {text(dict(environment))}'
    path.write_text(f'{{{head},\n "steps": [\n{lines}\n]}}\n', encoding="utf-8")


def read(path: Path) -> Json:
    """A conversation that was written down."""
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    return document
