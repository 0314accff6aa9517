"""Reads Junos configuration as its hierarchy of braces, and evaluates its import policies.

Source: Juniper's CLI reference (policy-statement, route-filter, community members).
"""

import re
from dataclasses import dataclass, field
from ipaddress import ip_network

from metallb.algebra.addresses import address_at
from metallb.routers.found import Route

_WORD = re.compile(r'"[^"]*"|[{};\[\]]|[^\s{};\[\]"]+')


@dataclass
class Block:
    """Statements, and blocks by their heads."""

    statements: list[list[str]] = field(default_factory=list)
    blocks: dict[str, "Block"] = field(default_factory=dict)

    def value(self, key: str) -> str | None:
        """What follows a key."""
        found = [words[1:] for words in self.statements if words[0] == key]
        assert len(found) <= 1, f"{key} is there twice"
        return " ".join(found[0]) if found else None

    def values(self, key: str) -> list[str]:
        """What follows a key that may be there several times."""
        return [" ".join(words[1:]) for words in self.statements if words[0] == key]

    def at(self, *heads: str) -> "Block":
        """A block within."""
        found = self
        for head in heads:
            found = found.blocks[head]
        return found

    def named(self, kind: str) -> dict[str, "Block"]:
        """Blocks such as `group NAME`, by name."""
        return {
            head.removeprefix(f"{kind} "): block
            for head, block in self.blocks.items()
            if head.startswith(f"{kind} ")
        }


def read(text: str) -> Block:
    """The whole configuration, without comments."""
    words = _WORD.findall(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    root = Block()
    open_blocks, head = [root], []
    for word in words:
        if word == "{":
            block = Block()
            name = " ".join(head)
            assert name not in open_blocks[-1].blocks, f"{name} is there twice"
            open_blocks[-1].blocks[name] = block
            open_blocks.append(block)
            head = []
        elif word == "}":
            assert not head, f"no semicolon after {head}"
            open_blocks.pop()
        elif word == ";":
            open_blocks[-1].statements.append(head)
            head = []
        elif word not in "[]":
            head.append(word.strip('"'))
    assert open_blocks == [root]
    return root


def accepts(configuration: Block, names: list[str], route: Route) -> bool:
    """Whether a chain of import policies takes a route; the default of BGP is to take it."""
    options = configuration.at("policy-options")
    communities = {words[1]: words[3:] for words in options.statements if words[0] == "community"}
    for name in names:
        for term in options.at(f"policy-statement {name}").blocks.values():
            if _matches(term.at("from"), communities, route):
                return term.value("then") == "accept" or ["then", "accept"] in term.statements
    return True


def _matches(origin: Block, communities: dict[str, list[str]], route: Route) -> bool:
    family = origin.value("family")
    if family is not None and family != {4: "inet", 6: "inet6"}[route.version]:
        return False
    carried = {":".join(map(str, each)) for each in route.communities.standard}
    carried |= {"large:" + ":".join(map(str, each)) for each in route.communities.large}
    wanted = origin.value("community")
    if wanted is not None and not set(communities[wanted]) <= carried:
        return False
    filters = [words[1:] for words in origin.statements if words[0] == "route-filter"]
    return not filters or any(_holds(words, route) for words in filters)


def _holds(words: list[str], route: Route) -> bool:
    block = ip_network(words[0])
    prefix = ip_network((address_at(route.version, route.first), route.length))
    if block.version != prefix.version or not prefix.subnet_of(block):  # type: ignore[arg-type]
        return False
    if words[1] == "exact":
        return prefix == block
    assert words[1] == "prefix-length-range"
    low, high = (int(each.removeprefix("/")) for each in words[2].split("-"))
    return low <= route.length <= high
