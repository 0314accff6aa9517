"""Replies that are lost, refused or broken."""

from lab.metal_plugin import tokens as t
from tests.metal_api.facts import NOBODY, PROJECT, WORKER_0, WORKER_1
from tests.metal_plugin.client import Json
from tests.metal_plugin.exchanges import Conversation
from tests.metal_plugin.talk import BLOCK, IPS, SESSION, SESSIONS, B, S, configure, made


def lost_replies(talk: Conversation) -> None:
    """What was done is done again: a second block, a session that is in its own way."""
    configure(talk)
    talk.act("add_fault", kind="lost_reply", method="POST", path=IPS)
    inputs, block, state = made(talk, B, BLOCK)
    talk.look()
    talk.act("add_fault", kind="lost_reply", method="POST", path=SESSIONS)
    made(talk, S, SESSION)
    talk.act("add_fault", kind="lost_reply", method="DELETE", path="/ips/{id}")
    talk.call("Delete", urn=B, id=block, properties=state)
    talk.act("add_fault", kind="lost_reply", method="POST", path=IPS, times=3)
    made(talk, B, BLOCK)
    talk.look()
    talk.act("add_fault", kind="lost_reply", method="GET", path="/ips/{id}", times=2)
    talk.call("Create", urn=B, properties=inputs)
    talk.act("add_fault", kind="lost_reply", method="GET", path="/ips/{id}", times=3)
    talk.call("Create", urn=B, properties=inputs)
    talk.look()


def resets(talk: Conversation) -> None:
    """Connections that break before anything happens."""
    configure(talk)
    for times in (1, 2, 3):
        talk.act("add_fault", kind="reset", method="POST", path=IPS, times=times)
        made(talk, B, BLOCK)
    inputs, block, state = made(talk, B, BLOCK)
    for times in (2, 3):
        talk.act("add_fault", kind="reset", method="GET", path="/ips/{id}", times=times)
        talk.call("Read", urn=B, id=block, properties=state, inputs=inputs)
        talk.act("add_fault", kind="reset", method="GET", path="/devices/{id}", times=times)
        talk.call("Invoke", tok=t.GET_DEVICE, args={"deviceId": WORKER_0})
        talk.act("add_fault", kind="reset", method="DELETE", path="/ips/{id}", times=times)
        talk.call("Delete", urn=B, id=block, properties=state)
        talk.act("add_fault", kind="reset", method="DELETE", path="/bgp/sessions/{id}", times=times)
        talk.call("Delete", urn=S, id=NOBODY)
        talk.act("add_fault", kind="reset", method="POST", path=SESSIONS, times=times)
        made(talk, S, SESSION)
    talk.look()


def refusals(talk: Conversation) -> None:
    """No status is tried again, whatever it is."""
    configure(talk)
    inputs, block, state = made(talk, B, BLOCK)
    opened, session, of_session = made(talk, S, SESSION)
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
        talk.act("add_fault", kind="status", method=method, path=path, **fault)

    for fault in bad:
        meet("POST", IPS, fault)
        talk.call("Create", urn=B, properties=inputs)
        meet("GET", "/ips/{id}", fault)
        talk.call("Create", urn=B, properties=inputs)
        meet("GET", "/ips/{id}", fault)
        talk.call("Read", urn=B, id=block, properties=state, inputs=inputs)
        meet("GET", "/ips/{id}", fault)
        talk.call("Read", urn=B, id=block)
        meet("DELETE", "/ips/{id}", fault)
        talk.call("Delete", urn=B, id=block, properties=state)
        meet("POST", SESSIONS, fault)
        talk.call("Create", urn=S, properties=opened)
        meet("GET", "/bgp/sessions/{id}", fault)
        talk.call("Read", urn=S, id=session, properties=of_session, inputs=opened)
        meet("GET", "/bgp/sessions/{id}", fault)
        talk.call("Create", urn=S, properties={**opened, "deviceId": WORKER_1})
        talk.call("Delete", urn=S, id=_other(talk, session))
        meet("DELETE", "/bgp/sessions/{id}", fault)
        talk.call("Delete", urn=S, id=session, properties=of_session)
        meet("GET", "/devices/{id}", fault)
        talk.call("Invoke", tok=t.GET_DEVICE, args={"deviceId": WORKER_0})
        meet("GET", "/projects/{id}/devices", fault)
        args = {"hostname": "worker-0", "projectId": PROJECT}
        talk.call("Invoke", tok=t.GET_DEVICE, args=args)
        meet("GET", "/devices/{id}/bgp/neighbors", fault)
        talk.call("Invoke", tok=t.GET_DEVICE_BGP_NEIGHBORS, args={"deviceId": WORKER_0})
        meet("GET", IPS, fault)
        talk.call("Invoke", tok=t.GET_IP_BLOCK_RANGES, args={"projectId": PROJECT})
    talk.look()


def _other(talk: Conversation, session: str) -> str:
    found = [one["id"] for one in talk.cloud.inventory()["sessions"] if one["id"] != session]
    return found[0] if found else NOBODY


def broken_bodies(talk: Conversation) -> None:
    """Replies that end in the middle."""
    configure(talk)
    inputs, block, state = made(talk, B, BLOCK)
    for method, path in (
        ("POST", IPS),
        ("GET", "/ips/{id}"),
        ("DELETE", "/ips/{id}"),
        ("GET", "/devices/{id}"),
        ("POST", SESSIONS),
    ):
        fault = {"kind": "broken_body", "method": method, "path": path}
        talk.act("add_fault", **fault)
        if path == IPS:
            talk.call("Create", urn=B, properties=inputs)
        elif method == "GET" and path == "/ips/{id}":
            talk.call("Create", urn=B, properties=inputs)
            talk.act("add_fault", **fault)
            talk.call("Read", urn=B, id=block, properties=state, inputs=inputs)
        elif method == "DELETE":
            talk.call("Delete", urn=B, id=block, properties=state)
        elif path == SESSIONS:
            made(talk, S, SESSION)
        else:
            talk.call("Invoke", tok=t.GET_DEVICE, args={"deviceId": WORKER_0})
    talk.look()
