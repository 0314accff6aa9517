"""The dashboard's panels show what is there, by Prometheus' own tool."""

import json
from typing import Any

import pytest

from metallb.installation import dashboard
from metallb.stackfile.install import Install
from tests.unit.installation.promtool import INSTALLS, needs_promtool, pool_series, promtool


def _panels(install: Install) -> dict[str, str]:
    document = json.loads(dashboard.build(install)["data"]["metallb.json"])
    return {panel["title"]: panel["targets"][0]["expr"] for panel in document["panels"]}


def _queries(
    install: Install, series: list[dict[str, str]], samples: dict[str, list[Any]]
) -> dict[str, Any]:
    """One of promtool's tests: what panels show at ten minutes."""
    panels = _panels(install)
    return {
        "interval": "1m",
        "input_series": series,
        "promql_expr_test": [
            {"expr": panels[title], "eval_time": "10m", "exp_samples": expected}
            for title, expected in samples.items()
        ],
    }


@needs_promtool
@pytest.mark.parametrize("install", INSTALLS.values(), ids=INSTALLS)
def test_prometheus_reads_every_panel_of_the_dashboard(tmp_path, install):
    nothing: dict[str, list[Any]] = {title: [] for title in _panels(install)}
    assert not promtool(tmp_path, install, [_queries(install, [], nothing)])


@needs_promtool
@pytest.mark.parametrize("other", [0, 2**63 - 1, -(2**63) + 16])
def test_a_panel_shows_the_family_that_is_used_up_however_the_other_is_counted(tmp_path, other):
    """As the alerts do, so that an alert and the panel that is then opened agree."""
    install = INSTALLS["native"]
    shown = [{"labels": '{pool="a",family="IPv4"}', "value": 100}]
    if other > 0:
        shown.append({"labels": '{pool="a",family="IPv6"}', "value": 0})
    test = _queries(install, pool_series(16, 16, other), {"Pool usage": shown})
    assert not promtool(tmp_path, install, [test])


@needs_promtool
def test_a_release_without_families_shows_the_sum(tmp_path):
    install = INSTALLS["0.12.1"]
    series = [item for item in pool_series(4, 16) if "ipv" not in item["series"]]
    test = _queries(install, series, {"Pool usage": [{"labels": '{pool="a"}', "value": 25}]})
    assert not promtool(tmp_path, install, [test])
