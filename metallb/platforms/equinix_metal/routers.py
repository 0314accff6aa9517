"""What the provider's routers expect of the sessions: there is nothing to configure on them.

Source: Equinix Metal's page on BGP, and its API (bgp-config, bgp/neighbors).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.platforms.facts import AddressFamily, NodeFacts, PlatformFacts, Session

if TYPE_CHECKING:
    from metallb.stackfile.stack import StackConfig

__all__ = ["expected_sessions"]


def expected_sessions(
    stack: "StackConfig", platform: EquinixMetalPlatform, facts: PlatformFacts | None
) -> str:
    """The sessions of every node, as far as they are known, and the limits."""
    lines = [
        "The routers are Equinix Metal's, which configures them by itself. Each node has a session",
        "for each address family, once BGP is enabled for the project and `up` has created it.",
        "",
        *_sessions(stack, platform, facts),
        "",
        *_limits(stack),
    ]
    return "\n".join(lines) + "\n"


def _sessions(
    stack: "StackConfig", platform: EquinixMetalPlatform, facts: PlatformFacts | None
) -> Iterator[str]:
    if facts is None:
        yield "The routers' addresses are in the snapshot, which is not there yet:"
        for node in platform.nodes:
            for family in platform.address_families:
                count = platform.routers_of(node, family) if platform.uses_neighbors else 1
                routers = "a router" if count == 1 else f"{count} routers"
                yield f"  {node.key}: {routers} over {_NAMES[family]}"
        return
    for node in platform.nodes:
        found = facts.nodes[node.key]
        for session in found.sessions:
            yield f"  {_session(stack, found, session)}"


_NAMES = {AddressFamily.IPV4: "IPv4", AddressFamily.IPV6: "IPv6"}


def _session(stack: "StackConfig", node: NodeFacts, session: Session) -> str:
    local = session.local_asn or stack.my_asn
    remote = session.peer_asn or stack.peer_asn
    more = [
        f"from {session.source_address}" if session.source_address else "",
        "several hops" if session.multihop else "",
        "MD5 key of the project" if session.needs_key or stack.bgp.password else "",
    ]
    words = "; ".join(each for each in more if each)
    return (
        f"{node.hostname}: AS {local} to {session.peer_address} AS {remote}"
        f"{'; ' if words else ''}{words}"
    )


def _limits(stack: "StackConfig") -> Iterator[str]:
    yield "They take connections from the device's private address alone, and announce nothing but"
    yield "a default route where the session has it. A session that brings more than"
    yield f"{stack.max_prefixes} prefixes stays down until the provider's support starts it again."
