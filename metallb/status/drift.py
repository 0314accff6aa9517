"""Differences between the stack file and what runs. Pure."""

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import ValidationError

from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config, slots_of, static_routing
from metallb.problems.errors import MetalLBError
from metallb.releases import ConfigFormat
from metallb.routing import RoutingConfig
from metallb.routing.configmap import configmap_document, parse_configmap
from metallb.routing.table import OBJECTS, spec_of
from metallb.stackfile import Source, StackConfig
from metallb.stackfile.yaml_documents import parse_yaml
from metallb.status.look import Look
from metallb.status.model import Drift
from metallb.status.pods import component
from metallb.status.workloads import workload_drift

__all__ = ["drift", "live_config_map", "written"]

_SPECS = {kind: spec_of(kind) for kind in OBJECTS}


def drift(look: Look, stack: StackConfig, facts: PlatformFacts | None) -> tuple[Drift, ...]:
    """Every difference, versions first."""
    known = _is_known(stack, facts)
    routing = written(stack, facts)
    found = [*_versions(look, stack), *workload_drift(look, stack)]
    if stack.install.release.format is ConfigFormat.CONFIGMAP:
        return (*found, *(_config_map(look, routing) if known else ()))
    return (*found, *_left_behind(look), *_objects(look, stack, routing, known=known))


def written(stack: StackConfig, facts: PlatformFacts | None) -> RoutingConfig:
    """What the stack file would write, as far as it can be known."""
    if _is_known(stack, facts):
        return routing_config(stack, facts or PlatformFacts())
    return static_routing(stack)


def _is_known(stack: StackConfig, facts: PlatformFacts | None) -> bool:
    return facts is not None or not stack.platform.looks_up


def live_config_map(look: Look) -> RoutingConfig | None:
    """What the ConfigMap of 0.12 says; None where there is none, or none that can be read."""
    if look.config_map is None:
        return None
    try:
        where = f"ConfigMap {look.config_map_name}"
        document = parse_yaml(look.config_map, where=where, spelled=True, aliases=True) or {}
        return parse_configmap(document, where=where)
    except MetalLBError:
        return None


def _versions(look: Look, stack: StackConfig) -> Iterator[Drift]:
    if stack.install.source is Source.EXISTING:
        return
    install = stack.install
    own = {"speaker": install.speaker.image, "controller": install.controller.image}
    for pod in (*look.controllers(), *look.speakers().values()):
        part = component(pod)
        for container in (pod.get("spec") or {}).get("containers") or []:
            image = str(container.get("image", ""))
            runs, expected = _image(
                image, part, own[part], install.release.tag, container.get("name")
            )
            if runs != expected:
                yield Drift(
                    kind="Pod",
                    name=pod["metadata"]["name"],
                    what=f"runs {runs}, the stack file says {expected}",
                )


def _left_behind(look: Look) -> Iterator[Drift]:
    """A configuration that these releases do not read: its owner does not know that."""
    if look.config_map is not None:
        yield Drift(
            kind="ConfigMap",
            name=look.config_map_name,
            what=(
                "not in the stack file, and MetalLB from 0.13 on does not read it: stop what "
                "writes it (an older installation, the cloud provider's controller), then delete it"
            ),
        )


def _image(image: str, part: str, own: str | None, tag: str, container: Any) -> tuple[str, str]:
    """What a container runs and what it should, in the stack file's words: an image or a tag.

    Equal for containers that are no program of MetalLB's.
    """
    if own is not None:
        return (image, own) if container == part else ("", "")
    repository, _, runs = image.partition("@")[0].rpartition(":")
    return (runs, tag) if repository.endswith(f"/{part}") else ("", "")


def _config_map(look: Look, routing: RoutingConfig) -> Iterator[Drift]:
    live = live_config_map(look)
    if "ConfigMap" in look.refused:
        return
    if look.config_map is None:
        yield Drift(kind="ConfigMap", name=look.config_map_name, what="missing")
        return
    if live is None:
        what = "not a configuration of MetalLB 0.12"
        yield Drift(kind="ConfigMap", name=look.config_map_name, what=what)
        return
    # As it stands in the document: there every pool has announcements of its own.
    written_down = parse_configmap(configmap_document(routing), where="the stack file")
    for section, parts in _SECTIONS.items():
        has, expected = parts(live), parts(written_down)
        for name in sorted({*has, *expected}):
            what = _difference(has.get(name), expected.get(name))
            if what:
                yield Drift(kind="ConfigMap", name=f"{section} {name}", what=what)


