"""Rules about sessions: timers, MD5 keys, source addresses and router IDs."""

from collections.abc import Iterable, Iterator

from pydantic import SecretStr

from metallb.algebra.addresses import address_of, same_address
from metallb.algebra.meetings import Member, clashes, meeting_any
from metallb.models.encrypted import Encrypted
from metallb.preflight.advice import joined, key, nodes_of
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule
from metallb.preflight.timing import (
    MAX_SECONDS,
    MIN_HOLD,
    default_hold,
    fault,
    hold_time_help,
    interval_fault,
    interval_help,
    whole,
)
from metallb.routing import BgpPeer, BgpPeerSpec
from metallb.routing.fields import declared
from metallb.stackfile.ciphertext import pulumi_path

__all__ = ["password_text"]

# Linux, TCP_MD5SIG_MAXKEYLEN (include/uapi/linux/tcp.h).
_MAX_KEY = 80
_BASIC_AUTH = "kubernetes.io/basic-auth"


def password_text(case: Case, peer: BgpPeer) -> str | None:
    """A peer's MD5 key, where it is known in clear text."""
    secret: SecretStr | None = case.routing.password_of(peer)
    if secret is None or isinstance(secret.get_secret_value(), Encrypted):
        return None
    return secret.get_secret_value()


@rule("P6", Severity.ERROR)
def hold_time(case: Case) -> Iterator[Hit]:
    """The hold time is out of range.

    Requirement: A hold time is 0, or 3 to 65535 whole seconds.
    Why: MetalLB refuses 1 and 2 seconds, cuts fractions off (0.5s becomes 0, which turns the timer
    off) and accepts what does not fit into the 16 bits of a BGP message.
    Help: write whole seconds, such as 3s or 90s.
    Source: RFC 4271, 4.2; MetalLB internal/config/config.go (parseTimers).
    """
    for peer in case.routing.peers:
        given = peer.spec.hold_time
        if given is None or given.seconds == 0:
            continue
        hold = given.seconds
        wrong = fault(hold, MIN_HOLD)
        if wrong:
            least = max(whole(abs(hold)), MIN_HOLD)
            help_ = (
                f"write {least}s" if hold <= MAX_SECONDS else "write 65535s or less, such as 90s"
            )
            where = case.at(peer, "hold_time")
            yield Hit(where, f"hold time {given} {wrong}", help=help_)


@rule("P7", Severity.ERROR)
def keepalive(case: Case) -> Iterator[Hit]:
    """The keepalive interval is out of range.

    Requirement: A keepalive interval is whole seconds, and no longer than the hold time.
    Why: MetalLB refuses a longer one, takes three intervals as the hold time where none is set,
    and FRR has whole seconds only.
    Help: set a third of the hold time, or remove keepaliveTime.
    Source: RFC 4271, 4.4; MetalLB internal/config/config.go (parseTimers).
    """
    for peer in case.routing.peers:
        given, hold = peer.spec.keepalive_time, peer.spec.hold_time
        wrong = "" if given is None else interval_fault(peer.spec, given.seconds)
        if given is not None and wrong:
            where = case.at(peer, "keepalive_time")
            help_ = interval_help(case, hold.seconds if hold else None, given.seconds)
            yield Hit(where, f"keepalive interval {given} {wrong}", help=help_)


@rule("P30", Severity.ERROR)
def connect_time(case: Case) -> Iterator[Hit]:
    """The connect time is out of range.

    Requirement: A connect time is 1 to 65535 whole seconds.
    Why: the API server refuses the peer in the middle of an update, after others have changed.
    Help: write whole seconds, such as 5s, or remove connectTime.
    Source: MetalLB api/v1beta2/bgppeer_types.go (validation of connectTime).
    """
    for peer in case.routing.peers:
        given = peer.spec.connect_time
        wrong = "" if given is None else fault(given.seconds, 1)
        if given is not None and wrong:
            number = min(max(whole(given.seconds), 1), MAX_SECONDS)
            help_ = f"write {number}s, or remove {key(case, 'connect_time')}"
            where = case.at(peer, "connect_time")
            yield Hit(where, f"connect time {given} {wrong}", help=help_)


@rule("P8", Severity.WARNING)
def no_timers(case: Case) -> Iterator[Hit]:
    """No hold time is set.

    Requirement: A peer has a hold time or a BFD profile.
    Why: without either a dead node gets traffic for 90 seconds in native mode, and for as long as
    FRR's own default in the FRR modes.
    Help: set a hold time, such as 3s, or a BFD profile (FRR modes).
    Source: MetalLB internal/bgp/native/native.go; RFC 4271, 10.
    """
    for peer in case.routing.peers:
        spec = peer.spec
        if spec.hold_time is None and spec.keepalive_time is None and spec.bfd_profile is None:
            where = case.at(peer, "hold_time")
            yield Hit(where, "no hold time is set", default_hold(case), hold_time_help(case))


