"""The provider itself, sessions, attachments, projects, and the functions."""

from lab.metal_plugin import tokens as t
from lab.metal_plugin.schema import UNKNOWN
from tests.metal_api.facts import NOBODY, PROJECT, WORKER_0, WORKER_1
from tests.metal_plugin.client import Json
from tests.metal_plugin.exchanges import Conversation
from tests.metal_plugin.talk import (
    BLOCK,
    PROVIDER,
    RETRIES,
    SESSION,
    A,
    B,
    P,
    S,
    checked,
    configure,
    made,
    urn,
)


def provider(talk: Conversation) -> None:
    talk.call("GetPluginInfo")
    talk.call("CheckConfig", urn=PROVIDER, news={"maxRetries": "1"})
    talk.call("DiffConfig", urn=PROVIDER)
    talk.call("Configure", variables={"equinix-metal:config:maxRetries": "many"})
    talk.call("Configure", variables={"equinix-metal:config:maxRetries": ""})
    talk.call("Configure", variables={"equinix-metal:config:unheardOf": "1"})
    talk.call("Configure", variables={"kubernetes:config:namespace": "x"})
    talk.call("Configure", variables={"equinix-metal:config:version": "3.2.1"})
    configure(talk, authToken="from-the-stack")
    strange = urn("equinix-metal:index/volcano:Volcano")
    talk.call("Check", urn=strange)
    talk.call("Diff", urn=strange, id="1")
    talk.call("Create", urn=strange)
    talk.call("Read", urn=strange, id="1")
    talk.call("Update", urn=strange, id="1")
    talk.call("Delete", urn=strange, id="1")
    talk.call("Invoke", tok="equinix-metal:index/getVolcano:getVolcano")
    talk.call("Cancel")
    checked(talk, urn(t.BGP_SESSION, parent="metallb:index:BgpSessions$"), SESSION)


def no_token(talk: Conversation) -> None:
    talk.call("Configure", variables=RETRIES)
    talk.call("Configure", variables={**RETRIES, "equinix-metal:config:authToken": "given"})
    made(talk, B, BLOCK)


def session_life(talk: Conversation) -> None:
    configure(talk)
    inputs = checked(talk, S, SESSION)
    talk.call("Create", urn=S, properties=inputs, preview=True)
    session = talk.call("Create", urn=S, properties=inputs)
    state = session["properties"]
    talk.call("Create", urn=S, properties=inputs)
    talk.call("Diff", urn=S, id=session["id"], olds=state, news=inputs)
    for change in (
        {"deviceId": UNKNOWN},
        {"deviceId": WORKER_1},
        {"addressFamily": "ipv6"},
        {"defaultRoute": True},
        {"defaultRoute": UNKNOWN},
        {"deviceId": WORKER_1, "addressFamily": "ipv6", "defaultRoute": True},
    ):
        new = {**inputs, **change}
        talk.call("Diff", urn=S, id=session["id"], olds=state, news=new)
        talk.call("Diff", urn=S, id=session["id"], olds=state, news=new, ignoreChanges=["deviceId"])
    with_route = {**state, "defaultRoute": True}
    for default in (True, False, UNKNOWN):
        new = {**inputs, "defaultRoute": default}
        talk.call("Diff", urn=S, id=session["id"], olds=with_route, news=new)
    new = {key: value for key, value in inputs.items() if key != "defaultRoute"}
    talk.call("Diff", urn=S, id=session["id"], olds=with_route, news=new)
    bare = {key: value for key, value in state.items() if key not in ("defaultRoute", "status")}
    talk.call("Diff", urn=S, id=session["id"], olds=bare, news=inputs)
    talk.call("Diff", urn=S, id=session["id"], olds=bare, news={**inputs, "defaultRoute": True})
    talk.call("Diff", urn=S, id=session["id"], olds=bare, news={**inputs, "defaultRoute": UNKNOWN})
    talk.act("report_session", session=session["id"], status="up")
    up = talk.call("Read", urn=S, id=session["id"], properties=state, inputs=inputs)
    talk.call("Diff", urn=S, id=session["id"], olds=up["properties"], news=inputs)
    talk.call("Read", urn=S, id=session["id"])
    talk.call("Invoke", tok=t.GET_DEVICE_BGP_NEIGHBORS, args={"deviceId": WORKER_0})
    talk.call("Update", urn=S, id=session["id"], olds=state, news=inputs)
    talk.call("Delete", urn=S, id=session["id"], properties=state)
    talk.call("Delete", urn=S, id=session["id"], properties=state)
    talk.call("Read", urn=S, id=session["id"], properties=state, inputs=inputs)
    talk.call("Read", urn=S, id=session["id"])
    made(talk, S, {**SESSION, "addressFamily": "ipv6", "defaultRoute": True})
    made(talk, S, {**SESSION, "deviceId": NOBODY})
    talk.call("Invoke", tok=t.GET_DEVICE_BGP_NEIGHBORS, args={"deviceId": WORKER_0})
    talk.look()


