"""From an inventory, a YAML file that a person writes, to a cloud's first state.

Shipped seeds are in `seeds/`; a path names one's own. `fleet` makes a large one for measurements.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import yaml
from pydantic import ValidationError

from lab.metal_api import state as cloud
from lab.metal_api.enums import BlockType
from lab.metal_api.errors import MetalApiError
from lab.metal_api.ids import Ids
from lab.metal_api.inventory import Seed, SeedAddress, SeedDevice

__all__ = ["Seed", "fleet", "load_seed", "start_state"]

SEEDS = Path(__file__).parent / "seeds"
LARGEST_FLEET = 4096


def load_seed(name: str) -> Seed:
    """A shipped seed by its name, any seed by the path of its file, or `fleet:COUNT`."""
    kind, _, count = name.partition(":")
    if kind == "fleet" and count.isdecimal():
        return fleet(int(count))
    shipped = SEEDS / f"{name}.yaml"
    path = shipped if shipped.is_file() else Path(name)
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as exc:
        have = ", ".join(sorted(one.stem for one in SEEDS.glob("*.yaml")))
        raise MetalApiError(
            where="seed",
            seen=name,
            rule="a seed is a shipped one, by name, the path of a YAML file, or fleet:COUNT",
            remedy=f"shipped are: {have}",
        ) from exc
    except yaml.YAMLError as exc:
        raise MetalApiError(
            where=str(path),
            seen=" ".join(str(exc).split()),
            rule="a seed is valid YAML",
            remedy="correct the place that is named",
        ) from exc
    try:
        return Seed.model_validate(document)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        raise MetalApiError(
            where=f"{path}: {'.'.join(str(part) for part in first['loc']) or 'document'}",
            seen=f"{exc.error_count()} mistake(s)",
            rule=first["msg"],
            remedy="compare with the shipped seed demo.yaml",
        ) from exc


def start_state(seed: Seed, ids: Ids, clock: Callable[[], datetime]) -> cloud.CloudState:
    """The cloud's first state, made from a seed; ids that the seed leaves out are derived."""
    _check(seed)
    now = clock()
    project = seed.project
    bgp = None
    if project.bgp:
        bgp = cloud.BgpConfig(
            id=ids("bgp-config", 0), created_at=now, **project.bgp.model_dump(mode="python")
        )
    devices: list[cloud.Device] = []
    seen: Counter[str] = Counter()
    for server in seed.devices:
        devices.append(_device(server, project.id, ids, now, seen[server.hostname]))
        seen[server.hostname] += 1
    by_name = {device.hostname: device for device in devices}
    blocks = [
        cloud.Block(
            id=one.id or ids(f"seed-block/{one.network}", 0),
            project_id=project.id,
            type=one.type,
            quantity=one.network.num_addresses if one.network.version == 4 else 256,
            network=one.network,
            metro=one.metro,
            management=one.type is BlockType.PRIVATE_IPV4,
            tags=one.tags,
            details=one.details,
            created_at=now,
        )
        for one in seed.blocks
    ]
    sessions = []
    for one in seed.sessions:
        device_id = by_name[one.hostname].id
        sessions.append(
            cloud.Session(
                id=one.id or ids(f"seed-session/{one.hostname}/{one.address_family}", 0),
                device_id=device_id,
                family=one.address_family,
                default_route=one.default_route,
                created_at=now,
            )
        )
    return cloud.CloudState(
        seed=seed.name,
        provisioning_seconds=seed.provisioning_seconds,
        public_ipv4_quota=seed.public_ipv4_quota,
        pools=seed.pools.model_copy(deep=True),
        metros={metro.code: metro for metro in seed.metros},
        projects={
            project.id: cloud.Project(
                id=project.id,
                name=project.name,
                organization_id=ids("organization", 0),
                payment_method_id=ids("payment-method", 0),
                created_at=now,
                updated_at=now,
                bgp=bgp,
            )
        },
        devices={device.id: device for device in devices},
        blocks={block.id: block for block in blocks},
        sessions={session.id: session for session in sessions},
    )


def _check(seed: Seed) -> None:
    """What a list of models can't see: names that point elsewhere in the file."""
    metros = {metro.code for metro in seed.metros}
    names = [device.hostname for device in seed.devices]
    own = [device.id for device in seed.devices if device.id]
    placed = [(f"device {device.hostname}", device.metro) for device in seed.devices]
    placed += [(f"block {block.network}", block.metro) for block in seed.blocks if block.metro]
    mistakes = [
        (f"metro of {what}", metro, "is none of the seed's metros")
        for what, metro in placed
        if metro not in metros
    ]
    mistakes += [
        ("devices", one, f"the id {one} is there twice")
        for one, count in Counter(own).items()
        if count > 1
    ]
    mistakes += [
        ("sessions", session.hostname, "a session belongs to one device of the same seed")
        for session in seed.sessions
        if names.count(session.hostname) != 1
    ]
    for where, seen, rule in mistakes:
        raise MetalApiError(
            where=f"seed {seed.name}: {where}",
            seen=seen,
            rule=rule,
            remedy="correct the seed file",
        )


def fleet(count: int, *, metro: str = "ny", padded: bool = True) -> Seed:
    """A seed of many gateway-style devices `node-0000` .. : for measurements.

    :param padded: whether the numbers have zeros before them, so that no name is part of another.
    """
    if not 1 <= count <= LARGEST_FLEET:
        raise MetalApiError(
            where="seed",
            seen=f"fleet:{count}",
            rule=f"a fleet has 1 to {LARGEST_FLEET} devices",
            remedy="ask for fewer",
        )
    demo = load_seed("demo")
    devices = []
    for number in range(count):
        high, low = divmod(number * 2, 256)
        devices.append(
            SeedDevice(
                hostname=f"node-{number:04d}" if padded else f"node-{number}",
                metro=metro,
                private=SeedAddress.model_validate(
                    {
                        "address": f"10.{80 + high // 256}.{high % 256}.{low + 1}/31",
                        "gateway": f"10.{80 + high // 256}.{high % 256}.{low}",
                    }
                ),
            )
        )
    return demo.model_copy(
        update={"name": f"fleet-{count}", "devices": devices, "blocks": [], "sessions": []}
    )


def _device(
    one: SeedDevice, project_id: str, ids: Ids, now: datetime, namesakes: int
) -> cloud.Device:
    """:param namesakes: how many devices of this host name came before."""
    given = [(one.public_ipv4, True), (one.public_ipv6, True), (one.private, False)]
    device_id = one.id or ids(f"device/{one.hostname}", namesakes)
    # Derived things of a namesake are numbered on, so that a lone device keeps its ids.
    first = 3 * namesakes
    tail = device_id.replace("-", "")[-6:]
    return cloud.Device(
        id=device_id,
        project_id=project_id,
        hostname=one.hostname,
        metro=one.metro,
        plan=one.plan,
        operating_system=one.operating_system,
        state=one.state,
        tags=one.tags,
        mac=f"02:00:00:{tail[:2]}:{tail[2:4]}:{tail[4:6]}",
        port_ids=[ids(f"port/{one.hostname}", first + number) for number in range(3)],
        interfaces=[
            cloud.Interface(
                id=ids(f"interface/{one.hostname}", first + number),
                address=each.address.ip,
                gateway=each.gateway,
                cidr=each.address.network.prefixlen,
                public=public,
            )
            for number, (each, public) in enumerate(given)
            if each is not None
        ],
        peers=one.peers,
        peer_asn=one.peer_asn,
        routes_in=one.routes_in,
        created_at=now,
        updated_at=now,
    )
