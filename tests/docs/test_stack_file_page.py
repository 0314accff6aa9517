"""The reference of the stack file says what the models say."""

import copy
from typing import Any

import pytest

from metallb.config import stack_config
from metallb.config.bgp import Bgp
from metallb.config.json_schema import stack_file_schema
from metallb.config.pools import AddressPool, Advertisement
from metallb.described import field_texts
from metallb.errors import ConfigError
from metallb.platforms.static.section import Router
from metallb.preflight.releases import AVOIDS_BUGGY_IPS, SINCE
from tests.support.programs import sections
from tools.docs.paths import STACK_FILE_PAGE
from tools.docs.stack_file import NOTES, Reference


def test_the_page_is_what_the_models_make() -> None:
    assert STACK_FILE_PAGE.read_text() == Reference().page(), "run: python -m tools.docs stack-file"


def test_every_key_of_the_schema_is_on_the_page() -> None:
    text = STACK_FILE_PAGE.read_text()
    missing = [
        f"{name}.{key}"
        for name, definition in stack_file_schema()["$defs"].items()
        for key in definition.get("properties", {})
        if f"{key}`" not in text and f"{key}[]`" not in text and f"{key}.<name>`" not in text
        if name != "Secret"
    ]
    assert missing == []


def test_every_row_has_a_value_a_default_and_a_description() -> None:
    rows = [line for line in STACK_FILE_PAGE.read_text().splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    for row in rows:
        assert all(cell.strip() for cell in row.replace("\\|", "/").strip("|").split("|")), row


def _set(path: str, value: Any, stack: str) -> dict[str, Any]:
    """A shipped stack's sections with one value set by its dotted path."""
    found = copy.deepcopy(sections(stack))
    *steps, last = path.split(".")
    here: Any = found
    for step in steps:
        here = here[int(step)] if step.isdecimal() else here.setdefault(step, {})
    here[last] = value
    return found


TOLERATIONS = "install.controller.tolerations"
BROKEN = [
    ("EquinixMetalPlatform", "platform.facility", "ny5", "packet"),
    ("MetalNode", "platform.nodes", [{}], "packet"),
    ("ElasticIp", "platform.elasticIps.default", {"metro": "ny", "facility": "ny5"}, "packet"),
    ("ElasticIp", "platform.elasticIps.default", {"type": "global_ipv4", "metro": "ny"}, "packet"),
    ("ElasticIp", "platform.elasticIps.default", {"type": "global_ipv4", "quantity": 8}, "packet"),
    (
        "ElasticIp",
        "platform.elasticIps.default",
        {"adoptTag": "a", "adoptId": "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10"},
        "packet",
    ),
    ("Rack", "platform.racks.0.nodeSelectors", {"a": "b"}, "onprem"),
    ("Toleration", TOLERATIONS, [{"key": "a", "operator": "Exists", "value": "b"}], "onprem"),
    ("Toleration", TOLERATIONS, [{"operator": "Equal", "value": "b"}], "onprem"),
    ("Toleration", TOLERATIONS, [{"key": "a", "tolerationSeconds": 3}], "onprem"),
    ("AddressPool", "addressPools.empty", {}, "onprem"),
    ("Kubernetes", "kubernetes.renderTo", "build/x", "onprem"),
    ("Install", "install.version", "0.15.3", "onprem"),
    ("Install", "install.bgpMode", "frr", "onprem"),
    ("Install", "install", {"version": "0.12.1", "loadBalancerClass": "a"}, "onprem"),
    ("Install", "install", {"version": "0.12.1", "networkPolicy": True}, "onprem"),
    ("Install", "install", {"version": "0.12.1", "source": "helm"}, "onprem"),
]


@pytest.mark.parametrize(("model", "path", "value", "stack"), BROKEN)
def test_a_note_on_the_page_says_what_the_model_refuses(
    model: str, path: str, value: Any, stack: str
) -> None:
    assert model in NOTES
    with pytest.raises(ConfigError):
        stack_config(_set(path, value, stack), source="test")


def test_every_note_that_forbids_something_is_tried() -> None:
    assert {model for model, *_ in BROKEN} | {"StaticNode"} == set(NOTES)


def test_a_bare_host_name_is_short_for_a_node() -> None:
    long = _set("platform.racks.0.nodes", [{"hostname": "n1"}], "onprem")
    short = _set("platform.racks.0.nodes", ["n1"], "onprem")
    assert stack_config(long, source="a") == stack_config(short, source="a")


FIELDS = {
    ("BGPPeer", "connect_time"): [(Bgp, "connect_time")],
    ("BGPPeer", "dual_stack_address_family"): [
        (Bgp, "dual_stack_address_family"),
        (Router, "dual_stack_address_family"),
    ],
    ("BGPPeer", "enable_graceful_restart"): [(Bgp, "graceful_restart")],
}
"""Fields of the stack file that are called otherwise than those of the objects."""


def test_a_field_says_from_which_release_on_the_rules_take_it() -> None:
    shown = {(AddressPool, "avoid_buggy_ips"): AVOIDS_BUGGY_IPS}
    for (kind, name), since in SINCE.items():
        model = {"BGPAdvertisement": Advertisement, "IPAddressPool": AddressPool}.get(kind)
        fields = [(model, name)] if model is not None and name in model.model_fields else []
        shown |= dict.fromkeys(FIELDS.get((kind, name), fields), since)
    wrong = [
        (model.__name__, name, str(since))
        for (model, name), since in shown.items()
        if f"{since} and later" not in " ".join(field_texts(model)[name].split())
    ]
    assert len(shown) > 8
    assert wrong == []
