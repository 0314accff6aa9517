"""Reads the `component "metallb"` of a Lokomotive configuration (HCL).

Source: Lokomotive pkg/components/metallb/component.go and its configuration reference. Its peers
came from a fork's autodiscovery; here the platform names the nodes.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from metallb.algebra.intervals import block_of
from metallb.importing.hcl_lines import COMPONENT, LokomotiveLines
from metallb.importing.hcl_variables import Variables, declared_in, named_in, used_in
from metallb.importing.meaning import corrections
from metallb.importing.racks import written
from metallb.platforms.registry import lokomotive_platform
from metallb.problems.errors import ConfigError, UsageError
from metallb.problems.escape import quoted
from metallb.problems.problem import Location, Position
from metallb.stackfile.files import read_text
from metallb.stackfile.paths import is_there

__all__ = ["Lokomotive", "literal", "lokomotive_file", "read_lokomotive"]

_MAX_BYTES = 256 * 1024
_VARIABLES_FILES = ("lokocfg.vars", ".lokocfg.vars")
_COMPONENT = "metallb"
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

_BGP_KEYS = ("myAsn", "peerAsn", "holdTime")


@dataclass(frozen=True)
class Lokomotive:
    """A Lokomotive configuration as sections of a stack file.

    :ivar notes: what a person has to fill in or know.
    :ivar has_cluster: whether a block says of which cluster it is.
    """

    sections: dict[str, Any]
    notes: tuple[str, ...] = field(default=())
    has_cluster: bool = False

    def corrected(self) -> "Lokomotive":
        """With every block by its first address, as MetalLB reads it, and a note for each that was
        another."""
        pools, notes = {}, list(self.notes)
        for name, pool in self.sections["addressPools"].items():
            blocks = [block_of(text) for text in pool["addresses"]]
            notes += corrections(name, pool["addresses"])
            pools[name] = {**pool, "addresses": blocks}
        sections = {**self.sections, "addressPools": pools}
        return replace(self, sections=sections, notes=tuple(notes))


def read_lokomotive(
    *paths: Path,
    version: str,
    nodes: tuple[str, ...] = (),
    project: str = "",
    metro: str = "",
    given: Mapping[str, str] | None = None,
) -> Lokomotive:
    """The stack file's sections for a Lokomotive configuration.

    :param paths: its files, which lokoctl reads as one.
    :param nodes: host names of the ingress nodes; Lokomotive found them by label.
    :param given: values of variables by name, from the command line.
    :raises UsageError: a value is of a variable that no file has.
    :raises ConfigError: not HCL, no component "metallb", or a value that is not a literal.
    """
    beside = dict.fromkeys(path.parent / name for path in paths for name in _VARIABLES_FILES)
    files = {path: _parse(path) for path in beside if is_there(path)}
    typed = {name: _typed(name, text) for name, text in (given or {}).items()}
    parsed = _merged([_parse(path) for path in paths])
    variables = Variables.of(parsed, *files.values(), typed)
    parsed = {
        key: value if key in ("variable", "locals") else variables.replaced(value)
        for key, value in parsed.items()
    }
    used = [name for kind, name in variables.used if kind == "var"]
    _refuse_unknown(given or (), (*declared_in(parsed), *used))
    source = lokomotive_file(paths)
    try:
        read = _read(parsed, source, version=version, nodes=nodes, project=project, metro=metro)
    except ConfigError as error:
        lines = LokomotiveLines(source)
        placed = [lines.placed(each) for each in error.problems]
        raise ConfigError.of(placed, f"{source} can't be read") from error
    places = {name: path.name for path, values in files.items() for name in values}
    places |= dict.fromkeys(typed, "--var")
    values = (
        f"variable {name}: its value in {places.get(name, source.name)} is used" for name in used
    )
    return replace(read, notes=(*read.notes, *values))


def _refuse_unknown(given: Iterable[str], known: Sequence[str]) -> None:
    """Refuse the value of a variable that no file has.

    :raises UsageError: there is one.
    """
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise UsageError(
                f"no file has a variable {name}",
                location=("--var",),
                help=f"did you mean {near[0]}?" if near else "leave it out",
            )


def _merged(parsed: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Several files as one: blocks of all of them."""
    found: dict[str, Any] = {}
    for each in parsed:
        for key, value in each.items():
            both = isinstance(value, list) and isinstance(found.get(key), list)
            found[key] = [*found[key], *value] if both else value
    return found


