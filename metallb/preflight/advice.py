"""Parts of messages that several rules need: names of keys, of nodes, and another BGP mode."""

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from metallb.preflight.case import Case
from metallb.preflight.places import ConfigMapPlaces
from metallb.preflight.stacks import drops_source, sends_source
from metallb.problems.problem import spelled
from metallb.releases import BUILTIN_RELEASES, DEFAULT_RELEASE, BgpMode, Release
from metallb.routing import BgpAdvertisement, LabelSelector
from metallb.routing.fields import FRR_MODES, configmap_key, manifest_key
from metallb.routing.modes import MODE_SINCE, Use, in_order, uses
from metallb.routing.stack_keys import LEVELS, spelled_key
from metallb.routing.table import spec_of
from metallb.stackfile import Source

__all__ = [
    "KEEPS_LAST",
    "called",
    "joined",
    "key",
    "mode_with_everything",
    "modes_of",
    "names",
    "near",
    "newer",
    "nodes_of",
    "other_mode",
    "unless",
]

KEEPS_LAST = "MetalLB refuses the whole configuration and keeps the last valid one"
"""What a mistake does that MetalLB itself finds."""

_MOST = 4
_COMPARED = 1000
"""Names that one is compared with; with more of them every unknown name would take long."""


def key(case: Case, field: str, kind: str = "BGPPeer") -> str:
    """The key of a field in the file at hand: a stack file, a ConfigMap or custom resources."""
    model = spec_of(kind)
    if case.stack is not None:
        of_stack = spelled_key(kind, field, LEVELS[kind][0])
        return of_stack or manifest_key(model, field)
    if isinstance(case.places, ConfigMapPlaces):
        return configmap_key(model, field) or manifest_key(model, field)
    return manifest_key(model, field)


def called(case: Case, each: BgpAdvertisement, *, of_pool: bool = True) -> str:
    """An advertisement as the file at hand names it: names of objects are in manifests alone.

    :param of_pool: whether its pool is named where the pool has the advertisement inside it.
    """
    if case.stack is not None:
        name = f"advertisement {each.origin[-1]}"
    elif isinstance(case.places, ConfigMapPlaces):
        name = spelled(each.origin[-2:])
    else:
        return f"advertisement {each.name}"
    pool = next(iter(each.spec.ip_address_pools or ()), "")
    return f"{name} of pool {pool}" if of_pool and pool else name


def names(listed: Iterable[str]) -> str:
    """Names in their order, the first few of many."""
    known = list(listed)
    rest = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
    return ", ".join(known[:_MOST]) + rest


def near(name: str, known: Collection[str]) -> str:
    """The known name that was probably meant; empty where none is near."""
    if len(known) > _COMPARED:
        return ""
    return next(iter(get_close_matches(name, sorted(known), n=1)), "")


def newer(case: Case, since: Release) -> str:
    """How this file comes to a release from `since` on."""
    if case.stack is None or case.stack.install.source is Source.EXISTING:
        also = ", and set `version` to it" if case.stack is not None else ""
        return f"upgrade MetalLB to {since} or later{also}"
    if case.stack.install.source is Source.BUILTIN:
        return f"set `version: {max(BUILTIN_RELEASES)}` below metallb:install"
    return f"set `version: {since}` or later below metallb:install"


def nodes_of(selector: LabelSelector) -> str:
    """The nodes of a selector, in a few words."""
    return names(selector.hosts) if selector.hosts else selector.words()


def joined(*advices: str) -> str:
    """Those of several ways out that there are, as one sentence."""
    return ", or ".join(advice for advice in advices if advice)


def unless(case: Case, rule_id: str, condition: str) -> str:
    """When a warning is no mistake; a stack file alone can ignore one."""
    left = f"ignore {rule_id}" if case.stack is not None else "change nothing"
    return f"{left} where {condition}"


def other_mode(case: Case, *modes: BgpMode) -> str:
    """How to have MetalLB run in the first of some modes that fits; empty where none does."""
    mode = next(mode_with_everything(case, modes), None)
    if mode is None:
        return ""
    if case.stack is None:
        return f"run MetalLB in mode {mode} (`check --mode {mode}` checks for it)"
    return _of_stack(case, mode)


def modes_of(use: Use) -> str:
    """The modes that have what is used, in words."""
    if use.modes == FRR_MODES:
        return "an FRR mode"
    return f"mode {' or '.join(in_order(use.modes))}"


def mode_with_everything(case: Case, modes: Iterable[BgpMode]) -> Iterator[BgpMode]:
    """Those of some modes that have all that is configured, and that can be installed."""
    lacking = {mode for use in uses(case.held) for mode in modes if mode not in use.modes}
    if case.stack is not None and sends_source(case.stack) and not case.complete:
        lacking |= {mode for mode in modes if drops_source(mode)}
    for mode in modes:
        if mode not in lacking and MODE_SINCE[mode] <= _release(case):
            yield mode


def _release(case: Case) -> Release:
    return DEFAULT_RELEASE if _replaces_release(case) else case.release


def _replaces_release(case: Case) -> bool:
    """Whether this program has no FRR mode of the release: its chart begins with 0.13."""
    source = case.stack.install.source if case.stack is not None else Source.EXISTING
    return source is Source.BUILTIN and case.in_configmap


def _of_stack(case: Case, mode: BgpMode) -> str:
    source = case.stack.install.source if case.stack is not None else Source.EXISTING
    if source is Source.BUILTIN and mode is not BgpMode.NATIVE:
        if _replaces_release(case):
            return (
                f"set `version: {DEFAULT_RELEASE}`, `source: helm` and `bgpMode: {mode}` below "
                "metallb:install (docs/upgrade-0.12-to-0.16.md)"
            )
        return f"set `source: helm` and `bgpMode: {mode}` below metallb:install"
    if source is Source.EXISTING:
        return f"run MetalLB in mode {mode} and set `bgpMode: {mode}` below metallb:install"
    return f"set `bgpMode: {mode}` below metallb:install"
