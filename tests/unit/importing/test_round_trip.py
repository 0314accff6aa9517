"""Objects with any fields become a stack file that renders them again, or are named."""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import event, given
from hypothesis import strategies as st
from pydantic import SecretStr

from metallb.algebra.durations import Duration
from metallb.importing.reading import read_foreign
from metallb.importing.stack_document import stack_document
from metallb.importing.taking import Taken, taken
from metallb.importing.writing import stack_text
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.releases import BgpMode, ConfigFormat, Release
from metallb.routing.advertisements import PreferredNodeSelector
from metallb.routing.base import Address, MetalLBObject, ObjectName
from metallb.routing.configmap import configmap_text
from metallb.routing.custom_resources import manifests
from metallb.routing.fields import declared, is_known, manifest_key
from metallb.routing.selectors import LabelSelector
from metallb.routing.table import OBJECTS, RoutingConfig, spec_of
from metallb.stackfile import StackConfig, stack_config
from metallb.stackfile.yaml_documents import parse_yaml
from tests.unit.routing.strategies import USUAL, fields

LATEST, OF_CONFIGMAP = Release(0, 16, 2), Release(0, 12, 1)
NAMES = ("fast", "slow")
WORDS = st.sampled_from(["a", "b", "c1", "web"])
HOSTS = ("n1", "n2", "n3")
POOLS = {"web": "203.0.113.0/28", "office": "198.51.100.0/27"}
ALIASES = {"blue": "64512:1", "large": "large:1:2:3"}
GIVEN = {
    ("BGPPeer", "my_asn"),
    ("BGPPeer", "peer_asn"),
    ("BGPPeer", "peer_address"),
    ("BGPPeer", "node_selectors"),
    ("BGPPeer", "source_address"),
    ("BGPPeer", "password"),
    ("BGPPeer", "password_secret"),
    ("IPAddressPool", "addresses"),
    ("IPAddressPool", "auto_assign"),
    ("BGPAdvertisement", "ip_address_pools"),
    ("BGPAdvertisement", "ip_address_pool_selectors"),
    ("BGPAdvertisement", "communities"),
    ("BGPAdvertisement", "peers"),
    ("BGPAdvertisement", "aggregation_length"),
    ("BGPAdvertisement", "aggregation_length_v6"),
    ("L2Advertisement", "ip_address_pools"),
    ("L2Advertisement", "ip_address_pool_selectors"),
    ("Community", "communities"),
}
"""Fields that are made to fit the other objects, rather than from their types alone."""


TYPES = {
    **USUAL,
    # False is what an optional switch means by itself.
    bool: st.just(True),
    str: WORDS,
    Address: st.ip_addresses(v=4, network="10.0.0.0/8").map(str),
    ObjectName: st.sampled_from(NAMES),
    Duration: st.integers(3, 300).map("{}s".format),
    LabelSelector: st.dictionaries(WORDS, WORDS, min_size=1, max_size=1).map(
        lambda labels: {"matchLabels": labels}
    ),
}

# MetalLB refuses a preference that is there twice, whatever its weights.
TYPES[tuple[PreferredNodeSelector, ...]] = st.lists(
    fields(PreferredNodeSelector, TYPES),
    min_size=1,
    max_size=2,
    unique_by=lambda each: repr(each["preference"]),
)


CONDITIONS = st.fixed_dictionaries(
    {
        "matchExpressions": st.sampled_from(
            [
                {"key": "zone", "operator": "NotIn", "values": ["a", "b"]},
                {"key": "zone", "operator": "Exists"},
                {"key": "zone", "operator": "DoesNotExist"},
            ]
        ).map(lambda condition: [condition])
    },
    optional={"matchLabels": st.just({"rack": "r1"})},
)
"""Nodes that no list of labels chooses."""


def specs(kind: str, release: Release) -> st.SearchStrategy[dict[str, Any]]:
    """Specs of a kind; each field that the release reads may be there."""
    model = spec_of(kind)
    given_here = {name for each, name in GIVEN if each == kind}
    later = {name for name in model.model_fields if not is_known(model, name, release)}
    return fields(model, TYPES, without=given_here | later)


def named(kind: str, name: str, spec: Any) -> MetalLBObject:
    made = {"name": name, "spec": spec, "origin": (f"f: {kind} {name}",)}
    return OBJECTS[kind].model_validate(made)


