"""A platform of another package, unlike those of the product.

Servers have ids that are no UUIDs, and one session with each router of their hall. Both AS numbers
are the hall's and differ from hall to hall. Addresses are single ones, without tags; a name stands
for several of them. No update registers anything: facts are read from an inventory, a JSON file.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from metallb.platforms.base import PeerSlot, PlannedBlock, Platform
from metallb.platforms.facts import BlockFacts, NodeFacts, PlatformFacts, Session
from metallb.problems.errors import PlatformError
from metallb.repair.recovery import Recovery
from metallb.stackfile.base import DnsLabel, Hostname, Section, Text

if TYPE_CHECKING:
    from metallb.stackfile.stack import StackConfig

__all__ = ["Harbor"]


class Server(Section):
    """A server that announces addresses."""

    id: Text
    """Its id, such as srv-7/b."""
    hostname: Hostname
    """The node's kubernetes.io/hostname label."""


class Harbor(Platform):
    """Servers of one account."""

    has_blocks: ClassVar = True
    looks_up: ClassVar = True
    facts_needed: ClassVar = "every server and every name of addresses"

    kind: Literal["harbor"]
    """Selects this platform."""
    servers: Annotated[tuple[Server, ...], Field(min_length=1)]
    """The servers."""
    routers: int = 2
    """Routers of a hall."""
    addresses: dict[DnsLabel, int] = {}
    """Numbers of single addresses, by the names that pools refer to."""

    @property
    def planned_nodes(self) -> Mapping[str, str | None]:
        """The servers by their ids."""
        return {server.id: server.hostname for server in self.servers}

    @property
    def planned_blocks(self) -> Mapping[str, PlannedBlock]:
        """The names of addresses."""
        return {name: PlannedBlock(count) for name, count in self.addresses.items()}

    def slots(self, stack: "StackConfig") -> tuple[PeerSlot, ...]:
        """One peer a server and router."""
        found = [
            PeerSlot(
                f"{server.hostname}-{index + 1}",
                ("metallb:platform", "servers", position),
                (server.id,),
                index=index,
                expected=self.routers,
            )
            for position, server in enumerate(self.servers)
            for index in range(self.routers)
        ]
        return tuple(sorted(found, key=lambda slot: slot.name))

    def facts_of_source(self, token: str | None) -> PlatformFacts:
        """The inventory's facts of this account."""
        path = Path(os.environ.get("HARBOR_INVENTORY", "inventory.json"))
        try:
            inventory = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise PlatformError(f"cannot read the inventory {path}", code="E304") from error
        nodes = {}
        for server in self.servers:
            found = inventory["servers"][server.id]
            hall = inventory["halls"][found["hall"]]
            nodes[server.id] = NodeFacts(
                id=server.id,
                hostname=server.hostname,
                place=found["hall"],
                sessions=tuple(
                    Session(
                        peer_address=router,
                        source_address=found["address"],
                        local_asn=hall["servers_asn"],
                        peer_asn=hall["routers_asn"],
                        multihop=True,
                    )
                    for router in hall["routers"]
                ),
            )
        blocks = {
            name: BlockFacts(
                cidrs=tuple(f"{address}/32" for address in inventory["addresses"][name])
            )
            for name in self.addresses
        }
        return PlatformFacts(nodes=nodes, blocks=blocks)

    def recovery(self, project: str, stack: str, token: str | None) -> Recovery | None:
        """Nothing is left behind where nothing is registered."""
        return None
