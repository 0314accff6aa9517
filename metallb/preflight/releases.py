"""Rules about what a MetalLB release knows: fields, modes, and its format."""

from collections.abc import Iterator, Mapping
from functools import cache

from metallb.platforms.facts import AddressFamily
from metallb.platforms.plan import slots_of
from metallb.preflight.advice import newer, other_mode
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.stacks import sends_source
from metallb.problems.problem import Location
from metallb.releases import FIRST_OF_CRDS, BgpMode, Release
from metallb.routing.base import SpecModel
from metallb.routing.fields import is_known, is_set, since
from metallb.routing.modes import MODE_SINCE, uses
from metallb.stackfile import Source
from metallb.stackfile.sessions import former_keys

__all__: list[str] = []

_INT32 = 2**31 - 1


@rule("V1", Severity.ERROR)
def known_fields(case: Case) -> Iterator[Hit]:
    """A field is newer than the release.

    Requirement: Every field is one that the release knows.
    Why: an older release refuses the object, or drops the field without a message; 0.12 refuses the
    whole ConfigMap.
    Help: remove the field, or use a newer release.
    Source: MetalLB api/ of the tags v0.13.0 to v0.16.2; MetalLB v0.12.1
    internal/config/config.go.
    """
    for item in case.routing.objects():
        spec: SpecModel = item.spec
        for name in _later(type(spec), case.release):
            if is_set(spec, name):
                yield _too_new(case, case.at(item, name), since(type(spec), name))
    for pool in case.routing.pools if case.in_configmap else ():
        if pool.labels:
            yield _too_new(case, (*pool.origin, "labels"), FIRST_OF_CRDS)


@cache
def _later(model: type[SpecModel], release: Release) -> tuple[str, ...]:
    """The fields that a release does not read."""
    return tuple(name for name in model.model_fields if not is_known(model, name, release))


def _too_new(case: Case, where: Location, first: Release) -> Hit:
    """A field of a later release, called as the file at hand spells it."""
    key = _last_key(where)
    if case.in_configmap:
        why = "0.12 refuses the whole ConfigMap for it (MetalLB v0.12.1 internal/config/config.go)"
    else:
        why = (
            "an older release refuses the object, or drops the field without a message (MetalLB "
            "api/ of the tags v0.13.0 to v0.16.2)"
        )
    return Hit(
        where,
        f"MetalLB {case.release} does not know the field {key}",
        f"{key} exists since MetalLB {first}: {why}",
        f"remove {key}, or {newer(case, first)}",
    )


def _last_key(where: Location) -> str:
    return next((step for step in reversed(where) if isinstance(step, str)), "")


@rule("V2", Severity.ERROR)
def big_local_asn(case: Case) -> Iterator[Hit]:
    """A localASN is too large for MetalLB 0.16.0.

    Requirement: In 0.16.0 localASN is at most 2147483647.
    Why: that release's CRD has the field as a signed 32-bit number, and the API server refuses
    more.
    Help: use 0.16.1 or later.
    Source: MetalLB release notes of 0.16.1 (pull request 3054).
    """
    if case.release != Release(0, 16, 0):
        return
    for peer in case.routing.peers:
        if (peer.spec.local_asn or 0) > _INT32:
            yield Hit(
                case.at(peer, "local_asn"),
                f"localASN {peer.spec.local_asn} is too large for MetalLB {case.release}",
                help=newer(case, Release(0, 16, 1)),
            )


@rule("V3", Severity.ERROR)
def silent_pool_in_configmap(case: Case) -> Iterator[Hit]:
    """A pool without an advertisement is announced to every peer.

    Requirement: Up to 0.12 every pool has an advertisement.
    Why: MetalLB announces a pool without one to every peer; its ConfigMap has no way to keep a pool
    unannounced.
    Help: remove the pool, or add an advertisement; 0.13 and later can keep a pool unannounced.
    Source: MetalLB v0.12.1 internal/config/config.go (parseAddressPool).
    """
    if not case.in_configmap:
        return
    for pool in case.routing.pools:
        if not case.advertisements_of(pool.name) and pool.name not in case.layer2:
            yield Hit(
                pool.origin,
                f"pool {pool.name} has no advertisement, but MetalLB {case.release} announces it",
            )


