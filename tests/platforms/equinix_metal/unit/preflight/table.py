"""Cases of this platform's rules, and of others that look at it."""

from typing import Any

from metallb.models.encrypted import Encrypted
from metallb.platforms.equinix_metal.facts import Neighbor
from metallb.preflight.case import Case
from metallb.preflight.stacks import stack_case
from tests.platforms.equinix_metal.stacks import metal, metal_answers
from tests.platforms.equinix_metal.unit.preflight.build import answered, metal_platform, of_metal
from tests.unit.preflight.build import HELM, HOST, of_static
from tests.unit.preflight.table_peers import Row
from tests.unit.stacks import stack

NO_SOURCE = {"sourceAddress": False}
SIX = "2001:db8::/64"
NO_ID = "00000000-0000-4000-8000-000000000000"

NEIGHBOR = {
    "address_family": 4,
    "customer_as": 65000,
    "customer_ip": "10.64.0.11",
    "peer_as": 65530,
    "peer_ips": ("169.254.255.1", "169.254.255.2"),
    "multihop": True,
}


BLOCK_ID = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"


def with_bgp(enabled: bool | None) -> Case:
    answers = metal_answers().model_copy(update={"bgp_enabled": enabled})
    return stack_case(stack(metal()), answers)


def nodes(count: int) -> dict[str, Any]:
    return metal_platform(nodes=[{"hostname": f"worker-{n}"} for n in range(count)])


def pools(**settings: Any) -> dict[str, Any]:
    return {"addressPools": {"default": {"elasticIps": ["default"], **settings}}}


def neighbors(*families: int) -> tuple[Any, ...]:
    return tuple(Neighbor.model_validate({**NEIGHBOR, "address_family": n}) for n in families)


def with_neighbors(*families: int, **platform: Any) -> Any:
    sections = metal(**metal_platform(peerSource="neighbors", **platform))
    return answered(
        sections,
        worker_0={"neighbors": neighbors(*families)},
        worker_1={"neighbors": neighbors(4)},
    )


def with_session(family: str = "ipv4", **platform: Any) -> dict[str, Any]:
    session = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"
    node = {"hostname": "worker-0", "bgpSessions": {family: session}}
    return metal_platform(nodes=[node], **platform)


def of_block(metros: tuple[str, str] = ("", ""), shown: str = "", **block: Any) -> Case:
    """A Metal stack with one block, answered with the metros of the devices and of the block."""
    sections = metal(**metal_platform(elasticIps={"default": block}))
    found = answered(worker_0={"place": metros[0]}, worker_1={"place": metros[1]}).facts
    assert found is not None
    blocks = {"default": found.blocks["default"].model_copy(update={"place": shown})}
    return stack_case(stack(sections), found.model_copy(update={"blocks": blocks}))


def counted(source: bool, *numbers: Any, platform: Any = 2) -> Case:
    """Nodes with these numbers of routers of their own."""
    listed = [{"hostname": f"worker-{i}", "peersPerNode": n} for i, n in enumerate(numbers)]
    return of_metal(
        **metal_platform(nodes=listed, peerSource="neighbors", peersPerNode=platform),
        bgp={"sourceAddress": source},
    )


def with_block(block: dict[str, Any], length: int) -> Case:
    """A stack whose pool is one block that is not there yet."""
    pools = {
        "default": {"elasticIps": ["b"], "advertisements": {"a": {"aggregationLength": length}}}
    }
    return of_metal(
        platform={**metal()["platform"], "elasticIps": {"b": block}}, addressPools=pools
    )