@st.composite
def peers(draw: st.DrawFn, number: int, release: Release) -> MetalLBObject:
    spec = draw(specs("BGPPeer", release))
    chosen = draw(st.sets(st.sampled_from(HOSTS)))
    spec |= {
        "myASN": draw(st.sampled_from([64512, 64513])),
        "nodeSelectors": [
            {"matchLabels": {"kubernetes.io/hostname": host}} for host in sorted(chosen)
        ]
        or [draw(CONDITIONS)],
    }
    if "dynamicASN" not in spec:
        spec["peerASN"] = draw(st.sampled_from([64601, 64602]))
    if "interface" in spec:
        spec["interface"] = f"eth{number}"
    else:
        spec["peerAddress"] = f"10.1.0.{number + 1}"
    if len(chosen) <= 1 and draw(st.booleans()):
        spec["sourceAddress"] = f"10.2.0.{len(HOSTS) if not chosen else HOSTS.index(*chosen)}"
    if draw(st.booleans()):
        known = ["key", "other"]
        elsewhere = ["made-elsewhere"] if release.format is ConfigFormat.CUSTOM_RESOURCES else []
        spec["passwordSecret"] = {"name": draw(st.sampled_from(known + elsewhere))}
    return named("BGPPeer", f"p{number}", spec)


@st.composite
def routings(draw: st.DrawFn, release: Release) -> RoutingConfig:
    """Configurations of all kinds that a stack file has objects of."""
    sessions = [draw(peers(number, release)) for number in range(draw(st.integers(1, 3)))]
    pools = []
    for name, block in POOLS.items():
        spec = draw(specs("IPAddressPool", release))
        spec |= {"addresses": [block], "autoAssign": draw(st.booleans())}
        pools.append(named("IPAddressPool", name, spec))
    announced = []
    for number in range(draw(st.integers(0, 3))):
        spec = draw(specs("BGPAdvertisement", release))
        spec["ipAddressPools"] = sorted(draw(st.sets(st.sampled_from(sorted(POOLS)), min_size=1)))
        if draw(st.booleans()):
            spec["communities"] = draw(
                st.lists(st.sampled_from(["64512:9", *ALIASES]), min_size=1, unique=True)
            )
        if "serviceSelectors" not in spec:
            spec["aggregationLength"] = draw(st.integers(28, 32))
            spec["aggregationLengthV6"] = draw(st.integers(120, 128))
        if release.format is ConfigFormat.CUSTOM_RESOURCES and draw(st.booleans()):
            every = [each.name for each in sessions]
            spec["peers"] = sorted(draw(st.sets(st.sampled_from(every), min_size=1)))
        announced.append(named("BGPAdvertisement", f"a{number}", spec))
    in_layer2 = []
    # In a ConfigMap a pool has one protocol.
    taken_by_bgp = {name for each in announced for name in each.spec.ip_address_pools}
    free = set(POOLS) - (taken_by_bgp if release.format is ConfigFormat.CONFIGMAP else set())
    for number in range(draw(st.integers(0, 2)) if free else 0):
        spec = draw(specs("L2Advertisement", release))
        spec["ipAddressPools"] = sorted(draw(st.sets(st.sampled_from(sorted(free)), min_size=1)))
        in_layer2.append(named("L2Advertisement", f"l{number}", spec))
    listed = [{"name": name, "value": value} for name, value in ALIASES.items()]
    return RoutingConfig(
        peers=tuple(sessions),
        pools=tuple(pools),
        advertisements=tuple(announced),
        l2_advertisements=tuple(in_layer2),
        bfd_profiles=tuple(
            named("BFDProfile", name, draw(specs("BFDProfile", release))) for name in NAMES
        ),
        communities=(named("Community", "all", {"communities": listed}),),
        passwords={"key": SecretStr("Hidden12345"), "other": SecretStr("Hidden67890")},
    )


def read(routing: RoutingConfig, folder: Path) -> Taken:
    path = folder / "objects.yaml"
    path.write_text(yaml.safe_dump_all(manifests(routing, "metallb-system")), encoding="utf-8")
    return taken(read_foreign(path), LATEST, "objects.yaml")


def stack_of(routing: RoutingConfig, release: Release = LATEST) -> StackConfig:
    """The stack file of objects, with the MD5 keys where `import` says that they belong."""
    made = stack_document(
        routing,
        release=release,
        mode=BgpMode.FRR,
        source="objects.yaml",
        from_resources=release.format is ConfigFormat.CUSTOM_RESOURCES,
    )
    config = parse_yaml(stack_text(made.sections), where="import")["config"]
    for key in made.keys:
        here = config
        for step in key.location[:-1]:
            here = here.setdefault(step, {}) if isinstance(step, str) else here[step]
        assert key.password is not None
        here[key.location[-1]] = key.password.get_secret_value()
    sections = {name.removeprefix("metallb:"): value for name, value in config.items()}
    return stack_config(sections, source="import")


def text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@cache
def optional_switches(kind: str) -> frozenset[str]:
    fields = spec_of(kind).model_fields
    return frozenset(
        manifest_key(spec_of(kind), name) for name, each in fields.items() if each.default is None
    )


