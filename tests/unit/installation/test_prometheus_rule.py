"""The alerts go off when they should and keep quiet when they should, by Prometheus' own tool."""

import subprocess
from typing import Any

import pytest
import yaml

from metallb.installation.prometheus_rule import rules
from metallb.stackfile.install import Install
from tests.unit.installation.promtool import (
    INSTALLS,
    PROMTOOL,
    groups,
    needs_promtool,
    pool_series,
    promtool,
    series_of,
)


def _kube(install: Install, *, unavailable: int = 0, scheduled: int = 3) -> list[dict[str, str]]:
    prefix = "metallb-" if install.source == "helm" else ""
    speaker = {"daemonset": f"{prefix}speaker"}
    return [
        series_of(
            "kube_deployment_status_replicas_unavailable",
            f"{unavailable}x10",
            deployment=f"{prefix}controller",
        ),
        series_of("kube_daemonset_status_number_unavailable", f"{unavailable}x10", **speaker),
        series_of("kube_daemonset_status_desired_number_scheduled", f"{scheduled}x10", **speaker),
        *_daemon(install, unavailable=unavailable, scheduled=scheduled),
        *_webhook(install, unavailable=unavailable),
    ]


def _daemon(install: Install, *, unavailable: int, scheduled: int) -> list[dict[str, str]]:
    """frr-k8s' own DaemonSet, which only its mode has."""
    if install.bgp_mode != "frr-k8s":
        return []
    prefix, name = "kube_daemonset_status", {"daemonset": "metallb-frr-k8s"}
    return [
        series_of(f"{prefix}_number_unavailable", f"{unavailable}x10", **name),
        series_of(f"{prefix}_desired_number_scheduled", f"{scheduled}x10", **name),
    ]


def _webhook(install: Install, *, unavailable: int) -> list[dict[str, str]]:
    """frr-k8s' Deployment, by the name that its charts 0.0.20 and 0.0.21 give it."""
    if install.bgp_mode != "frr-k8s":
        return []
    name = "webhook-server" if install.version == "0.15.2" else "statuscleaner"
    return [
        series_of(
            "kube_deployment_status_replicas_unavailable",
            f"{unavailable}x10",
            deployment=f"metallb-frr-k8s-{name}",
        )
    ]


def _session(install: Install) -> str:
    prefix = "frrk8s" if install.bgp_mode == "frr-k8s" else "metallb"
    return f"{prefix}_bgp_session_up"


def _healthy(install: Install) -> list[dict[str, str]]:
    return [
        series_of("metallb_k8s_client_config_stale_bool", "0x10"),
        series_of("metallb_k8s_client_config_loaded_bool", "1x10"),
        *pool_series(3, 16),
        series_of(_session(install), "1x10", peer="198.51.100.1:179", node="node-1"),
        *_kube(install),
    ]


def _broken(install: Install) -> list[dict[str, str]]:
    return [
        series_of("metallb_k8s_client_config_stale_bool", "1x10"),
        series_of("metallb_k8s_client_config_loaded_bool", "0x10"),
        *pool_series(16, 16),
        series_of(_session(install), "0x10", peer="198.51.100.1:179", node="node-1"),
        *_kube(install, unavailable=2, scheduled=0),
    ]


def _elsewhere(install: Install) -> list[dict[str, str]]:
    """The same trouble in a namespace that is not ours."""
    return [
        item | {"series": item["series"].replace("metallb-system", "other")}
        for item in _broken(install)
    ]


def _firing(series: list[dict[str, str]], expected: set[str], install: Install) -> dict[str, Any]:
    """One of promtool's tests: at ten minutes these alerts are on, and no other."""
    names = sorted({rule["alert"] for rule in groups(install)["groups"][0]["rules"]})
    joined = "|".join(names)
    samples = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(expected)]
    expression = f'count by (alertname) (ALERTS{{alertstate="firing",alertname=~"{joined}"}})'
    return {
        "interval": "1m",
        "input_series": series,
        "promql_expr_test": [{"expr": expression, "eval_time": "10m", "exp_samples": samples}],
    }


@pytest.fixture(params=INSTALLS, ids=str)
def install(request: pytest.FixtureRequest) -> Install:
    return INSTALLS[request.param]