ROWS: dict[str, Row] = {
    "M1": (
        [
            lambda: of_metal(**metal_platform(elasticIps={"default": {"quantity": 16}})),
            lambda: of_metal(
                **pools(addresses=["198.51.100.0/28"], advertisements={"default": {}})
            ),
        ],
        [
            lambda: of_metal(**metal_platform(elasticIps={"default": {"quantity": 8}})),
            lambda: of_metal(
                **metal_platform(elasticIps={"default": {"quantity": 16}}),
                **pools(advertisements={"default": {"aggregationLength": 28}}),
            ),
            lambda: of_metal(
                **metal_platform(elasticIps={"default": {"quantity": 16}}),
                bgp={"maxPrefixes": 50},
            ),
        ],
    ),
    "M2": ([lambda: of_metal(**nodes(17))], [lambda: of_metal(**nodes(16))]),
    "M3": (
        [
            lambda: of_metal(bgp={"password": "short1A"}),
            lambda: of_metal(bgp={"password": "nodigitsHere"}),
            lambda: of_metal(bgp={"password": "Has-a-hyphen1"}),
        ],
        [
            lambda: of_metal(bgp={"password": "GoodEnough12"}),
            lambda: of_metal(bgp={"password": Encrypted()}),
            lambda: of_static(bgp={"password": "short1A"}),
        ],
    ),
    "M5": (
        [
            lambda: answered(worker_1={"hostname": "worker-0"}),
            lambda: answered(worker_1={"id": "device-0"}),
        ],
        [lambda: answered(), lambda: of_metal()],
    ),
    "M6": (
        [lambda: answered(worker_0={"state": "inactive"})],
        [lambda: answered(), lambda: of_metal()],
    ),
    "M7": (
        [
            lambda: answered(worker_0={"private_gateway": ""}),
            lambda: answered(worker_0={"private_address": "147.75.1.1"}),
            lambda: answered(worker_0={"private_address": "none"}),
            lambda: answered(worker_0={"private_gateway": "10.64.0.11"}),
        ],
        [lambda: answered(), lambda: of_metal()],
    ),
    "M9": (
        [lambda: with_neighbors(), lambda: with_neighbors(6)],
        [lambda: with_neighbors(4), lambda: answered()],
    ),
    "M10": (
        [
            lambda: with_neighbors(4, peersPerNode=3),
            lambda: stack_case(stack(metal(**nodes(3))), metal_answers(2)),
            lambda: stack_case(stack(metal()), metal_answers(2, other="203.0.113.0/32")),
        ],
        # Without neighbors at all another rule has it, and one device twice.
        [
            lambda: with_neighbors(4),
            lambda: with_neighbors(),
            lambda: of_metal(**nodes(3)),
            lambda: answered(worker_1={"id": "device-0"}),
        ],
    ),
    "M11": (
        [lambda: of_metal(**metal_platform(addressFamilies=["ipv4", "ipv6"]))],
        [
            lambda: of_metal(**metal_platform(addressFamilies=["ipv6"]), install=HELM),
            lambda: of_metal(),
        ],
    ),
    "M12": (
        [lambda: of_metal(**metal_platform(addressFamilies=["ipv6"]), install=HELM)],
        [
            lambda: of_metal(
                **metal_platform(addressFamilies=["ipv6"], peerSource="neighbors"), install=HELM
            )
        ],
    ),
    "M13": (
        [lambda: of_metal(bgp=NO_SOURCE)],
        [lambda: of_metal(), lambda: of_static(bgp=NO_SOURCE)],
    ),
    "M14": (
        [lambda: of_metal(**metal_platform(elasticIps={"default": {}, "spare": {}}))],
        [lambda: of_metal()],
    ),
    "M27": (
        [lambda: of_metal(**pools(layer2={"default": {}}))],
        [
            lambda: of_metal(**pools(layer2={"default": {}}, advertisements={"default": {}})),
            lambda: of_metal(
                addressPools={"lan": {"addresses": ["192.0.2.0/28"], "layer2": {"default": {}}}}
            ),
            lambda: of_metal(),
        ],
    ),
    "M15": (
        [lambda: stack_case(stack(metal()), metal_answers(2, default="203.0.113.0/30"))],
        [lambda: answered(), lambda: of_metal()],
    ),
    "M18": (
        [
            lambda: of_metal(**with_session(manageSessions=False)),
            lambda: of_metal(**with_session("ipv6")),
        ],
        [lambda: of_metal(**with_session()), lambda: of_metal()],
    ),
    "M21": (
        [
            lambda: of_metal(**metal_platform(peersPerNode=1)),
            lambda: of_metal(**metal_platform(peersPerNode={"ipv6": 2})),
            lambda: of_metal(**metal_platform(nodes=[{"hostname": "worker-0", "peersPerNode": 1}])),
        ],
        [
            lambda: of_metal(),
            lambda: of_metal(**metal_platform(peersPerNode=1, peerSource="neighbors")),
            lambda: counted(True, 2, 1),
        ],
    ),
    "M22": ([], [lambda: of_metal(bgp=NO_SOURCE)]),
    "M23": (
        [
            lambda: of_block(adoptTag="mine", description="for the edge"),
            lambda: of_block(adoptTag="mine", tags=["edge"]),
            lambda: of_block(adoptId=BLOCK_ID, protect=False),
            lambda: of_block(adoptId=BLOCK_ID, retainOnDelete=False),
        ],
        [
            lambda: of_block(adoptTag="mine", quantity=8, metro="ny", protect=True),
            lambda: of_block(adoptId=BLOCK_ID, type="global_ipv4"),
            lambda: of_block(description="for the edge", tags=["edge"], protect=False),
        ],
    ),
    "M24": (
        [lambda: of_block(type="global_ipv4")],
        [
            lambda: of_block(),
            lambda: of_block(type="global_ipv4", adoptTag="mine"),
            lambda: of_static(),
        ],
    ),
    "M26": (
        [
            lambda: of_metal(bgp={"myAsn": 65530, "peerAsn": 65000}),
            lambda: of_metal(bgp={"myAsn": 65530}),
            lambda: of_metal(bgp={"peerAsn": 65000}),
            lambda: of_metal(bgp={"myAsn": 64999, "peerAsn": 64999}),
        ],
        [
            lambda: of_metal(),
            lambda: of_metal(bgp={"myAsn": 64999}),
            lambda: of_metal(**metal_platform(peerSource="neighbors"), bgp={"myAsn": 65530}),
            lambda: of_static(bgp={"myAsn": 65530, "peerAsn": 65000}),
        ],
    ),
    "M17": (
        [
            lambda: answered(worker_0={"hostname": "Worker-0"}),
            lambda: answered(worker_0={"hostname": "worker_0"}),
            lambda: answered(worker_0={"hostname": ""}),
        ],
        [
            lambda: answered(),
            lambda: answered(worker_0={"hostname": "worker-0.example.net"}),
            lambda: of_metal(),
        ],
    ),
    "M16": (
        [lambda: with_bgp(False)],
        [lambda: with_bgp(True), lambda: with_bgp(None), lambda: of_metal()],
    ),
    "M19": (
        [
            lambda: of_metal(**metal_platform(elasticIps={"default": {"metro": "sv"}})),
            lambda: of_metal(**metal_platform(elasticIps={"default": {"facility": "sv15"}})),
            lambda: of_metal(
                **metal_platform(
                    metro=None, facility="ny5", elasticIps={"default": {"metro": "da"}}
                )
            ),
            lambda: of_block(("ny", "ny"), "sv", adoptTag="mine"),
            lambda: of_block(("sv", "da")),
        ],
        [
            lambda: of_metal(**metal_platform(elasticIps={"default": {"metro": "NY"}})),
            lambda: of_metal(**metal_platform(elasticIps={"default": {"facility": "ny5"}})),
            lambda: of_metal(**metal_platform(elasticIps={"default": {"facility": "ewr1"}})),
            lambda: of_metal(
                **metal_platform(elasticIps={"default": {}, "spare": {"metro": "sv"}})
            ),
            lambda: of_metal(**metal_platform(elasticIps={"default": {"type": "global_ipv4"}})),
            lambda: of_block(("sv", "sv"), "", type="global_ipv4"),
            lambda: of_block(("ny", "sv")),
            lambda: of_block(("ny", "ny"), "NY", adoptTag="mine"),
            lambda: of_block(),
        ],
    ),
    "M20": (
        [lambda: counted(False, 2, 1), lambda: counted(False, {"ipv4": 1}, {"ipv6": 1})],
        [
            lambda: counted(True, 2, 1),
            lambda: counted(False, 1, 1),
            lambda: counted(False, 1, {}, platform=1),
            lambda: counted(False, {"ipv6": 1}, {"ipv6": 2}),
        ],
    ),
    "X2": (
        [lambda: of_metal(install={"source": "helm", "bgpMode": "frr-k8s"})],
        [
            lambda: of_metal(
                install={"source": "helm", "bgpMode": "frr-k8s"}, bgp={"sourceAddress": False}
            )
        ],
    ),
    "B14": (
        [
            lambda: answered(
                metal(
                    install={"source": "helm", "bgpMode": "frr"},
                    addressPools={"default": {"addresses": [SIX], "elasticIps": ["default"]}},
                )
            )
        ],
        [
            lambda: of_metal(
                install={"source": "helm", "bgpMode": "frr"},
                addressPools={"default": {"addresses": [SIX], "elasticIps": ["default"]}},
            )
        ],
    ),
    "A1": ([], [lambda: of_metal()]),
    "B9": (
        [
            lambda: of_metal(
                addressPools={
                    "default": {
                        "elasticIps": ["default"],
                        "advertisements": {"x": {"peers": ["tor"]}},
                    }
                }
            )
        ],
        [
            lambda: of_metal(
                addressPools={
                    "default": {
                        "elasticIps": ["default"],
                        "advertisements": {"x": {"peers": ["worker-1"]}},
                    }
                }
            )
        ],
    ),
    "P4": ([], [lambda: of_metal()]),
    "I1": ([lambda: of_metal(install={"speaker": {"nodeSelectors": {HOST: "worker-0"}}})], []),
    "I16": ([], [lambda: of_metal(bgp={"ecmpLimit": 4})]),
    "B1": (
        [
            lambda: with_block({"quantity": 4}, 28),
            lambda: with_block({"quantity": 1}, 31),
            lambda: with_block({"quantity": 4, "adoptTag": "web"}, 29),
            lambda: with_block({"quantity": 2, "type": "global_ipv4"}, 30),
        ],
        [
            lambda: with_block({"quantity": 4}, 30),
            lambda: with_block({"quantity": 256}, 24),
            lambda: with_block({"adoptTag": "web"}, 28),
        ],
    ),
    "A18": ([], [lambda: answered({**metal(), "kubernetes": {"nodeCidrs": ["10.64.0.10/31"]}})]),
    "A19": ([lambda: answered({**metal(), "kubernetes": {"podCidrs": ["10.64.0.0/24"]}})], []),
    "K6": (
        [lambda: of_metal(**metal_platform(elasticIps={"default": {"description": "TODO"}}))],
        [],
    ),
    "M30": (
        [
            lambda: of_metal(**metal_platform(projectId=NO_ID)),
            lambda: of_metal(**metal_platform(projectId="ffffffff-ffff-ffff-ffff-ffffffffffff")),
            lambda: of_metal(**metal_platform(nodes=[{"deviceId": NO_ID}])),
            lambda: of_metal(**metal_platform(elasticIps={"default": {"adoptId": NO_ID}})),
        ],
        [lambda: of_metal(), lambda: of_static()],
    ),
}
