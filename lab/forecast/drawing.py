"""A random site of racks: stack file, labels of nodes, Services, and edits. All from its seed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from lab import cluster, plan
from lab.topology import Topology
from metallb.forecast.build import site_of_stack
from metallb.preflight import check_stack
from metallb.releases import BgpMode
from metallb.stackfile import stack_config
from metallb.topology.nodes import nodes_of

__all__ = ["Edit", "Offer", "RandomSite", "draw", "topology_of"]

KEY = "lab-md5-key"
"""MD5 key of every session: a key of the lab, not a secret."""
ASN, ROUTER_ASN = 65000, 65530
_MODES = (BgpMode.NATIVE, BgpMode.FRR, BgpMode.FRR_K8S)
_DIALECTS = ("bird", "frr")
_HOLDS = (3, 6)
_TIERS = ("gold", "silver")
Sections = dict[str, Any]


@dataclass(frozen=True)
class Offer:
    """A Service.

    :ivar version: IP version of its address.
    :ivar local: whether its externalTrafficPolicy is Local.
    :ivar places: indexes of the nodes with an endpoint.
    """

    name: str
    pool: str
    version: int
    local: bool
    places: tuple[int, ...]


@dataclass(frozen=True)
class Edit:
    """A change of the stack file that needs no other file on the routers."""

    name: str
    config: Sections


@dataclass(frozen=True)
class RandomSite:
    """One site.

    :ivar config: sections of the stack file, by name without prefix.
    :ivar labels: of the nodes, in their order.
    :ivar dialects: what each router runs, by name as `metallb routers` has it.
    :ivar ranges: names of the routers that take the nodes of a range.
    """

    seed: int
    mode: BgpMode
    config: Sections
    labels: tuple[Mapping[str, str], ...]
    services: tuple[Offer, ...]
    dialects: Mapping[str, str]
    ranges: frozenset[str]
    edits: tuple[Edit, ...]

    @property
    def words(self) -> str:
        """What it is made of."""
        racks = self.config["platform"]["racks"]
        nodes = sum(len(rack.get("nodes", (1, 1))) for rack in racks)
        pools, services = len(self.config["addressPools"]), len(self.services)
        routers = " ".join(
            f"{dialect}{' (range)' if name in self.ranges else ''}"
            for name, dialect in self.dialects.items()
        )
        return f"{len(racks)} racks, {nodes} nodes; {routers}; {pools} pools, {services} Services"


def draw(seed: int, edits: int = 2) -> RandomSite:
    """The site of a seed; the mode follows from it, so that successive seeds have all of them.

    :param edits: how many changes at the most.
    """
    chance = Random(seed)  # noqa: S311 - sites are to be the same again, and keep no secret
    while True:
        found = _Drawing(chance, seed, _MODES[seed % len(_MODES)]).site(edits)
        if _is_sound(found.config) and _announces(found):
            return found


def _is_sound(config: Sections) -> bool:
    """Whether the rules find no error; a rule that draws the line is no part of what is tried."""
    return not any(each.is_error for each in check_stack(stack_config(config, source="drawn")))


def _announces(found: RandomSite) -> bool:
    """Whether most of the Services are announced: there has to be something to compare."""
    hosts = topology_of(found).hosts
    site = site_of_stack(
        stack_config(found.config, source="drawn"), nodes=nodes_of(map(cluster.node, hosts))
    )
    announced = 0
    for offer in found.services:
        own = {hosts[place].name for place in offer.places} if offer.local else set(site.nodes)
        announced += any(
            own & nodes
            for pool in site.pools
            if pool.name == offer.pool and offer.version in pool.versions
            for nodes in site.reaches[pool.reach].announcers.values()
        )
    return 2 * announced > len(found.services)


def topology_of(found: RandomSite) -> Topology:
    """The site's network, whose nodes have their labels."""
    made = plan.topology(stack_config(found.config, source="drawn"), {})
    hosts = tuple(
        replace(host, labels={**host.labels, **labels})
        for host, labels in zip(made.hosts, found.labels, strict=True)
    )
    return replace(made, hosts=hosts)


