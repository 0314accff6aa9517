"""Racks from the answers of `metallb new`."""

from collections.abc import Mapping, Sequence
from typing import Any

from metallb.platforms.new import NewOption, named
from metallb.problems.errors import UsageError
from metallb.problems.escape import quoted
from metallb.releases import DEFAULT_RELEASE

__all__ = ["OPTIONS", "sections_of"]

_RACK = NewOption(
    "rack",
    "RACK=NODE,NODE",
    "a rack and its nodes, by their kubernetes.io/hostname labels",
    repeated=True,
)
_ROUTER = NewOption(
    "router",
    "RACK=ADDRESS@ASN",
    "a router of a rack: the address that nodes connect to, and its AS number",
    repeated=True,
)
_LOCAL_ASN = NewOption("local-asn", "ASN", "AS number of the nodes", default="64512")
_POOL = NewOption(
    "pool",
    "POOL=CIDR,CIDR",
    "a pool of addresses that routers may learn",
    repeated=True,
)
OPTIONS = (_RACK, _ROUTER, _LOCAL_ASN, _POOL)


def sections_of(values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The sections of a stack of racks.

    :raises UsageError: a value has not the form of its option, or a router is of no rack.
    """
    racks = named(_RACK, values["rack"])
    routers = named(_ROUTER, values["router"])
    for name in routers.keys() - racks.keys():
        raise UsageError(
            f"there is no rack {quoted(name)}",
            location=("--router",),
            detail="A router is of a rack, and its nodes connect to it.",
            help=f"write one of: {', '.join(racks)}",
        )
    return {
        "install": {"version": str(DEFAULT_RELEASE)},
        "platform": {
            "kind": "static",
            "racks": [
                {
                    "name": name,
                    "nodes": nodes,
                    "routers": [_router(each) for each in routers.get(name, ())],
                }
                for name, nodes in racks.items()
            ],
        },
        "bgp": {"myAsn": _number(values["local-asn"][0]), "holdTime": "9s"},
        "addressPools": {
            name: {"addresses": blocks} for name, blocks in named(_POOL, values["pool"]).items()
        },
    }


def _router(value: str) -> dict[str, Any]:
    address, _, asn = value.partition("@")
    if not asn:
        raise UsageError(
            f"router {quoted(address)} has no AS number",
            location=("--router",),
            detail="A session is between two AS numbers: the router's, and --local-asn of the "
            "nodes.",
            help=f"write {address}@ASN, such as {address}@64601",
        )
    return {"address": address, "asn": _number(asn)}


def _number(text: str) -> int | str:
    """A number where it is one; the model refuses any other word."""
    return int(text) if text.isascii() and text.isdigit() else text
