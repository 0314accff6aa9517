"""The provider itself, sessions, attachments, projects, and the functions."""

from lab.metal_plugin import tokens as t
from lab.metal_plugin.schema import UNKNOWN
from tests.platforms.equinix_metal.metal_api.facts import NO_SUCH_ID, PROJECT, WORKER_0, WORKER_1
from tests.platforms.equinix_metal.metal_plugin.client import Json
from tests.platforms.equinix_metal.metal_plugin.common import (
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
from tests.platforms.equinix_metal.metal_plugin.exchanges import Exchange


def provider(exchange: Exchange) -> None:
    exchange.call("GetPluginInfo")
    exchange.call("CheckConfig", urn=PROVIDER, news={"maxRetries": "1"})
    exchange.call("DiffConfig", urn=PROVIDER)
    exchange.call("Configure", variables={"equinix-metal:config:maxRetries": "many"})
    exchange.call("Configure", variables={"equinix-metal:config:maxRetries": ""})
    exchange.call("Configure", variables={"equinix-metal:config:unheardOf": "1"})
    exchange.call("Configure", variables={"kubernetes:config:namespace": "x"})
    exchange.call("Configure", variables={"equinix-metal:config:version": "3.2.1"})
    configure(exchange, authToken="from-the-stack")
    strange = urn("equinix-metal:index/volcano:Volcano")
    exchange.call("Check", urn=strange)
    exchange.call("Diff", urn=strange, id="1")
    exchange.call("Create", urn=strange)
    exchange.call("Read", urn=strange, id="1")
    exchange.call("Update", urn=strange, id="1")
    exchange.call("Delete", urn=strange, id="1")
    exchange.call("Invoke", tok="equinix-metal:index/getVolcano:getVolcano")
    exchange.call("Cancel")
    checked(exchange, urn(t.BGP_SESSION, parent="metallb:index:BgpSessions$"), SESSION)


def no_token(exchange: Exchange) -> None:
    exchange.call("Configure", variables=RETRIES)
    exchange.call("Configure", variables={**RETRIES, "equinix-metal:config:authToken": "given"})
    made(exchange, B, BLOCK)


def session_life(exchange: Exchange) -> None:
    configure(exchange)
    inputs = checked(exchange, S, SESSION)
    exchange.call("Create", urn=S, properties=inputs, preview=True)
    session = exchange.call("Create", urn=S, properties=inputs)
    state = session["properties"]
    exchange.call("Create", urn=S, properties=inputs)
    exchange.call("Diff", urn=S, id=session["id"], olds=state, news=inputs)
    for change in (
        {"deviceId": UNKNOWN},
        {"deviceId": WORKER_1},
        {"addressFamily": "ipv6"},
        {"defaultRoute": True},
        {"defaultRoute": UNKNOWN},
        {"deviceId": WORKER_1, "addressFamily": "ipv6", "defaultRoute": True},
    ):
        new = {**inputs, **change}
        exchange.call("Diff", urn=S, id=session["id"], olds=state, news=new)
        exchange.call(
            "Diff", urn=S, id=session["id"], olds=state, news=new, ignoreChanges=["deviceId"]
        )
    with_route = {**state, "defaultRoute": True}
    for default in (True, False, UNKNOWN):
        new = {**inputs, "defaultRoute": default}
        exchange.call("Diff", urn=S, id=session["id"], olds=with_route, news=new)
    new = {key: value for key, value in inputs.items() if key != "defaultRoute"}
    exchange.call("Diff", urn=S, id=session["id"], olds=with_route, news=new)
    bare = {key: value for key, value in state.items() if key not in ("defaultRoute", "status")}
    exchange.call("Diff", urn=S, id=session["id"], olds=bare, news=inputs)
    exchange.call("Diff", urn=S, id=session["id"], olds=bare, news={**inputs, "defaultRoute": True})
    exchange.call(
        "Diff", urn=S, id=session["id"], olds=bare, news={**inputs, "defaultRoute": UNKNOWN}
    )
    exchange.act("report_session", session=session["id"], status="up")
    up = exchange.call("Read", urn=S, id=session["id"], properties=state, inputs=inputs)
    exchange.call("Diff", urn=S, id=session["id"], olds=up["properties"], news=inputs)
    exchange.call("Read", urn=S, id=session["id"])
    exchange.call("Invoke", tok=t.GET_DEVICE_BGP_NEIGHBORS, args={"deviceId": WORKER_0})
    exchange.call("Update", urn=S, id=session["id"], olds=state, news=inputs)
    exchange.call("Delete", urn=S, id=session["id"], properties=state)
    exchange.call("Delete", urn=S, id=session["id"], properties=state)
    exchange.call("Read", urn=S, id=session["id"], properties=state, inputs=inputs)
    exchange.call("Read", urn=S, id=session["id"])
    made(exchange, S, {**SESSION, "addressFamily": "ipv6", "defaultRoute": True})
    made(exchange, S, {**SESSION, "deviceId": NO_SUCH_ID})
    exchange.call("Invoke", tok=t.GET_DEVICE_BGP_NEIGHBORS, args={"deviceId": WORKER_0})
    exchange.take_inventory()


def session_checks(exchange: Exchange) -> None:
    configure(exchange)
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
        answer = exchange.call("Check", urn=S, olds={}, news=news)
        if "failures" not in answer:
            exchange.call("Create", urn=S, properties=answer["inputs"], preview=True)


def attachment_life(exchange: Exchange) -> None:
    configure(exchange)
    _, block, state = made(exchange, B, {**BLOCK, "quantity": 2})
    first = {"deviceId": WORKER_0, "cidrNotation": f"{state['address']}/32"}
    inputs, attachment, attached = made(exchange, A, first)
    exchange.call("Create", urn=A, properties=inputs, preview=True)
    exchange.call("Create", urn=A, properties=inputs)
    exchange.call("Diff", urn=A, id=attachment, olds=attached, news=inputs)
    exchange.call(
        "Diff", urn=A, id=attachment, olds=attached, news={**inputs, "deviceId": WORKER_1}
    )
    exchange.call("Read", urn=A, id=attachment, properties=attached, inputs=inputs)
    exchange.call("Read", urn=A, id=attachment)
    exchange.call("Invoke", tok=t.GET_DEVICE, args={"deviceId": WORKER_0})
    exchange.call("Delete", urn=B, id=block, properties=state)
    exchange.call("Delete", urn=A, id=attachment, properties=attached)
    exchange.call("Delete", urn=A, id=attachment, properties=attached)
    exchange.call("Read", urn=A, id=attachment, properties=attached, inputs=inputs)
    made(exchange, A, {**first, "cidrNotation": "192.0.2.1/32"})
    made(exchange, A, {**first, "deviceId": NO_SUCH_ID})
    checked(exchange, A, {})
    exchange.call("Delete", urn=B, id=block, properties=state)


def project_life(exchange: Exchange) -> None:
    configure(exchange)
    inputs, project, state = made(exchange, P, {"name": "plain"})
    exchange.call("Diff", urn=P, id=project, olds=state, news=inputs)
    exchange.call("Read", urn=P, id=project, properties=state, inputs=inputs)
    exchange.call("Read", urn=P, id=project)
    bgp = {"asn": 65000, "deploymentType": "local"}
    changes: list[Json] = [
        {"name": "other"},
        {"backendTransfer": True},
        {"bgpConfig": {**bgp, "__defaults": []}},
        {"organizationId": NO_SUCH_ID},
        {"organizationId": state["organizationId"].upper()},
        {"paymentMethodId": NO_SUCH_ID},
        {"name": UNKNOWN},
        {"name": "other", "bgpConfig": {**bgp, "md5": "Secret12345", "__defaults": []}},
    ]
    for change in changes:
        exchange.call("Diff", urn=P, id=project, olds=state, news={**inputs, **change})
    for change in changes[:3]:
        new = {**inputs, **change}
        answer = exchange.call("Update", urn=P, id=project, olds=state, news=new)
        state = answer.get("properties", state)
        inputs = new
        exchange.call("Diff", urn=P, id=project, olds=state, news=inputs)
    for change in (
        {"bgpConfig": {**bgp, "asn": 65001, "__defaults": []}},
        {"bgpConfig": {**bgp, "md5": "Secret12345", "__defaults": []}},
        {"bgpConfig": {**bgp, "__defaults": []}, "name": "third"},
        {"bgpConfig": None},
    ):
        new = {key: value for key, value in {**inputs, **change}.items() if value is not None}
        exchange.call("Diff", urn=P, id=project, olds=state, news=new)
        exchange.call("Update", urn=P, id=project, olds=state, news=new)
    exchange.call(
        "Update", urn=P, id=project, olds=state, news={**inputs, "name": "p"}, preview=True
    )
    exchange.call("Delete", urn=P, id=project, properties=state)
    exchange.call("Delete", urn=P, id=project, properties=state)
    exchange.call("Delete", urn=P, id=PROJECT, properties=state)
    exchange.call("Read", urn=P, id=project, properties=state, inputs=inputs)
    exchange.take_inventory()


def project_with_bgp(exchange: Exchange) -> None:
    configure(exchange)
    config = {"asn": 65000, "deploymentType": "local", "md5": "Secret12345"}
    inputs, project, state = made(
        exchange, P, {"name": "peering", "backendTransfer": True, "bgpConfig": config}
    )
    exchange.call("Diff", urn=P, id=project, olds=state, news=inputs)
    exchange.call("Read", urn=P, id=project, properties=state, inputs=inputs)
    exchange.call("Read", urn=P, id=project)
    exchange.call("Create", urn=P, properties=inputs, preview=True)
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
        checked(exchange, P, {"name": "worse", "bgpConfig": bad})
    made(exchange, P, {"name": "worse", "bgpConfig": {**config, "md5": "weak"}})
    checked(exchange, P, {"name": "x", "organizationId": "mine", "paymentMethodId": ""})
    checked(exchange, P, {})
    made(exchange, P, {"name": ""})
    exchange.act("add_fault", kind="status", method="GET", path="/projects/{id}/bgp-config")
    exchange.call("Read", urn=P, id=project, properties=state, inputs=inputs)
    exchange.take_inventory()


def pages(exchange: Exchange) -> None:
    configure(exchange)
    for hostname in ("node-0007", "node-0024", "node-00", "node"):
        args = {"hostname": hostname, "projectId": PROJECT}
        exchange.call("Invoke", tok=t.GET_DEVICE, args=args)
    for number in range(12):
        made(exchange, P, {"name": f"project-{number}"})
    exchange.call("Invoke", tok=t.GET_PROJECT, args={"name": "project-11"})
    exchange.call("Invoke", tok=t.GET_PROJECT, args={"name": "project"})


def functions(exchange: Exchange) -> None:
    configure(exchange)
    _, block, _ = made(exchange, B, {**BLOCK, "quantity": 4, "tags": ["a"], "description": "d"})
    made(exchange, B, {"projectId": PROJECT, "quantity": 1, "type": "global_ipv4"})
    made(exchange, B, {"projectId": PROJECT, "quantity": 1, "facility": "ny5"})
    by_name = {"hostname": "worker-0", "projectId": PROJECT}
    four, public = {"addressFamily": 4, "public": False}, {"addressFamily": 6, "public": True}
    calls: list[tuple[str, Json]] = [
        (t.GET_DEVICE, by_name),
        (t.GET_DEVICE, {"deviceId": WORKER_1}),
        (t.GET_DEVICE, {**by_name, "hostname": "worker"}),
        (t.GET_DEVICE, {"hostname": "worker-0"}),
        (t.GET_DEVICE, {**by_name, "projectId": NO_SUCH_ID}),
        (t.GET_DEVICE, {**by_name, "deviceId": WORKER_0}),
        (t.GET_DEVICE, {"deviceId": NO_SUCH_ID}),
        (t.GET_DEVICE, {"deviceId": "", "hostname": ""}),
        (t.GET_DEVICE, {}),
        (t.GET_DEVICE, {"deviceId": WORKER_0, "strange": 1}),
        (t.GET_DEVICE_BGP_NEIGHBORS, {"deviceId": WORKER_0}),
        (t.GET_DEVICE_BGP_NEIGHBORS, {"deviceId": NO_SUCH_ID}),
        (t.GET_DEVICE_BGP_NEIGHBORS, {}),
        (t.GET_RESERVED_IP_BLOCK, {"id": block}),
        (t.GET_RESERVED_IP_BLOCK, {"id": NO_SUCH_ID}),
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
        (t.GET_IP_BLOCK_RANGES, {"projectId": NO_SUCH_ID}),
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
        (t.GET_PROJECT, {"projectId": NO_SUCH_ID}),
        (t.GET_PROJECT, {"name": "nobody"}),
        (t.GET_PROJECT, {"name": "a", "projectId": PROJECT}),
        (t.GET_PROJECT, {}),
    ]
    for token, args in calls:
        exchange.call("Invoke", tok=token, args=args)
    made(exchange, P, {"name": "twins"})
    exchange.call("Invoke", tok=t.GET_PROJECT, args={"name": "twins"})
    made(exchange, P, {"name": "twins"})
    exchange.call("Invoke", tok=t.GET_PROJECT, args={"name": "twins"})
