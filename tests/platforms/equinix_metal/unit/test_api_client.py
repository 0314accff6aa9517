"""The program's own calls of the API, against a server on loopback."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from metallb.platforms.equinix_metal import client, transport
from metallb.platforms.equinix_metal.client import (
    block_exists,
    find_block_by_tag,
    project_bgp,
    project_blocks,
    project_sessions,
    release_block,
    session_exists,
)
from metallb.platforms.equinix_metal.tokens import check_token
from metallb.problems.errors import PlatformError
from tests.support.local_api import LocalApi, running_api

SECRET = "topSECRETtoken0123456789"
NO_BLOCKS: dict[str, Any] = {"ip_addresses": []}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalApi]:
    """The server that the program calls; nothing waits between two tries."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    with running_api() as server:
        monkeypatch.setattr(transport, "API", server.url)
        yield server


@pytest.mark.parametrize("given", [f"{SECRET}\n", f" {SECRET}\r\n", f"\t{SECRET} "])
def test_white_space_around_a_token_is_not_sent(
    given: str, api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.will_answer(NO_BLOCKS, NO_BLOCKS)
    assert project_blocks("p", given) == []
    monkeypatch.setenv("METAL_AUTH_TOKEN", given)
    assert project_blocks("p", None) == []
    assert [request.headers["X-Auth-Token"] for request in api.requests] == [SECRET] * 2


@pytest.mark.parametrize("inside", ["\n", "\r\nX: y", "\x00", "\x7f", "\u201c"])
def test_a_token_that_no_header_holds_is_refused_at_once_and_not_shown(
    inside: str, api: LocalApi
) -> None:
    refusals: list[Callable[[str], Any]] = [check_token, lambda token: project_blocks("p", token)]
    for refuse in refusals:
        with pytest.raises(PlatformError) as caught:
            refuse(f"{SECRET}{inside}{SECRET}")
        assert SECRET not in str(caught.value)
        assert caught.value.problem.code == "E301"
        assert "inside" in caught.value.problem.summary
        assert caught.value.problem.help
    assert api.requests == []


@pytest.mark.parametrize(("variable", "config"), [("METAL_AUTH_TOKEN", None), ("", SECRET)])
def test_a_line_break_that_the_plugin_can_not_send_is_reported_with_its_setting(
    variable: str, config: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv(variable, f"{SECRET}\n")
    with pytest.raises(PlatformError) as caught:
        check_token(config and f"{config}\n")
    key = "equinix-metal:authToken"
    assert caught.value.problem.location == (() if variable else (key,))
    assert f"{variable or key} has a line break at one end" in caught.value.problem.summary
    assert SECRET not in str(caught.value)


def test_blanks_around_a_token_and_no_token_at_all_are_no_errors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("METAL_AUTH_TOKEN", raising=False)
    monkeypatch.delenv("PACKET_AUTH_TOKEN", raising=False)
    check_token(f" {SECRET} ")
    check_token(None)


@pytest.mark.parametrize(
    ("answer", "enabled"),
    [
        ({}, False),
        ({"id": "c", "status": "disabled"}, False),
        ({"id": "c", "status": "enabled"}, True),
        ({"id": "c", "status": "requested"}, None),
    ],
)
def test_only_a_plain_answer_means_that_a_project_has_no_bgp(
    answer: dict[str, Any], enabled: bool | None, api: LocalApi
) -> None:
    api.will_answer(answer)
    assert project_bgp("p", SECRET) is enabled


def test_a_busy_api_is_no_answer_about_bgp(api: LocalApi) -> None:
    api.will_answer(429, 503, 500, {"id": "c", "status": "enabled"})
    assert project_bgp("p", SECRET) is True
    api.will_answer(429, 429, 429, 429)
    with pytest.raises(PlatformError, match="429") as caught:
        project_bgp("p", SECRET)
    assert caught.value.problem.code == "E304"


def test_a_list_is_read_page_by_page(api: LocalApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_PER_PAGE", 2)
    api.will_answer(
        {"ip_addresses": [BLOCK, {"id": "a", "tags": []}], "meta": {"last_page": 2}},
        {"ip_addresses": [{"id": "c", "tags": []}], "meta": {"last_page": 2}},
    )
    assert [block["id"] for block in project_blocks("p", SECRET)] == ["b", "a", "c"]
    start = "/projects/p/ips?per_page=2&page="
    assert [request.target for request in api.requests] == [
        f"{start}1&include=facility%2Cmetro",
        f"{start}2&include=facility%2Cmetro",
    ]


def test_an_empty_list_has_no_entries(api: LocalApi) -> None:
    api.will_answer({"ip_addresses": [], "meta": None}, {"bgp_sessions": []})
    assert project_blocks("p", SECRET) == []
    assert project_sessions("p", SECRET) == []


def test_an_entry_keeps_what_the_program_reads(api: LocalApi) -> None:
    block = {
        "id": "a",
        "tags": ["t"],
        "state": "created",
        "network": "147.75.40.46",
        "cidr": 32,
        "global_ip": None,
        "metro": {"code": "ny"},
        "facility": {},
    }
    session = {"id": "s", "address_family": "ipv4", "device": {"href": "/devices/d"}}
    api.will_answer({"ip_addresses": [{**block, "more": 1}]}, {"bgp_sessions": [session]})
    assert project_blocks("p", SECRET) == [block]
    assert project_sessions("p", SECRET) == [session]


BLOCK: dict[str, Any] = {"id": "b", "tags": []}
SESSION: dict[str, Any] = {"id": "s", "address_family": "ipv4"}


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ({}, "no ip_addresses"),
        ({"ip_addresses": None}, "an unusable ip_addresses"),
        ({"ip_addresses": {"id": "b"}}, "an unusable ip_addresses"),
        ({"ip_addresses": "text"}, "an unusable ip_addresses"),
        ({"ip_addresses": [BLOCK, {"tags": []}]}, "no ip_addresses[1].id"),
        ({"ip_addresses": ["b"]}, "an unusable ip_addresses[0]"),
        ({"ip_addresses": [{"id": "", "tags": []}]}, "an unusable ip_addresses[0].id"),
        ({"ip_addresses": [{"id": None, "tags": []}]}, "an unusable ip_addresses[0].id"),
        ({"ip_addresses": [{**BLOCK, "tags": "t"}]}, "an unusable ip_addresses[0].tags"),
        ({"ip_addresses": [{**BLOCK, "cidr": "x"}]}, "an unusable ip_addresses[0].cidr"),
        ({"ip_addresses": [{**BLOCK, "cidr": 129}]}, "an unusable ip_addresses[0].cidr"),
        ({"ip_addresses": [{**BLOCK, "metro": "ny"}]}, "an unusable ip_addresses[0].metro"),
        ({"ip_addresses": [], "meta": []}, "an unusable meta"),
        ({"ip_addresses": [], "meta": {"last_page": "z"}}, "an unusable meta.last_page"),
    ],
)
def test_an_answer_of_another_shape_is_one_problem(answer: Any, fault: str, api: LocalApi) -> None:
    api.will_answer(*[answer] * 4)
    with pytest.raises(PlatformError) as caught:
        project_blocks("p", SECRET)
    assert caught.value.problem.code == "E303"
    assert caught.value.problem.summary.endswith(f"GET /projects/p/ips has {fault}")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("session", "fault"),
    [
        ({"address_family": "ipv4"}, "no bgp_sessions[0].id"),
        ({"id": "s"}, "no bgp_sessions[0].address_family"),
        ({**SESSION, "device": "d"}, "an unusable bgp_sessions[0].device"),
        ({**SESSION, "device": {"id": 7}}, "an unusable bgp_sessions[0].device.id"),
    ],
)
def test_a_session_of_another_shape_is_one_problem(session: Any, fault: str, api: LocalApi) -> None:
    api.will_answer(*[{"bgp_sessions": [session]}] * 4)
    with pytest.raises(PlatformError) as caught:
        project_sessions("p", SECRET)
    assert caught.value.problem.code == "E303"
    assert caught.value.problem.summary.endswith(f"has {fault}")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "is empty"),
        (f"<html>{SECRET}".encode(), "is not JSON"),
        (b'{"ip_addresses": [', "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (json.dumps([BLOCK]).encode(), "is JSON, but not an object"),
        (b"null", "is JSON, but not an object"),
    ],
)
def test_a_body_that_is_no_json_object_is_one_problem(
    body: bytes, fault: str, api: LocalApi
) -> None:
    for ask in (project_blocks, project_sessions, project_bgp):
        api.will_answer(*[body] * 4)
        with pytest.raises(PlatformError) as caught:
            ask("p", SECRET)
        assert caught.value.problem.code == "E304"
        assert caught.value.problem.summary.endswith(fault)
        assert SECRET not in str(caught.value)


