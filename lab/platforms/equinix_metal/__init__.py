"""Equinix Metal in the lab: its fabric, its provider plugin, and the emulation of its API."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path

from lab.metal_api import load_seed
from lab.metal_plugin import VERSION
from lab.metal_plugin.install import install, plugin_folder
from lab.paths import ROOT
from lab.platforms import Emulation, Part
from lab.topology import Host, Router, Segment, Session, Topology
from metallb.platforms.equinix_metal.facts import Device
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.platforms.facts import NodeFacts
from metallb.platforms.peering import merged
from metallb.stackfile import StackConfig

_SEEDS = ROOT / "lab" / "metal_api" / "seeds"
_PREFIX = 26
"""Of a segment whose gateway is in no /31 with its node."""


class _EquinixMetal(Part):
    plugins = {"equinix-metal": VERSION}

    def topology(self, stack: StackConfig, nodes: Mapping[str, NodeFacts]) -> Topology:
        """Each node has a private /31 with its gateway; the gateways are of two routers in turn."""
        platform = stack.platform
        assert isinstance(platform, EquinixMetalPlatform)  # noqa: S101 - a part is of its kind
        routers = tuple(Router(f"tor{n}", stack.peer_asn or 0) for n in (1, 2))
        hosts, segments, sessions = [], [], []
        for place, node in enumerate(platform.nodes):
            answer = nodes[node.key]
            assert isinstance(answer, Device)  # noqa: S101 - as its facts are
            address = ipaddress.IPv4Address(answer.private_address)
            gateway = ipaddress.IPv4Address(answer.private_gateway)
            router, segment = routers[place % 2], f"priv{place}"
            network = ipaddress.IPv4Network(f"{address}/31", strict=False)
            if gateway not in network:
                network = ipaddress.IPv4Network(f"{address}/{_PREFIX}", strict=False)
            hosts.append(Host(answer.hostname, address, (segment,)))
            segments.append(Segment(segment, network, {router.name: gateway}))
            password = stack.bgp.password
            sessions.append(
                Session(
                    router=router.name,
                    segment=segment,
                    local=gateway,
                    host=answer.hostname,
                    remote=address,
                    asn=stack.my_asn or 0,
                    password=password.get_secret_value() if password else None,
                    port=merged(stack)["peer_port"],
                )
            )
        return Topology(tuple(hosts), routers, tuple(segments), tuple(sessions))

    def install(self, home: Path) -> None:
        install(plugin_folder(home))

    def emulation(self, stack: StackConfig, cache: Path) -> Emulation | None:
        platform = stack.platform
        assert isinstance(platform, EquinixMetalPlatform)  # noqa: S101 - a part is of its kind
        seeds = [path.stem for path in sorted(_SEEDS.glob("*.yaml"))]
        own = [name for name in seeds if load_seed(name).project.id == platform.project_id]
        if not own:
            return None
        state = cache / "metal-api"

        def command(what: str, *more: str) -> tuple[str, ...]:
            return ("lab.metal_api", what, "--state-dir", str(state), *more)

        return Emulation(
            name="Equinix Metal API",
            state=state,
            start=command("start", "--seed", own[0]),
            environment=command("env"),
            stop=command("stop"),
        )


PART = _EquinixMetal()
