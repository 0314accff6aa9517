"""Which pools advertisements choose: by name, by label, or all of them."""

from collections.abc import Iterable, Mapping

from metallb.routing.advertisements import BgpAdvertisement, L2Advertisement
from metallb.routing.pools import IPAddressPool

__all__ = ["chooses_pool", "chosen_pools"]


def chooses_pool(
    each: BgpAdvertisement | L2Advertisement, pool: str, labels: Mapping[str, str]
) -> bool:
    """Whether an advertisement chooses a pool: by name, by a label of it, or since it names none.

    :param labels: the pool's labels.
    """
    names, selectors = each.spec.ip_address_pools, each.spec.ip_address_pool_selectors
    if not names and not selectors:
        return True
    return pool in (names or ()) or any(selector.matches(labels) for selector in selectors or ())


def chosen_pools(
    advertisements: Iterable[BgpAdvertisement | L2Advertisement],
    pools: Iterable[IPAddressPool],
    labels: Mapping[str, Mapping[str, str]],
) -> frozenset[str]:
    """Names of the pools that any of the advertisements chooses.

    :param labels: labels of pools by name.
    """
    known = {pool.name for pool in pools}
    found: set[str] = set()
    for each in advertisements:
        names, selectors = each.spec.ip_address_pools, each.spec.ip_address_pool_selectors
        if not names and not selectors:
            return frozenset(known)
        found.update(names or ())
        for selector in selectors or ():
            found.update(name for name in known if selector.matches(labels.get(name, {})))
    return frozenset(found & known)