@rule("V4", Severity.ERROR)
def known_mode(case: Case) -> Iterator[Hit]:
    """The release does not have the BGP mode.

    Requirement: The BGP mode is one that the release has.
    Why: speakers of an older release do not start in a mode that they do not know, or use native
    BGP.
    Help: use native mode, or a newer release (frr from 0.12.0, frr-k8s from 0.14.2).
    Source: MetalLB release notes of 0.12.0 and 0.14.2.
    """
    first = MODE_SINCE[case.mode]
    if case.release >= first:
        return
    if case.stack is None:
        help = (
            f"give the release and the mode that run, with --release ({first} or later has "
            f"{case.mode}) and --mode"
        )
    elif case.stack.install.source is Source.EXISTING:
        help = "set `version` and `bgpMode` to those of the MetalLB that is installed"
    else:
        help = f"set `bgpMode: native`, or {newer(case, first)}"
    yield Hit(_mode_place(case), f"MetalLB {case.release} has no BGP mode {case.mode}", help=help)


@rule("V5", Severity.WARNING)
def leaving_mode(case: Case) -> Iterator[Hit]:
    """The BGP mode frr is deprecated.

    Requirement: The BGP mode is one that MetalLB keeps.
    Why: mode frr is deprecated since 0.16 and will be removed; new features come to frr-k8s only.
    Help: use frr-k8s, or native where a source address is needed.
    Source: MetalLB release notes of 0.16.0.
    """
    if case.mode is not BgpMode.FRR or case.release < Release(0, 16, 0):
        return
    summary = f"BGP mode frr is deprecated in MetalLB {case.release}"
    lacking = {
        mode: next((use.words for use in uses(case.held) if mode not in use.modes), "")
        for mode in (BgpMode.FRR_K8S, BgpMode.NATIVE)
    }
    if case.stack is not None and not case.complete:
        # Peers have no addresses yet, but they will.
        if sends_source(case.stack):
            lacking[BgpMode.FRR_K8S] = lacking[BgpMode.FRR_K8S] or "source addresses"
        if any(slot.family is AddressFamily.IPV6 for slot in slots_of(case.stack)):
            lacking[BgpMode.NATIVE] = lacking[BgpMode.NATIVE] or "IPv6 sessions"
    fitting = [mode for mode, words in lacking.items() if not words]
    help = other_mode(case, *fitting) or _kept(case, lacking)
    yield Hit(_mode_place(case), summary, help=help)


def _kept(case: Case, lacking: Mapping[BgpMode, str]) -> str:
    """What to do where no mode that stays holds everything."""
    parts = " and ".join(f"{mode} has no {words}" for mode, words in lacking.items() if words)
    ignored = "" if case.stack is None else "ignore V5 and "
    return f"{ignored}keep frr until one of these can be given up: {parts}"


@rule("V8", Severity.WARNING)
def written_version(case: Case) -> Iterator[Hit]:
    """The stack file names no MetalLB release.

    Requirement: The stack file names its MetalLB release.
    Why: without it the release is this program's default, which a review of the file does not show.
    The default stays when this program learns a newer release.
    Help: write the version that the cluster runs.
    Source: the product's own rule.
    """
    if case.stack is None or "version" in case.stack.install.model_fields_set:
        return
    install = case.stack.install
    help = f"write `version: {install.version}` below metallb:install"
    if install.source is Source.EXISTING:
        help = (
            "write the version of the MetalLB that is installed below metallb:install, such as "
            f"`version: {install.version}`"
        )
    yield Hit(
        ("metallb:install", "version"),
        f"no MetalLB version is named, so {install.version} is used",
        help=help,
    )


def _mode_place(case: Case) -> Location:
    return ("metallb:install", "bgpMode") if case.stack is not None else ("BGP mode",)


@rule("V6", Severity.WARNING)
def password_in_configmap(case: Case) -> Iterator[Hit]:
    """An MD5 key is written into a ConfigMap.

    Requirement: An MD5 key is in a Secret.
    Why: 0.12 reads it from its ConfigMap only, and every account that may read ConfigMaps in its
    namespace can read the key.
    Help: use 0.13 or later, or restrict who may read ConfigMaps in that namespace.
    Source: MetalLB v0.12.1 internal/config/config.go (peer).
    """
    if not case.in_configmap:
        return
    for peer in case.routing.peers:
        if case.routing.password_of(peer) is not None:
            name = "password" if peer.spec.password is not None else "password_secret"
            namespace = "MetalLB's namespace"
            ignored = ""
            if case.stack is not None:
                namespace, ignored = case.stack.install.namespace, " and ignore V6"
            yield Hit(
                case.at(peer, name),
                "the MD5 key is in clear text in MetalLB's ConfigMap",
                help=f"{newer(case, FIRST_OF_CRDS)}; or restrict who may read ConfigMaps in "
                f"{namespace}{ignored}",
            )


