"""A strict reader of MetalLB 0.12's configuration document, for tests only.

MetalLB 0.12.1's programs can't be had here, so what they would refuse is written down again: keys
that they don't know, keys that stand twice, values of the wrong form. Independent of the product's
own models on purpose; it reads text, and knows nothing of how it was made.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml


class NotAccepted(Exception):
    """MetalLB 0.12.1 would refuse the document; the text says where and why."""


class _Loader(yaml.SafeLoader):
    """YAML whose mappings may not name a key twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise NotAccepted(f"key {key!r} stands twice, line {node.start_mark.line + 1}")
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)

Reader = Callable[[Any, str], None]
_DURATION = re.compile(r"([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def _refuse(where: str, why: str) -> NotAccepted:
    return NotAccepted(f"{where}: {why}")


def _text(value: Any, where: str) -> None:
    if not isinstance(value, str) or not value:
        raise _refuse(where, f"a text is wanted, not {value!r}")


def _flag(value: Any, where: str) -> None:
    if not isinstance(value, bool):
        raise _refuse(where, f"true or false is wanted, not {value!r}")


def _number(low: int, high: int) -> Reader:
    def read(value: Any, where: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _refuse(where, f"a number from {low} to {high} is wanted, not {value!r}")

    return read


def _address(value: Any, where: str) -> None:
    _text(value, where)
    try:
        ipaddress.ip_address(value)
    except ValueError as error:
        raise _refuse(where, str(error)) from error


def seconds(value: Any, where: str) -> float:
    """A Go duration in seconds; a bare number is none."""
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        raise _refuse(where, f"a duration with a unit is wanted, not {value!r}")
    parts = re.findall(r"([0-9.]+)(ns|us|µs|ms|s|m|h)", value)
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _hold_time(value: Any, where: str) -> None:
    whole = int(seconds(value, where))
    if whole != 0 and whole < 3:
        raise _refuse(where, "a hold time is none or at least three seconds")


def _keepalive(value: Any, where: str) -> None:
    raise _refuse(where, "the native mode takes no keepalive time")


def _native_only(value: Any, where: str) -> None:
    raise _refuse(where, "the native mode knows no BFD")


def _range(value: Any, where: str) -> list[ipaddress.IPv4Network]:
    _text(value, where)
    try:
        if "-" in value:
            first, last = (ipaddress.IPv4Address(part.strip()) for part in value.split("-"))
            return list(ipaddress.summarize_address_range(first, last))
        if "/" not in value:
            raise ValueError(f"{value} is neither a block nor a range")
        return [ipaddress.IPv4Network(value, strict=False)]
    except (ValueError, TypeError) as error:
        raise _refuse(where, str(error)) from error


def _block(value: Any, where: str) -> None:
    _range(value, where)


def _each(read: Reader) -> Reader:
    def walk(value: Any, where: str) -> None:
        if not isinstance(value, list):
            raise _refuse(where, f"a list is wanted, not {value!r}")
        for number, item in enumerate(value):
            read(item, f"{where}[{number}]")

    return walk


def _table(read: Reader) -> Reader:
    def walk(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise _refuse(where, f"a mapping is wanted, not {value!r}")
        for key, item in value.items():
            _text(key, where)
            read(item, f"{where}.{key}")

    return walk


def _shape(keys: Mapping[str, Reader], *, needed: tuple[str, ...] = ()) -> Reader:
    def walk(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise _refuse(where, f"a mapping is wanted, not {value!r}")
        for key in value:
            if key not in keys:
                raise _refuse(where, f"unknown key {key!r}")
        for key in needed:
            if key not in value:
                raise _refuse(where, f"key {key!r} is missing")
        for key, item in value.items():
            keys[key](item, f"{where}.{key}")

    return walk


def _operator(value: Any, where: str) -> None:
    if value not in _OPERATORS:
        raise _refuse(where, f"one of {_OPERATORS} is wanted, not {value!r}")


def _label(value: Any, where: str) -> None:
    if not isinstance(value, str):
        raise _refuse(where, f"a label's value is a text, not {value!r}")


def _community(value: Any, where: str) -> None:
    parts = str(value).split(":")
    if len(parts) != 2 or not all(part.isdigit() and int(part) < 2**16 for part in parts):
        raise _refuse(where, f"two numbers of 16 bits are wanted, not {value!r}")


_selector = _shape(
    {
        "match-labels": _table(_label),
        "match-expressions": _each(
            _shape(
                {"key": _text, "operator": _operator, "values": _each(_label)},
                needed=("key", "operator"),
            )
        ),
    }
)
_asn = _number(1, 2**32 - 1)
_peer = _shape(
    {
        "my-asn": _asn,
        "peer-asn": _asn,
        "peer-address": _address,
        "source-address": _address,
        "router-id": _address,
        "peer-port": _number(0, 65535),
        "hold-time": _hold_time,
        "keepalive-time": _keepalive,
        "node-selectors": _each(_selector),
        "password": _text,
        "bfd-profile": _native_only,
        "ebgp-multihop": _flag,
    },
    needed=("my-asn", "peer-asn", "peer-address"),
)
_advertisement = _shape(
    {
        "aggregation-length": _number(1, 32),
        "aggregation-length-v6": _number(1, 128),
        "localpref": _number(0, 2**32 - 1),
        "communities": _each(_text),
    }
)
_pool = _shape(
    {
        "name": _text,
        "protocol": _text,
        "addresses": _each(_block),
        "avoid-buggy-ips": _flag,
        "auto-assign": _flag,
        "bgp-advertisements": _each(_advertisement),
    },
    needed=("name", "protocol", "addresses"),
)
_document = _shape(
    {
        "peers": _each(_peer),
        "bgp-communities": _table(_community),
        "address-pools": _each(_pool),
        "bfd-profiles": _native_only,
    }
)


def read(text: str) -> dict[str, Any]:
    """The document, if MetalLB 0.12.1's native mode would take it."""
    content = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader with one more rule
    _document(content, "config")
    peers = content.get("peers", [])
    if any(peers.count(peer) > 1 for peer in peers):
        raise NotAccepted("config.peers: the same peer stands twice")
    _judge_pools(content)
    return dict(content)


def _judge_pools(content: dict[str, Any]) -> None:
    taken: list[ipaddress.IPv4Network] = []
    names = [pool["name"] for pool in content.get("address-pools", [])]
    if len(set(names)) != len(names):
        raise NotAccepted("config.address-pools: a name stands twice")
    for pool in content.get("address-pools", []):
        where = f"config.address-pools.{pool['name']}"
        if pool["protocol"] not in ("bgp", "layer2"):
            raise _refuse(where, f"unknown protocol {pool['protocol']!r}")
        if not pool["addresses"]:
            raise _refuse(where, "no address")
        if pool["protocol"] == "layer2" and "bgp-advertisements" in pool:
            raise _refuse(where, "advertisements in a layer 2 pool")
        for entry in pool["addresses"]:
            blocks = _range(entry, where)
            if any(block.overlaps(other) for block in blocks for other in taken):
                raise _refuse(where, f"{entry} overlaps another pool")
            shortest = min(block.prefixlen for block in blocks)
            for advertisement in pool.get("bgp-advertisements", []):
                if advertisement.get("aggregation-length", 32) < shortest:
                    raise _refuse(where, f"aggregation is wider than {entry}")
            taken += blocks
        _judge_communities(pool, content.get("bgp-communities", {}), where)


def _judge_communities(pool: dict[str, Any], aliases: dict[str, str], where: str) -> None:
    for advertisement in pool.get("bgp-advertisements", []):
        used = advertisement.get("communities", [])
        if len({aliases.get(word, word) for word in used}) != len(used):
            raise _refuse(where, "a community stands twice")
        for word in used:
            if word not in aliases:
                _community(word, where)