def _peers(routing: RoutingConfig) -> dict[str, Any]:
    return {
        f"{peer.spec.peer_address} {[item.words() for item in peer.spec.node_selectors or ()]}": (
            # Keys differ in form between the two (Secret or clear text), and are not compared.
            _dump(peer.spec.model_copy(update={"password": None, "password_secret": None}))
        )
        for peer in routing.peers
    }


def _announcements(routing: RoutingConfig) -> dict[str, Any]:
    """By pool; their order has no meaning."""
    found: dict[str, list[str]] = {}
    for item in routing.advertisements:
        spec = {**item.spec.model_dump(mode="json", by_alias=True, exclude_none=True)}
        pools = spec.pop("ipAddressPools", None) or ()
        for pool in pools:
            words = ", ".join(f"{key} {_word(value)}" for key, value in sorted(spec.items()))
            found.setdefault(pool, []).append(words)
    return {
        pool: {"bgp-advertisements": " | ".join(sorted(entries))} for pool, entries in found.items()
    }


def _word(value: Any) -> str:
    return "+".join(map(str, value)) if isinstance(value, list) else str(value)


def _communities(routing: RoutingConfig) -> dict[str, Any]:
    return {
        str(alias.name): {"value": alias.value}
        for item in routing.communities
        for alias in item.spec.communities or ()
    }


_SECTIONS: dict[str, Callable[[RoutingConfig], dict[str, Any]]] = {
    "pools": lambda routing: {pool.name: _dump(pool.spec) for pool in routing.pools},
    "peers": _peers,
    "announcements of pool": _announcements,
    "layer 2 of pool": lambda routing: {
        pool: {"protocol": "layer2"}
        for item in routing.l2_advertisements
        for pool in item.spec.ip_address_pools or ()
    },
    "bfd-profiles": lambda routing: {item.name: _dump(item.spec) for item in routing.bfd_profiles},
    "bgp-communities": _communities,
}
"""What the ConfigMap has, by a name that people know it by."""


def _objects(
    look: Look, stack: StackConfig, routing: RoutingConfig, *, known: bool
) -> Iterator[Drift]:
    wanted = {(item.kind, item.name): item.spec for item in routing.objects()}
    names_only: set[tuple[str, str]] = set()
    if not known:
        names_only = {("BGPPeer", slot.name) for slot in slots_of(stack) if slot.known is None}
        names_only |= {("IPAddressPool", name) for name in stack.address_pools}
    live = {
        (kind, str(item["metadata"]["name"])): item.get("spec") or {}
        for kind in _SPECS
        for item in look.objects.get(kind, [])
    }
    for kind, name in sorted({*wanted, *names_only, *live}):
        if kind in look.refused:
            continue
        if (kind, name) in names_only:
            what = "" if (kind, name) in live else "missing"
        else:
            spec = wanted.get((kind, name))
            what = _difference(
                _live(kind, live.get((kind, name))), _dump(spec) if spec is not None else None
            )
        if what:
            yield Drift(kind=kind, name=name, what=what)


def _live(kind: str, spec: Any) -> dict[str, Any] | None:
    """A live spec in the models' spelling, with what the API server filled in taken out again."""
    if spec is None:
        return None
    try:
        return _dump(_SPECS[kind].model_validate(spec))
    except ValidationError:
        # A newer MetalLB's field, or one by hand; a clear-text key must not show even then.
        return {key: value for key, value in spec.items() if key != "password"}


def _dump(spec: Any) -> dict[str, Any] | None:
    if spec is None:
        return None
    # Secrets come out as asterisks.
    dumped: dict[str, Any] = spec.model_dump(by_alias=True, exclude_defaults=True, mode="json")
    return dumped


def _difference(live: dict[str, Any] | None, wanted: dict[str, Any] | None) -> str:
    if live is None:
        return "missing" if wanted is not None else ""
    if wanted is None:
        return "not in the stack file"
    parts = [
        f"{key} is {live.get(key, 'not set')}, the stack file says {wanted.get(key, 'not set')}"
        for key in sorted({*live, *wanted})
        if live.get(key) != wanted.get(key)
    ]
    return "; ".join(parts)
