"""From an inventory, a YAML file that a person writes, to a cloud's first state.

Shipped seeds are in `seeds/`; a path names one's own. `fleet` makes a large one for measurements.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import yaml
from pydantic import ValidationError

from lab.metal_api import state as cloud
from lab.metal_api.enums import BlockType
from lab.metal_api.errors import MetalApiError
from lab.metal_api.forms import malformed
from lab.metal_api.ids import Ids
from lab.metal_api.inventory import Seed, SeedAddress, SeedDevice
from metallb.problems.problem import Position

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
            f"seed {name} is neither shipped nor a file that can be read",
            detail="A seed is the name of a shipped one, the path of a YAML file, or fleet:COUNT.",
            help=f"use a shipped seed ({have}), or another path",
        ) from exc
    except yaml.YAMLError as exc:
        # Without PyYAML's excerpt: a seed has passwords.
        mark = exc.problem_mark if isinstance(exc, yaml.MarkedYAMLError) else None
        raise MetalApiError(
            "the seed is not valid YAML",
            code="E101",
            detail=(exc.problem if isinstance(exc, yaml.MarkedYAMLError) else None) or "",
            help="correct this line, or the one above it",
            position=Position(str(path), *((mark.line + 1, mark.column + 1) if mark else ())),
        ) from exc
    try:
        return Seed.model_validate(document)
    except ValidationError as exc:
        raise malformed(
            exc, f"seed {path}", help=f"compare it with the shipped seed {SEEDS / 'demo.yaml'}"
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
    namesakes: Counter[str] = Counter()
    for server in seed.devices:
        devices.append(_device(server, project.id, ids, now, namesakes[server.hostname]))
        namesakes[server.hostname] += 1
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
    faults = [
        f"{what} is in metro {metro}, which the seed does not have"
        for what, metro in placed
        if metro not in metros
    ]
    faults += [
        f"{count} devices have the id {one}" for one, count in Counter(own).items() if count > 1
    ]
    faults += [
        f"a session belongs to {session.hostname}, the name of "
        f"{names.count(session.hostname) or 'no'} devices"
        for session in seed.sessions
        if names.count(session.hostname) != 1
    ]
    if faults:
        blank = MetalApiError(code="E109", help="correct the seed file").problem
        problems = [replace(blank, summary=f"seed {seed.name}: {each}") for each in faults]
        raise MetalApiError.of(problems, f"{len(problems)} mistakes in seed {seed.name}")


def fleet(count: int, *, metro: str = "ny", padded: bool = True) -> Seed:
    """A seed of many gateway-style devices `node-0000` .. : for measurements.

    :param padded: whether the numbers have zeros before them, so that no name is part of another.
    """
    if not 1 <= count <= LARGEST_FLEET:
        raise MetalApiError(
            f"seed fleet:{count} is out of range",
            help=f"use 1 to {LARGEST_FLEET} devices",
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
