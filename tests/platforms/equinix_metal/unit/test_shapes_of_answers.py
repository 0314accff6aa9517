"""What the API answers has the shape that it documents, or is no answer: never "nothing is there".

Against a server on loopback; `tests/updates/test_shapes.py` has updates meet the same.
"""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from metallb.platforms.equinix_metal import client, transport
from metallb.platforms.equinix_metal.client import (
    block_exists,
    project_bgp,
    project_blocks,
    project_sessions,
    release_block,
    session_exists,
)
from metallb.platforms.equinix_metal.transport import send
from metallb.problems.errors import PlatformError
from tests.support.local_api import LocalApi, Status, running_api

TOKEN = "topSECRETtoken0123456789"
BLOCK: dict[str, Any] = {"id": "b", "tags": ["t"]}
SESSION: dict[str, Any] = {"id": "s", "address_family": "ipv4", "device": {"id": "d"}}
DEEP = b'{"ip_addresses":' + b"[" * 200_000
HTML = b"<html><body>Please sign in</body></html>"

Call = Callable[[str, str], Any]
LISTS: tuple[Call, ...] = (project_blocks, project_sessions)
GOOD: dict[Call, Any] = {
    project_blocks: {"ip_addresses": [BLOCK]},
    project_sessions: {"bgp_sessions": [SESSION]},
    project_bgp: {"id": "c", "status": "enabled"},
    block_exists: {"id": "x"},
    session_exists: {"id": "x"},
}
NO_ANSWERS: dict[str, bytes] = {
    "empty": b"",
    "list": b"[]",
    "null": b"null",
    "number": b"7",
    "text": b'"ok"',
    "not a number": b'{"id": NaN}',
    "error": b'{"error": "Something went wrong"}',
    "errors": b'{"errors": ["Something went wrong"]}',
    "html": HTML,
    "cut": b'{"ip_addresses": [',
    "deep": DEEP,
    "repeated": b'{"id": "x", "status": "enabled", "ip_addresses": [], "bgp_sessions": [], "id":1}',
    "wrong types": b'{"id": 5, "status": [], "ip_addresses": {}, "bgp_sessions": {}}',
}


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seconds: list[float] = []
    monkeypatch.setattr("time.sleep", seconds.append)
    return seconds


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, slept: list[float]) -> Iterator[LocalApi]:
    with running_api() as server:
        monkeypatch.setattr(transport, "API", server.url)
        yield server


def refused(call: Callable[[], object]) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        call()
    assert TOKEN not in str(caught.value)
    assert caught.value.problem.code in ("E303", "E304")
    assert caught.value.problem.help
    return caught.value


@pytest.mark.parametrize("body", NO_ANSWERS.values(), ids=NO_ANSWERS)
@pytest.mark.parametrize("call", GOOD, ids=lambda call: call.__name__)
def test_what_is_no_answer_is_tried_again_and_then_an_error(
    call: Call, body: bytes, api: LocalApi, slept: list[float]
) -> None:
    api.will_answer(body, body, body, GOOD[call])
    assert call("x", TOKEN)
    assert slept == [1, 2, 4]
    api.will_answer(*[body] * 4)
    refused(lambda: call("x", TOKEN))
    assert len(api.requests) == 4


@pytest.mark.parametrize("body", [b"{}", b'{"meta": {"total": 0}}', b'{"ip_addresses": null}'])
@pytest.mark.parametrize("call", LISTS, ids=lambda call: call.__name__)
def test_a_list_that_is_missing_is_no_empty_list(call: Call, body: bytes, api: LocalApi) -> None:
    body = body.replace(b"ip_addresses", b"bgp_sessions" if call is LISTS[1] else b"ip_addresses")
    api.will_answer(*[body] * 4)
    refused(lambda: call("x", TOKEN))