def session_checks(talk: Conversation) -> None:
    configure(talk)
    for news in (
        {},
        {**SESSION, "addressFamily": "ipv5"},
        {**SESSION, "addressFamily": "IPv4"},
        {**SESSION, "addressFamily": UNKNOWN, "deviceId": UNKNOWN},
        {**SESSION, "defaultRoute": "true"},
        {**SESSION, "defaultRoute": "maybe"},
        {**SESSION, "defaultRoute": 1},
        {**SESSION, "status": "up"},
    ):
        answer = talk.call("Check", urn=S, olds={}, news=news)
        if "failures" not in answer:
            talk.call("Create", urn=S, properties=answer["inputs"], preview=True)


def attachment_life(talk: Conversation) -> None:
    configure(talk)
    _, block, state = made(talk, B, {**BLOCK, "quantity": 2})
    first = {"deviceId": WORKER_0, "cidrNotation": f"{state['address']}/32"}
    inputs, attachment, attached = made(talk, A, first)
    talk.call("Create", urn=A, properties=inputs, preview=True)
    talk.call("Create", urn=A, properties=inputs)
    talk.call("Diff", urn=A, id=attachment, olds=attached, news=inputs)
    talk.call("Diff", urn=A, id=attachment, olds=attached, news={**inputs, "deviceId": WORKER_1})
    talk.call("Read", urn=A, id=attachment, properties=attached, inputs=inputs)
    talk.call("Read", urn=A, id=attachment)
    talk.call("Invoke", tok=t.GET_DEVICE, args={"deviceId": WORKER_0})
    talk.call("Delete", urn=B, id=block, properties=state)
    talk.call("Delete", urn=A, id=attachment, properties=attached)
    talk.call("Delete", urn=A, id=attachment, properties=attached)
    talk.call("Read", urn=A, id=attachment, properties=attached, inputs=inputs)
    made(talk, A, {**first, "cidrNotation": "192.0.2.1/32"})
    made(talk, A, {**first, "deviceId": NOBODY})
    checked(talk, A, {})
    talk.call("Delete", urn=B, id=block, properties=state)


def project_life(talk: Conversation) -> None:
    configure(talk)
    inputs, project, state = made(talk, P, {"name": "plain"})
    talk.call("Diff", urn=P, id=project, olds=state, news=inputs)
    talk.call("Read", urn=P, id=project, properties=state, inputs=inputs)
    talk.call("Read", urn=P, id=project)
    bgp = {"asn": 65000, "deploymentType": "local"}
    changes: list[Json] = [
        {"name": "other"},
        {"backendTransfer": True},
        {"bgpConfig": {**bgp, "__defaults": []}},
        {"organizationId": NOBODY},
        {"organizationId": state["organizationId"].upper()},
        {"paymentMethodId": NOBODY},
        {"name": UNKNOWN},
        {"name": "other", "bgpConfig": {**bgp, "md5": "Secret12345", "__defaults": []}},
    ]
    for change in changes:
        talk.call("Diff", urn=P, id=project, olds=state, news={**inputs, **change})
    for change in changes[:3]:
        new = {**inputs, **change}
        answer = talk.call("Update", urn=P, id=project, olds=state, news=new)
        state = answer.get("properties", state)
        inputs = new
        talk.call("Diff", urn=P, id=project, olds=state, news=inputs)
    for change in (
        {"bgpConfig": {**bgp, "asn": 65001, "__defaults": []}},
        {"bgpConfig": {**bgp, "md5": "Secret12345", "__defaults": []}},
        {"bgpConfig": {**bgp, "__defaults": []}, "name": "third"},
        {"bgpConfig": None},
    ):
        new = {key: value for key, value in {**inputs, **change}.items() if value is not None}
        talk.call("Diff", urn=P, id=project, olds=state, news=new)
        talk.call("Update", urn=P, id=project, olds=state, news=new)
    talk.call("Update", urn=P, id=project, olds=state, news={**inputs, "name": "p"}, preview=True)
    talk.call("Delete", urn=P, id=project, properties=state)
    talk.call("Delete", urn=P, id=project, properties=state)
    talk.call("Delete", urn=P, id=PROJECT, properties=state)
    talk.call("Read", urn=P, id=project, properties=state, inputs=inputs)
    talk.look()


