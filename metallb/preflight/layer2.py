"""Rules about pools that nodes answer for by ARP and NDP, and their L2Advertisements."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from metallb.algebra.intervals import interval_of
from metallb.algebra.selectors import meets_any, terms_of
from metallb.preflight.advice import names, near, newer, nodes_of
from metallb.preflight.case import NODES, Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.selecting import repeated, selector_faults
from metallb.preflight.speakers import speaker_selector
from metallb.preflight.workloads import CONTROL_PLANE
from metallb.problems.escape import quoted
from metallb.problems.problem import Location, spelled
from metallb.releases import FIRST_OF_CRDS, HONOURS_EXCLUSION
from metallb.routing import BgpAdvertisement, L2Advertisement
from metallb.stackfile import Source

__all__: list[str] = []

_ONE = "remove one of the two entries"
_SELECTORS = ("ip_address_pool_selectors", "node_selectors", "service_selectors")
_EXCLUSION = "node.kubernetes.io/exclude-from-external-load-balancers"
# Linux, dev_valid_name (net/core/dev.c): 1 to 15 bytes, no slash, colon or blank.
_INTERFACE = r"[^/:\s]{1,15}"


@rule("L1", Severity.ERROR)
def layer2_lists(case: Case) -> Iterator[Hit]:
    """An entry of an L2Advertisement is repeated or not valid.

    Requirement: An L2Advertisement has valid selectors, and each pool and selector once.
    Why: MetalLB refuses the whole configuration, BGP included, for an entry that is repeated or not
    valid.
    Help: remove or correct the entry.
    Source: MetalLB internal/config/config.go (l2AdvertisementFromCR).
    """
    for each in case.routing.l2_advertisements:
        values = each.spec.ip_address_pools or ()
        for index, _ in repeated(values):
            where, wrong = _pool(case, each, index), f"pool {quoted(values[index])} is listed twice"
            yield Hit(where, wrong, help=_ONE)
        for name in _SELECTORS:
            for index, fault in selector_faults(getattr(each.spec, name)):
                yield Hit(case.at(each, name, index), fault)
        for index, wish in enumerate(each.spec.preferred_node_selectors or ()):
            for _, fault in selector_faults((wish.preference,)):
                yield Hit(case.at(each, "preferred_node_selectors", index), fault)


@rule("L2", Severity.ERROR)
def layer2_pools(case: Case) -> Iterator[Hit]:
    """An L2Advertisement names a pool that does not exist.

    Requirement: An L2Advertisement names pools that exist.
    Why: MetalLB takes the name of an unknown pool, and answers for no address of it.
    Help: correct the name, or add the pool.
    Source: MetalLB internal/config/config.go (setL2AdvertisementsToPools); measured with 0.16.1.
    """
    for each in case.routing.l2_advertisements:
        for index, name in enumerate(each.spec.ip_address_pools or ()):
            if name not in case.pool_names:
                meant = near(name, case.pool_names)
                help = f"write {meant}, or add pool {name}" if meant else ""
                yield Hit(_pool(case, each, index), f"there is no pool {quoted(name)}", help=help)


def _pool(case: Case, each: L2Advertisement, index: int) -> Location:
    return case.at(each, "ip_address_pools", index)


@rule("L3", Severity.ERROR)
def layer2_interfaces(case: Case) -> Iterator[Hit]:
    """An L2Advertisement names an interface that no Linux node can have.

    Requirement: An L2Advertisement names network interfaces that a Linux node can have.
    Why: MetalLB compares names as they are written, so nothing is answered from such an interface.
    Help: write a name that `ip link` shows, such as eth0; MetalLB reads no patterns.
    Source: MetalLB internal/layer2/ip_advertisement.go; Linux net/core/dev.c (dev_valid_name).
    """
    for each in case.routing.l2_advertisements:
        for index, name in enumerate(each.spec.interfaces or ()):
            if not _is_interface(name):
                meant = name.strip()
                help = f"write {meant}" if _is_interface(meant) else ""
                wrong = f"no interface can have the name {quoted(name)}"
                yield Hit(case.at(each, "interfaces", index), wrong, help=help)


def _is_interface(name: str) -> bool:
    return bool(re.fullmatch(_INTERFACE, name)) and name not in (".", "..") and "*" not in name


@rule("L4", Severity.WARNING)
def layer2_interfaces_once(case: Case) -> Iterator[Hit]:
    """An L2Advertisement names an interface twice.

    Requirement: An L2Advertisement names each interface once.
    Why: the second entry has no effect, and another interface may have been meant.
    Help: remove one of the two entries, or correct its name.
    Source: the product's own rule.
    """
    for each in case.routing.l2_advertisements:
        names = each.spec.interfaces or ()
        for index, _ in repeated(names):
            yield Hit(
                case.at(each, "interfaces", index),
                f"interface {quoted(names[index])} is listed twice",
            )


@rule("L5", Severity.WARNING)
def both_on_purpose(case: Case) -> Iterator[Hit]:
    """A pool is announced by BGP and by layer 2, one of which names no pool.

    Requirement: A pool that BGP and layer 2 both announce is named by both.
    Why: an advertisement without ipAddressPools takes every pool; clients then reach a Service
    through the routers and through the one node that answers by ARP, which is rarely meant.
    Help: name the pools in ipAddressPools of the advertisement.
    Source: MetalLB internal/config/config.go (setL2AdvertisementsToPools,
    setBGPAdvertisementsToPools).
    """
    if case.stack is not None or case.in_configmap:
        return
    listed: list[BgpAdvertisement | L2Advertisement] = [*case.routing.advertisements]
    general = [
        each
        for each in [*listed, *case.routing.l2_advertisements]
        if not each.spec.ip_address_pools and not each.spec.ip_address_pool_selectors
    ]
    both = [
        pool.name
        for pool in case.routing.pools
        if pool.name in case.layer2 and case.advertisements_of(pool.name)
    ]
    for each in general if both else ():
        yield Hit(
            case.at(each, "ip_address_pools"),
            f"{each.kind} {each.name} names no pool, so that BGP and layer 2 both announce "
            f"{names(both)}",
        )


@rule("L6", Severity.ERROR)
def one_protocol_in_configmap(case: Case) -> Iterator[Hit]:
    """A pool is announced by BGP and by layer 2 in a ConfigMap.

    Requirement: Up to 0.12 a pool has one protocol.
    Why: the ConfigMap has one `protocol` for a pool, and MetalLB refuses BGP advertisements in one
    of layer 2.
    Help: remove one of the two, or use 0.13 or later.
    Source: MetalLB v0.12.1 internal/config/config.go (parseAddressPool).
    """
    if not case.in_configmap:
        return
    for pool in case.routing.pools:
        if pool.name in case.layer2 and case.advertisements_of(pool.name):
            wrong = f"BGP and layer 2 both announce pool {pool.name}"
            help = f"remove advertisements or layer2, or {newer(case, FIRST_OF_CRDS)}"
            yield Hit(pool.origin, wrong, help=help)


@rule("L7", Severity.ERROR)
def interfaces_left_out(case: Case) -> Iterator[Hit]:
    """An L2Advertisement names an interface that speakers leave out.

    Requirement: An L2Advertisement names no interface of a container network.
    Why: speakers leave out the interfaces of their list metallb-excludel2 before they look at an
    advertisement, so nothing is answered there.
    Help: write the interface that the node's network is connected to, such as eth0.
    Source: MetalLB internal/layer2/announcer.go (updateInterfaces);
    config/native/exclude-l2-config.yaml.
    """
    if not _leaves_out(case):
        return
    named = [each for each in case.routing.l2_advertisements if each.spec.interfaces]
    if named:
        from metallb.installation.names import INTERFACES_LEFT_OUT
    for each in named:
        for index, name in enumerate(each.spec.interfaces or ()):
            pattern = next((one for one in INTERFACES_LEFT_OUT if re.match(one, name)), "")
            if pattern:
                wrong = f"speakers answer for no address on {name}, which matches {pattern}"
                yield Hit(case.at(each, "interfaces", index), wrong)


def _leaves_out(case: Case) -> bool:
    """Whether the speakers are known to have MetalLB's own list of interfaces."""
    if case.stack is None or case.in_configmap:
        return False
    install = case.stack.install
    if install.source is not Source.HELM:
        return install.source is Source.BUILTIN
    return _of_speaker(install.helm_values, "excludeInterfaces") is not False


