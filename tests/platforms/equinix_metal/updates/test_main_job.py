"""The same on a real API server: apply, wait for the webhook, refresh, upgrade, delete.

The lab's API server has no controllers; `lab.hands` reports workloads as rolled out and runs
MetalLB's own controller, whose webhook is the real one. One story on one cluster, in order.
"""

from collections.abc import Iterator

import pytest

from lab.hands import NAMESPACE, ClusterHands
from lab.metal_api import running_emulation
from lab.site import Lab
from metallb import installation
from metallb.stackfile.install import Install
from tests.platforms.equinix_metal.updates.conftest import DEMO
from tests.platforms.equinix_metal.updates.harness import Config, Project, changed, small
from tests.platforms.equinix_metal.updates.test_changes import UPGRADE


@pytest.fixture(scope="module")
def project(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """MetalLB 0.12.1 on that control plane, to begin with."""

    def old(config: Config) -> None:
        config["install"] = {"version": "0.12.1"}
        config["kubernetes"] = {"kubeconfig": str(lab.plane.kubeconfig)}

    folder = tmp_path_factory.mktemp("cluster")
    with running_emulation(DEMO) as cloud, ClusterHands(lab):
        yield Project(folder, cloud, changed(small(), old), direct=str(lab.plane.address))


def names(lab: Lab, version: str, kind: str) -> list[str]:
    return [item["metadata"]["name"] for item in lab.api.list(version, kind, NAMESPACE)]


def test_up_writes_the_configmap_and_a_second_up_and_a_refresh_change_nothing(
    lab: Lab, project: Project
) -> None:
    outcome = project.up()
    assert set(outcome.changes) == {"create"}
    assert "config" in names(lab, "v1", "ConfigMap")
    again = project.up()
    assert again.nothing_changed, again.diffs
    refreshed = project.refresh()
    assert set(refreshed.counts) == {"same"}, refreshed.diffs


def test_the_upgrade_waits_for_the_webhook_and_touches_no_address_and_no_session(
    lab: Lab, project: Project
) -> None:
    blocks, sessions = project.blocks(), project.sessions()
    project.change(lambda config: config.update(install={"version": "0.16.2"}))
    looked = project.preview()
    assert not looked.failed, looked.messages
    outcome = project.up()
    assert outcome.changes == UPGRADE
    assert project.blocks() == blocks
    assert project.sessions() == sessions
    assert "config" not in names(lab, "v1", "ConfigMap")
    assert names(lab, "metallb.io/v1beta2", "BGPPeer") == ["worker-0", "worker-1"]
    again = project.up()
    assert again.nothing_changed, again.diffs
    refreshed = project.refresh()
    assert set(refreshed.counts) == {"same"}, refreshed.diffs


@pytest.mark.parametrize("version", ["0.16.0", "0.16.2"])
def test_a_release_with_other_probes_gets_these_and_nothing_of_the_former_ones(
    lab: Lab, project: Project, version: str
) -> None:
    project.change(lambda config: config.update(install={"version": version}))
    looked = project.preview()
    assert not looked.failed, looked.messages
    # The controller's probes go to its address, so a wrong one would end here.
    project.up()
    [rendered] = [
        item
        for item in installation.controller(Install(version=version))
        if item["kind"] == "Deployment"
    ]
    live = lab.api.get("apps/v1", "Deployment", "controller", NAMESPACE)
    [wanted], [found] = (
        item["spec"]["template"]["spec"]["containers"] for item in (rendered, live)
    )
    for probe in ("livenessProbe", "readinessProbe"):
        assert found[probe]["httpGet"] == {"scheme": "HTTP"} | wanted[probe]["httpGet"]
    assert found["startupProbe"]["tcpSocket"] == wanted["startupProbe"]["tcpSocket"]


def test_a_pool_is_renamed_in_two_steps_as_the_webhook_refuses_both_at_once(
    lab: Lab, project: Project
) -> None:
    blocks = project.blocks()
    pool = project.config["addressPools"]["default"]
    spare = {"addresses": ["198.51.100.0/28"]}
    project.change(lambda config: config.update(addressPools={"public": pool, "spare": spare}))
    refused = project.try_up()
    assert refused.failed
    assert "overlaps" in refused.messages
    assert "default" in names(lab, "metallb.io/v1beta1", "IPAddressPool")
    project.change(lambda config: config.update(addressPools={"spare": spare}))
    project.up()
    project.change(lambda config: config.update(addressPools={"public": pool, "spare": spare}))
    project.up()
    assert names(lab, "metallb.io/v1beta1", "IPAddressPool") == ["public", "spare"]
    assert project.blocks() == blocks


def test_a_pool_is_renamed_in_one_step_where_the_file_names_its_former_name(
    lab: Lab, project: Project
) -> None:
    blocks = project.blocks()
    pools = project.config["addressPools"]
    renamed = {**pools["public"], "renamedFrom": "public"}
    project.change(
        lambda config: config.update(addressPools={"web": renamed, "spare": pools["spare"]})
    )
    outcome = project.up()
    made_anew = {"routing-ipaddresspool-web", "routing-bgpadvertisement-web"}
    assert outcome.changes["create-replacement"] == made_anew
    assert names(lab, "metallb.io/v1beta1", "IPAddressPool") == ["spare", "web"]
    assert names(lab, "metallb.io/v1beta1", "BGPAdvertisement") == ["spare", "web"]
    assert project.blocks() == blocks
    project.change(lambda config: config["addressPools"]["web"].pop("renamedFrom"))
    again = project.up()
    assert again.nothing_changed, again.diffs


def test_destroy_leaves_no_object_no_block_and_no_session(lab: Lab, project: Project) -> None:
    project.destroy()
    assert project.state() == {}
    assert project.blocks() == {}
    assert project.sessions() == {}
    spaces = [item["metadata"]["name"] for item in lab.api.list("v1", "Namespace")]
    assert NAMESPACE not in spaces
    crds = lab.api.list("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    assert [item["metadata"]["name"] for item in crds] == []
