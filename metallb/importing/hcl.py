"""Reads the `component "metallb"` of a Lokomotive configuration (HCL).

Source: Lokomotive pkg/components/metallb/component.go and its configuration reference. Its peers
came from a fork's autodiscovery; here the platform names the nodes, so those are asked for.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from metallb.config.files import read_text
from metallb.errors import ConfigError
from metallb.importing.hcl_lines import lokomotive_line
from metallb.importing.hcl_variables import Variables, name_of
from metallb.routing.addresses import block_of, corrections

__all__ = ["Lokomotive", "metal_platform", "read_lokomotive"]

_MAX_BYTES = 256 * 1024
_VARIABLES_FILE = "lokocfg.vars"
_COMPONENT = "metallb"
_PLATFORMS = ("equinixmetal", "packet")
_KNOWN = (
    "address_pools",
    "controller_node_selectors",
    "speaker_node_selectors",
    "controller_toleration",
    "speaker_toleration",
    "service_monitor",
)
_TOLERATION = {
    "key": "key",
    "operator": "operator",
    "value": "value",
    "effect": "effect",
    "toleration_seconds": "tolerationSeconds",
}
_PLACEHOLDER_PROJECT = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Lokomotive:
    """What was read, as sections of a stack file.

    :ivar notes: what a person has to fill in or know.
    """

    sections: dict[str, Any]
    notes: tuple[str, ...] = field(default=())

    def corrected(self) -> "Lokomotive":
        """With every block by its first address, as MetalLB reads it, and a note for each that was
        another."""
        pools, notes = {}, list(self.notes)
        for name, pool in self.sections["addressPools"].items():
            blocks = [block_of(text) for text in pool["addresses"]]
            notes += corrections(name, pool["addresses"])
            pools[name] = {**pool, "addresses": blocks}
        return Lokomotive({**self.sections, "addressPools": pools}, tuple(notes))


def read_lokomotive(
    path: Path, *, version: str, nodes: tuple[str, ...] = (), project: str = "", metro: str = ""
) -> Lokomotive:
    """The stack file's sections for a Lokomotive configuration.

    :param nodes: host names of the ingress nodes; Lokomotive found them by label.
    :raises ConfigError: not HCL, no component "metallb", or a value that is not a literal.
    """
    beside = path.parent / _VARIABLES_FILE
    overrides = _parse(beside) if beside.is_file() else {}
    parsed = _parse(path)
    variables = Variables.of(parsed, overrides)
    parsed = {
        key: value if key == "variable" else variables.replaced(value)
        for key, value in parsed.items()
    }
    try:
        read = _read(parsed, path, version=version, nodes=nodes, project=project, metro=metro)
    except ConfigError as error:
        error.file, error.file_line = str(path), lokomotive_line(path, error.where)
        raise
    places = {name: beside.name if name in overrides else path.name for name in variables.used}
    used = tuple(f"variable {name}: its value in {at} is used" for name, at in places.items())
    return replace(read, notes=(*read.notes, *used))


def _read(
    parsed: Mapping[str, Any],
    path: Path,
    *,
    version: str,
    nodes: tuple[str, ...],
    project: str,
    metro: str,
) -> Lokomotive:
    bodies = _blocks(parsed.get("component"), (_COMPONENT,))
    if len(bodies) > 1:
        raise ConfigError(
            where=f'{path}: component "metallb"',
            seen=f"{len(bodies)} blocks",
            rule="stands once: the others would be lost",
            remedy="keep one block, with the pools of all of them",
        )
    body = bodies[0] if bodies else None
    if body is None:
        raise ConfigError(
            where=str(path),
            rule='holds a block component "metallb"',
            remedy="name the .lokocfg file with that block",
        )
    where = f'{path}: component "metallb"'
    for key in body:
        if key not in _KNOWN:
            raise ConfigError(
                where=f"{where}.{key}",
                rule="is not a key of Lokomotive's component",
                remedy=f"known: {', '.join(_KNOWN)}",
            )
    pools = _mapping(body.get("address_pools"), f"{where}.address_pools")
    if not pools:
        raise ConfigError(
            where=f"{where}.address_pools",
            seen="nothing",
            rule="is required",
            remedy="add a pool: a name and a list of blocks",
        )
    install: dict[str, Any] = {"version": version}
    for name in ("controller", "speaker"):
        workload = _workload(body, name, where)
        if workload:
            install[name] = workload
    if _switch(body.get("service_monitor"), f"{where}.service_monitor"):
        # The label by which Lokomotive's Prometheus picks ServiceMonitors up.
        install["monitoring"] = {
            "serviceMonitor": True,
            "labels": {"release": "prometheus-operator"},
        }
    clusters = _blocks(parsed.get("cluster"), _PLATFORMS)
    cluster = clusters[0] if clusters else {}
    platform, notes = metal_platform(cluster, nodes=nodes, project=project, metro=metro)
    sections = {
        "install": install,
        "platform": platform,
        "bgp": {"localAsn": 65000, "peerAsn": 65530, "holdTime": "3s"},
        "addressPools": {
            _pool_name(name, where): {"addresses": _texts(blocks, f"{where}.address_pools.{name}")}
            for name, blocks in pools.items()
        },
    }
    return Lokomotive(sections, tuple(notes))


def _parse(path: Path) -> Mapping[str, Any]:
    text = read_text(path)
    if len(text) > _MAX_BYTES:
        raise ConfigError(
            where=str(path),
            seen=f"{len(text)} characters",
            rule=f"at most {_MAX_BYTES} characters of HCL",
            remedy='keep the file with component "metallb" only',
        )
    try:
        import hcl2
    except ImportError as error:
        raise ConfigError(
            where=str(path),
            rule="HCL is read with the package python-hcl2",
            remedy="pip install python-hcl2",
        ) from error
    try:
        found: Mapping[str, Any] = hcl2.loads(text if text.endswith("\n") else text + "\n")
    except Exception as error:
        # The parser's errors have no common base, and quote the file: only the place is kept.
        told = getattr(error, "line", None)
        line = told if isinstance(told, int) and told > 0 else 0
        at = f"{path}: line {line}" if line else str(path)
        raise ConfigError(
            where=at,
            rule="is not HCL that can be read",
            remedy="correct the syntax",
            file=str(path),
            file_line=line,
        ) from error
    return found


def _blocks(blocks: Any, labels: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The bodies of the blocks with one of these labels."""
    return [
        {key: value for key, value in body.items() if not key.startswith("__")}
        for block in (blocks if isinstance(blocks, list) else ())
        for label, body in (block.items() if isinstance(block, Mapping) else ())
        if _literal(label) in labels and isinstance(body, Mapping)
    ]


