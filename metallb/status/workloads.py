"""Differences between the workloads that run and those of the stack file. Pure.

Values that the stack file does not have (defaults of the API server, what other programs add to a
template) are not compared, except for those that decide where pods run.
"""

from collections.abc import Iterator
from typing import Any

from metallb import installation
from metallb.stackfile import Source, StackConfig
from metallb.stackfile.quantities import amount
from metallb.status.look import Look
from metallb.status.model import Drift

__all__ = ["workload_drift"]

_WORKLOADS = ("Deployment", "DaemonSet")
_WHERE_PODS_RUN = ("nodeSelector", "tolerations", "affinity")
"""Of a pod's template, these are compared whole: one more of them changes where pods run."""
_MOST = 5
"""So many differences of one workload are shown."""


def workload_drift(look: Look, stack: StackConfig) -> Iterator[Drift]:
    """Deployment and DaemonSet, where this program wrote them and they could be listed."""
    if stack.install.source is not Source.BUILTIN:
        return
    wanted = [*installation.controller(stack.install), *installation.speaker(stack.install)]
    for item in wanted:
        kind, name = item["kind"], item["metadata"]["name"]
        if kind not in _WORKLOADS or kind not in look.objects:
            continue
        live = [each for each in look.objects[kind] if each["metadata"]["name"] == name]
        if not live:
            yield Drift(kind=kind, name=name, what="missing")
            continue
        found = [*_differences(item["spec"], live[0].get("spec") or {}, "spec")]
        found += _placement(item, live[0])
        if found:
            rest = [f"and {len(found) - _MOST} more"] if len(found) > _MOST else []
            yield Drift(kind=kind, name=name, what="; ".join([*found[:_MOST], *rest]))


def _placement(wanted: Any, live: Any) -> Iterator[str]:
    has, expected = _pod(live), _pod(wanted)
    for key in _WHERE_PODS_RUN:
        more = bool(has.get(key)) and not expected.get(key)
        if isinstance(has.get(key), dict) and isinstance(expected.get(key), dict):
            more = bool(has[key].keys() - expected[key].keys())
        if more:
            yield _difference(f"spec.template.spec.{key}", has[key], expected.get(key, "not set"))


def _pod(workload: Any) -> Any:
    template = (workload.get("spec") or {}).get("template") or {}
    return template.get("spec") or {}


def _differences(wanted: Any, live: Any, path: str) -> Iterator[str]:
    """What differs from the expected. Containers and the like are named by their index."""
    if isinstance(wanted, dict) and isinstance(live, dict):
        for key, value in wanted.items():
            if key in live:
                yield from _differences(value, live[key], f"{path}.{key}")
            elif value not in ({}, [], None, "", False):
                # The API server leaves out empty values.
                yield _difference(f"{path}.{key}", "not set", value)
    elif isinstance(wanted, list) and isinstance(live, list) and len(wanted) == len(live):
        for index, (one, other) in enumerate(zip(wanted, live, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif wanted != live and not _same_quantity(wanted, live, path):
        yield _difference(path, live, wanted)


def _same_quantity(wanted: Any, live: Any, path: str) -> bool:
    """Whether two amounts are one: the API server writes 0.1 as 100m."""
    if ".resources." not in path:
        return False
    try:
        return amount(str(wanted)) == amount(str(live))
    except ValueError:
        return False


def _difference(path: str, live: Any, wanted: Any) -> str:
    return f"{path} is {live}, the stack file says {wanted}"