def test_faults_of_the_shape_count_with_those_of_the_connection(
    api: LocalApi, slept: list[float]
) -> None:
    api.will_answer(503, b"", b"[]", {"ip_addresses": []})
    assert project_blocks("x", TOKEN) == []
    assert slept == [1, 2, 4]
    api.will_answer(503, b"", 503, b"[]")
    assert refused(lambda: project_blocks("x", TOKEN)).problem.summary.endswith("not an object")
    assert len(api.requests) == 4


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        # Whose owner can't be read.
        ({"id": "b"}, "no ip_addresses[0].tags"),
        ({"id": "b", "tags": None}, "no ip_addresses[0].tags"),
        ({"id": "b", "tags": [1]}, "an unusable ip_addresses[0].tags[0]"),
        # An id is a part of the path of a later DELETE.
        ({**BLOCK, "id": "../projects/x"}, "an unusable ip_addresses[0].id"),
        ({**BLOCK, "id": "b?force=true"}, "an unusable ip_addresses[0].id"),
        ({**BLOCK, "id": "b\n"}, "an unusable ip_addresses[0].id"),
        ({**BLOCK, "cidr": "32"}, "an unusable ip_addresses[0].cidr"),
        ({**BLOCK, "cidr": True}, "an unusable ip_addresses[0].cidr"),
        ({**BLOCK, "global_ip": "false"}, "an unusable ip_addresses[0].global_ip"),
        ({**BLOCK, "network": "here"}, "an unusable ip_addresses[0].network"),
    ],
)
def test_a_block_of_another_shape_is_none(block: Any, fault: str, api: LocalApi) -> None:
    api.will_answer(*[{"ip_addresses": [block]}] * 4)
    error = refused(lambda: project_blocks("x", TOKEN))
    assert error.problem.summary.endswith(f"has {fault}")


def test_a_private_block_needs_no_tags(api: LocalApi) -> None:
    api.will_answer({"ip_addresses": [{"id": "b", "public": False}]})
    assert [block["id"] for block in project_blocks("x", TOKEN)] == ["b"]


@pytest.mark.parametrize(
    ("session", "fault"),
    [
        ({**SESSION, "address_family": 4}, "an unusable bgp_sessions[0].address_family"),
        ({**SESSION, "address_family": "ipx"}, "an unusable bgp_sessions[0].address_family"),
        ({**SESSION, "device": None}, "an unusable bgp_sessions[0].device"),
        ({**SESSION, "device": {"hostname": "h"}}, "no bgp_sessions[0].device.id"),
    ],
)
def test_a_session_of_another_shape_is_none(session: Any, fault: str, api: LocalApi) -> None:
    api.will_answer(*[{"bgp_sessions": [session]}] * 4)
    error = refused(lambda: project_sessions("x", TOKEN))
    assert error.problem.summary.endswith(f"has {fault}")


def page(*ids: str, **meta: Any) -> dict[str, Any]:
    return {"ip_addresses": [{"id": one, "tags": []} for one in ids], "meta": meta}


@pytest.mark.parametrize(
    ("endless", "calls"),
    [
        # The last page is always the next one.
        (lambda n: page(f"b{n}", current_page=n, last_page=n + 1), 2),
        # The first page, whichever is requested.
        (lambda _: page("b", current_page=1, last_page=2), 2),
        (lambda _: page("b", last_page=2), 2),
        # More follows after the last page.
        (lambda n: page(f"b{n}", current_page=n, last_page=1, next={"href": "/x?page=2"}), 1),
        (lambda n: page(f"b{n}", next={"href": "/x?page=2"}), 1),
    ],
    ids=["growing", "same", "repeated", "more", "unnumbered"],
)
def test_pages_without_end_are_an_error_after_three_readings(
    endless: Callable[[int], Any], calls: int, api: LocalApi
) -> None:
    api.will_answer(*[endless(number) for _ in range(3) for number in range(1, calls + 1)])
    assert "was read 3 times" in refused(lambda: project_blocks("x", TOKEN)).problem.detail
    assert len(api.requests) == 3 * calls


def test_a_list_that_changed_while_it_was_read_is_read_again(api: LocalApi) -> None:
    api.will_answer(
        page("a", current_page=1, last_page=2, total=2),
        page("b", "c", current_page=2, last_page=2, total=3),
        page("a", current_page=1, last_page=2, total=3),
        page("b", "c", current_page=2, last_page=2, total=3),
    )
    assert len(project_blocks("x", TOKEN)) == 3


def test_a_list_shorter_than_its_count_is_no_list(api: LocalApi) -> None:
    api.will_answer(*[page("a", total=2)] * 3)
    error = refused(lambda: project_blocks("x", TOKEN))
    assert "has 1 entries, and counts 2" in error.problem.summary


def test_a_list_without_a_block_that_the_state_has_is_checked_by_its_id(api: LocalApi) -> None:
    api.will_answer(page("a"), 404)
    assert len(project_blocks("x", TOKEN, held=["a", "gone"])) == 1
    assert [each.target for each in api.requests][1:] == ["/ips/gone"]
    api.will_answer(page(), {"id": "a"})
    error = refused(lambda: project_blocks("x", TOKEN, held=["a"]))
    assert "lacks block a, which exists" in error.problem.summary