def _switch(value: Any, where: str) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    if _literal(value) in ("true", "false"):
        return _literal(value) == "true"
    raise _no_literal(value, where, "is true or false")


def _no_literal(value: Any, where: str, rule: str) -> ConfigError:
    """A value that is worked out elsewhere; a variable by its name."""
    name = name_of(value)
    if name:
        return ConfigError(
            where=where,
            seen=f"var.{name}",
            rule=f"is a variable without a value in this file, or in {_VARIABLES_FILE} beside it",
            remedy=f'write the value itself, or a default in variable "{name}"',
        )
    expression = isinstance(value, str) and "${" in value
    return ConfigError(
        where=where,
        seen="an expression" if expression else "",
        rule="is an expression, and only literals and variables are read" if expression else rule,
        remedy="write the value itself",
    )


def _literal(value: Any) -> str | None:
    """The text of a literal; None for an expression."""
    if not isinstance(value, str):
        return None
    if not (value.startswith('"') and value.endswith('"') and len(value) > 1):
        return None if value.startswith("${") else value
    if re.search(r"(?<!\$)\$\{|(?<!%)%\{", value):
        return None
    try:
        return str(json.loads(value))
    except ValueError:
        return value[1:-1]


def _text(value: Any, where: str) -> str:
    found = str(value) if isinstance(value, int) else _literal(value)
    if found is None:
        raise _no_literal(value, where, "is a text")
    return found


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list):
        raise _no_literal(value, where, 'is a list of texts, such as ["203.0.113.0/28"]')
    return [_text(item, f"{where}[{index}]") for index, item in enumerate(value)]


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _no_literal(value, where, "is a map, such as { key = value }")
    return {_text(k, where): v for k, v in value.items() if not str(k).startswith("__")}


