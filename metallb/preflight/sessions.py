"""Rules about sessions: timers, MD5 keys, source addresses and router IDs."""

from collections.abc import Iterator
from ipaddress import ip_address

from pydantic import SecretStr

from metallb.config.files import SEALED
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.nodes import Member, clashes
from metallb.preflight.registry import rule
from metallb.preflight.timing import MAX_SECONDS, seconds, timers
from metallb.releases import Release
from metallb.routing import BgpPeer
from metallb.routing.addresses import same_address

__all__ = ["password_text"]

# Linux, TCP_MD5SIG_MAXKEYLEN (include/uapi/linux/tcp.h).
_MAX_KEY = 80
_MIN_HOLD = 3


def password_text(case: Case, peer: BgpPeer) -> str | None:
    """A peer's MD5 key, where it is known in clear text."""
    secret: SecretStr | None = case.routing.password_of(peer)
    if secret is None or secret.get_secret_value() == SEALED:
        return None
    return secret.get_secret_value()


@rule("P6", Severity.ERROR)
def hold_time(case: Case) -> Iterator[Hit]:
    """A hold time is 0, or 3 to 65535 whole seconds.

    Why: MetalLB cuts fractions off (0.5s becomes 0, which turns the timer off) and lets through
    what its 16 bits can't say.
    Remedy: write whole seconds, such as 3s or 90s.
    Source: RFC 4271, 4.2; MetalLB internal/config/config.go (parseTimers).
    """
    for peer in case.routing.peers:
        hold = seconds(peer.spec.hold_time)
        if hold is None:
            continue
        if hold != 0 and not (
            _MIN_HOLD <= hold <= MAX_SECONDS and hold == hold.to_integral_value()
        ):
            yield Hit(case.at(peer, "hold_time"), str(peer.spec.hold_time))


@rule("P7", Severity.ERROR)
def keepalive(case: Case) -> Iterator[Hit]:
    """A keepalive interval is whole seconds, and no longer than the hold time.

    Why: MetalLB refuses a longer one, makes a hold time of three intervals where that is left out,
    and FRR takes whole seconds only.
    Remedy: set a third of the hold time, or leave keepaliveTime out.
    Source: RFC 4271, 4.4; MetalLB internal/config/config.go (parseTimers).
    """
    for peer in case.routing.peers:
        given = seconds(peer.spec.keepalive_time)
        if given is None:
            continue
        hold, _ = timers(peer.spec)
        too_long = hold is not None and given > hold
        derived_short = peer.spec.hold_time is None and 0 < given < 1
        if given < 0 or given != given.to_integral_value() or too_long or derived_short:
            seen = f"keepalive {peer.spec.keepalive_time}, hold {peer.spec.hold_time or 'not set'}"
            yield Hit(case.at(peer, "keepalive_time"), seen)


@rule("P30", Severity.ERROR)
def connect_time(case: Case) -> Iterator[Hit]:
    """A connect time is 1 to 65535 whole seconds.

    Why: the API server refuses the peer in the middle of an update, after others have changed.
    Remedy: write whole seconds, such as 5s, or leave connectTime out.
    Source: MetalLB api/v1beta2/bgppeer_types.go (validation of connectTime).
    """
    for peer in case.routing.peers:
        given = seconds(peer.spec.connect_time)
        if given is not None and not (
            1 <= given <= MAX_SECONDS and given == given.to_integral_value()
        ):
            yield Hit(case.at(peer, "connect_time"), str(peer.spec.connect_time))


@rule("P8", Severity.WARNING)
def no_timers(case: Case) -> Iterator[Hit]:
    """A peer says how long a silent node is believed to be alive.

    Why: without timers a dead node gets traffic for 90 seconds in native mode, and for as long as
    FRR's own default elsewhere.
    Remedy: set holdTime, such as 3s, or a BFD profile in the FRR modes.
    Source: MetalLB internal/bgp/native/native.go; RFC 4271, 10.
    """
    for peer in case.routing.peers:
        spec = peer.spec
        if spec.hold_time is None and spec.keepalive_time is None and spec.bfd_profile is None:
            yield Hit(case.at(peer, "hold_time"), "no holdTime", remedy=_hold_time_help(case))


def _hold_time_help(case: Case) -> str:
    if case.stack is None:
        return ""
    return (
        "write `holdTime: 3s` below metallb:bgp (the default of version 1 on every platform), or "
        "a BFD profile in the FRR modes"
    )


