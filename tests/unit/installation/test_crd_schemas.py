"""The CRDs are well-formed, and their fields are those that MetalLB has."""

import json
from typing import Any

import pytest
from pydantic import BaseModel, Field

from metallb.releases import BUILTIN_RELEASES, ConfigFormat, Release
from metallb.routing.advertisements import L2AdvertisementSpec
from metallb.routing.crds import crd_manifests
from tests.unit.installation.structural_reader import problems
from tools.crds.schema import structural_schema

NEWEST = Release(0, 16, 2)
RELEASES = [item for item in BUILTIN_RELEASES if item.format is ConfigFormat.CUSTOM_RESOURCES]
NAMESPACE = "metallb-system"


def _crds(release: Release = NEWEST) -> dict[str, dict[str, Any]]:
    return {
        item["spec"]["names"]["plural"]: item["spec"] for item in crd_manifests(release, NAMESPACE)
    }


def _schema(plural: str, version: str = "v1beta1", release: Release = NEWEST) -> dict[str, Any]:
    (found,) = [item for item in _crds(release)[plural]["versions"] if item["name"] == version]
    return dict(found["schema"]["openAPIV3Schema"])


def _spec(plural: str, version: str = "v1beta1", release: Release = NEWEST) -> dict[str, Any]:
    return dict(_schema(plural, version, release)["properties"]["spec"]["properties"])


@pytest.mark.parametrize("release", RELEASES, ids=str)
def test_schemas_are_structural_and_described(release):
    for plural, spec in _crds(release).items():
        for version in spec["versions"]:
            schema = version["schema"]["openAPIV3Schema"]
            assert not list(problems(schema)), (plural, version["name"])


@pytest.mark.parametrize("release", RELEASES, ids=str)
def test_the_same_release_gives_the_same_bytes(release):
    first, second = (json.dumps(crd_manifests(release, NAMESPACE)) for _ in range(2))
    assert first == second
    names = [item["metadata"]["name"] for item in crd_manifests(release, NAMESPACE)]
    assert names == sorted(names)


def test_names_are_those_that_metallb_reads():
    kinds = {plural: (spec["names"]["kind"]) for plural, spec in _crds().items()}
    assert kinds == {
        "bfdprofiles": "BFDProfile",
        "bgpadvertisements": "BGPAdvertisement",
        "bgppeers": "BGPPeer",
        "communities": "Community",
        "configurationstates": "ConfigurationState",
        "ipaddresspools": "IPAddressPool",
        "l2advertisements": "L2Advertisement",
        "servicebgpstatuses": "ServiceBGPStatus",
        "servicel2statuses": "ServiceL2Status",
    }
    for crd in crd_manifests(NEWEST, NAMESPACE):
        spec = crd["spec"]
        assert crd["metadata"]["name"] == f"{spec['names']['plural']}.metallb.io"
        assert crd["metadata"]["labels"]["app"] == "metallb"
        assert spec["scope"] == "Namespaced"
        assert [version["storage"] for version in spec["versions"]].count(True) == 1
        for version in spec["versions"]:
            assert version["served"] is True
            assert version["subresources"] == {"status": {}}


def test_columns_point_at_fields():
    for spec in _crds().values():
        for version in spec["versions"]:
            for column in version["additionalPrinterColumns"]:
                place: Any = version["schema"]["openAPIV3Schema"]
                path = column["jsonPath"].removeprefix(".").split(".")
                if path[0] == "metadata":
                    continue
                for part in path:
                    place = place["properties"][part]


def test_old_peers_are_converted_by_the_controller():
    spec = _crds()["bgppeers"]
    old, new = spec["versions"]
    assert (old["name"], old["storage"], old["deprecated"]) == ("v1beta1", False, True)
    assert old["deprecationWarning"]
    assert (new["name"], new["storage"]) == ("v1beta2", True)
    assert "deprecated" not in new
    webhook = spec["conversion"]["webhook"]
    assert spec["conversion"]["strategy"] == "Webhook"
    assert webhook["clientConfig"] == {
        "service": {
            "name": "metallb-webhook-service",
            "namespace": NAMESPACE,
            "path": "/convert",
        }
    }
    assert webhook["conversionReviewVersions"] == ["v1beta1", "v1beta2"]
    others = [item for plural, item in _crds().items() if plural != "bgppeers"]
    assert not any("conversion" in item for item in others)


def test_conversion_follows_the_namespace():
    for crd in crd_manifests(NEWEST, "lb"):
        service = crd["spec"].get("conversion", {}).get("webhook", {}).get("clientConfig", {})
        assert service.get("service", {"namespace": "lb"})["namespace"] == "lb"


