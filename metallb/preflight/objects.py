"""Rules about the objects as such: their names, their namespace, and what they refer to."""

import re
from collections.abc import Iterator

from pydantic import SecretStr

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.problems.escape import quoted
from metallb.problems.problem import Location, spelled
from metallb.routing.base import MetalLBObject
from metallb.stackfile.grammar import is_subdomain

__all__: list[str] = []

_WITHOUT_NAMES = ("BGPAdvertisement", "L2Advertisement")
"""Kinds whose objects have no name in a ConfigMap, so that none is in it twice."""
_OF_POOLS = (
    "rename one of the pools or advertisements, whose names an advertisement's name joins with a "
    "hyphen"
)
_RENAMING = {
    "BGPPeer": "rename one of the racks, routers or nodes, whose names a peer's name joins with a "
    "hyphen",
    "BGPAdvertisement": _OF_POOLS,
    "L2Advertisement": _OF_POOLS,
}
"""What to rename in a stack file, by kind."""


@rule("K1", Severity.ERROR)
def one_namespace(case: Case) -> Iterator[Hit]:
    """Objects of MetalLB are in different namespaces.

    Requirement: All objects of MetalLB are in its namespace.
    Why: MetalLB's webhook refuses others when they are created, and MetalLB never reads them.
    Help: put all of them into the namespace of MetalLB, usually metallb-system.
    Source: MetalLB internal/k8s/webhooks; speakers and controller watch one namespace.
    """
    if case.foreign is None:
        return
    for where, words in case.foreign.elsewhere:
        yield Hit((*where, "metadata", "namespace"), words)
    first: tuple[str, str] | None = None
    for item in case.routing.objects():
        namespace = case.foreign.namespaces.get((item.kind, item.name))
        if not namespace:
            # None is the one that the file is applied to, which may well be MetalLB's.
            continue
        if first is None:
            first = (namespace, f"{item.kind} {item.name}")
        elif namespace != first[0]:
            yield Hit(
                (*item.origin, "metadata", "namespace"),
                f"{item.kind} {item.name} is in namespace {namespace}, {first[1]} in {first[0]}",
            )


@rule("M40", Severity.ERROR)
def names_of_objects(case: Case) -> Iterator[Hit]:
    """A custom resource has no valid name.

    Requirement: The name of a custom resource has lower-case letters, digits, hyphens and dots.
    Why: the API server refuses the object, so that MetalLB never reads it.
    Help: rename it, here and where it is referred to.
    Source: Kubernetes documentation, Object Names and IDs: RFC 1123 subdomain.
    """
    if case.foreign is None or case.in_configmap:
        return
    for item in case.routing.objects():
        if is_subdomain(item.name) or (not item.name and item.kind == "IPAddressPool"):
            continue
        where = (*item.origin, "metadata", "name")
        if not item.name:
            yield Hit(where, f"a {item.kind} has no name", help="write its name in metadata.name")
            continue
        valid = re.sub(r"[^a-z0-9.-]+", "-", item.name.lower()).strip("-.")
        to = f" to {valid}" if is_subdomain(valid) else ""
        yield Hit(
            where,
            f"{item.kind} name {quoted(item.name)} is not a valid object name",
            help=f"rename it{to}, here and where it is referred to",
        )


@rule("P35", Severity.WARNING)
def decimal_numbers(case: Case) -> Iterator[Hit]:
    """A number has a leading zero.

    Requirement: A number is written without a leading zero.
    Why: kubectl and MetalLB read YAML 1.1, where a leading zero means base 8, so that the number
    has another value than its digits.
    Help: write the number that is meant in decimal digits, without the zero.
    Source: yaml.org/type/int; gopkg.in/yaml.v2, resolve.go.
    """
    for where, words in case.foreign.octal if case.foreign is not None else ():
        yield Hit(where, f"leading zero in {words}")