@rule("V13", Severity.ERROR)
def secret_in_configmap(case: Case) -> Iterator[Hit]:
    """A peer of MetalLB 0.12 refers to a Secret.

    Requirement: Up to 0.12 a stack file has the MD5 key itself, as `password`.
    Why: these releases read keys from their ConfigMap, in clear text, and no Secret; the session
    would be opened without a key.
    Help: use 0.13 or later, or set `password` in place of passwordSecret.
    Source: MetalLB v0.12.1 internal/config/config.go (peer).
    """
    if not case.in_configmap:
        return
    for peer in case.routing.peers:
        reference = peer.spec.password_secret
        if reference is not None and case.routing.password_of(peer) is None:
            yield Hit(
                case.at(peer, "password_secret"),
                f"MetalLB {case.release} reads no Secret, so that {reference.name} has no effect",
                help=f"{newer(case, FIRST_OF_CRDS)}, or set `password` in place of passwordSecret",
            )


@rule("V12", Severity.WARNING)
def former_names(case: Case) -> Iterator[Hit]:
    """A stack file uses a former name of a key.

    Requirement: Keys have their present names.
    Why: localAsn, which is still read and sets MetalLB's myASN, is easily taken for MetalLB's
    localASN.
    Help: write the present name: myAsn in place of localAsn. MetalLB's localASN is shownAsn.
    Source: the product's own rule.
    """
    for where, former, present in former_keys(case.stack) if case.stack is not None else ():
        yield Hit(
            where,
            f"{former} is the former name of {present}",
            help=f"write {present} in place of {former}",
        )


@rule("V7", Severity.ERROR)
def ignored_configmap(case: Case) -> Iterator[Hit]:
    """A ConfigMap with MetalLB's configuration is not read.

    Requirement: From 0.13 on custom resources configure MetalLB.
    Why: these releases read no ConfigMap, so that its pools and peers are gone, and Services become
    unreachable. Only a file that `check` is given is examined: `up` does not look for a ConfigMap
    in the cluster that it did not make.
    Help: turn it into a stack file with `metallb import`, then delete it. In a cluster `kubectl get
    configmaps -n metallb-system` lists it: it has the key `config`, and its name is the value of
    the controller's argument --config, which is `config` in MetalLB's manifests and the name of the
    Helm release (such as metallb) in its chart.
    Source: MetalLB release notes of 0.13.2; MetalLB issues 1473, 1495; v0.12.1 controller/main.go
    (--config); charts/metallb/templates/controller.yaml (metallb.configMapName).
    """
    foreign = case.foreign
    if foreign is not None and foreign.old_configmap and not case.in_configmap:
        yield Hit(
            foreign.old_configmap,
            f"MetalLB {case.release} does not read this ConfigMap",
            "From 0.13 on custom resources configure MetalLB: pools and peers of a ConfigMap are "
            "gone, and Services become unreachable (MetalLB release notes of 0.13.2)",
            "turn it into a stack file with `metallb import FILE`, then delete it from the "
            "cluster; where 0.12 still runs, check with `--release 0.12.1`",
        )


@rule("V10", Severity.ERROR)
def known_top_keys(case: Case) -> Iterator[Hit]:
    """A ConfigMap's document has a key of its own for YAML anchors.

    Requirement: A ConfigMap's document has no key but those of MetalLB.
    Why: MetalLB refuses the whole document for a key that it does not know, whatever it holds.
    Help: put the anchor (&name) at the first entry that has the value, and remove the key.
    Source: MetalLB v0.12.1 internal/config/config.go (Parse: yaml.UnmarshalStrict).
    """
    for where in case.foreign.strangers if case.foreign is not None else ():
        key = _last_key(where)
        yield Hit(
            where,
            f"{key} is not a key of MetalLB's ConfigMap",
            help=f"put the anchor (&name) at the first entry that has the value, and remove {key}",
        )


@rule("V11", Severity.ERROR)
def key_of_the_fork(case: Case) -> Iterator[Hit]:
    """A ConfigMap's document has the key `peer-autodiscovery` of a fork.

    Requirement: A ConfigMap's document has no key `peer-autodiscovery`.
    Why: Lokomotive's fork alone reads it, and MetalLB refuses the whole document.
    Help: name the nodes in a stack file: `metallb import FILE --node NAME` writes it.
    Source: MetalLB pull request 593, which was never merged; v0.12.1 internal/config/config.go
    (Parse: yaml.UnmarshalStrict).
    """
    if case.foreign is not None and case.foreign.fork_key:
        yield Hit(case.foreign.fork_key, "peer-autodiscovery is not a key of MetalLB's ConfigMap")