class _Drawing:
    """Draws one site."""

    def __init__(self, chance: Random, seed: int, mode: BgpMode) -> None:
        self.chance, self.seed, self.mode = chance, seed, mode
        self.frr = mode is not BgpMode.NATIVE

    def site(self, edits: int) -> RandomSite:
        """Everything, whether or not the rules like it."""
        racks = self._racks()
        peers = [f"{rack['name']}-{each['name']}" for rack in racks for each in rack["routers"]]
        nodes = sum(len(rack.get("nodes", (1, 1))) for rack in racks)
        pools = self._pools(racks, peers)
        config = {
            "install": {"version": "0.16.1", "source": "existing", "bgpMode": str(self.mode)},
            "platform": {"kind": "static", "racks": racks},
            "bgp": self._bgp(),
            "addressPools": pools,
            "kubernetes": {
                "renderTo": "build/lab",
                "nodeCidrs": [
                    block
                    for number in range(len(racks))
                    for block in (f"203.0.113.{64 * number}/26", f"2001:db8:0:{number}::/64")
                ],
            },
        }
        return RandomSite(
            seed=self.seed,
            mode=self.mode,
            config=config,
            labels=tuple({"tier": self.chance.choice(_TIERS)} for _ in range(nodes)),
            services=tuple(self._services(pools, nodes)),
            dialects={peer: self.chance.choice(_DIALECTS) for peer in peers},
            ranges=frozenset(self._ranges(racks)),
            edits=self._edits(config, edits),
        )

    def _ranges(self, racks: list[Sections]) -> Iterator[str]:
        for rack in racks:
            for router in rack["routers"]:
                # A range is of one AS number.
                alike = not any(isinstance(node, dict) for node in rack.get("nodes", ()))
                if self._happens(0.3) and alike:
                    yield f"{rack['name']}-{router['name']}"

    def _happens(self, share: float) -> bool:
        return self.chance.random() < share

    # -- the stack file ------------------------------------------------------------------------

    def _racks(self) -> list[Sections]:
        shapes = [
            [(self.chance.randint(2, 4), self.chance.randint(1, 3))],
            [(2, self.chance.randint(1, 2)), (0, 1)],
            [(self.chance.randint(1, 2), 1), (2, 1)],
        ]
        first = 1
        racks = []
        for number, (nodes, routers) in enumerate(self.chance.choice(shapes)):
            rack: Sections = {"name": f"rack{number + 1}"}
            if nodes:
                rack["nodes"] = [f"node{each}" for each in range(first, first + nodes)]
                first += nodes
            else:
                rack["nodeSelectors"] = {"rack": f"r{number + 1}"}
            rack["routers"] = [self._router(number, each) for each in range(1, routers + 1)]
            if any(":" in each["address"] for each in rack["routers"]):
                # Its nodes have addresses of both IP versions.
                for router in rack["routers"]:
                    if self._happens(0.4):
                        router["dualStackAddressFamily"] = True
            if nodes > 1 and self._happens(0.2):
                # The node's own AS number costs it a peer of its own.
                rack["nodes"][-1] = {"hostname": rack["nodes"][-1], "myAsn": ASN + 1}
            racks.append(rack)
        return racks

    def _router(self, rack: int, number: int) -> Sections:
        six = self.frr and number > 1 and self._happens(0.4)
        address = f"2001:db8:0:{rack}::{number}" if six else f"203.0.113.{64 * rack + number}"
        router: Sections = {"name": f"tor{number}", "address": address}
        if self._happens(0.25):
            router["asn"] = ASN
        if self.frr and self._happens(0.25):
            router["bfdProfile"] = "quick"
        if self._happens(0.2):
            router["port"] = 1179
        if self._happens(0.3):
            router |= self._times(self.chance.choice(_HOLDS))
        return router

    def _bgp(self) -> Sections:
        bgp: Sections = {
            "myAsn": ASN,
            "peerAsn": ROUTER_ASN,
            "communities": {"customer": "65000:100"},
            **self._times(_HOLDS[0]),
        }
        if self._happens(0.5):
            bgp["password"] = KEY
        if self._happens(0.2):
            bgp["ecmpLimit"] = 2
        if self.frr:
            bgp["connectTime"] = "1s"
            times = {"receiveInterval": 300, "transmitInterval": 300, "detectMultiplier": 4}
            bgp["bfdProfiles"] = {"quick": times}
        return bgp

    def _times(self, hold: int) -> Sections:
        return {
            "holdTime": f"{hold}s",
            **({"keepaliveTime": f"{hold // 3}s"} if self.frr else {}),
        }

    def _pools(self, racks: list[Sections], peers: list[str]) -> Sections:
        pools: Sections = {}
        for number in range(self.chance.randint(1, 3)):
            four, six = f"198.51.100.{16 * number}/28", f"2001:db8:100:{number}::/120"
            addresses = [four]
            if self.frr:
                addresses = self.chance.choice([[four], [six], [four, six]])
            pools[f"pool{number + 1}"] = {
                "addresses": addresses,
                "autoAssign": False,
                "labels": {"class": self.chance.choice(_TIERS)},
                "advertisements": self._advertisements(racks, peers),
            }
        return pools

    def _advertisements(self, racks: list[Sections], peers: list[str]) -> Sections:
        found = {"default": self._advertisement(racks, peers)}
        if self._happens(0.5):
            found["other"] = self._advertisement(racks, peers)
        return found

    def _advertisement(self, racks: list[Sections], peers: list[str]) -> Sections:
        made: Sections = {}
        if self._happens(0.3):
            made |= {"aggregationLength": 28, "aggregationLengthV6": 120}
        if self._happens(0.4):
            made["communities"] = self.chance.choice([["customer"], ["65000:7", "customer"]])
        if self._happens(0.3):
            made["localPref"] = self.chance.choice([50, 150, 200])
        if self._happens(0.3):
            made["peers"] = self.chance.sample(peers, self.chance.randint(1, len(peers)))
        if self._happens(0.35):
            made["nodeSelectors"] = [self._of_nodes(racks)]
        if self._happens(0.15):
            made["ipAddressPoolSelectors"] = [
                {"matchLabels": {"class": self.chance.choice(_TIERS)}}
            ]
        return made

    def _of_nodes(self, racks: list[Sections]) -> Sections:
        hosts = [
            node if isinstance(node, str) else node["hostname"]
            for rack in racks
            for node in rack.get("nodes", ())
        ]
        return self.chance.choice(
            [
                {"matchLabels": {"tier": self.chance.choice(_TIERS)}},
                {"matchLabels": {"kubernetes.io/hostname": self.chance.choice(hosts)}},
                {
                    "matchExpressions": [
                        {
                            "key": "tier",
                            "operator": self.chance.choice(["In", "NotIn"]),
                            "values": [self.chance.choice(_TIERS)],
                        }
                    ]
                },
            ]
        )

    def _services(self, pools: Sections, nodes: int) -> Iterator[Offer]:
        for name, pool in pools.items():
            versions = [6 if ":" in text else 4 for text in pool["addresses"]]
            for version in versions:
                for number in range(self.chance.randint(1, 2)):
                    count = self.chance.randint(1, nodes)
                    yield Offer(
                        name=f"{name}-v{version}-{number + 1}",
                        pool=name,
                        version=version,
                        local=self._happens(0.5),
                        places=tuple(sorted(self.chance.sample(range(nodes), count))),
                    )

    # -- changes -------------------------------------------------------------------------------

    def _edits(self, config: Sections, most: int) -> tuple[Edit, ...]:
        makers = [
            self._other_hold_time,
            self._without_node,
            self._fewer_peers,
            self._fewer_nodes,
            self._other_name,
            self._multihop,
            self._other_preference,
        ]
        self.chance.shuffle(makers)
        found: list[Edit] = []
        for make in makers:
            changed = copy.deepcopy(config)
            name = make(changed)
            if name and changed != config and _is_sound(changed):
                found.append(Edit(name, changed))
        return tuple(found[:most])

    def _a_router(self, config: Sections) -> tuple[Sections, Sections]:
        rack = self.chance.choice(config["platform"]["racks"])
        return rack, self.chance.choice(rack["routers"])

    def _an_advertisement(self, config: Sections) -> tuple[str, Sections]:
        name = self.chance.choice(list(config["addressPools"]))
        pool = config["addressPools"][name]
        return name, self.chance.choice(list(pool["advertisements"].values()))

    def _other_hold_time(self, config: Sections) -> str:
        rack, router = self._a_router(config)
        # Longer than the router's, which counts then.
        router |= self._times(9)
        return f"another hold time at {rack['name']}-{router['name']}"

    def _without_node(self, config: Sections) -> str:
        racks = [each for each in config["platform"]["racks"] if len(each.get("nodes", ())) > 1]
        if not racks:
            return ""
        rack = self.chance.choice(racks)
        gone = rack["nodes"].pop(0)
        return f"{gone if isinstance(gone, str) else gone['hostname']} leaves {rack['name']}"

    def _fewer_peers(self, config: Sections) -> str:
        racks = config["platform"]["racks"]
        peers = [f"{rack['name']}-{each['name']}" for rack in racks for each in rack["routers"]]
        name, advertisement = self._an_advertisement(config)
        advertisement["peers"] = [self.chance.choice(advertisement.get("peers") or peers)]
        return f"{name} goes to {advertisement['peers'][0]} alone"

    def _fewer_nodes(self, config: Sections) -> str:
        name, advertisement = self._an_advertisement(config)
        advertisement["nodeSelectors"] = [self._of_nodes(config["platform"]["racks"])]
        return f"{name} is announced from other nodes"

    def _other_name(self, config: Sections) -> str:
        if self.frr:
            # MetalLB's webhook refuses the new object as long as the former one is there.
            return ""
        rack = self.chance.choice(config["platform"]["racks"])
        former, rack["name"] = rack["name"], f"{rack['name']}b"
        if any("peers" in each for each in _all_advertisements(config)):
            # They name the peers, which have another name then.
            return ""
        return f"{former} has another name"

    def _multihop(self, config: Sections) -> str:
        rack, router = self._a_router(config)
        if router.get("asn") == ASN:
            return ""
        router["ebgpMultiHop"] = True
        return f"ebgpMultiHop at {rack['name']}-{router['name']}"

    def _other_preference(self, config: Sections) -> str:
        name, advertisement = self._an_advertisement(config)
        advertisement["localPref"] = 175
        return f"another localPref of {name}"


def _all_advertisements(config: Sections) -> list[Sections]:
    return [
        advertisement
        for pool in config["addressPools"].values()
        for advertisement in pool["advertisements"].values()
    ]