@rule("P15", Severity.WARNING)
def hold_time_off(case: Case) -> Iterator[Hit]:
    """The hold time is 0, and there is no BFD profile.

    Requirement: A hold time of 0 comes with a BFD profile.
    Why: 0 turns keepalives off, and a dead node gets traffic until its TCP connection breaks.
    Help: set a hold time of 3s or more, or a BFD profile (FRR modes).
    Source: RFC 4271, 4.2.
    """
    bfd = f"set {key(case, 'bfd_profile')} as well" if case.frr else ""
    silent = "A dead node gets traffic until its TCP connection breaks (RFC 4271, 4.2)"
    detail = silent if case.native else ""
    for peer in case.routing.peers:
        hold = peer.spec.hold_time
        if hold is not None and hold.seconds == 0 and peer.spec.bfd_profile is None:
            wrong = f"hold time {hold} turns keepalives off"
            wrong += ", and no BFD profile is set" if case.frr else ""
            ways = joined("set a hold time of 3s or more", bfd)
            yield Hit(case.at(peer, "hold_time"), wrong, detail, ways)


@rule("P10", Severity.ERROR)
def one_password(case: Case) -> Iterator[Hit]:
    """The MD5 key of a peer can't be read.

    Requirement: A peer has a password or a passwordSecret, whose Secret has the type
    kubernetes.io/basic-auth and the key `password`.
    Why: MetalLB refuses the whole configuration and keeps the last valid one.
    Help: keep passwordSecret, and make its Secret of type kubernetes.io/basic-auth with the key
    password.
    Source: MetalLB internal/config/config.go (passwordFromSecretForPeer).
    """
    secrets = case.foreign.secrets if case.foreign else {}
    for peer in case.routing.peers:
        reference = peer.spec.password_secret
        if reference is None or not reference.name:
            continue
        where = case.at(peer, "password_secret")
        if peer.spec.password is not None:
            yield Hit(where, "both password and passwordSecret are set", help="remove password")
        if reference.name in secrets:
            kind, has_password = secrets[reference.name]
            if kind != _BASIC_AUTH:
                wrong = f"Secret {reference.name} has the type {kind or 'Opaque'}"
                anew = f"delete the Secret and create it with `type: {_BASIC_AUTH}`"
                yield Hit(where, wrong, help=f"{anew}: a type can't be changed")
            elif not has_password:
                wrong = f"Secret {reference.name} has no key `password`"
                yield Hit(where, wrong, help="add the key `password` to the Secret")


@rule("P16", Severity.WARNING)
def clear_password(case: Case) -> Iterator[Hit]:
    """An MD5 key is in clear text in a peer.

    Requirement: An MD5 key is in a Secret, and the peer refers to it.
    Why: everyone with read access to BGPPeer objects, or to a backup of them, can read the key.
    Help: move it to a Secret of type kubernetes.io/basic-auth under the key password, and name the
    Secret in passwordSecret.
    Source: MetalLB api/v1beta2/bgppeer_types.go.
    """
    if case.in_configmap:
        return
    for peer in case.routing.peers:
        if peer.spec.password is not None:
            yield Hit(case.at(peer, "password"), "MD5 key is in clear text")


@rule("P17", Severity.WARNING)
def skipped_validation(case: Case) -> Iterator[Hit]:
    """A peer sets disableMP.

    Requirement: From 0.15 on no peer sets disableMP.
    Why: the field has no other effect than that MetalLB's webhook admits the object unchecked.
    Help: remove disableMP.
    Source: MetalLB internal/k8s/webhooks/webhookv1beta2/bgppeer_webhook.go.
    """
    ignored = declared(BgpPeerSpec, "disable_mp").ignored_since
    if case.native or (ignored is not None and case.release < ignored):
        return
    for peer in case.routing.peers:
        if peer.spec.disable_mp:
            yield Hit(case.at(peer, "disable_mp"), "disableMP skips the validation of the peer")


@rule("P20", Severity.ERROR)
def source_of_one(case: Case) -> Iterator[Hit]:
    """A peer of several nodes has a source address.

    Requirement: A peer with a source address belongs to one node.
    Why: the address is on one node only; no other node can open the session.
    Help: write one peer for each node, with its own source address and host name.
    Source: MetalLB internal/bgp/native/native.go (dialMD5); MetalLB issue 2067.
    """
    for peer, hosts in zip(case.routing.peers, case.peer_hosts, strict=True):
        source = peer.spec.source_address
        if source and hosts is not None and len(hosts) > 1:
            wrong = f"source address {source} is set for {len(hosts)} nodes"
            yield Hit(case.at(peer, "source_address"), wrong)


