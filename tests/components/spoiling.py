"""What the tests of wrong arguments share: a routing configuration to spoil, and its refusal."""

from collections.abc import Callable
from typing import Any

import pulumi

from metallb.components import ArgumentError, MetalLBComponent
from metallb.errors import MetalLBError
from tests.components.samples import WORKER_0
from tests.support.record import Record
from tests.support.recording import run_failing

NAME = "thing"
LEFT_OUT = "(left out)"


def peer(**spec: Any) -> dict[str, Any]:
    usual = {"myASN": 65000, "peerASN": 65530, "peerAddress": "10.0.0.1"}
    kept = {key: value for key, value in (usual | spec).items() if value != LEFT_OUT}
    return {"kind": "BGPPeer", "name": "a", "spec": kept}


def an_object(kind: str, **spec: Any) -> dict[str, Any]:
    return {"kind": kind, "name": "a", "spec": spec}


def routing(*objects: Any, **more: Any) -> dict[str, Any]:
    args = {"namespace": "metallb-system", "format": "custom-resources", "objects": list(objects)}
    return {key: value for key, value in (args | more).items() if value != LEFT_OUT}


def program(component: type[MetalLBComponent], args: Callable[[], Any]) -> Callable[[], None]:
    return lambda: component(NAME, args()) and None  # type: ignore[call-arg]


def refused(
    component: type[MetalLBComponent], args: Callable[[], Any], **options: Any
) -> tuple[Record, list[MetalLBError]]:
    """The record and the mistakes of a run that has to be refused."""
    record = run_failing(program(component, args), **options)
    error = record.error
    assert isinstance(error, ArgumentError), f"a traceback: {error!r}"
    assert isinstance(error, pulumi.RunError), "only its text is printed"
    assert "pydantic" not in str(error)
    mistakes = list(error.mistakes) or [error]
    for mistake in mistakes:
        assert mistake.rule
        assert mistake.remedy, mistake.line()
    return record, mistakes


def wheres(component: type[MetalLBComponent], mistakes: list[MetalLBError]) -> list[str]:
    prefix = f"{component.__name__} {NAME}: "
    assert all(mistake.where.startswith(prefix) for mistake in mistakes)
    return [mistake.where.removeprefix(prefix) for mistake in mistakes]


POOL = an_object("IPAddressPool", addresses=["203.0.113.0/28"])
SESSION = {"key": "a-ipv4", "device_id": WORKER_0, "address_family": "ipv4"}
NODE = {"key": "a", "device_id": WORKER_0}
