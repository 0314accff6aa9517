"""What a pod is shown by status, and what a pod that keeps it could do with it."""

import base64
import json
import sys
from typing import Any

import pytest

from lab.errors import LabError
from lab.paths import ROOT
from lab.spawn import spawn, wait_until
from metallb.installation.names import METRICS_READER
from metallb.status.cluster import LiveCluster
from metallb.status.model import Health
from tests.status.conftest import NAMESPACE, Site
from tests.status.curious import PLAIN, SECURE

pytestmark = pytest.mark.lab
READER = (NAMESPACE, METRICS_READER)


class Curious:
    """A program in a speaker's place, and the credentials that it was shown."""

    def __init__(self, site: Site) -> None:
        pod = next(each for name, each in site.cluster.lab.pods.items() if "speaker" in name)
        self.log = site.cluster.lab.folder / "logs" / "curious.log"
        self.pod = site.api.get("v1", "Pod", pod.name, NAMESPACE)
        command = [sys.executable, "-m", "tests.status.curious"]
        environment = {"PYTHONPATH": str(ROOT)}
        record = site.cluster.lab.record
        started = spawn(
            record, "curious", command, ns=pod.ns, log=self.log, environment=environment
        )
        wait_until("the program", lambda: self.log.stat().st_size > 0, log=self.log, of=started)

    def shown(self) -> list[str | None]:
        return [json.loads(line) for line in self.log.read_text().splitlines()[1:]]


@pytest.fixture(scope="module")
def curious(site: Site) -> Curious:
    return Curious(site)


def client(site: Site) -> LiveCluster:
    return LiveCluster(str(site.cluster.lab.plane.kubeconfig), account=READER)


def payload(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


def test_a_pod_is_shown_a_token_of_ten_minutes_that_reads_metrics_alone(
    site: Site, curious: Curious
) -> None:
    before = len(curious.shown())
    assert client(site).metrics(curious.pod, SECURE, secure=True)
    (header,) = curious.shown()[before:]
    assert header is not None
    token = header.removeprefix("Bearer ")
    assert token != site.cluster.lab.plane.admin_token
    claims = payload(token)
    assert claims["sub"] == f"system:serviceaccount:{':'.join(READER)}"
    assert claims["exp"] - claims["iat"] == 600
    thief = site.api.as_user(token)
    for version, kind, namespace in (
        ("v1", "Secret", NAMESPACE),
        ("v1", "Pod", NAMESPACE),
        ("v1", "Node", None),
        ("metallb.io/v1beta1", "IPAddressPool", NAMESPACE),
    ):
        with pytest.raises(LabError, match="403"):
            thief.list(version, kind, namespace)
    thief.close()


def test_a_pod_with_plain_metrics_is_shown_no_credential(site: Site, curious: Curious) -> None:
    before = len(curious.shown())
    assert client(site).metrics(curious.pod, PLAIN, secure=False)
    assert curious.shown()[before:] == [None]


def test_without_the_account_status_says_so_first_and_shows_the_rest(site: Site) -> None:
    account = site.api.get("v1", "ServiceAccount", METRICS_READER, NAMESPACE)
    site.api.delete(account)
    try:
        status = site.status(client(site))
    finally:
        meta = {"name": METRICS_READER, "namespace": NAMESPACE}
        site.api.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta})
    assert "404" in status.without_token
    assert status.health is Health.UNKNOWN
    assert {session.up for session in status.sessions} == {None}
    assert len(status.sessions) == 6
    assert {pool.name for pool in status.pools} == {"default", "intranet"}
