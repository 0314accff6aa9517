"""The program's own questions to the API, on an opener of the test's."""

import io
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from typing import Any

import pytest

from metallb.errors import PlatformError
from metallb.lookups import (
    block_exists,
    check_token,
    find_block_by_tag,
    project_bgp,
    project_blocks,
    session_exists,
)

SECRET = "topSECRETtoken0123456789"
SLEPT: list[float] = []
"""Seconds that the last test waited."""

Requests = list[urllib.request.Request]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Requests]:
    """Lets each call meet the next of these answers: a body, an exception, a status, or one with
    its Retry-After."""
    monkeypatch.setattr("time.sleep", SLEPT.append)
    SLEPT.clear()

    def set_up(*given: Any) -> Requests:
        requests: Requests = []
        left = list(given)

        class Opener:
            def open(self, request: urllib.request.Request, timeout: float) -> Any:
                del timeout
                requests.append(request)
                item = left.pop(0)
                if isinstance(item, Exception):
                    raise item
                if isinstance(item, int | tuple):
                    status, wait = item if isinstance(item, tuple) else (item, None)
                    headers = Message()
                    if wait is not None:
                        headers["Retry-After"] = wait
                    raise urllib.error.HTTPError(request.full_url, status, "", headers, None)
                return io.BytesIO(json.dumps(item).encode())

        monkeypatch.setattr("urllib.request.build_opener", Opener)
        return requests

    return set_up


@pytest.mark.parametrize("given", [f"{SECRET}\n", f" {SECRET}\r\n", f"\t{SECRET} "])
def test_white_space_around_a_token_is_not_sent(
    given: str, answers: Callable[..., Requests], monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = answers({"ip_addresses": []}, {"ip_addresses": []})
    assert project_blocks("p", given) == []
    monkeypatch.setenv("METAL_AUTH_TOKEN", given)
    assert project_blocks("p", None) == []
    assert [request.get_header("X-auth-token") for request in requests] == [SECRET] * 2


@pytest.mark.parametrize("inside", ["\n", "\r\nX: y", "\x00", "\x7f", "\u201c"])
def test_a_token_that_no_header_holds_is_refused_at_once_and_not_shown(
    inside: str, answers: Callable[..., Requests]
) -> None:
    requests = answers()
    for refuse in (check_token, lambda token: project_blocks("p", token)):
        with pytest.raises(PlatformError) as caught:
            refuse(f"{SECRET}{inside}{SECRET}")
        assert SECRET not in str(caught.value)
        assert caught.value.problem.code == "E301"
        assert "inside" in caught.value.problem.summary
        assert caught.value.problem.help
    assert requests == []


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


def test_the_text_of_a_library_about_a_header_is_not_repeated(
    answers: Callable[..., Requests],
) -> None:
    answers(*[ValueError(f"Invalid header value b'{SECRET}'")] * 4)
    with pytest.raises(PlatformError) as caught:
        project_blocks("p", SECRET)
    assert SECRET not in str(caught.value)
    assert caught.value.problem.code == "E304"
    assert "ValueError" in caught.value.problem.summary


@pytest.mark.parametrize(
    ("answer", "enabled"),
    [
        ({}, False),
        ({"id": "c", "status": "disabled"}, False),
        ({"id": "c", "status": "enabled"}, True),
        ({"id": "c", "status": "requested"}, None),
        ({"other": "key"}, None),
    ],
)
def test_only_a_plain_answer_means_that_a_project_has_no_bgp(
    answer: dict[str, Any], enabled: bool | None, answers: Callable[..., Requests]
) -> None:
    answers(answer)
    assert project_bgp("p", SECRET) is enabled


def test_a_call_is_repeated_where_the_api_is_busy_and_that_is_no_answer_about_bgp(
    answers: Callable[..., Requests],
) -> None:
    answers(429, 503, 500, {"id": "c", "status": "enabled"})
    assert project_bgp("p", SECRET) is True
    answers(429, 429, 429, 429)
    with pytest.raises(PlatformError, match="429") as caught:
        project_bgp("p", SECRET)
    assert caught.value.problem.code == "E304"


def test_a_busy_api_sets_the_pause_before_the_next_call_within_bounds(
    answers: Callable[..., Requests],
) -> None:
    answers(429, 503, 502, {})
    project_blocks("p", SECRET)
    assert SLEPT == [1, 2, 4]
    answers((429, "7"), (503, "600"), (429, "Fri, 01 Jan 2027 00:00:00 GMT"), {})
    SLEPT.clear()
    project_blocks("p", SECRET)
    assert SLEPT == [7, 30, 4], "at most half a minute, and our own pause where it is no number"


def test_a_404_means_that_it_is_gone_and_a_403_does_not(
    answers: Callable[..., Requests],
) -> None:
    requests = answers({"id": "b"}, 404, {"id": "s"}, 404, 403)
    assert block_exists("b", SECRET)
    assert not block_exists("b", SECRET)
    assert session_exists("s", SECRET)
    assert not session_exists("s", SECRET)
    with pytest.raises(PlatformError, match="403") as caught:
        block_exists("b", SECRET)
    assert caught.value.problem.code == "E301"
    assert [request.full_url.partition("/v1")[2] for request in requests] == [
        "/ips/b",
        "/ips/b",
        "/bgp/sessions/s",
        "/bgp/sessions/s",
        "/ips/b",
    ]


@pytest.mark.parametrize(
    ("status", "code"), [(401, "E301"), (403, "E301"), (404, "E302"), (422, "E301"), (501, "E304")]
)
def test_each_status_has_its_code_and_the_call(
    status: int, code: str, answers: Callable[..., Requests]
) -> None:
    answers(status)
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
def test_a_tag_adopts_the_one_block_that_has_it(
    tagged: int, answers: Callable[..., Requests]
) -> None:
    blocks = [{"id": f"b{number}", "tags": ["t"]} for number in range(tagged)]
    answers({"ip_addresses": [*blocks, {"id": "other", "tags": []}]})
    with pytest.raises(PlatformError) as caught:
        find_block_by_tag("p", "t", SECRET)
    assert caught.value.problem.code == "E302"
    assert all(block["id"] in caught.value.problem.summary for block in blocks)
