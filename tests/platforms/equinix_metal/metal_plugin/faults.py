"""Replies that are lost, refused or broken."""

from lab.metal_plugin import tokens as t
from tests.platforms.equinix_metal.metal_api.facts import NO_SUCH_ID, PROJECT, WORKER_0, WORKER_1
from tests.platforms.equinix_metal.metal_plugin.client import Json
from tests.platforms.equinix_metal.metal_plugin.common import (
    BLOCK,
    IPS,
    SESSION,
    SESSIONS,
    B,
    S,
    configure,
    made,
)
from tests.platforms.equinix_metal.metal_plugin.exchanges import Exchange


def lost_replies(exchange: Exchange) -> None:
    """What was done is done again: a second block, a session that is in its own way."""
    configure(exchange)
    exchange.act("add_fault", kind="lost_reply", method="POST", path=IPS)
    inputs, block, state = made(exchange, B, BLOCK)
    exchange.take_inventory()
    exchange.act("add_fault", kind="lost_reply", method="POST", path=SESSIONS)
    made(exchange, S, SESSION)
    exchange.act("add_fault", kind="lost_reply", method="DELETE", path="/ips/{id}")
    exchange.call("Delete", urn=B, id=block, properties=state)
    exchange.act("add_fault", kind="lost_reply", method="POST", path=IPS, times=3)
    made(exchange, B, BLOCK)
    exchange.take_inventory()
    exchange.act("add_fault", kind="lost_reply", method="GET", path="/ips/{id}", times=2)
    exchange.call("Create", urn=B, properties=inputs)
    exchange.act("add_fault", kind="lost_reply", method="GET", path="/ips/{id}", times=3)
    exchange.call("Create", urn=B, properties=inputs)
    exchange.take_inventory()


def resets(exchange: Exchange) -> None:
    """Connections that break before anything happens."""
    configure(exchange)
    for times in (1, 2, 3):
        exchange.act("add_fault", kind="reset", method="POST", path=IPS, times=times)
        made(exchange, B, BLOCK)
    inputs, block, state = made(exchange, B, BLOCK)
    for times in (2, 3):
        exchange.act("add_fault", kind="reset", method="GET", path="/ips/{id}", times=times)
        exchange.call("Read", urn=B, id=block, properties=state, inputs=inputs)
        exchange.act("add_fault", kind="reset", method="GET", path="/devices/{id}", times=times)
        exchange.call("Invoke", tok=t.GET_DEVICE, args={"deviceId": WORKER_0})
        exchange.act("add_fault", kind="reset", method="DELETE", path="/ips/{id}", times=times)
        exchange.call("Delete", urn=B, id=block, properties=state)
        exchange.act(
            "add_fault", kind="reset", method="DELETE", path="/bgp/sessions/{id}", times=times
        )
        exchange.call("Delete", urn=S, id=NO_SUCH_ID)
        exchange.act("add_fault", kind="reset", method="POST", path=SESSIONS, times=times)
        made(exchange, S, SESSION)
    exchange.take_inventory()


def refusals(exchange: Exchange) -> None:
    """No status is tried again, whatever it is."""
    configure(exchange)
    inputs, block, state = made(exchange, B, BLOCK)
    opened, session, of_session = made(exchange, S, SESSION)
    bad: list[Json] = [
        {"status": 401},
        {"status": 403, "text": "You are not authorized"},
        {"status": 404, "text": "Not found"},
        {"status": 404, "front_door": True},
        {"status": 403, "front_door": True},
        {"status": 422, "text": "No"},
        {"status": 429, "text": "Too many requests", "retry_after": 30},
        {"status": 500},
        {"status": 502, "front_door": True},
        {"status": 503, "front_door": True, "retry_after": 1},
    ]

    def meet(method: str, path: str, fault: Json) -> None:
        exchange.act("add_fault", kind="status", method=method, path=path, **fault)

    for fault in bad:
        meet("POST", IPS, fault)
        exchange.call("Create", urn=B, properties=inputs)
        meet("GET", "/ips/{id}", fault)
        exchange.call("Create", urn=B, properties=inputs)
        meet("GET", "/ips/{id}", fault)
        exchange.call("Read", urn=B, id=block, properties=state, inputs=inputs)
        meet("GET", "/ips/{id}", fault)
        exchange.call("Read", urn=B, id=block)
        meet("DELETE", "/ips/{id}", fault)
        exchange.call("Delete", urn=B, id=block, properties=state)
        meet("POST", SESSIONS, fault)
        exchange.call("Create", urn=S, properties=opened)
        meet("GET", "/bgp/sessions/{id}", fault)
        exchange.call("Read", urn=S, id=session, properties=of_session, inputs=opened)
        meet("GET", "/bgp/sessions/{id}", fault)
        exchange.call("Create", urn=S, properties={**opened, "deviceId": WORKER_1})
        exchange.call("Delete", urn=S, id=_other(exchange, session))
        meet("DELETE", "/bgp/sessions/{id}", fault)
        exchange.call("Delete", urn=S, id=session, properties=of_session)
        meet("GET", "/devices/{id}", fault)
        exchange.call("Invoke", tok=t.GET_DEVICE, args={"deviceId": WORKER_0})
        meet("GET", "/projects/{id}/devices", fault)
        args = {"hostname": "worker-0", "projectId": PROJECT}
        exchange.call("Invoke", tok=t.GET_DEVICE, args=args)
        meet("GET", "/devices/{id}/bgp/neighbors", fault)
        exchange.call("Invoke", tok=t.GET_DEVICE_BGP_NEIGHBORS, args={"deviceId": WORKER_0})
        meet("GET", IPS, fault)
        exchange.call("Invoke", tok=t.GET_IP_BLOCK_RANGES, args={"projectId": PROJECT})
    exchange.take_inventory()


def _other(exchange: Exchange, session: str) -> str:
    found = [one["id"] for one in exchange.cloud.inventory()["sessions"] if one["id"] != session]
    return found[0] if found else NO_SUCH_ID


def broken_bodies(exchange: Exchange) -> None:
    """Replies that end in the middle."""
    configure(exchange)
    inputs, block, state = made(exchange, B, BLOCK)
    for method, path in (
        ("POST", IPS),
        ("GET", "/ips/{id}"),
        ("DELETE", "/ips/{id}"),
        ("GET", "/devices/{id}"),
        ("POST", SESSIONS),
    ):
        fault = {"kind": "broken_body", "method": method, "path": path}
        exchange.act("add_fault", **fault)
        if path == IPS:
            exchange.call("Create", urn=B, properties=inputs)
        elif method == "GET" and path == "/ips/{id}":
            exchange.call("Create", urn=B, properties=inputs)
            exchange.act("add_fault", **fault)
            exchange.call("Read", urn=B, id=block, properties=state, inputs=inputs)
        elif method == "DELETE":
            exchange.call("Delete", urn=B, id=block, properties=state)
        elif path == SESSIONS:
            made(exchange, S, SESSION)
        else:
            exchange.call("Invoke", tok=t.GET_DEVICE, args={"deviceId": WORKER_0})
    exchange.take_inventory()
