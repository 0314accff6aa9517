"""What the provider's functions return of another shape is an error of the look-up, not a guess."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest

from lab.metal_api.mocks import MetalMocks
from tests.platforms.equinix_metal.clouds import cloud_of
from tests.support.programs import run_root, run_root_failing, sections

Answer = Callable[[dict[str, Any]], Any]
DEVICE = "equinix-metal:index/getDevice:getDevice"
NEIGHBORS = "equinix-metal:index/getDeviceBgpNeighbors:getDeviceBgpNeighbors"
BLOCK = "equinix-metal:index/getReservedIpBlock:getReservedIpBlock"


class Odd(MetalMocks):
    """A cloud whose plugin returns something else for one function, so many times."""

    def __init__(self, own: MetalMocks, token: str, answer: Answer, times: int) -> None:
        super().__init__(own.api)
        self._token, self._answer, self._times = token, answer, times

    def call(self, token: str, args: Mapping[str, Any]) -> dict[str, Any]:
        found = super().call(token, args)
        if token != self._token or not self._times:
            return found
        self._times -= 1
        odd: dict[str, Any] = self._answer(found)
        return odd


def without(key: str) -> Answer:
    return lambda found: {name: value for name, value in found.items() if name != key}


def having(**changes: Any) -> Answer:
    return lambda found: {**found, **changes}


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seconds: list[float] = []

    async def sleep(wait: float) -> None:
        seconds.append(wait)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return seconds


def _stack(token: str) -> dict[str, Any]:
    found = sections("demo")
    found["install"]["source"] = "existing"
    if token == NEIGHBORS:
        found["platform"] |= {"peerSource": "neighbors", "peersPerNode": 1}
    return found


ODD: list[tuple[str, Answer, str]] = [
    (DEVICE, lambda _: {}, "device worker-1 has no id"),
    (DEVICE, having(id=""), "device worker-1 has an unusable id"),
    (DEVICE, without("networks"), "device worker-1 has no networks"),
    (DEVICE, having(networks={}), "device worker-1 has an unusable networks"),
    (DEVICE, having(networks=["10.0.0.1"]), "an unusable networks[0]"),
    (DEVICE, having(networks=[{"family": 4.0, "public": False}]), "no networks[0].address"),
    (
        DEVICE,
        having(networks=[{"address": "here", "family": 4.0, "public": False}]),
        "an unusable networks[0].address",
    ),
    (
        DEVICE,
        having(networks=[{"address": "10.0.0.1", "family": 4.0, "public": ""}]),
        "an unusable networks[0].public",
    ),
    (NEIGHBORS, lambda _: {}, "device worker-1 has no bgpNeighbors"),
    (NEIGHBORS, having(bgpNeighbors="none"), "an unusable bgpNeighbors"),
    (NEIGHBORS, having(bgpNeighbors=["169.254.255.1"]), "an unusable bgpNeighbors[0]"),
]


@pytest.mark.parametrize(("token", "answer", "fault"), ODD)
def test_a_look_up_of_another_shape_is_tried_again_and_then_one_problem(
    token: str, answer: Answer, fault: str, slept: list[float]
) -> None:
    found = _stack(token)
    found["platform"]["nodes"] = [{"hostname": "worker-1"}]
    record = run_root_failing(found, cloud=Odd(cloud_of(found), token, answer, 4))
    assert record.kube() == []
    assert isinstance(record.error, pulumi.RunError), f"a traceback: {record.error!r}"
    assert "error[E303]: the provider's answer about" in str(record.error)
    assert fault in str(record.error)
    assert slept.count(4.0) == 1
    assert run_root(found, cloud=Odd(cloud_of(found), token, answer, 3)).kube()


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (without("cidrNotation"), "no cidrNotation"),
        (having(cidrNotation=""), "an unusable cidrNotation"),
        (having(cidrNotation="147.75.40.46/99"), "an unusable cidrNotation"),
    ],
)
def test_a_block_to_adopt_of_another_shape_is_one_problem(answer: Answer, fault: str) -> None:
    found = _stack(BLOCK)
    cloud = cloud_of(found)
    inputs = {"projectId": found["platform"]["projectId"], "quantity": 1, "metro": "ny"}
    block, _ = cloud.new_resource(
        "equinix-metal:index/reservedIpBlock:ReservedIpBlock", "theirs", inputs
    )
    found["platform"]["elasticIps"]["default"] = {"adoptId": block}
    record = run_root_failing(found, cloud=Odd(cloud, BLOCK, answer, 4))
    assert record.kube() == []
    assert isinstance(record.error, pulumi.RunError), f"a traceback: {record.error!r}"
    assert f"the block that elastic-ip-default adopts has {fault}" in str(record.error)