def lokomotive_file(paths: tuple[Path, ...]) -> Path:
    """The file that problems of the component are in."""
    return next((path for path in paths if LokomotiveLines(path).has_component), paths[0])


def _typed(name: str, text: str) -> Any:
    """A value of the command line: HCL where it is a list, a map or a number, and text otherwise,
    as lokoctl's and Terraform's values are."""
    if text[:1] not in "[{" and not text.isdecimal():
        return json.dumps(text)
    return _parsed(f"{name} = {text}\n", Path(f"--var {name}"))[name]


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
            f"{len(bodies)} blocks {COMPONENT}",
            code="E108",
            location=(COMPONENT,),
            detail="Only one is read: the others would be lost",
            help="keep one block, with the pools of all of them",
        )
    body = bodies[0] if bodies else None
    if body is None:
        raise ConfigError(
            f"no block {COMPONENT}",
            code="E113",
            help="name the .lokocfg file with that block",
        )
    where: Location = (COMPONENT,)
    for key in body:
        if key not in _KNOWN:
            raise _unknown((*where, key), _KNOWN, "component")
    pools = _mapping(body.get("address_pools"), (*where, "address_pools"))
    if not pools:
        raise ConfigError(
            "no address pool",
            code="E103",
            location=(*where, "address_pools"),
            help='add a pool to address_pools, such as default = ["203.0.113.0/28"]',
        )
    install: dict[str, Any] = {"version": version}
    for name in ("controller", "speaker"):
        workload = _workload(body, name, where)
        if workload:
            install[name] = workload
    if _switch(body.get("service_monitor"), (*where, "service_monitor")):
        # The label by which Lokomotive's Prometheus picks ServiceMonitors up.
        install["monitoring"] = {
            "serviceMonitor": True,
            "labels": {"release": "prometheus-operator"},
        }
    of = lokomotive_platform()
    clusters = _blocks(parsed.get("cluster"), of.lokomotive_clusters)
    cluster = clusters[0] if clusters else {}
    platform, notes = of.of_lokomotive(cluster, nodes=nodes, project=project, metro=metro)
    sections = {
        "install": install,
        "platform": platform,
        "bgp": {
            key: written(value)
            for key, value in zip(_BGP_KEYS, of.usual[:3], strict=True)
            if value is not None
        },
        "addressPools": {
            _pool_name(name, where): {"addresses": _texts(blocks, (*where, "address_pools", name))}
            for name, blocks in pools.items()
        },
    }
    return Lokomotive(sections, tuple(notes), has_cluster=bool(clusters))


def _parse(path: Path) -> Mapping[str, Any]:
    text = read_text(path)
    if len(text) > _MAX_BYTES:
        raise ConfigError(
            f"the file has {len(text)} characters",
            code="E112",
            position=Position(str(path)),
            detail=f"At most {_MAX_BYTES} characters of HCL are read",
            help=f"keep {COMPONENT} in a file of its own",
        )
    return _parsed(text, path)


def _parsed(text: str, path: Path) -> Mapping[str, Any]:
    try:
        import hcl2
    except ImportError as error:
        raise ConfigError(
            "the Python package python-hcl2 is not installed",
            code="E504",
            detail=f"It reads HCL files such as {path}",
            help="pip install python-hcl2",
        ) from error
    try:
        found: Mapping[str, Any] = hcl2.loads(text if text.endswith("\n") else text + "\n")
    except Exception as error:
        # The parser's errors have no common base, and quote the file: only the place is kept.
        line, column = _number(error, "line"), _number(error, "column")
        raise ConfigError(
            "not valid HCL",
            code="E101",
            help="correct the syntax here, or on the line above",
            position=Position(str(path), line, column if line else 0),
        ) from error
    return found


