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
from metallb.lookups import block_exists, check_token, project_bgp, project_blocks, session_exists

SECRET = "topSECRETtoken0123456789"
SLEPT: list[float] = []
"""Seconds that the last test waited."""

Asked = list[urllib.request.Request]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Asked]:
    """Lets each call meet the next of these answers: a body, an exception, a status, or one with
    its Retry-After."""
    monkeypatch.setattr("time.sleep", SLEPT.append)
    SLEPT.clear()

    def set_up(*given: Any) -> Asked:
        asked: Asked = []
        left = list(given)

        class Opener:
            def open(self, request: urllib.request.Request, timeout: float) -> Any:
                del timeout
                asked.append(request)
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
        return asked

    return set_up


@pytest.mark.parametrize("given", [f"{SECRET}\n", f" {SECRET}\r\n", f"\t{SECRET} "])
def test_white_space_around_a_token_is_not_sent(
    given: str, answers: Callable[..., Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answers({"ip_addresses": []}, {"ip_addresses": []})
    assert project_blocks("p", given) == []
    monkeypatch.setenv("METAL_AUTH_TOKEN", given)
    assert project_blocks("p", None) == []
    assert [request.get_header("X-auth-token") for request in asked] == [SECRET] * 2


@pytest.mark.parametrize("inside", ["\n", "\r\nX: y", "\x00", "\x7f", "\u201c"])
def test_a_token_that_no_header_holds_is_refused_at_once_and_not_shown(
    inside: str, answers: Callable[..., Asked]
) -> None:
    asked = answers()
    for refuse in (check_token, lambda token: project_blocks("p", token)):
        with pytest.raises(PlatformError) as caught:
            refuse(f"{SECRET}{inside}{SECRET}")
        assert SECRET not in str(caught.value)
        assert "inside" in caught.value.seen
        assert caught.value.remedy
    assert asked == []


@pytest.mark.parametrize(("variable", "config"), [("METAL_AUTH_TOKEN", None), ("", SECRET)])
def test_a_line_break_that_the_plugin_would_choke_on_is_told_with_its_place(
    variable: str, config: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv(variable, f"{SECRET}\n")
    with pytest.raises(PlatformError) as caught:
        check_token(config and f"{config}\n")
    assert caught.value.where == (variable or "equinix-metal:authToken")
    assert "at an end" in caught.value.seen
    assert SECRET not in str(caught.value)


def test_blanks_around_a_token_and_no_token_at_all_are_nobodys_business(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("METAL_AUTH_TOKEN", raising=False)
    monkeypatch.delenv("PACKET_AUTH_TOKEN", raising=False)
    check_token(f" {SECRET} ")
    check_token(None)


def test_what_a_library_says_of_a_header_is_not_repeated(answers: Callable[..., Asked]) -> None:
    answers(*[ValueError(f"Invalid header value b'{SECRET}'")] * 4)
    with pytest.raises(PlatformError) as caught:
        project_blocks("p", SECRET)
    assert SECRET not in str(caught.value)
    assert "ValueError" in caught.value.seen


@pytest.mark.parametrize(
    ("answer", "enabled"),
    [
        ({}, False),
        ({"id": "c", "status": "disabled"}, False),
        ({"id": "c", "status": "enabled"}, True),
        ({"id": "c", "status": "requested"}, None),
        ({"unheard": "of"}, None),
    ],
)
def test_only_a_plain_answer_says_that_a_project_has_no_bgp(
    answer: dict[str, Any], enabled: bool | None, answers: Callable[..., Asked]
) -> None:
    answers(answer)
    assert project_bgp("p", SECRET) is enabled


def test_a_busy_api_is_asked_again_and_is_no_answer_about_bgp(
    answers: Callable[..., Asked],
) -> None:
    answers(429, 503, 500, {"id": "c", "status": "enabled"})
    assert project_bgp("p", SECRET) is True
    answers(429, 429, 429, 429)
    with pytest.raises(PlatformError, match="429"):
        project_bgp("p", SECRET)


def test_a_busy_api_is_asked_again_when_it_says_and_not_for_ever(
    answers: Callable[..., Asked],
) -> None:
    answers(429, 503, 502, {})
    project_blocks("p", SECRET)
    assert SLEPT == [1, 2, 4]
    answers((429, "7"), (503, "600"), (429, "Fri, 01 Jan 2027 00:00:00 GMT"), {})
    SLEPT.clear()
    project_blocks("p", SECRET)
    assert SLEPT == [7, 30, 4], "at most half a minute, and our own pause where it is no number"


def test_what_the_provider_does_not_know_is_gone_and_what_it_refuses_to_say_is_not(
    answers: Callable[..., Asked],
) -> None:
    asked = answers({"id": "b"}, 404, {"id": "s"}, 404, 403)
    assert block_exists("b", SECRET)
    assert not block_exists("b", SECRET)
    assert session_exists("s", SECRET)
    assert not session_exists("s", SECRET)
    with pytest.raises(PlatformError, match="403"):
        block_exists("b", SECRET)
    assert [request.full_url.partition("/v1")[2] for request in asked] == [
        "/ips/b",
        "/ips/b",
        "/bgp/sessions/s",
        "/bgp/sessions/s",
        "/ips/b",
    ]
