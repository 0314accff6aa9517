"""Any valid stack file gives documents that parse back to the same model, in both formats."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.routing import RoutingConfig
from metallb.routing.configmap import configmap_text, parse_configmap
from metallb.routing.custom_resources import manifests, parse_manifests
from metallb.stackfile import StackConfig
from metallb.stackfile.yaml_documents import parse_yaml
from tests.support.yaml_text import dumped_all, loaded_all
from tests.unit.stacks import stack

NAMES = st.from_regex(r"[a-z]([a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)
ASNS = st.integers(1, 4_294_967_295)
SECONDS = st.sampled_from(["3s", "9s", "90s", "1m30s", "1h"])
ADDRESSES = st.tuples(st.integers(1, 254), st.integers(1, 254)).map(lambda x: f"10.9.{x[0]}.{x[1]}")
PASSWORDS = st.text("abcXYZ019:#'\"{}-", min_size=1, max_size=20)
COMMUNITIES = st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(
    lambda x: f"{x[0]}:{x[1]}"
)
LABELS = st.dictionaries(NAMES, st.one_of(st.just(""), NAMES), min_size=1, max_size=3)


@st.composite
def routers(draw: st.DrawFn) -> dict[str, Any]:
    router: dict[str, Any] = {"address": draw(ADDRESSES), "asn": draw(ASNS)}
    optional = {
        "myAsn": ASNS,
        "port": st.integers(1, 16384),
        "holdTime": SECONDS,
        "password": PASSWORDS,
        "ebgpMultiHop": st.booleans(),
    }
    for key, values in optional.items():
        if draw(st.booleans()):
            router[key] = draw(values)
    return router


@st.composite
def racks(draw: st.DrawFn, index: int) -> dict[str, Any]:
    rack: dict[str, Any] = {
        "name": f"rack{index}",
        "routers": draw(
            st.lists(routers(), min_size=1, max_size=3, unique_by=lambda router: router["address"])
        ),
    }
    if draw(st.booleans()):
        rack["nodeSelectors"] = draw(LABELS)
    else:
        hosts = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
        rack["nodes"] = [
            {"hostname": host, "sourceAddress": draw(ADDRESSES)} if draw(st.booleans()) else host
            for host in hosts
        ]
    return rack


@st.composite
def pools(draw: st.DrawFn, aliases: list[str], index: int) -> dict[str, Any]:
    pool: dict[str, Any] = {
        "addresses": [
            f"198.51.{index}.{part * 16}/28"
            for part in draw(st.lists(st.integers(0, 15), min_size=1, max_size=3, unique=True))
        ],
        "autoAssign": draw(st.booleans()),
        "avoidBuggyIps": draw(st.booleans()),
    }
    if draw(st.booleans()):
        keys = draw(st.lists(NAMES, min_size=1, max_size=2, unique=True))
        choices = [COMMUNITIES, *([st.sampled_from(aliases)] if aliases else [])]
        pool["advertisements"] = {
            key: {
                "aggregationLength": draw(st.integers(28, 32)),
                "localPref": draw(st.none() | st.integers(0, 4_294_967_295)),
                "communities": draw(st.lists(st.one_of(choices), max_size=2, unique=True)),
            }
            for key in keys
        }
    return pool


@st.composite
def stacks(draw: st.DrawFn) -> StackConfig:
    aliases = draw(st.dictionaries(NAMES, COMMUNITIES, max_size=3))
    bgp: dict[str, Any] = {
        "myAsn": draw(ASNS),
        "holdTime": draw(st.none() | SECONDS),
        "communities": aliases,
        "sourceAddress": draw(st.booleans()),
    }
    if draw(st.booleans()):
        bgp["password"] = draw(PASSWORDS)
    count = draw(st.integers(1, 3))
    return stack(
        {
            "platform": {
                "kind": "static",
                "racks": [draw(racks(index)) for index in range(count)],
                "sharedPeers": draw(st.booleans()),
            },
            "bgp": bgp,
            "addressPools": {
                f"pool{index}": draw(pools(sorted(aliases), index)) for index in range(count)
            },
        }
    )


def meaning(routing: RoutingConfig) -> dict[str, Any]:
    """What MetalLB reads, without the names that the ConfigMap format has no place for."""
    peers = []
    for peer in routing.peers:
        password = routing.password_of(peer)
        spec = peer.spec.model_dump(exclude={"password", "password_secret"}, mode="json")
        peers.append({**spec, "password": password.get_secret_value() if password else None})
    announced: dict[str, list[dict[str, Any]]] = {}
    for advertisement in routing.advertisements:
        announced.setdefault((advertisement.spec.ip_address_pools or ("",))[0], []).append(
            advertisement.spec.model_dump(mode="json")
        )
    return {
        "peers": sorted(peers, key=lambda peer: json.dumps(peer, sort_keys=True)),
        "pools": {pool.name: pool.spec.model_dump(mode="json") for pool in routing.pools},
        "advertisements": announced,
        "aliases": sorted(
            (alias.name, alias.value)
            for community in routing.communities
            for alias in community.spec.communities or ()
        ),
    }


@given(stacks())
def test_custom_resources_parse_back_to_the_same_model(chosen: StackConfig) -> None:
    routing = routing_config(chosen, PlatformFacts())
    text = dumped_all(manifests(routing, "metallb-system"))
    assert parse_manifests(loaded_all(text), where="x") == routing


@given(stacks())
def test_the_configmap_parses_back_to_the_same_meaning(chosen: StackConfig) -> None:
    routing = routing_config(chosen, PlatformFacts())
    parsed = parse_configmap(
        parse_yaml(configmap_text(routing), where="x", spelled=True), where="x"
    )
    assert meaning(parsed) == meaning(routing)