def test_more_pages_than_a_project_has_are_none(api: LocalApi) -> None:
    api.will_answer(*[page("a", last_page=10**9)] * 4)
    error = refused(lambda: project_blocks("x", TOKEN))
    assert error.problem.summary.endswith("an unusable meta.last_page")


def test_a_list_whose_time_is_over_is_given_up(
    api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_LONGEST_LIST", 0.0)
    api.will_answer(page("a", current_page=1, last_page=2))
    error = refused(lambda: project_blocks("x", TOKEN))
    assert error.problem.summary.endswith("is not whole after 0 seconds")
    assert len(api.requests) == 1
    api.will_answer(page("a"))
    assert len(project_blocks("x", TOKEN)) == 1


def test_a_404_of_a_proxy_is_no_proof_that_something_is_gone(api: LocalApi) -> None:
    calls: tuple[Call, ...] = (block_exists, session_exists, release_block)
    for call in calls:
        api.will_answer(*[Status(404, body=HTML)] * 4)
        refused(lambda call=call: call("x", TOKEN))  # type: ignore[misc]
        assert len(api.requests) == 4
    api.will_answer(Status(404, body=HTML), Status(404, body=b'{"errors": ["Not found"]}'))
    assert not block_exists("x", TOKEN)


def test_an_answer_about_something_else_is_none(api: LocalApi) -> None:
    api.will_answer(*[{"id": "y"}] * 4)
    assert "about something else" in refused(lambda: block_exists("x", TOKEN)).problem.summary


def test_an_answer_without_end_in_bytes_is_given_up(
    api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_MOST_BYTES", 1 << 20)
    large = json.dumps({"ip_addresses": [], "more": "x" * (1 << 20)}).encode()
    api.will_answer(*[large] * 4)
    assert "larger than 1 MiB" in refused(lambda: project_blocks("x", TOKEN)).problem.summary


def test_a_small_answer_that_unpacks_to_a_large_one_is_given_up(
    api: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gzip

    monkeypatch.setattr(transport, "_MOST_BYTES", 1 << 20)
    packed = gzip.compress(b" " * (1 << 24))
    api.will_answer(*[Status(200, {"Content-Encoding": "gzip"}, packed)] * 4)
    assert "larger than 1 MiB" in refused(lambda: project_blocks("x", TOKEN)).problem.summary


@pytest.mark.parametrize("of_head", [True, False], ids=["head", "body"])
def test_an_api_that_sends_a_byte_now_and_then_is_given_up(
    of_head: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_LONGEST_CALL", 0.5)
    over = threading.Event()
    start = b"HTTP/1.1 200 OK\r\nX-A: " if of_head else b"HTTP/1.1 200 OK\r\n\r\n"

    def drip(listener: socket.socket) -> None:
        near, _ = listener.accept()
        with near:
            near.sendall(start)
            while not over.wait(0.02):
                try:
                    near.sendall(b" ")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(transport, "API", f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        error = refused(lambda: project_blocks("x", TOKEN))
        over.set()
        thread.join()
    assert error.problem.summary.endswith("no whole answer within 0.5 seconds")


@pytest.mark.parametrize(
    "address", ["http://192.0.2.1/metal/v1", "http://127.0.0.1.example.org", "ftp://127.0.0.1"]
)
def test_the_token_goes_nowhere_in_clear_text(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connects(*_: object, **__: object) -> object:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(transport, "API", address)
    monkeypatch.setattr(transport.Session, "request", connects)
    assert "is not https" in refused(lambda: project_blocks("x", TOKEN)).problem.summary


def test_the_token_goes_to_no_host_that_an_answer_names(api: LocalApi) -> None:
    with running_api() as other:
        api.will_answer(
            {
                "ip_addresses": [],
                "meta": {"next": {"href": f"{other.url}/projects/x/ips?page=2"}, "last_page": 2},
            },
            page(last_page=2),
        )
        assert project_blocks("x", TOKEN) == []
        assert other.requests == []
    with running_api() as other:
        api.will_answer(Status(307, {"Location": f"{other.url}/x"}))
        with pytest.raises(PlatformError, match="redirect"):
            project_blocks("x", TOKEN)
        assert other.requests == []


def test_a_check_sees_every_answer_that_is_tried_again(api: LocalApi) -> None:
    found: list[tuple[int, bytes]] = []

    def check(status: int, body: bytes) -> None:
        found.append((status, body))
        if len(found) < 3:
            raise PlatformError("no")

    api.will_answer(b"1", b"2", b"3")
    assert send("GET", "/x", TOKEN, check=check) == (200, b"3")
    assert found == [(200, b"1"), (200, b"2"), (200, b"3")]
