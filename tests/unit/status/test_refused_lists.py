"""What status makes of a caller that may not list everything."""

import pytest

from metallb.problems.errors import EngineError
from metallb.stackfile import stack_config
from metallb.status.model import Health
from metallb.status.text import text
from tests.unit.status.conftest import NS, SECTIONS
from tests.unit.status.older import older
from tests.unit.status.test_pools_and_services import no_counters, service

GROUP = "/apis/metallb.io/v1beta{}/namespaces/metallb-system/{}"
STATES = "/apis/frrk8s.metallb.io/v1beta1/bgpsessionstates"
ENDPOINTS = "/apis/discovery.k8s.io/v1/endpointslices"
WORKLOADS = f"/apis/apps/v1/namespaces/{NS}/"
CONFIG_MAPS = f"/api/v1/namespaces/{NS}/configmaps"
FRR_K8S = stack_config(
    {**SECTIONS, "install": {"version": "0.16.1", "source": "existing", "bgpMode": "frr-k8s"}},
    source="test",
)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/services", "Services"),
        (GROUP.format(2, "bgppeers"), "BGPPeers"),
        (GROUP.format(1, "ipaddresspools"), "IPAddressPools"),
        (GROUP.format(1, "bgpadvertisements"), "BGPAdvertisements"),
        (GROUP.format(1, "bfdprofiles"), "BFDProfiles"),
        (GROUP.format(1, "communities"), "Communities"),
        (GROUP.format(1, "configurationstates"), "ConfigurationStates"),
        (GROUP.format(1, "l2advertisements"), "L2Advertisements"),
        (GROUP.format(1, "servicebgpstatuses"), "ServiceBGPStatuses"),
        (GROUP.format(1, "servicel2statuses"), "ServiceL2Statuses"),
        (WORKLOADS + "deployments", "Deployments"),
        (WORKLOADS + "daemonsets", "DaemonSets"),
        (CONFIG_MAPS, "ConfigMaps"),
    ],
)
def test_a_list_that_is_refused_is_noted_and_the_rest_is_reported(cluster, path, kind):
    cluster.forbidden = {path}
    status = cluster.status()
    assert status.health is Health.UNKNOWN
    assert [session.up for session in status.sessions] == [True] * 4
    assert status.drift == (), "what can't be listed is not missing"
    (note,) = status.notes
    assert note.startswith(f"{kind} can't be listed (403 {path.rpartition('/')[2]} is forbidden): ")
    assert note in text(status)


@pytest.mark.parametrize("path", ["/api/v1/nodes", f"/api/v1/namespaces/{NS}/pods"])
def test_without_nodes_and_pods_there_is_no_status(cluster, path):
    cluster.forbidden = {path}
    with pytest.raises(EngineError, match="is forbidden") as caught:
        cluster.status()
    assert caught.value.problem.code == "E602"


def test_a_service_that_waits_is_reported_without_the_right_to_read_events(cluster):
    cluster.replies["/api/v1/services"] = [service("web")]
    cluster.forbidden = {"/api/v1/events"}
    status = cluster.status()
    assert [each.why for each in status.pending] == ["MetalLB's events can't be read"]
    assert status.health is Health.UNHEALTHY


def test_without_services_no_pool_is_called_free(cluster):
    no_counters(cluster, "203.0.113.128/28")
    cluster.forbidden = {"/api/v1/services"}
    assert cluster.status().pools == ()
    assert older(cluster, "3s").pools == ()


def test_without_the_config_map_sessions_are_those_of_the_stack_file(cluster):
    cluster.forbidden = {CONFIG_MAPS}
    status = older(cluster, "30s")
    assert status.health is Health.UNKNOWN
    assert len(status.sessions) == 4
    assert all(session.up for session in status.sessions)
    assert (status.drift, status.pools) == ((), ())


def test_only_what_the_release_and_the_mode_have_is_listed(cluster):
    cluster.forbidden = {STATES, ENDPOINTS}
    assert cluster.status().health is Health.HEALTHY
    cluster.listed.clear()
    older(cluster, "3s")
    assert not [path for path in cluster.listed if "metallb.io" in path]


def test_without_session_states_frr_k8s_sessions_are_unknown_with_the_reason(cluster):
    cluster.texts = dict.fromkeys(cluster.texts, "metallb_k8s_client_config_stale_bool 0\n")
    cluster.forbidden = {STATES}
    status = cluster.status(FRR_K8S)
    assert {session.up for session in status.sessions} == {None}
    assert "403 bgpsessionstates is forbidden" in status.sessions[0].why
    assert status.health is Health.UNKNOWN
