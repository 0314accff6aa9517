"""The rights of controller and speakers are enough, and none of them is too much.

Both run with tokens of the ServiceAccounts that are rendered. What they ask for is read from the
API server's audit log.
"""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from lab import audit, exercise
from lab.api import Api, Object
from lab.audit import Permission, Request
from lab.errors import LabError
from lab.spawn import wait_until
from tests.support.running import Running, requests

pytestmark = pytest.mark.lab

ACCOUNTS = ("metallb-system/controller", "metallb-system/speaker")
PROMETHEUS = ("monitoring", "prometheus-k8s")
METRICS_PORT = 9120


@pytest.fixture(scope="module")
def prometheus(running: Running) -> Iterator[Api]:
    """The API server for the account that the rendered roles name for Prometheus."""
    api = running.lab.api
    namespace, name = PROMETHEUS
    home = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    meta = {"name": name, "namespace": namespace}
    api.apply(home)
    api.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
    user = api.as_user(api.token_of(namespace, name))
    yield user
    user.close()


@pytest.fixture(scope="module")
def lived(running: Running, prometheus: Api) -> set[Request]:
    """Every request of MetalLB's and Prometheus's accounts in a whole life of a cluster."""
    exercise.everything(running.cluster)
    wait_until("every session", running.cluster.sessions_up)
    for address in _metrics_addresses(running):
        _wait_for_metrics(address, prometheus)
    _discover_targets(prometheus)
    return requests(running.lab)


def _metrics_addresses(running: Running) -> list[str]:
    plane = running.lab.plane
    return [str(plane.address), str(plane.network[10])]


def _metrics(address: str, token: str | None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.get(
        f"https://{address}:{METRICS_PORT}/metrics",
        headers=headers,
        verify=False,  # noqa: S501 - as the rendered ServiceMonitor does; the certificate is made up
        trust_env=False,
        timeout=60,
    )


def _wait_for_metrics(address: str, prometheus: Api) -> None:
    """A process that just started makes its certificate first."""
    token = prometheus.token
    wait_until(f"metrics of {address}", lambda: _metrics(address, token).status_code == 200)


def _discover_targets(prometheus: Api) -> None:
    """What Prometheus's service discovery requests: lists, then watches."""
    for version, kind in (
        ("v1", "Service"),
        ("v1", "Pod"),
        ("discovery.k8s.io/v1", "EndpointSlice"),
    ):
        path = prometheus.path(version, kind, "", "metallb-system")
        prometheus.request("GET", path)
        prometheus.watch(path, seconds=1)


def test_nothing_that_metallb_requests_is_forbidden(running: Running, lived: set[Request]) -> None:
    denied = sorted(str(r) for r in lived if r.account in ACCOUNTS and not r.allowed)
    assert not denied
    for pod in running.lab.pods.values():
        assert "forbidden" not in pod.log.read_text().lower(), pod.name


def test_the_life_that_was_lived_touches_all_that_a_life_does(lived: set[Request]) -> None:
    """Guards the tests here: a life without these requests would prove little."""
    made = {(r.account.partition("/")[2], r.verb, r.resource) for r in lived}
    assert {
        ("controller", "update", "services/status"),
        ("controller", "update", "secrets"),
        ("controller", "update", "validatingwebhookconfigurations"),
        ("controller", "update", "customresourcedefinitions"),
        ("controller", "update", "ipaddresspools/status"),
        ("controller", "create", "events"),
        ("controller", "create", "tokenreviews"),
        ("speaker", "create", "servicebgpstatuses"),
        ("speaker", "delete", "servicebgpstatuses"),
        ("speaker", "patch", "servicel2statuses/status"),
        ("speaker", "create", "events"),
    } <= made


def test_every_permission_is_needed_by_a_request_that_was_made(
    running: Running, lived: set[Request]
) -> None:
    given = [p for p in audit.permissions(running.cluster.objects) if p.account in ACCOUNTS]
    assert len(given) > 30, "too few permissions were found to mean anything"
    assert not [str(permission) for permission in audit.unneeded(given, lived)]


def _rules(objects: list[Object]) -> Iterator[tuple[Object, int, Object]]:
    """Each rule of each role that is bound to MetalLB's accounts, and the role without it."""
    bound = {
        (obj["roleRef"]["kind"], obj["roleRef"]["name"])
        for obj in objects
        if obj["kind"].endswith("RoleBinding")
        and any(f"{s.get('namespace')}/{s['name']}" in ACCOUNTS for s in obj["subjects"])
    }
    for role in objects:
        if (role["kind"], role["metadata"]["name"]) in bound:
            for number in range(len(role["rules"])):
                less = copy.deepcopy(role)
                del less["rules"][number]
                yield role, number, less


def _may(api: Api, request: Request) -> bool:
    """What the API server itself says to a request of an account."""
    resource, _, part = request.resource.partition("/")
    attributes: dict[str, Any] = {
        "verb": request.verb,
        "group": request.group,
        "resource": resource,
        "subresource": part,
        "namespace": request.namespace,
        "name": request.name,
    }
    user = "system:serviceaccount:" + request.account.replace("/", ":")
    spec = {"user": user, "groups": ["system:serviceaccounts"], "resourceAttributes": attributes}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "metadata": {"name": ""},
        "spec": spec,
    }
    path = api.path("authorization.k8s.io/v1", "SubjectAccessReview")
    return bool(api.request("POST", path, json=review)["status"]["allowed"])


