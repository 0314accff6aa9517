"""An in-process resource monitor: takes registrations, answers from the answers file.

Built on the monitor that Pulumi's SDK ships for unit tests (pulumi.runtime.mocks), which speaks the
same requests as the engine. It keeps what is registered and does nothing with it.
"""

from collections.abc import Mapping
from typing import Any

from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

from metallb.answers import AnswersDoor
from metallb.errors import RenderError

__all__ = ["Registrations"]

# The envelope in which a secret travels (Pulumi sdk, runtime/rpc.py).
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker, not a secret


class Registrations(Mocks):
    """Collects Kubernetes objects; passes everything of the platform to the door."""

    def __init__(self, door: AnswersDoor | None) -> None:
        self._door = door
        self.objects: list[dict[str, Any]] = []
        self.charts: list[dict[str, Any]] = []
        self.with_keys: list[dict[str, Any]] = []
        """Those of the objects and charts that hold what the program calls secret."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """One registration: id and outputs."""
        package = args.typ.split(":", 1)[0]
        inputs = _clear(args.inputs)
        if package == "kubernetes":
            if _is_secret(args.inputs):
                self.with_keys.append(inputs)
            if args.typ == "kubernetes:helm.sh/v3:Release":
                self.charts.append(inputs)
            elif "kind" in inputs and not args.typ.endswith("Patch"):
                self.objects.append(inputs)
            return args.name, args.inputs
        if package == "equinix-metal" and self._door is not None:
            return self._door.new_resource(args.typ, args.name, inputs)
        return args.name, args.inputs

    def call(self, args: MockCallArgs) -> dict[str, Any]:  # type: ignore[override]
        """One provider function."""
        if self._door is None:
            raise RenderError(
                f"the program called {args.token} for a platform without an API",
                code="E900",
                help="report it as a defect, with the stack file",
            )
        return self._door.call(args.token, _clear(args.args))


def _is_secret(value: Any) -> bool:
    """Whether an envelope around a secret is anywhere in a value."""
    if isinstance(value, Mapping):
        return value.get(_SIGNATURE) == _SECRET or any(_is_secret(each) for each in value.values())
    return isinstance(value, list) and any(_is_secret(each) for each in value)


def _clear(value: Any) -> Any:
    """Values without the envelopes around secrets: MetalLB has to read what is written."""
    if isinstance(value, Mapping):
        if value.get(_SIGNATURE) == _SECRET:
            return _clear(value["value"])
        return {key: _clear(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clear(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        # Numbers cross the wire as doubles; no field of Kubernetes takes 443.0.
        return int(value)
    return value