def _of_speaker(values: Mapping[str, Any], name: str) -> Any:
    """Whether the chart's values switch a part of the speakers on or off; None for neither."""
    speaker = values.get("speaker")
    part = speaker.get(name) if isinstance(speaker, Mapping) else None
    return part.get("enabled") if isinstance(part, Mapping) else None


@rule("L8", Severity.WARNING)
def strict_arp(case: Case) -> Iterator[Hit]:
    """Layer 2 needs strict ARP where kube-proxy runs in IPVS mode.

    Requirement: kube-proxy in IPVS mode has strictARP beside a pool of layer 2.
    Why: without it each node answers by ARP for the addresses of all Services, which IPVS has on an
    interface of every node, and clients reach a node that MetalLB did not choose.
    Help: set `strictARP: true` in kube-proxy's configuration, then ignore L8; where kube-proxy runs
    in another mode, or not at all, ignore it as well. `metallb status` reads the configuration.
    Source: MetalLB website, installation, Preparation; Kubernetes, KubeProxyIPVSConfiguration.
    """
    # What a cluster runs is not in files of its objects.
    if case.stack is None:
        return
    for pool in case.routing.pools:
        if pool.name in case.layer2:
            wrong = "layer 2 needs strictARP where kube-proxy runs in IPVS mode"
            yield Hit((*pool.origin, "layer2"), wrong)
            return


