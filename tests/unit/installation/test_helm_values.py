"""The chart's values say the same as the stack."""

import pytest

from metallb.installation import helm_values
from metallb.stackfile.install import Install

DIGEST = "00ff" * 16


@pytest.mark.parametrize(
    ("mode", "frr", "frr_k8s"),
    [("native", False, False), ("frr", True, False), ("frr-k8s", False, True)],
)
def test_each_mode_is_set_explicitly(mode, frr, frr_k8s):
    # The chart's default is frr-k8s, and it refuses both at once.
    values = helm_values(Install(source="helm", bgp_mode=mode))
    assert values["speaker"]["frr"]["enabled"] is frr
    assert values["frrk8s"]["enabled"] is frr_k8s
    assert ("frr-k8s" in values) is frr_k8s


@pytest.mark.parametrize(
    ("image", "repository", "tag"),
    [
        (None, "quay.io/metallb/speaker", "v0.16.2"),
        ("r.example:5000/speaker:v1", "r.example:5000/speaker", "v1"),
        ("r.example:5000/speaker", "r.example:5000/speaker", "latest"),
        (f"r.example/speaker@sha256:{DIGEST}", "r.example/speaker@sha256", DIGEST),
        (f"r.example/speaker:v1@sha256:{DIGEST}", "r.example/speaker:v1@sha256", DIGEST),
    ],
)
def test_image_in_two_parts_is_the_same_image(image, repository, tag):
    values = helm_values(Install(source="helm", speaker={"image": image}))
    assert values["speaker"]["image"] == {"repository": repository, "tag": tag}


def test_the_daemon_with_the_sessions_follows_the_speakers():
    speaker = {
        "node_selectors": {"ingress": ""},
        "tolerations": [{"key": "ingress", "operator": "Exists"}],
        "priority_class_name": "system-node-critical",
    }
    values = helm_values(Install(source="helm", bgp_mode="frr-k8s", speaker=speaker))
    for part in (values["speaker"], values["frr-k8s"]["frrk8s"]):
        assert part["nodeSelector"] == {"ingress": ""}
        assert part["tolerations"] == [{"key": "ingress", "operator": "Exists"}]
        assert part["priorityClassName"] == "system-node-critical"
        assert part["tolerateMaster"] is True


def test_memberlist_keeps_the_name_that_we_may_take_over():
    speaker = helm_values(Install(source="helm"))["speaker"]
    # The chart refuses node selectors without memberlist, too.
    assert speaker["memberlist"] == {"enabled": True}
    assert speaker["secretName"] == "memberlist"


def test_scraping_names_the_account_that_the_chart_insists_on():
    monitoring = {
        "service_monitor": True,
        "labels": {"release": "po"},
        "prometheus": {"name": "p", "namespace": "obs"},
    }
    install = Install(source="helm", bgp_mode="frr-k8s", monitoring=monitoring)
    values = helm_values(install)
    prometheus = values["prometheus"]
    assert (prometheus["serviceAccount"], prometheus["namespace"]) == ("p", "obs")
    assert prometheus["rbacPrometheus"] is True
    for workload in ("controller", "speaker"):
        assert prometheus["serviceMonitor"][workload] == {"additionalLabels": {"release": "po"}}
    daemon = values["frr-k8s"]["prometheus"]["serviceMonitor"]
    assert daemon["enabled"] is True
    assert daemon["additionalLabels"] == {"release": "po"}
    # MetalLB's chart takes a number here, which the Prometheus operator refuses.
    assert "interval" not in prometheus["serviceMonitor"]


@pytest.mark.parametrize(
    ("mode", "metric"),
    [
        ("native", "metallb_bgp_session_up"),
        ("frr", "metallb_bgp_session_up"),
        ("frr-k8s", "frrk8s_bgp_session_up"),
    ],
)
def test_alerts_follow_the_mode_and_the_charts_names(mode, metric):
    monitoring = {"prometheus_rule": True, "labels": {"release": "po"}}
    install = Install(source="helm", bgp_mode=mode, monitoring=monitoring)
    values = helm_values(install)
    rule = values["prometheus"]["prometheusRule"]
    assert rule["enabled"] is True
    assert rule["additionalLabels"] == {"release": "po"}
    off = [name for name, value in rule.items() if value == {"enabled": False}]
    assert len(off) == 5
    by_name = {alert["alert"]: alert["expr"] for alert in rule["extraAlerts"]}
    assert by_name["MetalLBBGPSessionDown"].startswith(f"{metric}{{")
    assert values["fullnameOverride"] == "metallb"
    assert ("MetalLBFRRK8sUnavailable" in by_name) is (mode == "frr-k8s")
    if mode == "frr-k8s":
        name = values["frr-k8s"]["fullnameOverride"]
        assert f'daemonset="{name}"' in by_name["MetalLBFRRK8sUnavailable"]
    assert 'daemonset="metallb-speaker"' in by_name["MetalLBSpeakerUnavailable"]
    assert 'deployment="metallb-controller"' in by_name["MetalLBControllerUnavailable"]


def test_alerts_look_for_the_names_that_own_values_give():
    own = {"fullnameOverride": "lb", "frr-k8s": {"fullnameOverride": "routing"}}
    install = Install(
        source="helm",
        bgp_mode="frr-k8s",
        helm_values=own,
        monitoring={"prometheus_rule": True},
    )
    values = helm_values(install)
    assert values["frr-k8s"]["fullnameOverride"] == "routing"
    rule = values["prometheus"]["prometheusRule"]
    by_name = {alert["alert"]: alert["expr"] for alert in rule["extraAlerts"]}
    assert 'daemonset="lb-speaker"' in by_name["MetalLBSpeakerUnavailable"]
    assert 'daemonset="routing"' in by_name["MetalLBFRRK8sUnavailable"]


def test_probes_that_ask_the_wrong_process_are_switched_off():
    # The chart of 0.16.0 probes 127.0.0.1 of the node for the health of a pod.
    probes = ("livenessProbe", "readinessProbe")
    broken = helm_values(Install(source="helm", version="0.16.0"))
    assert [broken["controller"][probe] for probe in probes] == [{"enabled": False}] * 2
    assert not set(probes) & set(broken["speaker"]), "it shares its node's network"
    mended = helm_values(Install(source="helm", version="0.16.1"))
    assert not set(probes) & set(mended["controller"])


def test_own_values_win_key_by_key():
    install = Install(
        source="helm",
        helm_values={"speaker": {"logLevel": "debug", "frr": {"image": {"tag": "1"}}}, "x": [1]},
    )
    values = helm_values(install)
    assert values["speaker"]["logLevel"] == "debug"
    assert values["speaker"]["frr"] == {"enabled": False, "image": {"tag": "1"}}
    assert values["speaker"]["secretName"] == "memberlist"
    assert values["x"] == [1]
    assert helm_values(Install(source="helm"))["speaker"]["logLevel"] == "info"
