"""Rules about what a MetalLB release knows: fields, modes, and its format."""

from collections.abc import Iterator, Mapping

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.releases import FIRST_OF_CRDS, BgpMode, Release
from metallb.routing.base import SpecModel
from metallb.routing.modes import MODE_SINCE, uses

__all__ = ["AVOIDS_BUGGY_IPS", "SINCE"]

SINCE: Mapping[tuple[str, str], Release] = {
    ("BGPPeer", "connect_time"): Release(0, 14, 4),
    ("BGPPeer", "disable_mp"): Release(0, 14, 4),
    ("BGPPeer", "dual_stack_address_family"): Release(0, 15, 0),
    ("BGPPeer", "dynamic_asn"): Release(0, 14, 9),
    ("BGPPeer", "enable_graceful_restart"): Release(0, 14, 6),
    ("BGPPeer", "interface"): Release(0, 15, 0),
    ("BGPPeer", "local_asn"): Release(0, 16, 0),
    ("BGPPeer", "vrf"): Release(0, 13, 8),
    ("BGPAdvertisement", "as_path_prepend"): Release(0, 16, 2),
    ("BGPAdvertisement", "node_selectors"): FIRST_OF_CRDS,
    ("BGPAdvertisement", "peers"): FIRST_OF_CRDS,
    ("BGPAdvertisement", "service_selectors"): Release(0, 16, 0),
    ("BGPAdvertisement", "ip_address_pool_selectors"): FIRST_OF_CRDS,
    ("IPAddressPool", "service_allocation"): Release(0, 13, 8),
    ("L2Advertisement", "interfaces"): Release(0, 13, 6),
    ("L2Advertisement", "preferred_node_selectors"): Release(0, 16, 2),
    ("L2Advertisement", "service_selectors"): Release(0, 16, 0),
}
"""First release of each field, from the api/ types of every tag from v0.13.0 to v0.16.2."""
AVOIDS_BUGGY_IPS = Release(0, 13, 4)
"""First release of custom resources with avoidBuggyIPs, which the ConfigMap knows already."""
_INT32 = 2**31 - 1


@rule("V1", Severity.ERROR)
def known_fields(case: Case) -> Iterator[Hit]:
    """A field is one that the release knows.

    Why: an older release refuses the object, or drops the field without a word; 0.12's ConfigMap is
    refused as a whole.
    Remedy: remove the field, or set a newer version.
    Source: MetalLB api/ of the tags v0.13.0 to v0.16.2; MetalLB v0.12.1
    internal/config/config.go.
    """
    late = [(key, since) for key, since in SINCE.items() if case.release < since]
    if not late:
        return
    for item in case.routing.objects():
        for (kind, name), since in late:
            if kind == item.kind and _is_set(item.spec, name):
                yield _too_new(case, case.at(item, name), since)
    if FIRST_OF_CRDS <= case.release < AVOIDS_BUGGY_IPS:
        for pool in case.routing.pools:
            if pool.spec.avoid_buggy_ips:
                yield _too_new(case, case.at(pool, "avoid_buggy_ips"), AVOIDS_BUGGY_IPS)


def _too_new(case: Case, where: str, since: Release) -> Hit:
    """A field of a later release, called as the file at hand spells it."""
    key = where.rpartition(".")[2]
    return Hit(where, f"{key} needs {since}, the release is {case.release}")


def _is_set(spec: SpecModel, name: str) -> bool:
    value = getattr(spec, name)
    return value is not None and value != () and value != type(spec).model_fields[name].default


@rule("V2", Severity.ERROR)
def big_local_asn(case: Case) -> Iterator[Hit]:
    """In 0.16.0 localASN is at most 2147483647.

    Why: that release's CRD calls the field a 32-bit signed number, and the API server refuses more.
    Remedy: use 0.16.1 or later.
    Source: MetalLB release notes of 0.16.1 (pull request 3054).
    """
    if case.release != Release(0, 16, 0):
        return
    for peer in case.routing.peers:
        if (peer.spec.local_asn or 0) > _INT32:
            yield Hit(case.at(peer, "local_asn"), str(peer.spec.local_asn))


@rule("V3", Severity.ERROR)
def silent_pool_in_configmap(case: Case) -> Iterator[Hit]:
    """Up to 0.12 every pool has an advertisement.

    Why: the ConfigMap can't say "announce nothing": MetalLB announces a pool without advertisements
    to all peers.
    Remedy: remove the pool, or add an advertisement; 0.13 and later can leave it out.
    Source: MetalLB v0.12.1 internal/config/config.go (parseAddressPool).
    """
    if not case.in_configmap:
        return
    for pool in case.routing.pools:
        if not case.advertisements_of(pool.name) and pool.name not in case.layer2:
            yield Hit(pool.origin, "no advertisement")


@rule("V4", Severity.ERROR)
def known_mode(case: Case) -> Iterator[Hit]:
    """The BGP mode is one that the release has.

    Why: speakers of an older release know no such mode: they don't start, or use native BGP.
    Remedy: set bgpMode: native, or a newer version (frr from 0.12.0, frr-k8s from 0.14.2).
    Source: MetalLB release notes of 0.12.0 and 0.14.2.
    """
    if case.release < MODE_SINCE[case.mode]:
        yield Hit(_mode_place(case), f"{case.mode} with {case.release}")


