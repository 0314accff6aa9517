"""The alerts go off when they should and keep quiet when they should, by Prometheus' own tool."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb import manifests
from metallb.config.install import Install
from metallb.manifests.prometheus_rule import rules

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not on PATH: apt-get install prometheus"
)

MONITORING = {"prometheus_rule": True}
INSTALLS = {
    "0.12.1": Install(version="0.12.1", monitoring=MONITORING),
    "native": Install(monitoring=MONITORING),
    "frr-k8s": Install(source="helm", bgp_mode="frr-k8s", monitoring=MONITORING),
}


def _groups(install: Install) -> dict[str, Any]:
    if install.source == "helm":
        extra = manifests.helm_values(install)["prometheus"]["prometheusRule"]["extraAlerts"]
        return {"groups": [{"name": "metallb.rules", "rules": extra}]}
    (rule,) = manifests.monitoring(install)
    return dict(rule["spec"])


def _promtool(folder: Path, install: Install, tests: list[dict[str, Any]]) -> str:
    (folder / "rules.yaml").write_text(yaml.safe_dump(_groups(install)), encoding="utf-8")
    document = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": tests}
    (folder / "tests.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", "tests.yaml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _series(name: str, values: str, **labels: str) -> dict[str, str]:
    given = {"namespace": "metallb-system", "pod": "pod-1"} | labels
    inner = ",".join(f'{key}="{value}"' for key, value in given.items())
    return {"series": f"{name}{{{inner}}}", "values": values}


def _kube(install: Install, *, unavailable: int = 0, scheduled: int = 3) -> list[dict[str, str]]:
    prefix = "metallb-" if install.source == "helm" else ""
    speaker = {"daemonset": f"{prefix}speaker"}
    return [
        _series(
            "kube_deployment_status_replicas_unavailable",
            f"{unavailable}x10",
            deployment=f"{prefix}controller",
        ),
        _series("kube_daemonset_status_number_unavailable", f"{unavailable}x10", **speaker),
        _series("kube_daemonset_status_desired_number_scheduled", f"{scheduled}x10", **speaker),
        *_daemon(install, unavailable=unavailable, scheduled=scheduled),
    ]


def _daemon(install: Install, *, unavailable: int, scheduled: int) -> list[dict[str, str]]:
    """frr-k8s' own DaemonSet, which only its mode has."""
    if install.bgp_mode != "frr-k8s":
        return []
    prefix, name = "kube_daemonset_status", {"daemonset": "metallb-frr-k8s"}
    return [
        _series(f"{prefix}_number_unavailable", f"{unavailable}x10", **name),
        _series(f"{prefix}_desired_number_scheduled", f"{scheduled}x10", **name),
    ]


def _session(install: Install) -> str:
    prefix = "frrk8s" if install.bgp_mode == "frr-k8s" else "metallb"
    return f"{prefix}_bgp_session_up"


def _pool(used: int, whole: int, other: int = 0) -> list[dict[str, str]]:
    """What a controller says of a pool of IPv4 addresses, with so many of IPv6 besides."""
    found = []
    for family, here, there in (
        ("", used, whole + other),
        ("ipv4_", used, whole),
        ("ipv6_", 0, other),
    ):
        name = f"metallb_allocator_{family}addresses"
        found.append(_series(f"{name}_in_use_total", f"{here}x10", pool="a"))
        found.append(_series(f"{name}_total", f"{there}x10", pool="a"))
    return found


def _healthy(install: Install) -> list[dict[str, str]]:
    return [
        _series("metallb_k8s_client_config_stale_bool", "0x10"),
        _series("metallb_k8s_client_config_loaded_bool", "1x10"),
        *_pool(3, 16),
        _series(_session(install), "1x10", peer="198.51.100.1:179", node="node-1"),
        *_kube(install),
    ]


def _broken(install: Install) -> list[dict[str, str]]:
    return [
        _series("metallb_k8s_client_config_stale_bool", "1x10"),
        _series("metallb_k8s_client_config_loaded_bool", "0x10"),
        *_pool(16, 16),
        _series(_session(install), "0x10", peer="198.51.100.1:179", node="node-1"),
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
    names = sorted({rule["alert"] for rule in _groups(install)["groups"][0]["rules"]})
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
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(_groups(install)), encoding="utf-8")
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
    assert not _promtool(tmp_path, install, [_firing(_healthy(install), set(), install)])


@needs_promtool
def test_every_trouble_is_told(tmp_path, install):
    # Where no node runs a speaker, none lacks the daemon beside it.
    everything = {rule["alert"] for rule in rules(install)} - {"MetalLBFRRK8sMissing"}
    assert not _promtool(tmp_path, install, [_firing(_broken(install), everything, install)])


@needs_promtool
def test_trouble_elsewhere_is_not_ours(tmp_path, install):
    assert not _promtool(tmp_path, install, [_firing(_elsewhere(install), set(), install)])


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
    assert not _promtool(tmp_path, install, [_firing(series, expected, install)])


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
        assert not _promtool(tmp_path, install, [_firing(_pool(used, 100), names, install)])


POOL_ALERTS = {
    "MetalLBAddressPoolExhausted",
    *(f"MetalLBAddressPoolUsage{percent}Percent" for percent in (75, 85, 95)),
}


@needs_promtool
@pytest.mark.parametrize("other", [2**63 - 1, -(2**63) + 16])
def test_a_family_that_is_used_up_is_told_however_the_other_is_counted(tmp_path, other):
    """MetalLB's sum of a /64 and an IPv4 range runs over."""
    install = INSTALLS["native"]
    test = _firing(_pool(16, 16, other), POOL_ALERTS, install)
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
    assert not _promtool(tmp_path, install, [test])
    assert not _promtool(tmp_path, install, [_firing(_pool(3, 16, other), set(), install)])


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
        "input_series": _pool(16, 16),
        "alert_rule_test": [
            {
                "eval_time": "5m",
                "alertname": "MetalLBAddressPoolExhausted",
                "exp_alerts": [alert],
            }
        ],
    }
    assert not _promtool(tmp_path, INSTALLS[release], [test])


@needs_promtool
def test_a_short_break_wakes_nobody(tmp_path):
    install = INSTALLS["native"]
    flap = _series(_session(install), "1 1 1 0 1 1 1 1 1 1 1", peer="198.51.100.1:179")
    test = _firing([flap], set(), install)
    test["promql_expr_test"] = [
        item | {"eval_time": time}
        for item in test["promql_expr_test"]
        for time in ("3m", "4m", "5m")
    ]
    assert not _promtool(tmp_path, install, [test])


@needs_promtool
def test_an_alert_names_peer_and_node(tmp_path):
    install = INSTALLS["native"]
    series = _series(_session(install), "0x10", peer="198.51.100.1:179", node="node-1")
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
    assert not _promtool(tmp_path, install, [test])


def test_every_alert_is_told_and_rated(install):
    names = [rule["alert"] for rule in rules(install)]
    assert len(set(names)) == len(names)
    for rule in rules(install):
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]
        assert rule["for"]
