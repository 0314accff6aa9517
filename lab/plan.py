"""From a stack file to the site it describes: which hosts, routers, cables and sessions to lay.

Reads what a person wrote (and, for a cloud, what the cloud answers), never a rendered object. What
a stack file does not say, such as a host's address in its rack, is chosen here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import replace

from lab.errors import LabError
from lab.platforms import part_of
from lab.topology import Address, Host, Router, Segment, Session, Topology
from metallb.platforms.facts import NodeFacts
from metallb.platforms.peering import merged
from metallb.platforms.static.section import Rack, StaticPlatform
from metallb.platforms.static.section import Router as Neighbour
from metallb.routing.stack_keys import Level
from metallb.stackfile import StackConfig

_FIRST_HOST = 11
_HOSTS_OF_A_LABEL = 2
"""A rack that names its nodes by label gets this many."""
_RACK_PREFIX = 26
_RACK_PREFIX6 = 64


def topology(
    stack: StackConfig, nodes: Mapping[str, NodeFacts], spare: Iterable[str] = ()
) -> Topology:
    """The site of a stack. `spare` hosts stand in the first rack, cabled but not in the stack.

    :param nodes: recorded facts of the stack's nodes; a static platform has none.
    """
    if isinstance(stack.platform, StaticPlatform):
        return _with_speaker_labels(stack, _static(stack, stack.platform, tuple(spare)))
    return _with_speaker_labels(stack, part_of(stack.platform.kind).topology(stack, nodes))


def _static(stack: StackConfig, platform: StaticPlatform, spare: tuple[str, ...]) -> Topology:
    hosts: list[Host] = []
    routers: dict[str, Router] = {}
    segments: list[Segment] = []
    sessions: list[Session] = []
    for index, rack in enumerate(platform.racks):
        name = f"rack{index}"
        network = _network(stack, rack, index)
        names = {
            _router_name(platform, rack, router, position): router
            for position, router in enumerate(rack.routers)
        }
        addresses = {key: ipaddress.ip_address(r.address) for key, r in names.items()}
        network6 = _network6(stack, rack, index)
        segments.append(Segment(name, network, addresses, network6))
        added = _rack_hosts(rack, name, (network, network6), spare if index == 0 else ())
        hosts += added
        for key, router in names.items():
            fields = merged(stack, (Level.RACK, rack), (Level.ROUTER, router))
            routers[key] = Router(key, fields.get("peer_asn", 0))
            password = router.password or stack.bgp.password
            sessions += [
                Session(
                    router=key,
                    segment=name,
                    local=addresses[key],
                    host=host.name,
                    remote=host.end(addresses[key].version),
                    asn=fields.get("my_asn", 0),
                    password=password.get_secret_value() if password else None,
                    port=fields["peer_port"],
                    bfd="bfd_profile" in fields,
                )
                for host in added
            ]
    return Topology(tuple(hosts), tuple(routers.values()), tuple(segments), tuple(sessions))


def _router_name(platform: StaticPlatform, rack: Rack, router: Neighbour, position: int) -> str:
    """Racks may call different routers by one name, so the rack's stands before it if need be."""
    name = router.name or f"router{position}"
    return name if len(platform.racks) == 1 else f"{rack.name}-{name}"


def _network(stack: StackConfig, rack: Rack, index: int) -> ipaddress.IPv4Network:
    addresses = [a for a in _routers(rack) if isinstance(a, ipaddress.IPv4Address)]
    own = [network for network in _node_networks(stack) if network.version == 4]
    if not rack.routers and index < len(own):
        # The client is on this network itself.
        return ipaddress.IPv4Network(own[index])
    if not addresses:
        raise LabError(
            f"rack {rack.name} has no IPv4 router",
            detail="The lab's client reaches the nodes by IPv4.",
            help="use a stack in which every rack has an IPv4 router, or an entry of nodeCidrs in"
            " place of routers",
        )
    network = ipaddress.IPv4Network(f"{addresses[0]}/{_RACK_PREFIX}", strict=False)
    if not all(address in network for address in addresses):
        raise LabError(
            f"the routers of rack {rack.name} share no /{_RACK_PREFIX}: "
            f"{', '.join(map(str, addresses))}",
            detail="A rack of the lab is one network segment.",
            help="give the rack's routers neighbouring addresses",
        )
    return network


def _node_networks(stack: StackConfig) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(text) for text in stack.kubernetes.node_cidrs]


def _network6(stack: StackConfig, rack: Rack, index: int) -> ipaddress.IPv6Network | None:
    """The network of a rack's IPv6 routers, or of its nodes, if it has any."""
    own = [network for network in _node_networks(stack) if network.version == 6]
    if not rack.routers and index < len(own):
        return ipaddress.IPv6Network(own[index])
    networks = {
        ipaddress.IPv6Network(f"{address}/{_RACK_PREFIX6}", strict=False)
        for address in _routers(rack)
        if isinstance(address, ipaddress.IPv6Address)
    }
    if len(networks) > 1:
        raise LabError(
            f"the IPv6 routers of rack {rack.name} share no /{_RACK_PREFIX6}: "
            f"{', '.join(sorted(map(str, networks)))}",
            location=("metallb:platform", "racks", index),
            detail="A rack of the lab is one network segment.",
            help="give the rack's routers neighbouring addresses",
        )
    return next(iter(networks), None)


def _routers(rack: Rack) -> list[Address]:
    return [ipaddress.ip_address(router.address) for router in rack.routers]


def _rack_hosts(
    rack: Rack,
    segment: str,
    networks: tuple[ipaddress.IPv4Network, ipaddress.IPv6Network | None],
    spare: tuple[str, ...],
) -> list[Host]:
    network, network6 = networks
    names: list[tuple[str, str | None]] = [
        (node, None) if isinstance(node, str) else (node.hostname, node.source_address)
        for node in rack.nodes
    ]
    if rack.node_selectors:
        count = range(1, _HOSTS_OF_A_LABEL + 1)
        names = [(f"{rack.name}-node{number}", None) for number in count]
    names += [(name, None) for name in spare]
    return [
        Host(
            name=name,
            address=ipaddress.IPv4Address(own or network[_FIRST_HOST + place]),
            segments=(segment,),
            labels=dict(rack.node_selectors),
            address6=network6[_FIRST_HOST + place] if network6 else None,
        )
        for place, (name, own) in enumerate(names)
    ]


def _with_speaker_labels(stack: StackConfig, site: Topology) -> Topology:
    """The nodes carry the labels that the stack's speakers ask for."""
    wanted = dict(stack.install.speaker.node_selectors)
    hosts = tuple(replace(host, labels={**wanted, **host.labels}) for host in site.hosts)
    return replace(site, hosts=hosts)