@rule("P15", Severity.WARNING)
def hold_time_off(case: Case) -> Iterator[Hit]:
    """A hold time of 0 comes with a BFD profile.

    Why: 0 turns keepalives off, and a dead node gets traffic until its TCP connection breaks.
    Remedy: set holdTime to 3s or more, or add a BFD profile (FRR modes).
    Source: RFC 4271, 4.2.
    """
    for peer in case.routing.peers:
        if seconds(peer.spec.hold_time) == 0 and peer.spec.bfd_profile is None:
            yield Hit(case.at(peer, "hold_time"), str(peer.spec.hold_time))


@rule("P10", Severity.ERROR)
def one_password(case: Case) -> Iterator[Hit]:
    """A peer's MD5 key stands in one place, and in a Secret of the right shape.

    Why: MetalLB refuses a password beside a Secret, and a Secret of another type or without the key
    `password`.
    Remedy: keep passwordSecret; its Secret has type kubernetes.io/basic-auth and the key password.
    Source: MetalLB internal/config/config.go (passwordFromSecretForPeer).
    """
    secrets = case.foreign.secrets if case.foreign else {}
    for peer in case.routing.peers:
        reference = peer.spec.password_secret
        if reference is None or not reference.name:
            continue
        where = case.at(peer, "password_secret")
        if peer.spec.password is not None:
            yield Hit(where, f"peer {peer.name} has both")
        if reference.name in secrets:
            kind, has_password = secrets[reference.name]
            if kind != "kubernetes.io/basic-auth":
                yield Hit(where, f"Secret {reference.name} of type {kind or 'Opaque'}")
            elif not has_password:
                yield Hit(where, f"Secret {reference.name} without the key password")


@rule("P16", Severity.WARNING)
def clear_password(case: Case) -> Iterator[Hit]:
    """An MD5 key stands in a Secret, not in the peer itself.

    Why: whoever may read BGPPeer objects, or a backup of them, reads the key.
    Remedy: move it to a Secret of type kubernetes.io/basic-auth and name that in passwordSecret.
    Source: MetalLB api/v1beta2/bgppeer_types.go.
    """
    if case.in_configmap:
        return
    for peer in case.routing.peers:
        if peer.spec.password is not None:
            yield Hit(case.at(peer, "password"), "a password in clear text")


@rule("P17", Severity.WARNING)
def skipped_validation(case: Case) -> Iterator[Hit]:
    """A peer does not set disableMP.

    Why: the field does nothing since 0.15, but MetalLB's webhook then lets the object through
    unchecked.
    Remedy: remove disableMP.
    Source: MetalLB internal/k8s/webhooks/webhookv1beta2/bgppeer_webhook.go.
    """
    if case.native or case.release < Release(0, 15, 0):
        return
    for peer in case.routing.peers:
        if peer.spec.disable_mp:
            yield Hit(case.at(peer, "disable_mp"), "true")


@rule("P20", Severity.ERROR)
def source_of_one(case: Case) -> Iterator[Hit]:
    """A peer with a source address belongs to one node.

    Why: the address exists on one node only; on every other one the session can't be opened.
    Remedy: make one peer a node, each with its own source address and host name.
    Source: MetalLB internal/bgp/native/native.go (dialMD5); MetalLB issue 2067.
    """
    for peer, hosts in zip(case.routing.peers, case.peer_hosts, strict=True):
        if peer.spec.source_address and hosts is not None and len(hosts) > 1:
            yield Hit(case.at(peer, "source_address"), f"{len(hosts)} nodes")


@rule("P21", Severity.WARNING)
def source_of_many(case: Case) -> Iterator[Hit]:
    """A peer with a source address is bound to its node by host name.

    Why: any other node that the selector chooses can't open a session from that address.
    Remedy: select the node by its kubernetes.io/hostname label.
    Source: MetalLB internal/bgp/native/native.go (dialMD5).
    """
    for peer, hosts in zip(case.routing.peers, case.peer_hosts, strict=True):
        if peer.spec.source_address and hosts is None:
            yield Hit(case.at(peer, "source_address"), f"peer {peer.name} selects by other labels")


