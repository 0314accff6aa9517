"""Nothing that MetalLB or this product writes is refused or pruned by the CRDs."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metallb.releases import BUILTIN_RELEASES
from metallb.routing import (
    BfdProfileSpec,
    BgpAdvertisementSpec,
    BgpPeerSpec,
    CommunitySpec,
    IPAddressPoolSpec,
)
from metallb.routing.crds import crd_manifests
from metallb.routing.schema import structural_schema
from metallb.routing.status import ConfigurationStateStatus
from tests.unit.manifests.structural_reader import pruned, violations

NEWEST = BUILTIN_RELEASES[-1]


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
    schema = structural_schema(ConfigurationStateStatus, NEWEST)
    bad = {"conditions": [CONDITION | {"reason": ""}]}
    assert list(violations(schema, bad))


_text = st.text("abcdefghijklmnopqrstuvwxyz0123456789.:/-", min_size=1, max_size=12)
_texts = st.lists(_text, max_size=3)
_duration = st.integers(0, 9999).map("{}s".format)
_selector = st.fixed_dictionaries(
    {},
    optional={
        "matchLabels": st.dictionaries(_text, _text, max_size=2),
        "matchExpressions": st.lists(
            st.fixed_dictionaries(
                {"key": _text, "operator": st.sampled_from(["In", "Exists"])},
                optional={"values": _texts},
            ),
            max_size=2,
        ),
    },
)
_selectors = st.lists(_selector, max_size=2)
_asn = st.integers(0, 2**32 - 1)
_flag = st.booleans()
_interval = st.integers(10, 60000)

SPECS = {
    BgpPeerSpec: (
        "bgppeers",
        "v1beta2",
        {"myASN": _asn},
        {
            "peerASN": _asn,
            "dynamicASN": st.sampled_from(["internal", "external"]),
            "localASN": st.integers(1, 2**32 - 1),
            "peerAddress": _text,
            "interface": _text,
            "sourceAddress": _text,
            "peerPort": st.integers(1, 16384),
            "holdTime": _duration,
            "keepaliveTime": _duration,
            "connectTime": _duration,
            "routerID": _text,
            "nodeSelectors": _selectors,
            "password": _text,
            "passwordSecret": st.fixed_dictionaries({}, optional={"name": _text}),
            "bfdProfile": _text,
            "enableGracefulRestart": _flag,
            "vrf": _text,
            "ebgpMultiHop": _flag,
            "disableMP": _flag,
            "dualStackAddressFamily": _flag,
        },
    ),
    BgpAdvertisementSpec: (
        "bgpadvertisements",
        "v1beta1",
        {},
        {
            "aggregationLength": st.integers(1, 32),
            "aggregationLengthV6": st.integers(1, 128),
            "asPathPrepend": st.integers(1, 10),
            "localPref": st.integers(0, 2**32 - 1),
            "communities": _texts,
            "ipAddressPools": _texts,
            "ipAddressPoolSelectors": _selectors,
            "nodeSelectors": _selectors,
            "peers": _texts,
            "serviceSelectors": _selectors,
        },
    ),
    IPAddressPoolSpec: (
        "ipaddresspools",
        "v1beta1",
        {"addresses": _texts},
        {
            "autoAssign": _flag,
            "avoidBuggyIPs": _flag,
            "serviceAllocation": st.fixed_dictionaries(
                {},
                optional={
                    "priority": st.integers(0, 2**31),
                    "namespaces": _texts,
                    "namespaceSelectors": _selectors,
                    "serviceSelectors": _selectors,
                },
            ),
        },
    ),
    BfdProfileSpec: (
        "bfdprofiles",
        "v1beta1",
        {},
        {
            "receiveInterval": _interval,
            "transmitInterval": _interval,
            "echoInterval": _interval,
            "detectMultiplier": st.integers(2, 255),
            "minimumTtl": st.integers(1, 254),
            "echoMode": _flag,
            "passiveMode": _flag,
        },
    ),
    CommunitySpec: (
        "communities",
        "v1beta1",
        {},
        {
            "communities": st.lists(
                st.fixed_dictionaries({"name": _text, "value": _text}), max_size=2
            )
        },
    ),
}


def test_generators_cover_every_field():
    for model, (_, _, required, optional) in SPECS.items():
        aliases = {str(field.alias) for field in model.model_fields.values()}
        assert required.keys() | optional.keys() == aliases


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_we_write_is_accepted_and_kept(data):
    model = data.draw(st.sampled_from(list(SPECS)))
    plural, version, required, optional = SPECS[model]
    document = data.draw(st.fixed_dictionaries(required, optional=optional))
    written = model.model_validate(document).to_manifest()
    schema = _schema(plural, version)["properties"]["spec"]
    assert not list(violations(schema, written))
    assert pruned(schema, written) == written