@rule("V5", Severity.WARNING)
def leaving_mode(case: Case) -> Iterator[Hit]:
    """The BGP mode is one that MetalLB means to keep.

    Why: mode frr is deprecated since 0.16 and will be removed; new features come to frr-k8s only.
    Remedy: set bgpMode: frr-k8s, or native where a source address is needed.
    Source: MetalLB release notes of 0.16.0.
    """
    if case.mode is not BgpMode.FRR or case.release < Release(0, 16, 0):
        return
    if not case.complete:
        # Which nodes have a source address is not known yet.
        yield Hit(_mode_place(case), "frr")
        return
    lacking = {
        mode: next((use.seen for use in uses(case.held) if mode not in use.modes), "")
        for mode in (BgpMode.FRR_K8S, BgpMode.NATIVE)
    }
    fitting = [mode for mode, seen in lacking.items() if not seen]
    remedy = f"set bgpMode: {fitting[0]}" if fitting else _kept(lacking)
    yield Hit(_mode_place(case), "frr", remedy=remedy)


def _kept(lacking: Mapping[BgpMode, str]) -> str:
    """What to do where no mode that stays holds everything."""
    parts = " and ".join(f"{mode} lacks {seen}" for mode, seen in lacking.items())
    return f"none yet: {parts}; silence this until one of them is given up"


@rule("V8", Severity.WARNING)
def written_version(case: Case) -> Iterator[Hit]:
    """The stack file names its MetalLB release.

    Why: without a version the cluster gets this program's default, which no review of the file
    shows. The default stays when this program learns a newer release.
    Remedy: write the version that the cluster is to run.
    Source: the product's own rule.
    """
    if case.stack is None or "version" in case.stack.install.model_fields_set:
        return
    version = case.stack.install.version
    remedy = f"write `version: {version}` below metallb:install"
    wrong = f"no MetalLB release is named, so the cluster gets this program's default {version}"
    yield Hit("metallb:install.version", "no version", wrong, remedy)


def _mode_place(case: Case) -> str:
    return "metallb:install.bgpMode" if case.stack is not None else "BGP mode"


@rule("V6", Severity.WARNING)
def password_in_configmap(case: Case) -> Iterator[Hit]:
    """An MD5 key is not written into a ConfigMap.

    Why: 0.12 knows no Secret for it, and whoever may read ConfigMaps in its namespace reads the
    key.
    Remedy: use 0.13 or later, or keep others from reading ConfigMaps in that namespace.
    Source: MetalLB v0.12.1 internal/config/config.go (peer).
    """
    if not case.in_configmap:
        return
    for peer in case.routing.peers:
        if peer.spec.password is not None or peer.spec.password_secret is not None:
            name = "password" if peer.spec.password is not None else "password_secret"
            yield Hit(case.at(peer, name), "a password, and a ConfigMap")


@rule("V7", Severity.ERROR)
def ignored_configmap(case: Case) -> Iterator[Hit]:
    """From 0.13 on there is no ConfigMap with MetalLB's configuration.

    Why: these releases don't read it: pools and peers in it are gone, and Services go dark. Only a
    file given to `check` is looked at: `up` sees no ConfigMap in the cluster that it did not make.
    Remedy: turn it into a stack file with `python -m metallb import`, then delete it; in a cluster
    look with `kubectl get configmaps -n metallb-system` for the one with a key `config`. Its name
    is what the controller's argument --config says: `config` in MetalLB's manifests, the name of
    the release (such as metallb) where Helm installed it.
    Source: MetalLB release notes of 0.13.2; MetalLB issues 1473, 1495; v0.12.1 controller/main.go
    (--config) and charts/metallb/templates/controller.yaml (metallb.configMapName).
    """
    foreign = case.foreign
    if foreign is not None and foreign.old_configmap and not case.in_configmap:
        yield Hit(foreign.old_configmap, f"a ConfigMap of 0.12 with release {case.release}")


@rule("V10", Severity.ERROR)
def known_top_keys(case: Case) -> Iterator[Hit]:
    """A ConfigMap's document has no key of its own for what YAML aliases refer to.

    Why: MetalLB refuses the whole document for a key that it does not know, whatever it holds.
    Remedy: put the anchor (&name) at the first entry that has the value, and remove the key.
    Source: MetalLB v0.12.1 internal/config/config.go (Parse: yaml.UnmarshalStrict).
    """
    for where in case.foreign.strangers if case.foreign is not None else ():
        yield Hit(where, where.rpartition(".")[2])


@rule("V11", Severity.ERROR)
def key_of_the_fork(case: Case) -> Iterator[Hit]:
    """A ConfigMap's document has no key `peer-autodiscovery`.

    Why: Lokomotive's fork alone reads it, and MetalLB refuses the whole document.
    Remedy: name the nodes in a stack file: `python -m metallb import FILE --node NAME` writes it.
    Source: MetalLB pull request 593, which was never merged; v0.12.1 internal/config/config.go
    (Parse: yaml.UnmarshalStrict).
    """
    if case.foreign is not None and case.foreign.fork_key:
        yield Hit(case.foreign.fork_key, "peer-autodiscovery")
