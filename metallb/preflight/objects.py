"""Rules about the objects as such: their names, their namespace, and what they refer to."""

from collections.abc import Iterator

from pydantic import SecretStr

from metallb.config import StaticPlatform
from metallb.config.grammar import is_subdomain
from metallb.platforms.static import named_passwords
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule

__all__: list[str] = []

_WITHOUT_NAMES = ("BGPAdvertisement", "L2Advertisement")
"""Kinds whose objects have no name in a ConfigMap, so that none stands there twice."""


@rule("K1", Severity.ERROR)
def one_namespace(case: Case) -> Iterator[Hit]:
    """All objects live in MetalLB's namespace.

    Why: MetalLB's webhook refuses others when they are created, and MetalLB never reads them.
    Remedy: put them all into the namespace of MetalLB, usually metallb-system.
    Source: MetalLB internal/k8s/webhooks; speakers and controller watch one namespace.
    """
    if case.foreign is None:
        return
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
                f"{item.origin}: metadata.namespace",
                f"{namespace}, and {first[0]} at {first[1]}",
            )


@rule("M40", Severity.ERROR)
def names_of_objects(case: Case) -> Iterator[Hit]:
    """A custom resource has a name of lower-case letters, digits, hyphens and dots.

    Why: the API server refuses the object, so that MetalLB never reads it.
    Remedy: rename it, here and where it is referred to.
    Source: Kubernetes documentation, Object Names and IDs (RFC 1123 subdomain).
    """
    if case.foreign is None or case.in_configmap:
        return
    for item in case.routing.objects():
        if not is_subdomain(item.name) and (item.name or item.kind != "IPAddressPool"):
            yield Hit(f"{item.origin}: metadata.name", repr(item.name) if item.name else "no name")


@rule("P35", Severity.WARNING)
def decimal_numbers(case: Case) -> Iterator[Hit]:
    """A number has no zero in front.

    Why: kubectl and MetalLB read YAML 1.1, where a leading zero means base 8: the number is another
    one than its digits say.
    Remedy: write the number that is meant in decimal digits.
    Source: yaml.org/type/int; gopkg.in/yaml.v2, resolve.go.
    """
    for where, seen in case.foreign.octal if case.foreign is not None else ():
        yield Hit(where, seen)


@rule("K3", Severity.WARNING)
def known_secret(case: Case) -> Iterator[Hit]:
    """The Secret that a peer names is among the objects.

    Why: MetalLB's webhook does not look for it; without it MetalLB goes on with the last
    configuration it liked.
    Remedy: add the Secret, or silence this where something else brings it into the namespace.
    Source: MetalLB internal/config/validator.go (references are blanked), config.go
    (passwordFromSecretForPeer).
    """
    if case.foreign is None or case.in_configmap:
        return
    for peer in case.routing.peers:
        reference = peer.spec.password_secret
        name = reference.name if reference is not None else None
        known = (case.foreign.secrets, case.foreign.made_secrets, case.routing.passwords)
        if name and not any(name in names for names in known):
            yield Hit(case.at(peer, "password_secret"), f"Secret {name}")


@rule("K4", Severity.ERROR)
def names_apart(case: Case) -> Iterator[Hit]:
    """No two objects of one kind have one name.

    Why: the second one replaces the first in the cluster, or the update fails halfway.
    Remedy: rename a rack, router, pool or advertisement; object names join two of them with a
    hyphen.
    Source: Kubernetes object names are unique within kind and namespace.
    """
    first: dict[tuple[str, str], str] = {}
    told: set[str] = set()
    for item in case.routing.objects():
        key = (item.kind, item.name)
        if key in first and not (case.in_configmap and item.kind in _WITHOUT_NAMES):
            told.add(item.origin)
            yield Hit(item.origin, f"{item.kind} {item.name}, as for {first[key]}")
        else:
            first[key] = item.origin
    yield from _shared_secrets(case)
    for where in case.foreign.repeated if case.foreign is not None else ():
        if where not in told:
            seen = "a second object of this kind and name"
            yield Hit(where, seen, remedy="rename or remove one of them")


def _shared_secrets(case: Case) -> Iterator[Hit]:
    """Routers whose keys would go into one Secret, and differ."""
    platform = case.stack.platform if case.stack is not None else None
    if not isinstance(platform, StaticPlatform):
        return
    first: dict[str, tuple[str, SecretStr]] = {}
    for where, name, password in named_passwords(platform):
        at, known = first.setdefault(name, (where, password))
        if known != password:
            yield Hit(where, f"Secret {name}, as for {at}")