def test_without_any_one_rule_the_api_server_denies_something_that_metallb_requests(
    running: Running, lived: set[Request]
) -> None:
    api = running.lab.api
    ours = sorted((r for r in lived if r.account in ACCOUNTS), key=str)
    atoms = audit.permissions(running.cluster.objects)
    rules = list(_rules(running.cluster.objects))
    assert len(rules) > 20, "too few rules were found to mean anything"
    spared = []
    for role, number, less in rules:
        hit = next(iter(_only_by(role, number, atoms, ours)), None)
        api.apply(less)
        try:
            if hit is None or not _denied_soon(api, hit):
                spared.append(f"{role['metadata']['name']}, rule {number}: {role['rules'][number]}")
        finally:
            api.apply(role)
    assert not spared


def _only_by(
    role: Object, number: int, atoms: list[Permission], made: list[Request]
) -> Iterator[Request]:
    """Requests that this rule alone allows."""
    without = copy.deepcopy(role)
    rule = without["rules"].pop(number)
    name = f"{role['kind']} {role['metadata']['name']}"
    mine = [
        p
        for p in atoms
        if p.role == name
        and p.verb in rule["verbs"]
        and p.resource in rule["resources"]
        and p.group in rule["apiGroups"]
        and p.names == tuple(rule.get("resourceNames", ()))
    ]
    rest = [p for p in atoms if p not in mine]
    for request in made:
        if any(p.allows(request) for p in mine) and not any(p.allows(request) for p in rest):
            yield request


def _denied_soon(api: Api, request: Request) -> bool:
    """The API server's own cache of roles takes a moment."""
    with contextlib.suppress(LabError):
        wait_until("a refusal", lambda: not _may(api, request), seconds=30, every=0.01)
        return True
    return False


def test_a_missing_rule_shows_in_the_log_and_in_the_audit(running: Running) -> None:
    """The check above reads both; here it fails for a rule that really is gone."""
    api, lab = running.lab.api, running.lab
    role = next(
        obj
        for obj in running.cluster.objects
        if obj["kind"] == "ClusterRole" and obj["metadata"]["name"].endswith(":speaker")
    )
    number = next(n for n, rule in enumerate(role["rules"]) if "nodes" in rule["resources"])
    less = copy.deepcopy(role)
    del less["rules"][number]
    pod = lab.speaker(lab.fabric.hosts[0])
    api.apply(less)
    try:
        wait_until("the rule to be gone", lambda: not _may(api, _list_nodes()))
        pod.kill()
        pod.start()
        wait_until("a complaint in the log", lambda: "forbidden" in pod.log_text().lower())
    finally:
        api.apply(role)
        wait_until("the rule to be back", lambda: _may(api, _list_nodes()))
        pod.kill()
        pod.start()
        wait_until("every session", running.cluster.sessions_up)
    assert any(
        r.resource == "nodes" and not r.allowed
        for r in requests(lab)
        if r.account == "metallb-system/speaker"
    )
    # Later tests look at the whole log: this complaint is expected.
    pod.log.write_text("")


def _list_nodes() -> Request:
    return Request("metallb-system/speaker", "list", "", "nodes", "", "", allowed=True)


def test_metrics_answer_prometheus_and_no_other_client(running: Running, prometheus: Api) -> None:
    stranger = running.lab.api.token_of("metallb-system", "controller")
    for address in _metrics_addresses(running):
        _wait_for_metrics(address, prometheus)
        answer = _metrics(address, prometheus.token)
        assert answer.status_code == 200
        assert "metallb_" in answer.text
        assert _metrics(address, None).status_code == 401
        assert _metrics(address, stranger).status_code == 403


def test_prometheus_finds_its_targets_with_the_rendered_rights(
    running: Running, lived: set[Request]
) -> None:
    account = "/".join(PROMETHEUS)
    made = [r for r in lived if r.account == account]
    assert made
    assert all(r.allowed for r in made)
