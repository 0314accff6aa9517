"""The gate: a refused answer keeps every Kubernetes object from being made."""

import asyncio
from typing import Any

import pulumi
import pytest

from metallb.components import MetalLB, RoutingConfiguration
from tests.components.samples import MEMBERLIST_KEY, OBJECTS
from tests.support.record import Record
from tests.support.recording import run, run_failing

REFUSAL = "stacks/Pulumi.test.yaml: a rule is broken"
INSTALLS = pytest.mark.parametrize(
    ("version", "source"),
    [
        ("0.12.1", "builtin"),
        ("0.12.1", "existing"),
        ("0.16.2", "builtin"),
        ("0.16.2", "helm"),
        ("0.16.2", "existing"),
    ],
)


async def _decided(refused: bool) -> None:
    await asyncio.sleep(0)
    if refused:
        raise pulumi.RunError(REFUSAL)


def _program(install: dict[str, Any], refused: bool) -> None:
    gate = asyncio.ensure_future(_decided(refused))
    metallb = MetalLB(
        "metallb", {"install": install, "memberlist_secret": MEMBERLIST_KEY, "gate": gate}
    )
    old = install["version"] == "0.12.1"
    RoutingConfiguration(
        "routing",
        {
            "namespace": "metallb-system",
            "format": "configmap" if old else "custom-resources",
            "objects": OBJECTS,  # type: ignore[typeddict-item]
            "passwords": {"bgp-password": "an-md5-key"},
            "after": [*metallb.ready, gate],
        },
    )


@INSTALLS
def test_a_refusal_lets_no_object_through(version: str, source: str) -> None:
    install = {"version": version, "source": source}
    record = run_failing(lambda: _program(install, refused=True))
    assert record.kube() == [], "half a configuration would reach the cluster"
    assert isinstance(record.error, pulumi.RunError)
    assert str(record.error) == REFUSAL, "and its text is what a person reads"


@INSTALLS
def test_an_open_gate_changes_nothing_and_is_in_no_state(version: str, source: str) -> None:
    install = {"version": version, "source": source}
    record: Record = run(lambda: _program(install, refused=False))
    assert record.kube(), "the configuration at least"
    urns = {item.urn for item in record.resources}
    for item in record.kube():
        assert item.dependencies <= urns, f"{item.name} depends on something that is no resource"