@rule("P21", Severity.WARNING)
def source_of_many(case: Case) -> Iterator[Hit]:
    """A peer with a source address is not bound to a node by host name.

    Requirement: A peer with a source address selects its node by host name.
    Why: any other node that the selector matches can't open a session from that address.
    Help: select the node by its kubernetes.io/hostname label.
    Source: MetalLB internal/bgp/native/native.go (dialMD5).
    """
    for peer, hosts in zip(case.routing.peers, case.peer_hosts, strict=True):
        source = peer.spec.source_address
        if source and hosts is None:
            wrong = f"source address {source} is set for {_open_number(peer)}"
            yield Hit(case.at(peer, "source_address"), wrong)


def _open_number(peer: BgpPeer) -> str:
    """The nodes of a peer that are not all named."""
    return "nodes chosen by label" if peer.spec.node_selectors else "every node"


@rule("P22", Severity.ERROR)
def one_source_one_node(case: Case) -> Iterator[Hit]:
    """Two nodes open sessions from one source address.

    Requirement: A source address belongs to one node.
    Why: an address is on one node; the sessions of the other node never come up.
    Help: give each node its own address; two devices may have been mixed up.
    Source: MetalLB internal/bgp/native/native.go (dialMD5).
    """
    sources = (
        (index, same_address(peer.spec.source_address))
        for index, peer in enumerate(case.routing.peers)
    )
    for source, one, other in _of_two_nodes(case, sources):
        if not _is_loopback(source):
            wrong = f"source address {source} is that of nodes {_nodes(one)} and {_nodes(other)}"
            yield Hit(case.at(other, "source_address"), wrong)


def _of_two_nodes(
    case: Case, values: Iterable[tuple[int, str]]
) -> Iterator[tuple[str, BgpPeer, BgpPeer]]:
    """Values of peers, by the peer's index, that two nodes have for certain, and the two peers.

    A peer of several named nodes is a matter of other rules.
    """
    first: dict[str, int] = {}
    for index, value in values:
        hosts, peer = case.peer_hosts[index], case.routing.peers[index]
        if not value or not peer.spec.node_selectors or (hosts is not None and len(hosts) != 1):
            continue
        earlier = first.setdefault(value, index)
        here, there = case.peer_terms[earlier], case.peer_terms[index]
        # Mostly they are the peers of one node.
        if here != there and not meeting_any([here], [there]):
            yield value, case.routing.peers[earlier], peer


def _nodes(peer: BgpPeer) -> str:
    """The nodes of a peer, in a few words."""
    return "; ".join(nodes_of(each) for each in peer.spec.node_selectors or ())


def _is_loopback(text: str) -> bool:
    """Whether every node has the address, so that two nodes with it are no mistake."""
    address = address_of(text)
    return address is not None and address.is_loopback


@rule("P23", Severity.WARNING)
def router_id_of_one(case: Case) -> Iterator[Hit]:
    """Several nodes have one router ID.

    Requirement: A router ID belongs to one node.
    Why: routers tell speakers apart by it, and take two nodes with one ID for a loop or a
    collision.
    Help: remove the router ID: each node then uses an address of its own.
    Source: RFC 6286, 2; RFC 4456, 8.
    """
    first: dict[str, tuple[BgpPeer, frozenset[str] | None]] = {}
    help_ = f"remove {key(case, 'router_id')}: each node then uses an address of its own"
    for peer, hosts in zip(case.routing.peers, case.peer_hosts, strict=True):
        router_id = peer.spec.router_id
        if not router_id:
            continue
        earlier, known = first.setdefault(router_id, (peer, hosts))
        if hosts is not None and len(hosts) == 1 and known == hosts:
            continue
        if hosts is None:
            nodes = f"is set for {_open_number(peer)}"
        elif len(hosts) > 1:
            nodes = f"is set for {len(hosts)} nodes"
        elif case.stack is None:
            nodes = f"is that of peer {earlier.name} as well"
        elif _is_typed_twice(case, earlier, peer):
            continue
        else:
            nodes = "is set for several nodes"
        yield Hit(case.at(peer, "router_id"), f"router ID {router_id} {nodes}", help=help_)


def _is_typed_twice(case: Case, one: BgpPeer, other: BgpPeer) -> bool:
    """Whether two keys of a stack file set the router IDs of two peers, rather than one."""
    return case.at(one, "router_id") != case.at(other, "router_id")


