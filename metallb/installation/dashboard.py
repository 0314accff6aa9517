"""A Grafana dashboard as a ConfigMap that Grafana's sidecar picks up."""

import json
from typing import Any

from metallb.installation.objects import Manifest, metadata
from metallb.installation.prometheus_rule import counts_families, of_pools, session_metric
from metallb.stackfile.install import Install

__all__ = ["DASHBOARD_NAME", "build"]

DASHBOARD_NAME = "metallb-dashboard"
_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
_HALF, _ROW = 12, 8


def build(install: Install) -> Manifest:
    """The ConfigMap. Series are taken from MetalLB's namespace alone."""
    text = json.dumps(_dashboard(install), indent=2, sort_keys=True)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(install, DASHBOARD_NAME, labels={"grafana_dashboard": "1"}),
        "data": {"metallb.json": f"{text}\n"},
    }


def _dashboard(install: Install) -> dict[str, Any]:
    here = f'{{namespace="{install.namespace}"}}'
    session = session_metric(install)
    prefix = session.removesuffix("session_up")
    in_use = f"sum by (pool) (metallb_allocator_addresses_in_use_total{here})"
    usage = of_pools(install, "100 * {used} / {whole}")
    usage_legend = "{{pool}} {{family}}" if counts_families(install) else "{{pool}}"
    panels = (
        ("BGP sessions up", "timeseries", "none", f"sum({session}{here})", "up"),
        (
            "BGP sessions by node and peer (1 is up)",
            "state-timeline",
            "none",
            f"min by (node, pod, peer) ({session}{here})",
            "{{node}} {{pod}} to {{peer}}",
        ),
        ("Pool usage", "timeseries", "percent", usage, usage_legend),
        ("Addresses in use", "timeseries", "none", in_use, "{{pool}}"),
        (
            "Configuration refused (1 is stale)",
            "state-timeline",
            "none",
            f"max by (pod) (metallb_k8s_client_config_stale_bool{here})",
            "{{pod}}",
        ),
        (
            "Errors while handling Kubernetes objects",
            "timeseries",
            "ops",
            f"sum by (pod) (rate(metallb_k8s_client_update_errors_total{here}[5m]))",
            "{{pod}}",
        ),
        (
            "Prefixes announced by node and peer",
            "timeseries",
            "none",
            f"sum by (node, pod, peer) ({prefix}announced_prefixes_total{here})",
            "{{node}} {{pod}} to {{peer}}",
        ),
        (
            "BGP updates sent",
            "timeseries",
            "ops",
            f"sum by (peer) (rate({prefix}updates_total{here}[5m]))",
            "{{peer}}",
        ),
    )
    return {
        "title": "MetalLB",
        "uid": "metallb-bgp",
        "tags": ["metallb"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {
            "list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]
        },
        "panels": [_panel(number, *panel) for number, panel in enumerate(panels)],
    }


def _panel(
    number: int, title: str, kind: str, unit: str, expression: str, legend: str
) -> dict[str, Any]:
    return {
        "id": number + 1,
        "title": title,
        "type": kind,
        "datasource": _DATASOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "gridPos": {
            "h": _ROW,
            "w": _HALF,
            "x": number % 2 * _HALF,
            "y": number // 2 * _ROW,
        },
        "targets": [
            {
                "refId": "A",
                "datasource": _DATASOURCE,
                "expr": expression,
                "legendFormat": legend,
            }
        ],
    }
