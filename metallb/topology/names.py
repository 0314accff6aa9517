"""Names of routers: one that has an address of each family is one router. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from metallb.algebra.addresses import address_of
from metallb.topology.model import Router

__all__ = ["boxes", "plain_name", "router_names"]

_FAMILY = re.compile(r"-(ip)?v?[46]$")
"""What distinguishes the two addresses of one router in its names."""


def router_names(routers: Iterable[Router]) -> Mapping[str, str]:
    """Names of routers as files have them, by the keys that the topology has."""
    different = {router.key: router for router in routers}
    return {router.key: name for name, listed in boxes(different.values()) for router in listed}


def boxes(routers: Iterable[Router]) -> Iterator[tuple[str, list[Router]]]:
    """Addresses such as 2001:db8::1 and 2001:db8:1:: make one name: the second gets a number."""
    used: Counter[str] = Counter()
    for name, listed in _boxes(routers):
        used[name] += 1
        yield (name if used[name] == 1 else f"{name}-{used[name]}"), listed


def _boxes(routers: Iterable[Router]) -> Iterator[tuple[str, list[Router]]]:
    """Routers by name; one that has an address of each family under two names is one."""

    def base(router: Router) -> tuple[str, int]:
        return _FAMILY.sub("", router.key) if router.name else router.key, router.asn

    ordered = sorted(routers, key=lambda each: (*base(each), each.key))
    for (name, _), group in groupby(ordered, key=base):
        listed = list(group)
        versions = [_version(each.address) for each in listed]
        if len(listed) == 2 and set(versions) == {4, 6}:
            listed.sort(key=lambda each: _version(each.address))
            yield plain_name(name), listed
        else:
            yield from ((plain_name(each.key), [each]) for each in listed)


def plain_name(key: str) -> str:
    """A key as a name of files and of lists in a router's configuration."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", key).strip("-")


def _version(address: str) -> int:
    found = address_of(address)
    return 4 if found is None else found.version
