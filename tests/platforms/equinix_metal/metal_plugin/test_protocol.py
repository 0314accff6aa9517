"""What the program relies on in the plugin, behaviour by behaviour, over gRPC."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.metal_api import Emulation
from lab.metal_plugin import tokens as t
from tests.platforms.equinix_metal.metal_api.facts import NO_SUCH_ID, PROJECT, WORKER_0
from tests.platforms.equinix_metal.metal_plugin.client import Json, running_plugin
from tests.platforms.equinix_metal.metal_plugin.common import (
    BLOCK,
    IPS,
    SESSION,
    SESSIONS,
    B,
    P,
    S,
    configure,
    made,
)
from tests.platforms.equinix_metal.metal_plugin.exchanges import Exchange

ONE_BLOCK = {"POST /projects/{id}/ips": 1}


def public(cloud: Emulation) -> list[Json]:
    return [one for one in cloud.inventory()["blocks"] if one["type"] == "public_ipv4"]


def failed(answer: Json) -> Json:
    """What a create reports that made something and could not read it."""
    error: Json = answer["error"]
    found: Json = error["ErrorResourceInitFailed"]
    return found


@pytest.mark.parametrize(
    ("urn", "inputs", "key", "value"),
    [
        *[
            (B, BLOCK, key, value)
            for key, value in [
                ("projectId", NO_SUCH_ID),
                ("quantity", 2),
                ("metro", "da"),
                ("description", "other"),
                ("tags", ["one more"]),
                ("type", "global_ipv4"),
            ]
        ],
        (S, SESSION, "deviceId", NO_SUCH_ID),
        (S, SESSION, "addressFamily", "ipv6"),
        (S, SESSION, "defaultRoute", True),
    ],
)
def test_every_input_of_a_block_and_a_session_replaces_it(
    exchange: Exchange, urn: str, inputs: Json, key: str, value: Any
) -> None:
    news, made_id, state = made(exchange, urn, inputs)
    answer = exchange.call("Diff", urn=urn, id=made_id, olds=state, news={**news, key: value})
    assert set(answer["replaces"]) == {key}
    assert "deleteBeforeReplace" not in answer
    same = exchange.call("Diff", urn=urn, id=made_id, olds=state, news=news)
    assert (same["changes"], same.get("replaces")) == ("DIFF_NONE", None)
    ignored = {"ignoreChanges": [key], "news": {**news, key: value}}
    # A list's elements have paths of their own, which the engine takes out of the inputs.
    if key != "tags":
        answer = exchange.call("Diff", urn=urn, id=made_id, olds=state, **ignored)
        assert answer["changes"] == "DIFF_NONE"


def test_a_reservation_whose_reply_was_lost_is_made_twice(exchange: Exchange) -> None:
    exchange.cloud.add_fault("lost_reply", method="POST", path=IPS)
    _, kept, _ = made(exchange, B, BLOCK)
    assert exchange.steps[-1]["calls"]["POST /projects/{id}/ips"] == 2
    assert len(public(exchange.cloud)) == 2
    assert kept in [one["id"] for one in public(exchange.cloud)]


def test_a_session_whose_reply_was_lost_stands_in_its_own_way(exchange: Exchange) -> None:
    exchange.cloud.add_fault("lost_reply", method="POST", path=SESSIONS)
    made(exchange, S, SESSION)
    error = exchange.steps[-1]["answer"]["error"]
    assert "API Error HTTP 422 Address family already has session with ipv4" in error["message"]
    assert "ErrorResourceInitFailed" not in error
    assert len(exchange.cloud.inventory()["sessions"]) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("front_door", [False, True])
def test_no_http_status_is_retried(exchange: Exchange, status: int, front_door: bool) -> None:
    exchange.cloud.add_fault(
        "status", method="POST", path=IPS, status=status, front_door=front_door, retry_after=1
    )
    made(exchange, B, BLOCK)
    assert exchange.steps[-1]["calls"] == ONE_BLOCK
    assert public(exchange.cloud) == []


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_broken_connection_is_retried_as_often_as_configured(
    exchange: Exchange, times: int
) -> None:
    configure(exchange, maxRetries="2", maxRetryWaitSeconds="0")
    exchange.cloud.add_fault("reset", method="POST", path=IPS, times=times)
    _, block, _ = made(exchange, B, BLOCK)
    assert exchange.steps[-1]["calls"]["POST /projects/{id}/ips"] == min(times, 2) + 1
    assert bool(block) == (times < 3)
    if times == 3:
        assert "giving up after 3 attempt(s)" in exchange.steps[-1]["answer"]["error"]["message"]


@pytest.mark.parametrize(
    ("fault", "done"),
    [
        ({"status": 403}, True),
        ({"status": 404}, True),
        ({"status": 403, "front_door": True}, True),
        ({"status": 404, "front_door": True}, True),
        ({"status": 422}, False),
        ({"status": 500}, False),
    ],
)
@pytest.mark.parametrize(("urn", "path"), [(B, "/ips/{id}"), (S, "/bgp/sessions/{id}")])
def test_forbidden_and_gone_count_as_deleted(
    exchange: Exchange, urn: str, path: str, fault: Json, done: bool
) -> None:
    exchange.cloud.add_fault("status", method="DELETE", path=path, **fault)
    answer = exchange.call("Delete", urn=urn, id=NO_SUCH_ID)
    assert ("error" not in answer) == done


@pytest.mark.parametrize(
    ("fault", "gone"),
    [
        ({"status": 404}, True),
        ({"status": 404, "front_door": True}, False),
        ({"status": 403}, False),
        ({"status": 410}, False),
        ({"status": 503, "front_door": True}, False),
    ],
)
@pytest.mark.parametrize(
    ("urn", "inputs", "path"),
    [(B, BLOCK, "/ips/{id}"), (S, SESSION, "/bgp/sessions/{id}")],
)
def test_only_the_api_itself_can_say_that_a_resource_is_gone(
    exchange: Exchange, urn: str, inputs: Json, path: str, fault: Json, gone: bool
) -> None:
    known, made_id, state = made(exchange, urn, inputs)
    for request in ({}, {"properties": state, "inputs": known}):
        exchange.cloud.add_fault("status", method="GET", path=path, **fault)
        answer = exchange.call("Read", urn=urn, id=made_id, **request)
        assert (answer == {}) == gone
        assert ("error" in answer) != gone


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 404, "front_door": True},
        {"kind": "broken_body"},
        {"kind": "reset", "times": 3},
    ],
)
@pytest.mark.parametrize(
    ("urn", "inputs", "path"),
    [(B, BLOCK, "/ips/{id}"), (S, SESSION, "/bgp/sessions/{id}")],
)
def test_what_was_made_and_not_read_is_reported_with_its_id(
    exchange: Exchange, urn: str, inputs: Json, path: str, fault: Json
) -> None:
    exchange.cloud.add_fault(method="GET", path=path, **fault)
    known = exchange.call("Check", urn=urn, news=inputs)["inputs"]
    report = failed(exchange.call("Create", urn=urn, properties=known))
    listed = exchange.cloud.inventory()
    assert report["id"] in [one["id"] for one in listed["blocks"] + listed["sessions"]]
    assert report["properties"]["id"] == report["id"]
    assert "cidrNotation" not in report["properties"]
    assert "status" not in report["properties"]
    # The next update reads it.
    read = exchange.call(
        "Read", urn=urn, id=report["id"], properties=report["properties"], inputs=known
    )
    assert read["inputs"] == known
    assert {"cidrNotation", "status"} & set(read["properties"])


def test_a_resource_that_is_gone_right_after_it_was_made_is_lost(exchange: Exchange) -> None:
    exchange.cloud.add_fault("status", method="GET", path="/ips/{id}", status=404)
    made(exchange, B, BLOCK)
    assert "ErrorResourceInitFailed" not in exchange.steps[-1]["answer"]["error"]
    assert len(public(exchange.cloud)) == 1


def test_a_pending_reservation_has_no_addresses_and_differs_until_it_is_read_again(
    exchange: Exchange,
) -> None:
    exchange.cloud.add_fault("pending", method="POST", path=IPS)
    known, block, state = made(exchange, B, {**BLOCK, "quantity": 4})
    assert (state["cidrNotation"], state["quantity"]) == ("/0", 0)
    answer = exchange.call("Diff", urn=B, id=block, olds=state, news=known)
    assert answer["replaces"] == ["quantity"]
    exchange.cloud.approve_block(block)
    state = exchange.call("Read", urn=B, id=block, properties=state, inputs=known)["properties"]
    assert state["quantity"] == 4
    assert exchange.call("Diff", urn=B, id=block, olds=state, news=known)["changes"] == "DIFF_NONE"


def test_repeated_tags_are_one_tag_and_their_order_is_the_plugins(exchange: Exchange) -> None:
    tags = ["zeta", "alpha", "zeta", "m", "10", "alpha"]
    known, block, state = made(exchange, B, {**BLOCK, "tags": tags})
    assert known["tags"] == tags
    assert state["tags"] == ["10", "alpha", "zeta", "m"]
    (found,) = public(exchange.cloud)
    assert sorted(found["tags"]) == ["10", "alpha", "m", "zeta"]
    answer = exchange.call(
        "Diff", urn=B, id=block, olds=state, news={**known, "tags": sorted(tags)}
    )
    assert answer["changes"] == "DIFF_NONE"


def test_a_preview_calls_nothing_and_shows_only_what_the_inputs_say(exchange: Exchange) -> None:
    known = exchange.call("Check", urn=B, news=BLOCK)["inputs"]
    answer = exchange.call("Create", urn=B, properties=known, preview=True)
    assert set(answer["properties"]) == {"id", "metro", "projectId", "quantity", "type"}
    assert exchange.steps[-1]["calls"] == {}


def test_a_password_is_a_secret_of_the_state_and_in_no_message(exchange: Exchange) -> None:
    config = {"asn": 65000, "deploymentType": "local", "md5": "Planted1Md5Key"}
    known, project, state = made(exchange, P, {"name": "peering", "bgpConfig": config})
    envelope = state["bgpConfig"]["md5"]
    assert (sorted(envelope), envelope["value"]) == (
        ["4dabf18193072939515e22adb298388d", "value"],
        config["md5"],
    )
    answer = exchange.call("Update", urn=P, id=project, olds=state, news={"name": "peering"})
    assert "can not be removed" in answer["error"]["message"]
    assert config["md5"] not in answer["error"]["message"]
    weak = {**config, "md5": "planted-and-weak"}
    inputs = {**known, "name": "other", "bgpConfig": weak}
    answer = exchange.call("Create", urn=P, properties=inputs)
    assert weak["md5"] not in json.dumps([answer["error"]["message"], failed(answer)["reasons"]])


def test_slow_calls_are_made_side_by_side(exchange: Exchange) -> None:
    exchange.cloud.add_fault("delay", method="GET", path="/devices/{id}", seconds=0.5, times=10)
    request = {"tok": t.GET_DEVICE, "args": {"deviceId": WORKER_0}}
    began = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: exchange.plugin.call("Invoke", request), range(10)))
    assert {one["return"]["hostname"] for one in answers} == {"worker-0"}
    assert exchange.cloud.peaks()["GET /devices/{id}"] > 1
    assert time.monotonic() - began < 5


def test_a_plugin_without_configuration_says_so(ours: str, steady: Emulation) -> None:
    with running_plugin(ours, steady.env) as plugin:
        for rpc, request in (
            ("Create", {"urn": B, "properties": BLOCK}),
            ("Read", {"urn": B, "id": NO_SUCH_ID}),
            ("Delete", {"urn": B, "id": NO_SUCH_ID}),
            ("Invoke", {"tok": t.GET_IP_BLOCK_RANGES, "args": {"projectId": PROJECT}}),
        ):
            answer = plugin.call(rpc, request)
            assert answer["error"]["message"] == "the provider is not configured"
