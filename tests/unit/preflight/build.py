"""Builds small cases for rules, in the spelling of custom resources."""

from typing import Any

from pydantic import SecretStr

from metallb.preflight.case import Case, Foreign, Network
from metallb.preflight.stacks import stack_case
from metallb.releases import BgpMode, parse_release
from metallb.routing import (
    BfdProfile,
    BgpAdvertisement,
    BgpPeer,
    Community,
    IPAddressPool,
    L2Advertisement,
    RoutingConfig,
)
from tests.unit.stacks import stack, static

HOST = "kubernetes.io/hostname"
HELM = {"source": "helm", "bgpMode": "frr-k8s"}


def hosts(*names: str) -> list[dict[str, Any]]:
    """Node selectors of host names."""
    return [{"matchLabels": {HOST: name}} for name in names]


def labels(**values: str) -> list[dict[str, Any]]:
    """One node selector of labels."""
    return [{"matchLabels": values}]


def peer(name: str = "tor", **spec: Any) -> BgpPeer:
    """A sound peer, with some fields replaced; None takes a field away."""
    base: dict[str, Any] = {
        "myASN": 64500,
        "peerASN": 64501,
        "peerAddress": "10.0.0.1",
        "holdTime": "30s",
        "nodeSelectors": hosts("a1"),
    }
    made = {key: value for key, value in (base | spec).items() if value is not None}
    return BgpPeer.model_validate({"name": name, "spec": made, "origin": (f"f: BGPPeer {name}",)})


def pool(name: str = "public", *addresses: str, **spec: Any) -> IPAddressPool:
    """A pool; without addresses it has 203.0.113.0/28."""
    made = {"addresses": addresses or ("203.0.113.0/28",), **spec}
    return IPAddressPool.model_validate(
        {"name": name, "spec": made, "origin": (f"f: IPAddressPool {name}",)}
    )


def advert(name: str = "public", **spec: Any) -> BgpAdvertisement:
    """An advertisement of the pool `public`; None takes a field away."""
    made = {"ipAddressPools": ["public"]} | spec
    made = {key: value for key, value in made.items() if value is not None}
    return BgpAdvertisement.model_validate(
        {"name": name, "spec": made, "origin": (f"f: BGPAdvertisement {name}",)}
    )


def bfd(name: str = "fast", **spec: Any) -> BfdProfile:
    """A BFD profile."""
    return BfdProfile.model_validate(
        {"name": name, "spec": spec, "origin": (f"f: BFDProfile {name}",)}
    )


def layer2(name: str = "lan", **spec: Any) -> L2Advertisement:
    """An L2Advertisement object."""
    return L2Advertisement.model_validate(
        {"name": name, "spec": spec, "origin": (f"f: L2Advertisement {name}",)}
    )


def community(name: str = "names", **aliases: str) -> Community:
    """A Community object."""
    listed = [{"name": alias, "value": value} for alias, value in aliases.items()]
    return Community.model_validate(
        {"name": name, "spec": {"communities": listed}, "origin": (f"f: Community {name}",)}
    )


def case(
    *objects: Any,
    release: str = "0.16.2",
    mode: str = "native",
    passwords: dict[str, str] | None = None,
    **known: Any,
) -> Case:
    """A case of objects that no stack made. What is left out of peers, pools, adverts is sound."""
    kinds: dict[type, list[Any]] = {
        BgpPeer: [],
        IPAddressPool: [],
        BgpAdvertisement: [],
        BfdProfile: [],
        Community: [],
        L2Advertisement: [],
    }
    for item in objects:
        kinds[type(item)].append(item)
    peers = kinds[BgpPeer] or [peer()]
    pools = kinds[IPAddressPool] or [pool()]
    adverts = kinds[BgpAdvertisement] or [advert(ipAddressPools=None)]
    routing = RoutingConfig(
        peers=tuple(peers),
        pools=tuple(pools),
        advertisements=tuple(adverts),
        bfd_profiles=tuple(kinds[BfdProfile]),
        communities=tuple(kinds[Community]),
        l2_advertisements=tuple(kinds[L2Advertisement]),
        passwords={name: SecretStr(key) for name, key in (passwords or {}).items()},
    )
    known.setdefault("foreign", Foreign())
    return Case(routing=routing, release=parse_release(release), mode=BgpMode(mode), **known)


def network(text: str, key: str = "nodeCidrs") -> Network:
    """A network of the cluster."""
    return Network(key, text, "the nodes")


def of_stack(sections: dict[str, Any]) -> Case:
    """The case of a stack file by itself."""
    return stack_case(stack(sections), None)


def of_static(**sections: Any) -> Case:
    """A static stack."""
    return of_stack(static(**sections))


def two_racks(one: str, other: str, **platform: Any) -> Case:
    """Racks and routers whose names come to the same when they are joined."""
    ends = (("a", "b-c", "a1", one), ("a-b", "c", "b1", other))
    racks = [
        {
            "name": rack,
            "nodes": [node],
            "routers": [{"name": router, "address": "10.1.0.1", "password": password}],
        }
        for rack, router, node, password in ends
    ]
    return of_static(platform={"kind": "static", "racks": racks, **platform})


def aliased(name: str, **known: Any) -> Case:
    """An advertisement that uses a community by a name that is defined."""
    return case(community(**{name: "1:2"}), advert(communities=[name]), **known)


def rack(name: str, *hostnames: str, address: str = "10.1.0.1") -> dict[str, Any]:
    return {"name": name, "nodes": list(hostnames), "routers": [{"address": address}]}


def racks(*listed: dict[str, Any]) -> dict[str, Any]:
    return {"platform": {"kind": "static", "racks": list(listed)}}
