"""The roles that a page gives for `status` allow what it requests, and nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from metallb.config import stack_config
from metallb.status.cluster import LiveCluster
from metallb.status.look import look
from tests.docs.blocks import blocks
from tests.unit.status.conftest import SECTIONS, Recorded
from tests.unit.status.older import make_older
from tests.unit.status.servers import Server
from tests.unit.status.test_announcements import STATUSES
from tests.unit.status.test_announcements import service as unheard
from tests.unit.status.test_pools_and_services import service

ROLES = [
    role
    for block in blocks("yaml")
    if block.page.name == "operations.md"
    for role in yaml.safe_load_all(block.text)
    if isinstance(role, dict) and role.get("kind") in ("Role", "ClusterRole")
]
ACCOUNT = ("monitoring", "prometheus-k8s")
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
    """All requests to clusters of both ages, by a kubeconfig without a token."""
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


def test_tokens_are_lent_of_one_account_and_metrics_are_open_to_ones_own(
    requests: list[tuple[str, str]],
) -> None:
    rules = [rule for role in ROLES for rule in role["rules"]]
    (lending,) = [rule for rule in rules if "serviceaccounts/token" in rule.get("resources", ())]
    assert lending["resourceNames"] == [ACCOUNT[1]]
    assert [rule for rule in rules if "nonResourceURLs" in rule] == [
        {"nonResourceURLs": ["/metrics"], "verbs": ["get"]}
    ]
