"""Prometheus' configuration out of rendered ServiceMonitors: what the Prometheus operator does.

Job, label and relabeling rules follow the operator's pkg/prometheus/promcfg.go. A field that is not
translated here is refused, so that nothing of a rendered object is left out unseen. The interval
alone is the caller's: no test waits half a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from lab.api import Object
from lab.errors import LabError
from metallb.installation.names import METRICS_READER

META = "__meta_kubernetes"
"""How the names of the labels begin that discovery gives a target."""
RULES = "rules.json"
_ENDPOINT = {
    "port",
    "path",
    "scheme",
    "interval",
    "honorLabels",
    "relabelings",
    "bearerTokenFile",
    "tlsConfig",
}


def configuration(monitors: Iterable[Object], *, root: Path, interval: str) -> Object:
    """The whole file. `root` is what the scraping pod would see as its root folder."""
    return {
        "global": {
            "scrape_interval": interval,
            "scrape_timeout": interval,
            "evaluation_interval": interval,
        },
        "rule_files": [RULES],
        "scrape_configs": [
            _job(monitor, number, endpoint, root)
            for monitor in monitors
            for number, endpoint in enumerate(monitor["spec"]["endpoints"])
        ],
    }


def namespaces(monitor: Object) -> list[str]:
    """Where the targets of a monitor are looked for."""
    selector = monitor["spec"]["namespaceSelector"]
    _only(monitor, selector, {"matchNames"})
    names: list[str] = selector["matchNames"]
    return names


def targets_file(monitor: Object) -> str:
    """The file, beside the configuration, of what is found in a monitor's namespaces."""
    meta = monitor["metadata"]
    return f"targets-{meta['namespace']}-{meta['name']}.json"


def rules(rendered: Object, wait: str) -> Object:
    """The spec of a PrometheusRule; alerts that wait, wait for this long."""
    groups = [
        {
            **group,
            "rules": [r | ({"for": wait} if "for" in r else {}) for r in group["rules"]],
        }
        for group in rendered["spec"]["groups"]
    ]
    return {"groups": groups}


def reader(objects: Iterable[Object]) -> tuple[str, str]:
    """Namespace and name of the account by which rendered roles let Prometheus read the metrics."""
    everything = list(objects)
    roles = {
        obj["metadata"]["name"]
        for obj in everything
        if obj["kind"] == "ClusterRole"
        and any("/metrics" in rule.get("nonResourceURLs", ()) for rule in obj["rules"])
    }
    ((namespace, name),) = {
        (subject["namespace"], subject["name"])
        for obj in everything
        if obj["kind"] == "ClusterRoleBinding" and obj["roleRef"]["name"] in roles
        for subject in obj["subjects"]
        if subject["name"] != METRICS_READER  # the account of status
    }
    return namespace, name


def _job(monitor: Object, number: int, endpoint: Object, root: Path) -> Object:
    meta, spec = monitor["metadata"], monitor["spec"]
    _only(monitor, spec, {"endpoints", "jobLabel", "namespaceSelector", "selector"})
    _only(monitor, endpoint, _ENDPOINT)
    job: Object = {
        "job_name": f"serviceMonitor/{meta['namespace']}/{meta['name']}/{number}",
        "scheme": endpoint.get("scheme", "http"),
        "metrics_path": endpoint.get("path", "/metrics"),
        "honor_labels": endpoint.get("honorLabels", False),
        "file_sd_configs": [{"files": [targets_file(monitor)]}],
        "relabel_configs": [
            *_chosen(monitor, endpoint["port"]),
            *_names(spec.get("jobLabel"), endpoint["port"]),
            *(
                {_snake(key): value for key, value in one.items()}
                for one in endpoint.get("relabelings", ())
            ),
        ],
    }
    if "bearerTokenFile" in endpoint:
        job["bearer_token_file"] = f"{root}{endpoint['bearerTokenFile']}"
    if "tlsConfig" in endpoint:
        _only(monitor, endpoint["tlsConfig"], {"insecureSkipVerify"})
        job["tls_config"] = {_snake(key): value for key, value in endpoint["tlsConfig"].items()}
    return job


def _chosen(monitor: Object, port: str) -> list[Object]:
    """Keep the chosen Services' endpoints, at the port of that name, of pods that still run."""
    selector = monitor["spec"]["selector"]
    _only(monitor, selector, {"matchLabels"})
    kept = [
        _keep(f"{META}_service_label_{label_name(key)}", value)
        for key, value in selector["matchLabels"].items()
    ]
    over = {
        "action": "drop",
        "source_labels": [f"{META}_pod_phase"],
        "regex": "(Failed|Succeeded)",
    }
    return [*kept, _keep(f"{META}_endpointslice_port_name", port), over]


def _names(job_label: str | None, port: str) -> list[Object]:
    """The labels that every target gets."""
    named = [
        _label_of("namespace", f"{META}_namespace"),
        _label_of("service", f"{META}_service_name"),
        _label_of("pod", f"{META}_pod_name"),
        _label_of("job", f"{META}_service_name"),
        {"target_label": "endpoint", "replacement": port},
    ]
    if job_label is not None:
        source = f"{META}_service_label_{label_name(job_label)}"
        named.append(_label_of("job", source) | {"regex": "(.+)"})
    return named


def _keep(source: str, value: str) -> Object:
    return {"action": "keep", "source_labels": [source], "regex": re.escape(value)}


def _label_of(target: str, source: str) -> Object:
    return {"source_labels": [source], "target_label": target}


def label_name(key: str) -> str:
    """How Prometheus writes a Kubernetes label's key."""
    return re.sub(r"[^a-zA-Z0-9_]", "_", key)


def _snake(key: str) -> str:
    return re.sub(r"([A-Z])", lambda letter: f"_{letter[1].lower()}", key)


def _only(monitor: Object, part: Object, known: set[str]) -> None:
    if strange := sorted(part.keys() - known):
        raise LabError(
            f"ServiceMonitor {monitor['metadata']['name']} has fields that the lab does not know: "
            f"{', '.join(strange)}",
            detail="The lab's Prometheus is configured from every field of a ServiceMonitor.",
            help="add the field to lab/scraping.py",
        )