FACTS = {
    ("bgppeers", "v1beta2"): {
        "myASN": ("integer", 0, 4294967295),
        "peerASN": ("integer", 0, 4294967295),
        "localASN": ("integer", 1, 4294967295),
        "peerPort": ("integer", 1, 16384),
        "dynamicASN": ("string", None, None),
        "peerAddress": ("string", None, None),
        "interface": ("string", None, None),
        "sourceAddress": ("string", None, None),
        "routerID": ("string", None, None),
        "holdTime": ("string", None, None),
        "keepaliveTime": ("string", None, None),
        "connectTime": ("string", None, None),
        "nodeSelectors": ("array", None, None),
        "password": ("string", None, None),
        "passwordSecret": ("object", None, None),
        "bfdProfile": ("string", None, None),
        "vrf": ("string", None, None),
        "enableGracefulRestart": ("boolean", None, None),
        "ebgpMultiHop": ("boolean", None, None),
        "disableMP": ("boolean", None, None),
        "dualStackAddressFamily": ("boolean", None, None),
    },
    ("bgppeers", "v1beta1"): {
        "myASN": ("integer", 0, 4294967295),
        "peerASN": ("integer", 0, 4294967295),
        "peerAddress": ("string", None, None),
        "sourceAddress": ("string", None, None),
        "peerPort": ("integer", 0, 16384),
        "holdTime": ("string", None, None),
        "keepaliveTime": ("string", None, None),
        "routerID": ("string", None, None),
        "nodeSelectors": ("array", None, None),
        "password": ("string", None, None),
        "bfdProfile": ("string", None, None),
        "ebgpMultiHop": ("boolean", None, None),
    },
    ("bfdprofiles", "v1beta1"): {
        "receiveInterval": ("integer", 10, 60000),
        "transmitInterval": ("integer", 10, 60000),
        "echoInterval": ("integer", 10, 60000),
        "detectMultiplier": ("integer", 2, 255),
        "minimumTtl": ("integer", 1, 254),
        "echoMode": ("boolean", None, None),
        "passiveMode": ("boolean", None, None),
    },
    ("ipaddresspools", "v1beta1"): {
        "addresses": ("array", None, None),
        "autoAssign": ("boolean", None, None),
        "avoidBuggyIPs": ("boolean", None, None),
        "serviceAllocation": ("object", None, None),
    },
    ("communities", "v1beta1"): {"communities": ("array", None, None)},
}
"""Fields of MetalLB 0.16: type and bounds."""
DEFAULTS = {
    "bgppeers": {"peerPort": 179, "disableMP": False, "dualStackAddressFamily": False},
    "bgpadvertisements": {"aggregationLength": 32, "aggregationLengthV6": 128},
    "ipaddresspools": {"autoAssign": True, "avoidBuggyIPs": False},
}


@pytest.mark.parametrize(("plural", "version"), FACTS)
def test_fields_and_bounds_are_metallbs(plural, version):
    known = {
        name: (item["type"], item.get("minimum"), item.get("maximum"))
        for name, item in _spec(plural, version).items()
    }
    assert known == FACTS[plural, version]


def test_defaults_are_metallbs():
    for plural, spec in _crds().items():
        storage = spec["versions"][-1]["schema"]["openAPIV3Schema"]["properties"].get("spec", {})
        fields = storage.get("properties", {})
        known = {name: item["default"] for name, item in fields.items() if "default" in item}
        assert known == DEFAULTS.get(plural, {})


def test_required_fields_are_metallbs():
    peers = {
        version["name"]: version["schema"]["openAPIV3Schema"]["properties"]["spec"]["required"]
        for version in _crds()["bgppeers"]["versions"]
    }
    assert peers == {"v1beta1": ["myASN", "peerASN", "peerAddress"], "v1beta2": ["myASN"]}
    assert _schema("ipaddresspools")["required"] == ["spec"]
    assert _schema("ipaddresspools")["properties"]["spec"]["required"] == ["addresses"]
    assert "required" not in _schema("bgppeers", "v1beta2")
    assert _spec("bgppeers", "v1beta2")["dynamicASN"]["enum"] == ["internal", "external"]


def test_a_later_field_is_left_out_of_earlier_releases():
    for release in RELEASES:
        knows = release >= NEWEST
        assert ("asPathPrepend" in _spec("bgpadvertisements", release=release)) is knows
        assert ("preferredNodeSelectors" in _spec("l2advertisements", release=release)) is knows


def test_rules_that_no_bound_can_say():
    advertisement = _schema("bgpadvertisements")["properties"]["spec"]
    (rule,) = advertisement["x-kubernetes-validations"]
    for name in ("serviceSelectors", "aggregationLength", "aggregationLengthV6"):
        assert name in rule["rule"]
        assert name in rule["message"]
    peer = _spec("bgppeers", "v1beta2")
    assert len(peer["connectTime"]["x-kubernetes-validations"]) == 2
    (fixed,) = peer["enableGracefulRestart"]["x-kubernetes-validations"]
    assert fixed["rule"] == "self == oldSelf"
    for plural in ("servicebgpstatuses", "servicel2statuses"):
        status = _schema(plural)["properties"]["status"]["properties"]
        for name in ("node", "serviceName", "serviceNamespace"):
            (fixed,) = status[name]["x-kubernetes-validations"]
            assert fixed["rule"] == "self == oldSelf"


def test_merging_is_declared_where_it_matters():
    peer = _spec("bgppeers", "v1beta2")
    assert peer["passwordSecret"]["x-kubernetes-map-type"] == "atomic"
    selector = peer["nodeSelectors"]["items"]
    assert selector["x-kubernetes-map-type"] == "atomic"
    expressions = selector["properties"]["matchExpressions"]
    assert expressions["x-kubernetes-list-type"] == "atomic"
    assert expressions["items"]["properties"]["values"]["x-kubernetes-list-type"] == "atomic"
    conditions = _schema("configurationstates")["properties"]["status"]["properties"]["conditions"]
    assert conditions["x-kubernetes-list-type"] == "map"
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]


def test_only_words_of_structural_schemas_are_let_through():
    class Exclusive(BaseModel):
        value: int = Field(gt=0)

    class Choice(BaseModel):
        value: int | str

    for model in (Exclusive, Choice):
        with pytest.raises(TypeError, match=f"{model.__name__}.value"):
            structural_schema(model)


def test_l2_wishes_are_weighted():
    wish = _spec("l2advertisements")["preferredNodeSelectors"]["items"]
    assert wish["required"] == ["preference", "weight"]
    weight = wish["properties"]["weight"]
    assert (weight["minimum"], weight["maximum"], weight["format"]) == (1, 100, "int32")
    assert set(L2AdvertisementSpec.model_fields) >= {"interfaces", "ip_address_pools"}
