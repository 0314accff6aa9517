"""Nothing that MetalLB or this product writes is refused or pruned by the CRDs."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metallb.releases import BUILTIN_RELEASES
from metallb.routing.base import SpecModel
from metallb.routing.crds import crd_manifests
from metallb.routing.fields import is_known
from metallb.routing.table import OBJECTS, spec_of
from tests.unit.installation.structural_reader import pruned, violations
from tests.unit.routing.strategies import fields
from tools.crds.kinds import KINDS
from tools.crds.schema import structural_schema
from tools.crds.status import ConfigurationStateStatus

NEWEST = BUILTIN_RELEASES[-1]


@cache
def _schema(plural: str, version: str = "v1beta1") -> dict[str, Any]:
    (found,) = [
        item["schema"]["openAPIV3Schema"]
        for crd in crd_manifests(NEWEST, "metallb-system")
        if crd["spec"]["names"]["plural"] == plural
        for item in crd["spec"]["versions"]
        if item["name"] == version
    ]
    return dict(found)


CONDITION = {
    "type": "poolReconcilerValid",
    "status": "True",
    "reason": "Reconciled",
    "message": "",
    "lastTransitionTime": "2026-01-01T00:00:00Z",
}
WRITTEN_BY_METALLB = [
    (
        "configurationstates",
        {"status": {"result": "Invalid", "errorSummary": "x", "conditions": [CONDITION]}},
    ),
    (
        "servicebgpstatuses",
        {
            "spec": {},
            "status": {
                "node": "a",
                "serviceName": "s",
                "serviceNamespace": "n",
                "peers": ["p"],
            },
        },
    ),
    (
        "servicel2statuses",
        {
            "spec": {},
            "status": {
                "node": "a",
                "serviceName": "s",
                "serviceNamespace": "n",
                "interfaces": [{"name": "eth0"}],
            },
        },
    ),
    (
        "ipaddresspools",
        {
            "spec": {"addresses": ["198.51.100.0/28"], "autoAssign": True},
            "status": {
                "assignedIPv4": 1,
                "assignedIPv6": 0,
                "availableIPv4": 2**40,
                "availableIPv6": 2**62,
            },
        },
    ),
    # What the conversion of a v1beta2 peer with an `Exists` selector gives.
    (
        "bgppeers",
        {
            "spec": {
                "myASN": 1,
                "peerASN": 2,
                "peerAddress": "198.51.100.1",
                "peerPort": 179,
                "holdTime": "1m30s",
                "keepaliveTime": "0s",
                "nodeSelectors": [
                    {
                        "matchLabels": {"a": "b"},
                        "matchExpressions": [{"key": "x", "operator": "Exists", "values": []}],
                    }
                ],
            },
            "status": {},
        },
    ),
]


@pytest.mark.parametrize(("plural", "document"), WRITTEN_BY_METALLB)
def test_what_metallb_writes_is_kept(plural, document):
    schema = _schema(plural)
    whole = {"apiVersion": "metallb.io/v1beta1", "kind": "x", "metadata": {}} | document
    assert not list(violations(schema, whole))
    assert pruned(schema, whole) == whole


def test_a_condition_without_reason_is_refused():
    schema = structural_schema(ConfigurationStateStatus)
    bad = {"conditions": [CONDITION | {"reason": ""}]}
    assert list(violations(schema, bad))


VERSIONS = [
    (version.spec, kind.plural, version.name)
    for kind in KINDS
    for version in kind.versions
    if isinstance(version.spec, type)
    and issubclass(version.spec, SpecModel)
    # Nothing writes the older version of a peer, and what MetalLB itself writes is above.
    and version.spec in [spec_of(each) for each in OBJECTS]
]


def test_every_kind_that_configures_metallb_is_written() -> None:
    assert len(VERSIONS) == len(OBJECTS)


@pytest.mark.parametrize(("model", "plural", "version"), VERSIONS)
@given(st.data())
def test_what_we_write_is_accepted_and_kept(model, plural, version, data):
    later = [name for name in model.model_fields if not is_known(model, name, NEWEST)]
    document = data.draw(fields(model, without=later))
    written = model.model_validate(document).to_manifest()
    schema = _schema(plural, version)["properties"]["spec"]
    assert not list(violations(schema, written))
    assert pruned(schema, written) == written
