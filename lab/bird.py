"""Text of the BIRD configurations: routers that wait for the nodes' sessions, and the client.

The routers listen and never dial (`passive`), as MetalLB's native speaker dials and never
listens. After an error BIRD would refuse a node for a minute; here, as on most switches, it does
not. `merge paths` puts routes of equal worth into the kernel as one route with many next hops.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from lab.topology import CLIENT_ADDRESS, CLIENT_ASN, Session

ECMP_LIMIT = 16


def _head(router_id: ipaddress.IPv4Address, log: str) -> str:
    return f"""router id {router_id};
log "{log}" all;
watchdog warning 5 s;
protocol device {{ scan time 2; }}
protocol kernel {{
    scan time 2;
    merge paths on limit {ECMP_LIMIT};
    ipv4 {{ import none; export filter {{
        if source != RTS_BGP then reject;
        KRT_PREFSRC_LINE
        accept;
    }}; }};
}}
"""


def router(
    *,
    router_id: ipaddress.IPv4Address,
    asn: int,
    sessions: Sequence[Session],
    uplink: tuple[ipaddress.IPv4Address, ipaddress.IPv4Address],
    log: str,
) -> str:
    """A router: one protocol for each node's session, one for the client."""
    text = _head(router_id, log).replace("KRT_PREFSRC_LINE", "")
    if any(session.bfd for session in sessions):
        text += 'protocol bfd { interface "*" { interval 200 ms; multiplier 3; }; }\n'
    for session in sessions:
        bfd = "    bfd on;\n" if session.bfd else ""
        password = f'    password "{session.password}";\n' if session.password else ""
        text += f"""protocol bgp {protocol(session.host)} {{
    local {session.local} port {session.port} as {asn};
    neighbor {session.remote} as {session.asn};
    passive on;
    hold time 240;
    error wait time 1, 2;
    connect delay time 1;
{password}{bfd}    ipv{session.remote.version} {{ import all; export none; }};
}}
"""
    text += f"""protocol bgp {protocol("client")} {{
    local {uplink[0]} as {asn};
    neighbor {uplink[1]} as {CLIENT_ASN};
    hold time 9; connect delay time 1; connect retry time 1; error wait time 1, 2;
    ipv4 {{ import all; export where source = RTS_BGP; next hop self; }};
}}
"""
    return text


def client(
    *,
    routers: Sequence[tuple[str, int, ipaddress.IPv4Address, ipaddress.IPv4Address]],
    log: str,
) -> str:
    """The client host: learns the services' routes from every router, announces its own address.

    `routers` are name, AS number, the router's and the client's address.
    """
    text = _head(CLIENT_ADDRESS, log)
    text = text.replace("KRT_PREFSRC_LINE", f"krt_prefsrc = {CLIENT_ADDRESS};")
    text += f"protocol static {{ ipv4; route {CLIENT_ADDRESS}/32 blackhole; }}\n"
    for name, asn, theirs, ours in routers:
        text += f"""protocol bgp {protocol(name)} {{
    local {ours} as {CLIENT_ASN};
    neighbor {theirs} as {asn};
    hold time 9; connect delay time 1; connect retry time 1; error wait time 1, 2;
    ipv4 {{ import all; export where source = RTS_STATIC; }};
}}
"""
    return text


def protocol(name: str) -> str:
    """A name that BIRD's grammar takes, for a host or a router."""
    return "to_" + "".join(letter if letter.isalnum() else "_" for letter in name)
