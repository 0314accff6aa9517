"""Answers of another shape, on order: what a client gets, and whether the call came about."""

import httpx
import pytest

from lab.metal_api import Emulation
from lab.metal_api.enums import OddShape
from lab.metal_api.errors import MetalApiError
from lab.metal_api.mocks import MetalMocks
from lab.metal_plugin.errors import PluginError
from lab.metal_plugin.tokens import RESERVED_IP_BLOCK
from tests.platforms.equinix_metal.metal_api.facts import PROJECT

IPS = f"/projects/{PROJECT}/ips"
RESERVE = {"method": "POST", "path": "/projects/{id}/ips"}
BLOCK = {"type": "public_ipv4", "quantity": 1, "metro": "ny"}


def _blocks(cloud: Emulation) -> int:
    return sum(each["type"] == "public_ipv4" for each in cloud.inventory()["blocks"])


@pytest.mark.parametrize("shape", OddShape)
def test_a_call_is_done_unless_a_proxy_has_kept_it(
    cloud: Emulation, http: httpx.Client, shape: OddShape
) -> None:
    before = _blocks(cloud)
    cloud.add_fault("shape", shape=shape, **RESERVE)
    answer = http.post(IPS, json=BLOCK)
    assert answer.is_success
    assert _blocks(cloud) - before == (shape is not OddShape.HTML)
    assert ("X-Request-Id" in answer.headers) == (shape is not OddShape.HTML)
    assert cloud.faults() == []


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("empty", b""),
        ("list", b"[]"),
        ("object", b"{}"),
        ("null", b"null"),
        ("types", b'{"ip_addresses": {}, "meta": "text"}'),
        ("errors", b'{"errors": ["Something went wrong"]}'),
    ],
)
def test_an_answer_has_the_shape_that_was_ordered(
    cloud: Emulation, http: httpx.Client, shape: str, body: bytes
) -> None:
    cloud.add_fault("shape", shape=shape, method="GET", path="/projects/{id}/ips")
    answer = http.get(IPS)
    assert (answer.status_code, answer.content) == (200, body)


def test_pages_without_end_lead_on_from_each_page(cloud: Emulation, http: httpx.Client) -> None:
    cloud.add_fault("shape", shape="endless", path="/projects/{id}/ips", times=2)
    for number in (1, 2):
        meta = http.get(IPS, params={"page": number}).json()["meta"]
        assert meta["last_page"] == number + 1
        assert meta["next"]["href"]
    assert http.get(IPS).json()["meta"]["next"] is None


def test_a_deletion_without_a_body_gets_one(cloud: Emulation, http: httpx.Client) -> None:
    block = http.post(IPS, json=BLOCK).json()["id"]
    cloud.add_fault("shape", shape="null", method="DELETE")
    answer = http.delete(f"/ips/{block}")
    assert (answer.status_code, answer.content) == (200, b"null")
    assert http.get(f"/ips/{block}").status_code == 404


@pytest.mark.parametrize("shape", [one for one in OddShape if one is not OddShape.ENDLESS])
def test_the_plugin_makes_no_resource_of_an_answer_that_it_can_not_read(
    cloud: Emulation, shape: OddShape
) -> None:
    mocks = MetalMocks(cloud.mocks.api)
    cloud.add_fault("shape", shape=shape, **RESERVE)
    inputs = {"projectId": PROJECT, "quantity": 1, "metro": "ny"}
    with pytest.raises((PluginError, KeyError, TypeError)):
        mocks.new_resource(RESERVED_IP_BLOCK, "eip", inputs)


def test_a_shape_is_named_by_its_own_kind_alone(cloud: Emulation) -> None:
    for fields in ({"kind": "shape"}, {"kind": "reset", "shape": "null"}):
        with pytest.raises(MetalApiError, match="kind shape names a shape"):
            cloud.add_fault(**fields)