@rule("L9", Severity.WARNING)
def in_a_node_network(case: Case) -> Iterator[Hit]:
    """A pool of layer 2 lies outside the networks of the nodes.

    Requirement: A pool that layer 2 alone announces lies inside a network of the nodes.
    Why: a client sends an ARP request for addresses of its own network only, so it does not ask for
    others unless a router has a route to that network's link.
    Help: choose addresses of the nodes' network that nothing else uses, or correct
    metallb:kubernetes.nodeCidrs; ignore L9 where the routers have such a route.
    Source: RFC 826; RFC 1122, 3.3.1.1; MetalLB website, concepts, layer 2.
    """
    texts = (each.text for each in case.networks if each.label == NODES)
    networks = [each for each in map(interval_of, texts) if each is not None]
    for span in case.spans:
        if span.pool.name not in case.layer2 or case.advertisements_of(span.pool.name):
            continue
        known = [each for each in networks if each.version == span.interval.version]
        if known and not any(each.covers(span.interval) for each in known):
            yield Hit(
                case.at(span.pool, "addresses", span.index),
                f"{span.text} of pool {span.pool.name} is in no network of the nodes",
            )


@rule("L10", Severity.WARNING)
def excluded_nodes_of_layer2(case: Case) -> Iterator[Hit]:
    """Layer 2 chooses nodes that the exclusion label takes out.

    Requirement: The nodes of an L2Advertisement do not carry the label
    node.kubernetes.io/exclude-from-external-load-balancers.
    Why: MetalLB answers for no address from a node with it, and kubeadm gives it to control-plane
    nodes.
    Help: choose other nodes, or set `ignoreExcludeLb: true` below metallb:install.speaker; where
    the label was removed from these nodes, ignore L10.
    Source: MetalLB speaker/layer2_controller.go (speakersForAds); release notes of 0.14.2.
    """
    stack = case.stack
    if case.release < HONOURS_EXCLUSION or (stack and stack.install.speaker.ignore_exclude_lb):
        return
    for each in case.routing.l2_advertisements:
        for index, selector in enumerate(each.spec.node_selectors or ()):
            wanted = set(selector.match_labels or ()) | {
                condition.key
                for condition in selector.match_expressions or ()
                if condition.operator in ("In", "Exists")
            }
            label = next((key for key in (_EXCLUSION, *CONTROL_PLANE) if key in wanted), "")
            if label:
                wrong = f"the nodes with {label} do not answer for addresses"
                yield Hit(case.at(each, "node_selectors", index), wrong)


@rule("L11", Severity.ERROR)
def speakers_that_answer(case: Case) -> Iterator[Hit]:
    """No node of an L2Advertisement has a speaker.

    Requirement: The nodes of an L2Advertisement run speakers.
    Why: the speaker of a node answers for its addresses, so nothing answers for these.
    Help: select speakers by a label that these nodes carry, or correct the nodes.
    Source: MetalLB speaker/layer2_controller.go (ShouldAnnounce): each pod of the DaemonSet answers
    for its own node.
    """
    for each in case.routing.l2_advertisements:
        selectors = each.spec.node_selectors or ()
        if not selectors or any(selector_faults(selectors)):
            continue
        terms = terms_of(selectors)
        chosen = case.speakers
        if chosen is not None and terms and not any(meets_any(term, chosen) for term in terms):
            words = "; ".join(nodes_of(selector) for selector in selectors)
            yield Hit(
                case.at(each, "node_selectors"),
                f"no speaker runs on {words}: speakers are on "
                f"{nodes_of(speaker_selector(case))} only",
            )


@rule("L12", Severity.WARNING)
def equal_layer2(case: Case) -> Iterator[Hit]:
    """Two L2Advertisements are equal.

    Requirement: Each L2Advertisement differs from the others.
    Why: the second one has no effect.
    Help: remove one of the two.
    Source: MetalLB speaker/layer2_controller.go (ipAdvertisementFor).
    """
    listed = case.routing.l2_advertisements
    for index, earlier in repeated(repr(each.spec) for each in listed):
        first = spelled(listed[earlier].origin)
        yield Hit(listed[index].origin, f"this L2Advertisement equals {first}")


@rule("L13", Severity.WARNING)
def members_of_layer2(case: Case) -> Iterator[Hit]:
    """Memberlist is off beside a pool of layer 2.

    Requirement: The speakers of a pool of layer 2 have memberlist.
    Why: without it MetalLB takes every node for one that answers, so the addresses of a node that
    is down, or has no speaker, stay with it until its Node object is deleted.
    Help: remove speaker.memberlist from helmValues.
    Source: MetalLB speaker/layer2_controller.go (speakersForAds: sl.Disabled).
    """
    stack = case.stack
    if stack is None or not case.layer2 or stack.install.source is not Source.HELM:
        return
    if _of_speaker(stack.install.helm_values, "memberlist") is False:
        at = ("metallb:install", "helmValues", "speaker", "memberlist", "enabled")
        yield Hit(at, "memberlist is off, so that no other node takes over for one that is down")
