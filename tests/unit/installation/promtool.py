"""Prometheus' own tool over what is made for it, and series to give it."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb import installation as manifests
from metallb.stackfile.install import Install

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


def groups(install: Install) -> dict[str, Any]:
    if install.source == "helm":
        extra = manifests.helm_values(install)["prometheus"]["prometheusRule"]["extraAlerts"]
        return {"groups": [{"name": "metallb.rules", "rules": extra}]}
    (rule,) = manifests.monitoring(install)
    return dict(rule["spec"])


def promtool(folder: Path, install: Install, tests: list[dict[str, Any]]) -> str:
    """What is not as the tests say; empty where all is."""
    (folder / "rules.yaml").write_text(yaml.safe_dump(groups(install)), encoding="utf-8")
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


def series_of(name: str, values: str, **labels: str) -> dict[str, str]:
    given = {"namespace": "metallb-system", "pod": "pod-1"} | labels
    inner = ",".join(f'{key}="{value}"' for key, value in given.items())
    return {"series": f"{name}{{{inner}}}", "values": values}


def pool_series(used: int, whole: int, other: int = 0) -> list[dict[str, str]]:
    """What a controller says of a pool of IPv4 addresses, with so many of IPv6 besides."""
    found = []
    for family, here, there in (
        ("", used, whole + other),
        ("ipv4_", used, whole),
        ("ipv6_", 0, other),
    ):
        name = f"metallb_allocator_{family}addresses"
        found.append(series_of(f"{name}_in_use_total", f"{here}x10", pool="a"))
        found.append(series_of(f"{name}_total", f"{there}x10", pool="a"))
    return found