@needs_promtool
def test_prometheus_reads_the_rules(tmp_path, install):
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(groups(install)), encoding="utf-8")
    done = subprocess.run(
        [str(PROMTOOL), "check", "rules", "--lint-fatal", "rules.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_a_healthy_cluster_is_quiet(tmp_path, install):
    assert not promtool(tmp_path, install, [_firing(_healthy(install), set(), install)])


@needs_promtool
def test_every_trouble_has_an_alert(tmp_path, install):
    # Where no node runs a speaker, none lacks the daemon beside it.
    everything = {rule["alert"] for rule in rules(install)} - {"MetalLBFRRK8sMissing"}
    assert not promtool(tmp_path, install, [_firing(_broken(install), everything, install)])


@needs_promtool
def test_trouble_elsewhere_is_not_ours(tmp_path, install):
    assert not promtool(tmp_path, install, [_firing(_elsewhere(install), set(), install)])


@needs_promtool
@pytest.mark.parametrize(
    ("unavailable", "scheduled", "expected"),
    [
        (1, 3, {"MetalLBFRRK8sUnavailable"}),
        (0, 2, {"MetalLBFRRK8sMissing"}),
        (0, 0, {"MetalLBFRRK8sMissing"}),
        (None, None, {"MetalLBFRRK8sMissing"}),
    ],
    ids=["not available", "on fewer nodes", "on no node", "no DaemonSet"],
)
def test_the_daemon_with_the_sessions_is_missed_though_speakers_run(
    tmp_path, unavailable, scheduled, expected
):
    install = INSTALLS["frr-k8s"]
    # Its session series are gone with it, so nothing says "down".
    series = [
        item
        for item in _healthy(install)
        if "bgp_session_up" not in item["series"] and "metallb-frr-k8s" not in item["series"]
    ]
    if scheduled is not None:
        series += _daemon(install, unavailable=unavailable, scheduled=scheduled)
    assert not promtool(tmp_path, install, [_firing(series, expected, install)])


@needs_promtool
@pytest.mark.parametrize("version", ["0.15.2", "0.15.3", "0.16.2"])
def test_a_webhook_without_which_no_change_reaches_a_router_is_missed(tmp_path, version):
    install = Install(
        source="helm", bgp_mode="frr-k8s", version=version, monitoring={"prometheus_rule": True}
    )
    healthy = [item for item in _healthy(install) if "metallb-frr-k8s-" not in item["series"]]
    series = [*healthy, *_webhook(install, unavailable=1)]
    expected = {"MetalLBFRRK8sWebhookUnavailable"}
    assert not promtool(tmp_path, install, [_firing(series, expected, install)])


@needs_promtool
@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (75, set()),
        (76, {75}),
        (86, {75, 85}),
        (96, {75, 85, 95}),
    ],
)
def test_pool_usage_has_steps(tmp_path, used, expected):
    names = {f"MetalLBAddressPoolUsage{percent}Percent" for percent in expected}
    for release in ("0.12.1", "native"):
        install = INSTALLS[release]
        assert not promtool(tmp_path, install, [_firing(pool_series(used, 100), names, install)])


POOL_ALERTS = {
    "MetalLBAddressPoolExhausted",
    *(f"MetalLBAddressPoolUsage{percent}Percent" for percent in (75, 85, 95)),
}


@needs_promtool
@pytest.mark.parametrize("other", [2**63 - 1, -(2**63) + 16])
def test_a_family_that_is_used_up_has_an_alert_however_the_other_is_counted(tmp_path, other):
    """MetalLB's sum of a /64 and an IPv4 range runs over."""
    install = INSTALLS["native"]
    test = _firing(pool_series(16, 16, other), POOL_ALERTS, install)
    test["promql_expr_test"].append(
        {
            "expr": 'ALERTS{alertname="MetalLBAddressPoolExhausted",alertstate="firing"}',
            "eval_time": "10m",
            "exp_samples": [
                {
                    "labels": 'ALERTS{alertname="MetalLBAddressPoolExhausted",'
                    'alertstate="firing",family="IPv4",pool="a",severity="critical"}',
                    "value": 1,
                }
            ],
        }
    )
    assert not promtool(tmp_path, install, [test])
    assert not promtool(tmp_path, install, [_firing(pool_series(3, 16, other), set(), install)])


@needs_promtool
@pytest.mark.parametrize(
    ("release", "family", "summary"),
    [
        ("0.12.1", {}, "Address pool a is used up"),
        ("native", {"family": "IPv4"}, "Address pool a is used up (IPv4)"),
    ],
)
def test_an_alert_names_pool_and_family(tmp_path, release, family, summary):
    alert = {
        "exp_labels": {"severity": "critical", "pool": "a", **family},
        "exp_annotations": {
            "summary": summary,
            "description": "The next Service that wants such an address of this pool stays "
            "pending.",
        },
    }
    test = {
        "interval": "1m",
        "input_series": pool_series(16, 16),
        "alert_rule_test": [
            {
                "eval_time": "5m",
                "alertname": "MetalLBAddressPoolExhausted",
                "exp_alerts": [alert],
            }
        ],
    }
    assert not promtool(tmp_path, INSTALLS[release], [test])


@needs_promtool
def test_a_short_break_raises_no_alert(tmp_path):
    install = INSTALLS["native"]
    flap = series_of(_session(install), "1 1 1 0 1 1 1 1 1 1 1", peer="198.51.100.1:179")
    test = _firing([flap], set(), install)
    test["promql_expr_test"] = [
        item | {"eval_time": time}
        for item in test["promql_expr_test"]
        for time in ("3m", "4m", "5m")
    ]
    assert not promtool(tmp_path, install, [test])


@needs_promtool
def test_an_alert_names_peer_and_node(tmp_path):
    install = INSTALLS["native"]
    series = series_of(_session(install), "0x10", peer="198.51.100.1:179", node="node-1")
    labels = {
        "severity": "critical",
        "namespace": "metallb-system",
        "pod": "pod-1",
        "peer": "198.51.100.1:179",
        "node": "node-1",
    }
    test = {
        "interval": "1m",
        "input_series": [series],
        "alert_rule_test": [
            {
                "eval_time": "5m",
                "alertname": "MetalLBBGPSessionDown",
                "exp_alerts": [
                    {
                        "exp_labels": labels,
                        "exp_annotations": {
                            "summary": "BGP session with 198.51.100.1:179 is down",
                            "description": "pod-1 on node node-1 announces nothing to this peer.",
                        },
                    }
                ],
            }
        ],
    }
    assert not promtool(tmp_path, install, [test])


def test_every_alert_is_described_and_rated(install):
    names = [rule["alert"] for rule in rules(install)]
    assert len(set(names)) == len(names)
    for rule in rules(install):
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]
        assert rule["for"]
