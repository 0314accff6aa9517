"""The roles that a page gives for `status` allow what it requests, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from metallb.installation.monitoring import monitoring
from metallb.installation.names import METRICS_READER
from metallb.stackfile import stack_config
from metallb.status.cluster import LiveCluster
from metallb.status.look import look
from tests.docs.blocks import blocks
from tests.unit.status.conftest import SECTIONS, Recorded
from tests.unit.status.older import make_older
from tests.unit.status.servers import Server
from tests.unit.status.test_announcements import STATUSES
from tests.unit.status.test_announcements import service as unheard
from tests.unit.status.test_layer2 import LAYER2, OF_DEFAULT
from tests.unit.status.test_pools_and_services import service

PAGE = [
    each
    for block in blocks("yaml")
    if block.page.name == "status.md"
    for each in yaml.safe_load_all(block.text)
    if isinstance(each, dict) and "kind" in each
]
ROLES = [each for each in PAGE if each["kind"] in ("Role", "ClusterRole")]
(READING,) = [each for each in ROLES if each["metadata"]["name"].endswith(METRICS_READER)]
ACCOUNT = ("metallb-system", METRICS_READER)
INSTALLS = ({"version": "0.12.1"}, {"version": "0.16.1", "source": "helm", "bgpMode": "frr-k8s"})

Right = tuple[str, str, str, str]
"""Verb, API group, resource and namespace; an empty namespace is the whole cluster."""


def needed(method: str, path: str) -> Iterator[Right]:
    """The right for a request (Kubernetes, "Authorization": request attributes)."""
    match = re.fullmatch(
        r"/(?:api|apis/(?P<group>[^/]+))/v[^/]+(?:/namespaces/(?P<namespace>[^/]+))?"
        r"/(?P<resource>[^/]+)(?:/(?P<name>[^/]+)/(?P<part>[^/]+)(?:/.*)?)?",
        urlsplit(path).path,
    )
    assert match, path
    part = match["part"]
    resource = f"{match['resource']}/{part}" if part else match["resource"]
    verbs = ["create"] if method == "POST" else ["get"] if part else ["list"]
    if part == "portforward":
        verbs.append("create")  # Kubernetes 1.35: for a websocket as well
    for verb in verbs:
        yield verb, match["group"] or "", resource, match["namespace"] or ""


def given(roles: list[dict[str, Any]]) -> Iterator[Right]:
    for role in roles:
        namespace = role["metadata"].get("namespace", "")
        assert (role["kind"] == "Role") == bool(namespace)
        for rule in role["rules"]:
            for verb in rule["verbs"]:
                for group in rule.get("apiGroups", ()):
                    for resource in rule["resources"]:
                        yield verb, group, resource, namespace


@pytest.fixture
def requests(tmp_path: Path) -> list[tuple[str, str]]:
    """All requests to clusters of both ages."""
    api = Server()
    user = {
        "clusters": [{"name": "k", "cluster": {"server": f"http://127.0.0.1:{api.port}"}}],
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "users": [{"name": "u", "user": {}}],
    }
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump({"current-context": "c", **user}))
    # A node out of reach: every way is tried.
    client = LiveCluster(str(path), account=ACCOUNT, address_of=lambda _: "nowhere.invalid")
    token = f"/api/v1/namespaces/{ACCOUNT[0]}/serviceaccounts/{ACCOUNT[1]}/token"
    api.answers["POST", token] = (201, {"status": {"token": "t"}})
    for install in INSTALLS:
        recorded = Recorded()
        if install["version"] == "0.12.1":
            make_older(recorded)
        # One waits for an address, and one has one that no node announces.
        recorded.replies["/api/v1/services"] = [service("web"), unheard()]
        recorded.replies[STATUSES] = []
        if install["version"] != "0.12.1":
            recorded.replies[LAYER2] = [OF_DEFAULT]
        for listed, items in recorded.replies.items():
            api.answers["GET", f"{listed}?limit=500"] = (200, {"items": items})
        stack = stack_config({**SECTIONS, "install": install}, source="test")
        look(client, stack.install)
        client.log(recorded.replies["/api/v1/namespaces/metallb-system/pods"][0])
    api.stop()
    return [(method, path) for method, path, _ in api.requests]


def test_the_roles_on_the_page_are_what_status_requests(requests: list[tuple[str, str]]) -> None:
    wanted = {right for method, path in requests for right in needed(method, path)}
    assert wanted == set(given(ROLES))


def test_tokens_of_one_account_may_be_requested_and_it_alone_reads_metrics() -> None:
    rules = [rule for role in ROLES for rule in role["rules"]]
    (tokens,) = [rule for rule in rules if "serviceaccounts/token" in rule.get("resources", ())]
    assert tokens["resourceNames"] == [ACCOUNT[1]]
    assert [role for role in ROLES if any("nonResourceURLs" in rule for rule in role["rules"])] == [
        READING
    ]


def test_the_page_makes_the_account_that_an_installation_with_monitors_makes() -> None:
    install = stack_config(
        {
            **SECTIONS,
            "install": {
                "version": "0.16.2",
                "source": "helm",
                "bgpMode": "frr",
                "monitoring": {"serviceMonitor": True},
            },
        },
        source="test",
    ).install
    made = {(each["kind"], each["metadata"]["name"]): each for each in monitoring(install)}
    for written in PAGE:
        kind, name = written["kind"], written["metadata"]["name"]
        if name.endswith(METRICS_READER):
            ours = made.pop((kind, name))
            subjects = [each for each in ours.get("subjects", ()) if each["name"] == METRICS_READER]
            body = {**ours, **({"subjects": subjects} if subjects else {})}
            body["metadata"] = {k: v for k, v in ours["metadata"].items() if k != "labels"}
            assert written == body
    assert not made