def project_with_bgp(talk: Conversation) -> None:
    configure(talk)
    config = {"asn": 65000, "deploymentType": "local", "md5": "Secret12345"}
    inputs, project, state = made(
        talk, P, {"name": "peering", "backendTransfer": True, "bgpConfig": config}
    )
    talk.call("Diff", urn=P, id=project, olds=state, news=inputs)
    talk.call("Read", urn=P, id=project, properties=state, inputs=inputs)
    talk.call("Read", urn=P, id=project)
    talk.call("Create", urn=P, properties=inputs, preview=True)
    for bad in (
        {"asn": 64000, "deploymentType": "local"},
        {"asn": 65000, "deploymentType": "private"},
        {"asn": 65000},
        {"deploymentType": "local", "asn": "many"},
        {**config, "md5": "weak"},
        {**config, "strange": 1},
        UNKNOWN,
        {**config, "md5": UNKNOWN},
    ):
        checked(talk, P, {"name": "worse", "bgpConfig": bad})
    made(talk, P, {"name": "worse", "bgpConfig": {**config, "md5": "weak"}})
    checked(talk, P, {"name": "x", "organizationId": "mine", "paymentMethodId": ""})
    checked(talk, P, {})
    made(talk, P, {"name": ""})
    talk.act("add_fault", kind="status", method="GET", path="/projects/{id}/bgp-config")
    talk.call("Read", urn=P, id=project, properties=state, inputs=inputs)
    talk.look()


def pages(talk: Conversation) -> None:
    configure(talk)
    for hostname in ("node-0007", "node-0024", "node-00", "node"):
        args = {"hostname": hostname, "projectId": PROJECT}
        talk.call("Invoke", tok=t.GET_DEVICE, args=args)
    for number in range(12):
        made(talk, P, {"name": f"project-{number}"})
    talk.call("Invoke", tok=t.GET_PROJECT, args={"name": "project-11"})
    talk.call("Invoke", tok=t.GET_PROJECT, args={"name": "project"})