def _blocks(blocks: Any, labels: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """The bodies of the blocks with one of these labels."""
    return [
        {key: value for key, value in body.items() if not key.startswith("__")}
        for block in (blocks if isinstance(blocks, list) else ())
        for label, body in (block.items() if isinstance(block, Mapping) else ())
        if literal(label) in labels and isinstance(body, Mapping)
    ]


def _number(error: Exception, name: str) -> int:
    found = getattr(error, name, None)
    return found if isinstance(found, int) and found > 0 else 0


def _unknown(at: Location, known: Iterable[str], owner: str) -> ConfigError:
    key, listed = str(at[-1]), list(known)
    near = get_close_matches(key, listed, 1)
    return ConfigError(
        f"unknown key {key}",
        code="E102",
        location=at,
        detail=f"It is no key of Lokomotive's {owner}, which Lokomotive refuses",
        help=f"write {near[0]}" if near else f"remove it; the keys here are {', '.join(listed)}",
    )


def _switch(value: Any, at: Location) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    if literal(value) in ("true", "false"):
        return literal(value) == "true"
    raise _no_literal(value, at, "true or false")


def _no_literal(value: Any, at: Location, wanted: str) -> ConfigError:
    """A value that is worked out elsewhere; a variable by its name."""
    names = named_in(value)
    if names:
        several = len(names) > 1
        return ConfigError(
            f"{' and '.join(names)} {'have' if several else 'has'} no value",
            code="E114",
            location=at,
            detail="A variable has a default in this file, a value in"
            f" {_VARIABLES_FILES[0]} beside it, or one of --var",
            help="write the value here, or give it with --var NAME=VALUE",
        )
    if isinstance(value, str) and "${" in value:
        used = used_in(value)
        return ConfigError(
            f"{at[-1]} is an expression{' of ' if used else ''}{', '.join(used)}",
            code="E114",
            location=at,
            detail="Only literals and variables are read: Lokomotive evaluates the rest",
            help="write the value itself",
        )
    return ConfigError(
        f"{at[-1]} is not {wanted}", code="E104", location=at, help=f"write {wanted}"
    )


def literal(value: Any) -> str | None:
    """The text of a literal of HCL; None for an expression."""
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


def _text(value: Any, at: Location) -> str:
    found = str(value) if isinstance(value, int) else literal(value)
    if found is None:
        raise _no_literal(value, at, "text")
    return found


def _texts(value: Any, at: Location) -> list[str]:
    if not isinstance(value, list):
        raise _no_literal(value, at, 'a list of texts, such as ["203.0.113.0/28"]')
    return [_text(item, (*at, index)) for index, item in enumerate(value)]


def _mapping(value: Any, at: Location) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _no_literal(value, at, "a map, such as { key = value }")
    return {_text(k, at): v for k, v in value.items() if not str(k).startswith("__")}


def _workload(body: Mapping[str, Any], name: str, where: Location) -> dict[str, Any]:
    made: dict[str, Any] = {}
    at = (*where, f"{name}_node_selectors")
    selectors = _mapping(body.get(f"{name}_node_selectors"), at)
    if selectors:
        made["nodeSelectors"] = {key: _text(value, (*at, key)) for key, value in selectors.items()}
    listed = body.get(f"{name}_toleration")
    tolerations = [
        dict(_toleration(item, (*where, f"{name}_toleration", index)))
        for index, item in enumerate(listed if isinstance(listed, list) else ())
        if isinstance(item, Mapping)
    ]
    if tolerations:
        made["tolerations"] = tolerations
    return made


def _toleration(item: Mapping[str, Any], where: Location) -> Iterator[tuple[str, Any]]:
    for key, value in item.items():
        if key in _TOLERATION:
            text = _text(value, (*where, key))
            if key == "toleration_seconds":
                if text:
                    yield _TOLERATION[key], int(text) if text.isdecimal() else text
            elif text:
                yield _TOLERATION[key], text
        elif not key.startswith("__"):
            raise _unknown((*where, key), _TOLERATION, "toleration")


def _pool_name(name: str, where: Location) -> str:
    made = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if not made:
        raise ConfigError(
            f"pool name {quoted(name)} has no letter or digit",
            code="E105",
            location=(*where, "address_pools", name),
            help="give the pool a name of letters and digits",
        )
    return made