def test_a_block_is_released_once_and_one_that_is_gone_is_no_error(api: LocalApi) -> None:
    api.will_answer(204, 404, 503, b"no JSON", 422)
    for _ in range(3):
        release_block("b", SECRET)
    assert {(request.method, request.target) for request in api.requests} == {("DELETE", "/ips/b")}
    with pytest.raises(PlatformError, match="DELETE /ips/b, HTTP status 422"):
        release_block("b", SECRET)


def test_a_404_means_that_it_is_gone_and_a_403_does_not(api: LocalApi) -> None:
    api.will_answer({"id": "b"}, 404, {"id": "s"}, 404, 403)
    assert block_exists("b", SECRET)
    assert not block_exists("b", SECRET)
    assert session_exists("s", SECRET)
    assert not session_exists("s", SECRET)
    with pytest.raises(PlatformError, match="403") as caught:
        block_exists("b", SECRET)
    assert caught.value.problem.code == "E301"
    assert [request.target for request in api.requests] == [
        "/ips/b",
        "/ips/b",
        "/bgp/sessions/s",
        "/bgp/sessions/s",
        "/ips/b",
    ]


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "E301"), (403, "E301"), (404, "E302"), (422, "E301"), (501, "E304"), (302, "E304")],
)
def test_each_status_has_its_code_and_the_call(status: int, code: str, api: LocalApi) -> None:
    api.will_answer(status)
    with pytest.raises(PlatformError) as caught:
        project_blocks("p", SECRET)
    assert caught.value.problem.code == code
    assert f"GET /projects/p/ips, HTTP status {status}" in caught.value.problem.summary


def test_no_token_is_an_error_of_the_call_that_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("METAL_AUTH_TOKEN", raising=False)
    monkeypatch.delenv("PACKET_AUTH_TOKEN", raising=False)
    with pytest.raises(PlatformError) as caught:
        project_blocks("p", None)
    assert caught.value.problem.code == "E305"


@pytest.mark.parametrize("tagged", [0, 2])
def test_a_tag_adopts_the_one_block_that_has_it(tagged: int, api: LocalApi) -> None:
    blocks = [{"id": f"b{number}", "tags": ["t"]} for number in range(tagged)]
    api.will_answer({"ip_addresses": [*blocks, {"id": "other", "tags": []}]})
    with pytest.raises(PlatformError) as caught:
        find_block_by_tag("p", "t", SECRET)
    assert caught.value.problem.code == "E302"
    assert all(block["id"] in caught.value.problem.summary for block in blocks)