def functions(talk: Conversation) -> None:
    configure(talk)
    _, block, _ = made(talk, B, {**BLOCK, "quantity": 4, "tags": ["a"], "description": "d"})
    made(talk, B, {"projectId": PROJECT, "quantity": 1, "type": "global_ipv4"})
    made(talk, B, {"projectId": PROJECT, "quantity": 1, "facility": "ny5"})
    by_name = {"hostname": "worker-0", "projectId": PROJECT}
    four, public = {"addressFamily": 4, "public": False}, {"addressFamily": 6, "public": True}
    asks: list[tuple[str, Json]] = [
        (t.GET_DEVICE, by_name),
        (t.GET_DEVICE, {"deviceId": WORKER_1}),
        (t.GET_DEVICE, {**by_name, "hostname": "worker"}),
        (t.GET_DEVICE, {"hostname": "worker-0"}),
        (t.GET_DEVICE, {**by_name, "projectId": NOBODY}),
        (t.GET_DEVICE, {**by_name, "deviceId": WORKER_0}),
        (t.GET_DEVICE, {"deviceId": NOBODY}),
        (t.GET_DEVICE, {"deviceId": "", "hostname": ""}),
        (t.GET_DEVICE, {}),
        (t.GET_DEVICE, {"deviceId": WORKER_0, "strange": 1}),
        (t.GET_DEVICE_BGP_NEIGHBORS, {"deviceId": WORKER_0}),
        (t.GET_DEVICE_BGP_NEIGHBORS, {"deviceId": NOBODY}),
        (t.GET_DEVICE_BGP_NEIGHBORS, {}),
        (t.GET_RESERVED_IP_BLOCK, {"id": block}),
        (t.GET_RESERVED_IP_BLOCK, {"id": NOBODY}),
        (t.GET_RESERVED_IP_BLOCK, {"projectId": PROJECT, "ipAddress": "203.0.113.3"}),
        (t.GET_RESERVED_IP_BLOCK, {"projectId": PROJECT, "ipAddress": "2001:db8:40:4600::7"}),
        (t.GET_RESERVED_IP_BLOCK, {"projectId": PROJECT, "ipAddress": "192.0.2.1"}),
        (t.GET_RESERVED_IP_BLOCK, {"projectId": PROJECT, "ipAddress": "none"}),
        (t.GET_RESERVED_IP_BLOCK, {"projectId": PROJECT}),
        (t.GET_RESERVED_IP_BLOCK, {"id": block, "projectId": PROJECT}),
        (t.GET_RESERVED_IP_BLOCK, {"id": block, "ipAddress": "203.0.113.3"}),
        (t.GET_IP_BLOCK_RANGES, {"projectId": PROJECT}),
        (t.GET_IP_BLOCK_RANGES, {"projectId": PROJECT, "metro": "ny"}),
        (t.GET_IP_BLOCK_RANGES, {"projectId": PROJECT, "metro": "NY"}),
        (t.GET_IP_BLOCK_RANGES, {"projectId": PROJECT, "facility": "ny5"}),
        (t.GET_IP_BLOCK_RANGES, {"projectId": PROJECT, "facility": "ny5", "metro": "da"}),
        (t.GET_IP_BLOCK_RANGES, {"projectId": NOBODY}),
        (t.GET_IP_BLOCK_RANGES, {}),
        (t.GET_PRECREATED_IP_BLOCK, {"projectId": PROJECT, "metro": "ny", **four}),
        (t.GET_PRECREATED_IP_BLOCK, {"projectId": PROJECT, "metro": "NY", **four}),
        (t.GET_PRECREATED_IP_BLOCK, {"projectId": PROJECT, "facility": "ny5", **four}),
        (t.GET_PRECREATED_IP_BLOCK, {"projectId": PROJECT, **public}),
        (t.GET_PRECREATED_IP_BLOCK, {"projectId": PROJECT, **four, "global": True}),
        (t.GET_PRECREATED_IP_BLOCK, {"projectId": PROJECT, **public, "global": True}),
        (
            t.GET_PRECREATED_IP_BLOCK,
            {"projectId": PROJECT, "addressFamily": 4, "public": True, "global": True},
        ),
        (
            t.GET_PRECREATED_IP_BLOCK,
            {"projectId": PROJECT, **public, "global": True, "metro": "ny"},
        ),
        (t.GET_PRECREATED_IP_BLOCK, {"projectId": PROJECT, "metro": "ny", "facility": "ny5"}),
        (t.GET_PRECREATED_IP_BLOCK, {**four, "projectId": PROJECT, "addressFamily": "4"}),
        (t.GET_PROJECT, {"projectId": PROJECT}),
        (t.GET_PROJECT, {"projectId": NOBODY}),
        (t.GET_PROJECT, {"name": "nobody"}),
        (t.GET_PROJECT, {"name": "a", "projectId": PROJECT}),
        (t.GET_PROJECT, {}),
    ]
    for token, args in asks:
        talk.call("Invoke", tok=token, args=args)
    made(talk, P, {"name": "twins"})
    talk.call("Invoke", tok=t.GET_PROJECT, args={"name": "twins"})
    made(talk, P, {"name": "twins"})
    talk.call("Invoke", tok=t.GET_PROJECT, args={"name": "twins"})