def spec_without(item: MetalLBObject, *keys: str) -> dict[str, Any]:
    """A spec as its bytes, without some keys and switches that are off by themselves."""
    spec: dict[str, Any] = item.to_manifest("n")["spec"]
    off = optional_switches(item.kind)
    return {
        key: value
        for key, value in spec.items()
        if key not in keys and not (value is False and key in off)
    }


def whole(routing: RoutingConfig) -> dict[str, Any]:
    """Everything that a configuration has, apart from names and how objects are cut."""
    sessions: dict[str, set[str]] = {}
    for peer in routing.peers:
        spec = spec_without(peer, "nodeSelectors", "password", "passwordSecret")
        key = routing.password_of(peer)
        reference = peer.spec.password_secret
        elsewhere = reference.name if reference is not None else ""
        spec["key"] = key.get_secret_value() if key is not None else elsewhere
        for selector in peer.spec.node_selectors or ():
            for host in selector.hosts or (selector.words(),):
                sessions.setdefault(peer.name, set()).add(text([host, spec]))
    announced: dict[str, set[str]] = {}
    for each in routing.advertisements:
        spec = spec_without(each, "ipAddressPools", "peers")
        spec["communities"] = sorted(each.spec.communities or ())
        found = {one for name in each.spec.peers or () for one in sessions[name]}
        spec["peers"] = sorted(found) if each.spec.peers else []
        for pool in each.spec.ip_address_pools or ():
            announced.setdefault(pool, set()).add(text(spec))
    answered: dict[str, set[str]] = {}
    for each in routing.l2_advertisements:
        for pool in each.spec.ip_address_pools or ():
            answered.setdefault(pool, set()).add(text(spec_without(each, "ipAddressPools")))
    return {
        "answered": {pool: sorted(listed) for pool, listed in answered.items()},
        "sessions": sorted({one for listed in sessions.values() for one in listed}),
        "announced": {pool: sorted(listed) for pool, listed in announced.items()},
        "pools": {each.name: text(spec_without(each)) for each in routing.pools},
        "profiles": {each.name: text(spec_without(each)) for each in routing.bfd_profiles},
        "communities": {
            alias.name: alias.value
            for each in routing.communities
            for alias in each.spec.communities or ()
        },
    }


def without(routing: RoutingConfig) -> tuple[RoutingConfig, set[tuple[str, str]]]:
    """A configuration without the fields that the release ignores, and those with their objects."""
    left: set[tuple[str, str]] = set()
    peers = []
    for peer in routing.peers:
        spec, model = peer.spec, type(peer.spec)
        for name, field in model.model_fields.items():
            ignored = declared(model, name).ignored_since is not None
            if ignored and getattr(spec, name) != field.default:
                left.add((peer.name, manifest_key(model, name)))
                spec = spec.model_copy(update={name: field.default})
        peers.append(peer.model_copy(update={"spec": spec}))
    return routing._replace(peers=tuple(peers)), left


def mixed(routing: RoutingConfig) -> bool:
    """Whether a node has a source address for some of its sessions alone: it is in two racks then,
    and which of them has its name depends on the order of the peers."""
    hosts: dict[bool, set[str]] = {True: set(), False: set()}
    for peer in routing.peers:
        for selector in peer.spec.node_selectors or ():
            nodes = selector.hosts or (selector.words(),)
            hosts[peer.spec.source_address is not None].update(nodes)
    return bool(hosts[True] & hosts[False])


@given(routings(LATEST))
def test_objects_become_a_stack_file_that_renders_them_or_are_named(routing: RoutingConfig) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        part = read(routing, folder)
        kept, ignored = without(routing)
        for peer, key in ignored:
            assert any(f"BGPPeer {peer}: {key}: " in line for line in part.not_read)
        assert len(part.not_read) == len(ignored)
        rendered = routing_config(stack_of(part.routing), PlatformFacts())
        assert whole(rendered) == whole(kept)
        if not any(each.spec.peers for each in kept.advertisements) and not mixed(kept):
            event("names")
            again = routing_config(stack_of(read(rendered, folder).routing), PlatformFacts())
            assert text(manifests(again, "n")) == text(manifests(rendered, "n"))


@given(routings(OF_CONFIGMAP))
def test_a_configmap_becomes_a_stack_file_that_renders_it(routing: RoutingConfig) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "config.yaml"
        path.write_text(configmap_text(routing), encoding="utf-8")
        part = taken(read_foreign(path), OF_CONFIGMAP, "config.yaml")
        assert part.not_read == ()
        rendered = routing_config(stack_of(part.routing, OF_CONFIGMAP), PlatformFacts())
        assert whole(rendered) == whole(part.routing)
        path.write_text(configmap_text(rendered), encoding="utf-8")
        again = taken(read_foreign(path), OF_CONFIGMAP, "config.yaml")
        twice = routing_config(stack_of(again.routing, OF_CONFIGMAP), PlatformFacts())
        assert mixed(part.routing) or configmap_text(twice) == configmap_text(rendered)