@rule("P36", Severity.ERROR)
def own_router_id(case: Case) -> Iterator[Hit]:
    """Two nodes of a stack file have one router ID of their own.

    Requirement: No two nodes or racks have the same routerId.
    Why: a router ID distinguishes speakers; one that is written twice was copied, and routers take
    the second node for the first.
    Help: give each node an IPv4 address of its own as routerId, or remove it: each node then uses
    one by itself.
    Source: RFC 6286, 2; RFC 4271, 6.8.
    """
    if case.stack is None:
        return
    ids = ((index, peer.spec.router_id or "") for index, peer in enumerate(case.routing.peers))
    for router_id, one, other in _of_two_nodes(case, ids):
        if _is_typed_twice(case, one, other):
            wrong = f"router ID {router_id} is that of nodes {_nodes(one)} and {_nodes(other)}"
            yield Hit(case.at(other, "router_id"), wrong)


@rule("P13", Severity.ERROR)
def one_session_a_router(case: Case) -> Iterator[Hit]:
    """A node opens two sessions to one router.

    Requirement: A node keeps one session with a router.
    Why: the router takes both for the same speaker and closes one of the two connections, again and
    again.
    Help: give the peers different nodes, or remove one of them; a router that racks share is
    written once, in metallb:platform.sharedRouters.
    Source: RFC 4271, 6.8; MetalLB issue 705.
    """
    yield from _double_sessions(case, certain=True)


@rule("P14", Severity.WARNING)
def perhaps_two_sessions(case: Case) -> Iterator[Hit]:
    """A node may open two sessions to one router.

    Requirement: Peers of one router have node selectors that exclude each other.
    Why: a node that carries the labels of both opens two sessions, and the router closes one after
    the other.
    Help: select by the same label with different values, or by host name; a router that racks
    share is written once, in metallb:platform.sharedRouters.
    Source: RFC 4271, 6.8.
    """
    yield from _double_sessions(case, certain=False)


def _double_sessions(case: Case, *, certain: bool) -> Iterator[Hit]:
    if case.frr or not case.complete:
        return
    groups: dict[tuple[str, int], list[int]] = {}
    for index, peer in enumerate(case.routing.peers):
        key_ = (same_address(peer.spec.peer_address), peer.spec.peer_port)
        groups.setdefault(key_, []).append(index)
    for (address, _), indices in groups.items():
        if len(indices) < 2:
            continue
        members = [Member(i, case.peer_terms[i], case.peer_texts[i]) for i in indices]
        for clash in clashes(members):
            if clash.certain is certain:
                later, earlier = case.routing.peers[clash.index], case.routing.peers[clash.other]
                opens = "opens" if certain else "may open"
                yield Hit(
                    case.at(later, "peer_address"),
                    f"a node {opens} two sessions to {address}: peers {earlier.name} and "
                    f"{later.name}",
                    help=_apart(case, certain=certain),
                )


def _apart(case: Case, *, certain: bool) -> str:
    """How two peers of one router come to one session a node."""
    once = case.stack.platform.one_peer_help if case.stack is not None else ""
    select = "select their nodes by the same label with different values, or by host name"
    return joined(
        once,
        "remove one of the two" if certain else "",
        "give the peers different nodes" if certain else select,
    )


@rule("P27", Severity.ERROR)
def key_form(case: Case) -> Iterator[Hit]:
    """An MD5 key can't be used.

    Requirement: An MD5 key is 1 to 80 printable ASCII characters without a space.
    Why: the kernel refuses a longer key, and FRR's configuration ends a key at a space.
    Help: set another key, at the router as well.
    Source: RFC 2385; Linux include/uapi/linux/tcp.h (TCP_MD5SIG_MAXKEYLEN).
    """
    for peer in case.routing.peers:
        text = password_text(case, peer)
        if text is None:
            continue
        wrong = _key_fault(text)
        if wrong:
            name = "password" if peer.spec.password is not None else "password_secret"
            where, help_ = case.at(peer, name), ""
            if case.stack is not None:
                command = f"pulumi config set --secret --path '{pulumi_path(where)}'"
                help_ = f"set another key with `{command}`, and at the router"
            yield Hit(where, f"MD5 key {wrong}", help=help_)


def _key_fault(text: str) -> str:
    """What is wrong with a key, without a part of it; empty where nothing is."""
    if not text:
        return "is empty"
    if len(text) > _MAX_KEY:
        return f"has {len(text)} characters"
    if "\n" in text or "\r" in text:
        return "has a line break in it"
    if any(character.isspace() for character in text):
        return "has a space in it"
    if not all("!" <= character <= "~" for character in text):
        return "has a character that is not printable ASCII"
    return ""