def _workload(body: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    at = f"{where}.{name}_node_selectors"
    selectors = _mapping(body.get(f"{name}_node_selectors"), at)
    if selectors:
        made["nodeSelectors"] = {
            key: _text(value, f"{at}.{key}") for key, value in selectors.items()
        }
    listed = body.get(f"{name}_toleration")
    tolerations = [
        dict(_toleration(item, f"{where}.{name}_toleration[{index}]"))
        for index, item in enumerate(listed if isinstance(listed, list) else ())
        if isinstance(item, Mapping)
    ]
    if tolerations:
        made["tolerations"] = tolerations
    return made


def _toleration(item: Mapping[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    for key, value in item.items():
        if key in _TOLERATION:
            text = _text(value, f"{where}.{key}")
            if key == "toleration_seconds":
                if text:
                    yield _TOLERATION[key], int(text) if text.isdecimal() else text
            elif text:
                yield _TOLERATION[key], text
        elif not key.startswith("__"):
            raise ConfigError(
                where=f"{where}.{key}",
                rule="is not a key of a toleration",
                remedy=f"known: {', '.join(_TOLERATION)}",
            )


def _pool_name(name: str, where: str) -> str:
    made = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not made:
        raise ConfigError(where=f"{where}.address_pools", seen=repr(name), rule="is a pool's name")
    return made


def metal_platform(
    cluster: Mapping[str, Any],
    *,
    nodes: tuple[str, ...] = (),
    project: str = "",
    metro: str = "",
) -> tuple[dict[str, Any], list[str]]:
    """The Metal platform, from Lokomotive's cluster block where it is in the same file."""
    notes: list[str] = []
    project_id = project or _literal(cluster.get("project_id")) or ""
    if not project_id:
        project_id = _PLACEHOLDER_PROJECT
        notes.append("fill in metallb:platform.projectId (or give --project)")
    platform: dict[str, Any] = {"kind": "equinix-metal", "projectId": project_id}
    facility = _literal(cluster.get("facility"))
    if metro or not facility:
        platform["metro"] = metro or "ny"
        if not metro:
            notes.append("fill in metallb:platform.metro (or give --metro)")
    else:
        platform["facility"] = facility
    hosts = nodes or tuple(_workers(cluster))
    if not nodes:
        notes += _uncounted(cluster)
    if not hosts:
        hosts = ("worker-0",)
        notes.append("fill in metallb:platform.nodes: the ingress nodes (or give --node)")
    platform["nodes"] = [{"hostname": host} for host in hosts]
    notes.append(
        "sites with two loopback routers (169.254.255.1 and .2) need peerSource: neighbors"
    )
    return platform, notes


def _workers(cluster: Mapping[str, Any]) -> Iterator[str]:
    """Host names that Lokomotive gives its workers: <cluster>-<pool>-worker-<number>."""
    name = _literal(cluster.get("cluster_name"))
    pools = cluster.get("worker_pool")
    for block in pools if isinstance(pools, list) else ():
        for label, body in block.items() if isinstance(block, Mapping) else ():
            count = body.get("count") if isinstance(body, Mapping) else None
            disabled = isinstance(body, Mapping) and body.get("disable_bgp") is True
            pool = _literal(label)
            if name and pool and isinstance(count, int) and 0 < count <= 256 and not disabled:
                yield from (f"{name}-{pool}-worker-{number}" for number in range(count))


def _uncounted(cluster: Mapping[str, Any]) -> Iterator[str]:
    """Pools of workers whose number is worked out elsewhere."""
    pools = cluster.get("worker_pool")
    for block in pools if isinstance(pools, list) else ():
        for label, body in block.items() if isinstance(block, Mapping) else ():
            if isinstance(body, Mapping) and isinstance(body.get("count"), str):
                yield (
                    f"the nodes of worker_pool {_literal(label)} are not in metallb:platform.nodes:"
                    " its count is no number in this file"
                )
