"""The requests of one run of a program to the engine, in the engine's own terms."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2

from tests.support.wire import Properties, texts

STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Registration:
    """One RegisterResource request."""

    urn: str
    type: str
    name: str
    parent: str
    custom: bool
    inputs: Properties
    dependencies: frozenset[str]
    property_dependencies: dict[str, frozenset[str]]
    protect: bool | None
    retain_on_delete: bool | None
    delete_before_replace: bool
    replace_on_changes: tuple[str, ...]
    ignore_changes: tuple[str, ...]
    import_id: str
    aliases: tuple[str, ...]
    provider: str
    providers: dict[str, str]
    additional_secret_outputs: tuple[str, ...]
    version: str

    @property
    def package(self) -> str:
        """The package of the token."""
        return self.type.split(":", 1)[0]

    @property
    def kind(self) -> str:
        """The last part of the token."""
        return self.type.rsplit(":", 1)[1]

    def facts(self) -> tuple[Any, ...]:
        """Everything that has to stay the same for the engine to see no change."""
        return (
            self.urn,
            self.inputs.plain,
            self.inputs.secret,
            self.protect,
            self.retain_on_delete,
            self.delete_before_replace,
            self.replace_on_changes,
            self.ignore_changes,
            self.import_id,
            self.dependencies,
        )


@dataclass(frozen=True)
class Invoke:
    """One provider function that was called."""

    token: str
    args: Properties
    provider: str
    version: str


@dataclass
class Record:
    """Everything that one run sent, in the order of its arrival."""

    preview: bool
    resources: list[Registration] = field(default_factory=list)
    """Registrations, without the stack itself."""
    outputs: dict[str, Properties] = field(default_factory=dict)
    """RegisterResourceOutputs by URN, the stack's own (its exports) included."""
    invokes: list[Invoke] = field(default_factory=list)
    journal: list[Registration | Invoke] = field(default_factory=list)
    """Registrations and invokes as they came."""
    logs: list[tuple[str, str]] = field(default_factory=list)
    """Severity (debug, info, warning, error) and text."""
    answers: dict[str, tuple[str, struct_pb2.Struct]] = field(default_factory=dict)
    """Id and outputs by URN, as a state file would keep them."""
    error: BaseException | None = None
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def exports(self) -> dict[str, Any]:
        """The stack's outputs."""
        return self._stack_outputs().plain

    @property
    def warnings(self) -> list[str]:
        """Warnings that a person sees."""
        return [text for severity, text in self.logs if severity == "warning"]

    def of(self, package: str, kind: str | None = None) -> list[Registration]:
        """Registrations of a package, or of one kind of it."""
        return [
            item for item in self.resources if item.package == package and kind in (None, item.kind)
        ]

    def kube(self, kind: str | None = None) -> list[Registration]:
        """Kubernetes registrations by the object's kind (providers are none)."""
        return [
            item
            for item in self.of("kubernetes")
            if kind is None or item.inputs.plain.get("kind", item.kind) == kind
        ]

    def one(self, kind: str, name: str | None = None) -> Registration:
        """The only registration of a kind, or of a kind and Pulumi name."""
        found = [
            item
            for item in self.resources
            if kind in (item.kind, item.inputs.plain.get("kind")) and name in (None, item.name)
        ]
        have = sorted(f"{item.kind} {item.name}" for item in self.resources)
        assert len(found) == 1, f"wanted one {kind} {name or ''}, got {len(found)}; have {have}"
        return found[0]

    def calls_of(self, function: str) -> list[Invoke]:
        """Invokes of a provider function by the last part of its token."""
        return [item for item in self.invokes if item.token.rsplit(":", 1)[1] == function]

    def outputs_of(self, item: Registration) -> dict[str, Any]:
        """Registered outputs of a component."""
        return self.outputs[item.urn].plain

    def parents(self, item: Registration) -> list[str]:
        """URNs from a registration's parent up to the stack."""
        by_urn = {each.urn: each for each in self.resources}
        chain = []
        urn = item.parent
        while urn:
            chain.append(urn)
            urn = by_urn[urn].parent if urn in by_urn else ""
        return chain

    def below(self, root: Registration) -> list[Registration]:
        """Every registration below a component."""
        return [item for item in self.resources if root.urn in self.parents(item)]

    def depends_on(self, item: Registration, urn: str) -> bool:
        """Whether an object is created after another, directly or through others."""
        by_urn = {each.urn: each for each in self.resources}
        visited: set[str] = set()
        ahead = list(item.dependencies)
        while ahead:
            here = ahead.pop()
            if here == urn:
                return True
            if here not in visited and here in by_urn:
                visited.add(here)
                ahead += by_urn[here].dependencies
        return False

    def places_of(self, text: str) -> list[str]:
        """Where a text can be read in clear: everything that is not in a secret envelope."""
        return [place for place, shown in self._readable() if text in shown]

    def _readable(self) -> Iterator[tuple[str, str]]:
        for item in self.resources:
            yield f"{item.urn}", item.urn
            for path, shown in texts(item.inputs.shown):
                yield f"{item.urn}: {path}", shown
            others = (item.import_id, *item.aliases, item.provider, *item.ignore_changes)
            for other in others:
                yield f"{item.urn}: an option", other
        for urn, outputs in self.outputs.items():
            for path, shown in texts(outputs.shown):
                yield f"outputs of {urn}: {path}", shown
        for invoke in self.invokes:
            for path, shown in texts(invoke.args.shown):
                yield f"{invoke.token}: {path}", shown
        for severity, message in self.logs:
            yield f"log ({severity})", message
        if self.error is not None:
            yield "error", f"{self.error!r} {self.error}"

    def _stack_outputs(self) -> Properties:
        found = [outputs for urn, outputs in self.outputs.items() if f"::{STACK_TYPE}::" in urn]
        assert len(found) == 1, f"the stack registered its outputs {len(found)} times"
        return found[0]
