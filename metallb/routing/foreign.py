"""What files of other people hold besides routing: the rules look at it, import names it."""

from collections.abc import Mapping
from typing import NamedTuple

from metallb.problems.problem import Location

__all__ = ["Foreign"]


class Foreign(NamedTuple):
    """What the objects of a foreign file hold besides routing.

    :ivar namespaces: namespace of each object, by kind and name.
    :ivar pool_labels: labels of pools by name.
    :ivar secrets: Secrets by name: their type, and whether they hold a password.
    :ivar made_secrets: names of Secrets that another object (an ExternalSecret, say) makes.
    :ivar extras: a ConfigMap `bgpextras` with content; empty where there is none.
    :ivar frr_configuration: an FRRConfiguration; empty where there is none.
    :ivar old_configmap: a ConfigMap of the 0.12 format; empty where there is none.
    :ivar repeated: objects whose kind and name came before.
    :ivar fork_key: the Lokomotive fork's `peer-autodiscovery`; empty where there is none.
    :ivar strangers: keys in a ConfigMap's document that hold nothing but YAML anchors.
    :ivar elsewhere: objects in a namespace that MetalLB does not read, and how they differ.
    :ivar octal: numbers that YAML reads in base 8, and how.
    """

    namespaces: Mapping[tuple[str, str], str] = {}
    pool_labels: Mapping[str, Mapping[str, str]] = {}
    secrets: Mapping[str, tuple[str, bool]] = {}
    made_secrets: frozenset[str] = frozenset()
    extras: Location = ()
    frr_configuration: Location = ()
    old_configmap: Location = ()
    repeated: tuple[Location, ...] = ()
    fork_key: Location = ()
    strangers: tuple[Location, ...] = ()
    elsewhere: tuple[tuple[Location, str], ...] = ()
    octal: tuple[tuple[Location, str], ...] = ()
