"""Which answers say that MetalLB's webhook judges, and how long they are awaited."""

import asyncio
import json
from typing import Any

import pytest

from metallb.problems.errors import EngineError
from metallb.program import admission
from metallb.program.admission import Unjudged, await_verdict

HOOK = "ipaddresspoolvalidationwebhook.metallb.io"
POOLS = "/apis/metallb.io/v1beta1/namespaces/lb/ipaddresspools"

STORED = (201, "{}")
OVERLAPS = (403, f'admission webhook "{HOOK}" denied the request: CIDR overlaps')
REFUSED = (
    500,
    f'Internal error occurred: failed calling webhook "{HOOK}": failed to call webhook: Post '
    '"https://metallb-webhook-service.lb.svc:443/x": dial tcp 10.0.0.1:443: connection refused',
)
"""What a Kubernetes 1.34 API server says of a pod that is ready and does not listen."""
UNREACHABLE = EngineError("no route", code="E601")


class Cluster:
    """Gives these answers, one a question, and the last one for ever."""

    def __init__(self, *answers: tuple[int, str] | EngineError) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str, Any]] = []

    def dry_run(self, path: str, body: Any) -> tuple[int, str]:
        self.requests.append((path, body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, EngineError):
            raise answer
        status, message = answer
        return status, message if message.startswith("{") else json.dumps({"message": message})


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time that passes by sleeping alone."""
    slept = [0.0]

    async def sleep(seconds: float) -> None:
        slept[0] += seconds

    monkeypatch.setattr(admission.asyncio, "sleep", sleep)
    monkeypatch.setattr(admission.time, "monotonic", lambda: slept[0])
    return slept


def ask(*answers: tuple[int, str] | EngineError) -> tuple[Cluster, list[str]]:
    cluster = Cluster(*answers)
    shown: list[str] = []
    # A loop of its own: asyncio.run takes the thread's loop away, and other tests need that.
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(await_verdict(cluster, "lb", waiting=shown.append))
    finally:
        loop.close()
    return cluster, shown


@pytest.mark.parametrize(
    "verdict", [STORED, OVERLAPS, (409, "already exists")], ids=["yes", "no", "taken"]
)
def test_a_verdict_is_an_answer_whatever_it_says(verdict: tuple[int, str]) -> None:
    cluster, shown = ask(verdict)
    assert len(cluster.requests) == 1
    assert shown == []


@pytest.mark.parametrize(
    "answer",
    [
        REFUSED,
        (500, f'failed calling webhook "{HOOK}": no endpoints available for service'),
        (500, f'failed calling webhook "{HOOK}": context deadline exceeded'),
        (404, "the server could not find the requested resource"),
        (429, "too many requests"),
        (503, "apiserver is shutting down"),
        UNREACHABLE,
    ],
    ids=["refused", "no endpoint", "timeout", "no kind", "busy", "starting", "a blip"],
)
def test_what_passes_is_waited_for_and_reported_once(answer: Any) -> None:
    cluster, shown = ask(answer, answer, STORED)
    assert len(cluster.requests) == 3
    assert len(shown) == 1


def test_a_webhook_that_never_answers_ends_the_update_with_what_to_do(clock: list[float]) -> None:
    with pytest.raises(EngineError) as caught:
        ask(REFUSED)
    problem = caught.value.problem
    assert problem.code == "E603"
    assert "connection refused" in problem.summary + problem.detail
    assert "9443" in problem.help
    assert "again" in problem.help
    assert 120 < clock[0] < 600, "longer than a certificate takes, and not for ever"


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([(403, "User u cannot create resource")], "cannot create"),
        ([(401, "Unauthorized")], "401"),
        ([(422, "spec.addresses is invalid")], "422"),
        ([(400, 'admission webhook "policy.example" denied the request: no')], "policy.example"),
        ([UNREACHABLE], "no route"),
    ],
    ids=["forbidden", "unauthorized", "invalid", "another webhook's", "unreachable"],
)
def test_an_api_server_without_a_verdict_is_not_called_for_ever(
    answers: list[Any], reason: str, clock: list[float]
) -> None:
    with pytest.raises(Unjudged, match=reason):
        ask(*answers)
    assert clock[0] < 10


def test_the_question_is_a_pool_that_every_release_takes() -> None:
    cluster, _ = ask(STORED)
    [(path, body)] = cluster.requests
    assert path == POOLS
    assert (body["apiVersion"], body["kind"]) == ("metallb.io/v1beta1", "IPAddressPool")
    assert "name" not in body["metadata"], "a name may be taken"
    assert set(body["spec"]) == {"addresses", "autoAssign"}, "fields of 0.13"
    assert body["spec"]["autoAssign"] is False