@rule("K3", Severity.WARNING)
def known_secret(case: Case) -> Iterator[Hit]:
    """The Secret of a peer is made elsewhere.

    Requirement: The Secret that a peer refers to is in MetalLB's namespace, of type
    kubernetes.io/basic-auth, with the MD5 key under `password`.
    Why: MetalLB's webhook does not look for it; without it MetalLB keeps the last configuration
    that it accepted.
    Help: add the Secret, of type kubernetes.io/basic-auth with the key `password`; where something
    else creates it in MetalLB's namespace, there is nothing to do, and a stack file ignores K3.
    Source: MetalLB internal/config/validator.go (references are blanked); config.go
    (passwordFromSecretForPeer).
    """
    if case.in_configmap:
        return
    if case.stack is not None:
        yield from _made_elsewhere(case, case.stack.install.namespace)
    if case.foreign is None:
        return
    for peer in case.routing.peers:
        reference = peer.spec.password_secret
        name = reference.name if reference is not None else None
        known = (case.foreign.secrets, case.foreign.made_secrets, case.routing.passwords)
        if name and not any(name in names for names in known):
            yield Hit(
                case.at(peer, "password_secret"),
                f"Secret {name} of peer {peer.name} is not among the objects",
            )


def _made_elsewhere(case: Case, namespace: str) -> Iterator[Hit]:
    """What a Secret has to be that the stack does not make."""
    for peer in case.routing.peers:
        reference = peer.spec.password_secret
        name = reference.name if reference is not None else None
        if name and name not in case.routing.passwords:
            yield Hit(
                case.at(peer, "password_secret"),
                f"Secret {name} is made by something else",
                help=f"check that namespace {namespace} has Secret {name}, of type "
                "kubernetes.io/basic-auth with the key `password`, and ignore K3",
            )


@rule("K4", Severity.ERROR)
def names_apart(case: Case) -> Iterator[Hit]:
    """Two objects of one kind have the same name.

    Requirement: No two objects of one kind have the same name.
    Why: the second one replaces the first in the cluster, or the update fails halfway.
    Help: rename one of the two. Names of objects join a rack and a router, or a pool and an
    advertisement, with a hyphen.
    Source: Kubernetes object names are unique within kind and namespace.
    """
    first: dict[tuple[str, str], Location] = {}
    reported: set[Location] = set()
    for item in case.routing.objects():
        key = (item.kind, item.name)
        if key in first and not (case.in_configmap and item.kind in _WITHOUT_NAMES):
            reported.add(item.origin)
            yield _twice(case, item, first[key])
        else:
            first[key] = item.origin
    yield from _shared_secrets(case)
    for where in case.foreign.repeated if case.foreign is not None else ():
        if where not in reported:
            yield Hit(
                where,
                "an earlier object has the same kind and name",
                help="rename or remove one of the two",
            )


def _twice(case: Case, item: MetalLBObject, earlier: Location) -> Hit:
    """An object whose kind and name an earlier one has."""
    if case.stack is None:
        return Hit(
            item.origin,
            f"{item.kind} {item.name} is defined twice",
            help="rename or remove one of the two",
        )
    return Hit(
        item.origin,
        f"{item.kind} {item.name} would be made twice, also for {spelled(earlier)}",
        help=_RENAMING.get(item.kind, ""),
    )


def _shared_secrets(case: Case) -> Iterator[Hit]:
    """Routers whose keys would go into one Secret, and differ."""
    first: dict[str, tuple[Location, SecretStr]] = {}
    for where, name, password in case.stack.platform.passwords() if case.stack is not None else ():
        at, known = first.setdefault(name, (where, password))
        if known != password:
            yield Hit(
                where,
                f"Secret {name} is also for another key, {spelled(at)}",
                "A Secret holds one MD5 key: the routers' racks and names, joined with a hyphen, "
                "come to the same name, and one of the two routers would get the other's key",
                "rename one of the racks or routers",
            )