@rule("P22", Severity.ERROR)
def one_source_one_node(case: Case) -> Iterator[Hit]:
    """No two nodes open sessions from one source address.

    Why: an address is on one node; the other node's sessions never come up.
    Remedy: give each node its own address; two devices may have been mixed up.
    Source: MetalLB internal/bgp/native/native.go (dialMD5); cloud-provider-equinix-metal issue 412.
    """
    first: dict[str, tuple[str, frozenset[str]]] = {}
    for peer, hosts in zip(case.routing.peers, case.peer_hosts, strict=True):
        source = same_address(peer.spec.source_address)
        if not source or _is_loopback(source) or hosts is None or len(hosts) != 1:
            continue
        name, known = first.setdefault(source, (peer.name, hosts))
        if known != hosts:
            yield Hit(case.at(peer, "source_address"), f"{source} is that of peer {name} as well")


def _is_loopback(text: str) -> bool:
    """Whether every node has the address, so that two nodes with it are no mistake."""
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


@rule("P23", Severity.WARNING)
def router_id_of_one(case: Case) -> Iterator[Hit]:
    """A router ID belongs to one node.

    Why: routers tell speakers apart by it, and take two nodes with one ID for a loop or a
    collision.
    Remedy: leave routerID out: each node then uses an address of its own.
    Source: RFC 6286, 2; RFC 4456, 8.
    """
    first: dict[str, tuple[str, frozenset[str] | None]] = {}
    for peer, hosts in zip(case.routing.peers, case.peer_hosts, strict=True):
        router_id = peer.spec.router_id
        if not router_id:
            continue
        where = case.at(peer, "router_id")
        name, known = first.setdefault(router_id, (peer.name, hosts))
        if hosts is None or len(hosts) > 1:
            count = "an open number of" if hosts is None else str(len(hosts))
            yield Hit(where, f"{router_id} for {count} nodes")
        elif known != hosts:
            yield Hit(where, f"{router_id} is that of peer {name} as well")


@rule("P13", Severity.ERROR)
def one_session_a_router(case: Case) -> Iterator[Hit]:
    """A node keeps one session with a router.

    Why: the router sees one speaker twice and closes one of the two connections, again and again.
    Remedy: give the peers different nodes, or remove one of them; a router that racks share is
    written once, in metallb:platform.sharedRouters.
    Source: RFC 4271, 6.8; MetalLB issue 705.
    """
    yield from _double_sessions(case, certain=True)


@rule("P14", Severity.WARNING)
def perhaps_two_sessions(case: Case) -> Iterator[Hit]:
    """Peers of one router choose nodes that can be told apart.

    Why: a node that carries the labels of both opens two sessions, and the router closes one after
    the other.
    Remedy: select by the same label with different values, or by host name; a router that racks
    share is written once, in metallb:platform.sharedRouters.
    Source: RFC 4271, 6.8.
    """
    yield from _double_sessions(case, certain=False)


def _double_sessions(case: Case, *, certain: bool) -> Iterator[Hit]:
    if case.frr or not case.complete:
        return
    groups: dict[tuple[str, int], list[int]] = {}
    for index, peer in enumerate(case.routing.peers):
        key = (same_address(peer.spec.peer_address), peer.spec.peer_port)
        groups.setdefault(key, []).append(index)
    for (address, _), indices in groups.items():
        if len(indices) < 2:
            continue
        members = [Member(i, case.peer_terms[i], case.peer_texts[i]) for i in indices]
        for clash in clashes(members):
            if clash.certain is certain:
                later, earlier = case.routing.peers[clash.index], case.routing.peers[clash.other]
                yield Hit(
                    case.at(later, "peer_address"),
                    f"peers {earlier.name} and {later.name} to {address}",
                )


@rule("P27", Severity.ERROR)
def key_form(case: Case) -> Iterator[Hit]:
    """An MD5 key is 1 to 80 printable ASCII characters without a space.

    Why: the kernel refuses a longer key, and FRR's configuration ends a key at a space.
    Remedy: set another key, at the router as well.
    Source: RFC 2385; Linux include/uapi/linux/tcp.h (TCP_MD5SIG_MAXKEYLEN).
    """
    for peer in case.routing.peers:
        text = password_text(case, peer)
        if text is None:
            continue
        where = case.at(peer, "password" if peer.spec.password is not None else "password_secret")
        if not 0 < len(text) <= _MAX_KEY:
            yield Hit(where, f"a password of {len(text)} characters")
        elif not all("!" <= character <= "~" for character in text):
            yield Hit(where, "a password with a space or a character outside ASCII")
