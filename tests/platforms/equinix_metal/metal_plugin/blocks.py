"""The life of a reserved block, and the inputs, states and refreshes that it may have."""

from lab.metal_plugin import tokens as t
from lab.metal_plugin.schema import UNKNOWN
from tests.platforms.equinix_metal.metal_api.facts import NO_SUCH_ID, PROJECT
from tests.platforms.equinix_metal.metal_plugin.client import Json
from tests.platforms.equinix_metal.metal_plugin.common import (
    BLOCK,
    IPS,
    B,
    checked,
    configure,
    made,
)
from tests.platforms.equinix_metal.metal_plugin.exchanges import Exchange


def block_life(exchange: Exchange) -> None:
    configure(exchange)
    news = {**BLOCK, "metro": "NY", "tags": ["zeta", "alpha", "m", "10"], "description": "web"}
    inputs = checked(exchange, B, news)
    exchange.call("Create", urn=B, properties=inputs, preview=True)
    block = exchange.call("Create", urn=B, properties=inputs)
    state = block["properties"]
    exchange.call("Diff", urn=B, id=block["id"], olds=state, news=inputs)
    exchange.call("Read", urn=B, id=block["id"], properties=state, inputs=inputs)
    exchange.call("Read", urn=B, id=block["id"])
    checked(exchange, B, news, inputs)
    checked(exchange, B, {**news, "quantity": 2}, inputs)
    exchange.call("Update", urn=B, id=block["id"], olds=state, news=inputs)
    exchange.call("Delete", urn=B, id=block["id"], properties=state)
    exchange.take_inventory()
    exchange.call("Delete", urn=B, id=block["id"], properties=state)
    exchange.call("Read", urn=B, id=block["id"], properties=state, inputs=inputs)
    exchange.call("Read", urn=B, id=block["id"])


def block_kinds(exchange: Exchange) -> None:
    configure(exchange)
    kinds: list[Json] = [
        {"projectId": PROJECT, "quantity": 2, "type": "global_ipv4"},
        {"projectId": PROJECT, "quantity": 4, "facility": "ny5"},
        {"projectId": PROJECT, "quantity": 8, "facility": "NY5", "tags": []},
        {**BLOCK, "quantity": 3},
        {**BLOCK, "quantity": 512},
        {**BLOCK, "quantity": 0},
        {**BLOCK, "metro": "zz"},
        {**BLOCK, "projectId": NO_SUCH_ID},
        {**BLOCK, "tags": ["twice", "once", "twice"]},
        {**BLOCK, "description": ""},
        {"projectId": PROJECT, "quantity": 1},
        {"projectId": PROJECT, "quantity": 1, "metro": ""},
        {**BLOCK, "type": "global_ipv4"},
    ]
    for news in kinds:
        inputs, block, state = made(exchange, B, news)
        if block:
            exchange.call("Diff", urn=B, id=block, olds=state, news=inputs)
            exchange.call("Read", urn=B, id=block, properties=state, inputs=inputs)
            exchange.call("Read", urn=B, id=block)
    exchange.take_inventory()


def block_checks(exchange: Exchange) -> None:
    configure(exchange)
    wrong: list[Json] = [
        {},
        {"quantity": 1},
        {**BLOCK, "facility": "ny5"},
        {**BLOCK, "facility": UNKNOWN},
        {**BLOCK, "quantity": "two"},
        {**BLOCK, "quantity": "2"},
        {**BLOCK, "quantity": 1.5},
        {**BLOCK, "type": "private_ipv4"},
        {**BLOCK, "type": ""},
        {**BLOCK, "unheardOf": 1},
        {**BLOCK, "tags": "one"},
        {**BLOCK, "tags": ["one", 2, True]},
        {**BLOCK, "description": None, "facility": None},
        {**BLOCK, "description": 7},
        {"projectId": UNKNOWN, "quantity": UNKNOWN, "metro": UNKNOWN, "tags": UNKNOWN},
        {**BLOCK, "tags": ["a", UNKNOWN]},
    ]
    for news in wrong:
        checked(exchange, B, news)
    known = {**BLOCK, "type": "global_ipv4", "__defaults": ["type"]}
    checked(exchange, B, BLOCK, known)
    checked(exchange, B, BLOCK, {**known, "__defaults": []})
    checked(exchange, B, BLOCK, {key: value for key, value in known.items() if key != "__defaults"})


def block_previews(exchange: Exchange) -> None:
    configure(exchange)
    for news in (
        BLOCK,
        {"projectId": UNKNOWN, "quantity": 2, "metro": UNKNOWN, "tags": UNKNOWN},
        {**BLOCK, "tags": ["b", UNKNOWN, "a"], "description": UNKNOWN},
        {**BLOCK, "quantity": UNKNOWN},
        {"projectId": PROJECT, "quantity": 1, "type": "global_ipv4", "tags": []},
    ):
        inputs = checked(exchange, B, news)
        exchange.call("Create", urn=B, properties=inputs, preview=True)


def block_differences(exchange: Exchange) -> None:
    configure(exchange)
    news = {**BLOCK, "tags": ["b", "a", "c"], "description": "web"}
    inputs, block, state = made(exchange, B, news)
    changes: list[Json] = [
        {"quantity": 2},
        {"quantity": UNKNOWN},
        {"metro": "NY"},
        {"metro": "da"},
        {"metro": "DA"},
        {"metro": None},
        {"metro": None, "facility": "ny5"},
        {"metro": UNKNOWN},
        {"facility": "ny5"},
        {"type": "global_ipv4", "metro": None},
        {"projectId": NO_SUCH_ID},
        {"projectId": UNKNOWN},
        {"description": "other"},
        {"description": None},
        {"description": ""},
        {"tags": ["a", "b", "c"]},
        {"tags": ["a", "b"]},
        {"tags": ["x", "y", "z"]},
        {"tags": ["a", "b", "c", "d", "e"]},
        {"tags": ["a", "a", "x", "x"]},
        {"tags": []},
        {"tags": None},
        {"tags": UNKNOWN},
        {"tags": ["a", UNKNOWN]},
        {"tags": None, "description": None, "quantity": 4},
        {"type": None},
    ]
    for change in changes:
        new = {key: value for key, value in {**inputs, **change}.items() if value is not None}
        exchange.call("Diff", urn=B, id=block, olds=state, news=new)
        exchange.call("Diff", urn=B, id=block, olds=state, news=new, ignoreChanges=[*change])
        exchange.call("Diff", urn=B, id=block, olds=state, news=new, ignoreChanges=["description"])


def block_differences_of_bare_states(exchange: Exchange) -> None:
    configure(exchange)
    states: list[Json] = [
        {},
        {"metro": "ny", "facility": "ny5"},
        {"facility": "ny5"},
        {"quantity": 0, "cidrNotation": "/0"},
        {"tags": None},
        {"tags": []},
        {"description": ""},
        {"type": "private_ipv4"},
    ]
    news: list[Json] = [
        {},
        {"facility": "ny5", "metro": None},
        {"facility": UNKNOWN, "metro": None},
        {"facility": "da11"},
        {"tags": ["a"], "description": "d"},
        {"tags": UNKNOWN, "description": UNKNOWN},
    ]
    bare = {**BLOCK, "type": "public_ipv4"}
    for state in states:
        olds = {key: value for key, value in {**bare, **state}.items() if value is not None}
        if "facility" in state and "metro" not in state:
            del olds["metro"]
        for one in news:
            new = {key: value for key, value in {**bare, **one}.items() if value is not None}
            exchange.call("Diff", urn=B, id="1", olds=olds, news=new)


def block_refreshes(exchange: Exchange) -> None:
    configure(exchange)
    inputs, block, state = made(exchange, B, {**BLOCK, "tags": ["b", "a"], "description": "web"})
    olds: list[tuple[Json, Json]] = [
        ({}, {}),
        ({"description": "other"}, {"description": "other"}),
        ({"tags": ["x", "y", "z"]}, {"tags": ["x", "y", "z"]}),
        ({"tags": ["x"]}, {"tags": ["x"]}),
        ({"metro": "da"}, {"metro": "DA"}),
        ({"metro": "ny"}, {"metro": "NY"}),
        ({"facility": "ny5"}, {"facility": "ny5"}),
        ({"type": "global_ipv4"}, {"type": "global_ipv4"}),
        ({"quantity": 7}, {"quantity": 7, "__defaults": ["type", "quantity"]}),
        ({"strange": 1}, {"strange": 1}),
        ({}, {"__defaults": None}),
    ]
    for of_state, of_inputs in olds:
        exchange.call(
            "Read",
            urn=B,
            id=block,
            properties={**state, **of_state},
            inputs={**inputs, **of_inputs},
        )
    exchange.call("Read", urn=B, id=block, properties=state)
    bare, other, left = made(exchange, B, BLOCK)
    exchange.call("Read", urn=B, id=other, properties={**left, "description": "kept"}, inputs=bare)
    for private in exchange.cloud.inventory()["blocks"]:
        if private["type"] in ("private_ipv4", "public_ipv6"):
            exchange.call("Read", urn=B, id=private["id"])
    exchange.act("remove_block", block=block)
    exchange.call("Read", urn=B, id=block, properties=state, inputs=inputs)
    exchange.call("Read", urn=B, id=block)
    exchange.call("Read", urn=B, id="")


def block_pending(exchange: Exchange) -> None:
    configure(exchange)
    exchange.act("add_fault", kind="pending", method="POST", path=IPS)
    inputs, block, state = made(exchange, B, {**BLOCK, "quantity": 4})
    exchange.call("Diff", urn=B, id=block, olds=state, news=inputs)
    exchange.call("Read", urn=B, id=block, properties=state, inputs=inputs)
    exchange.call("Invoke", tok=t.GET_RESERVED_IP_BLOCK, args={"id": block})
    place = {"projectId": PROJECT, "ipAddress": "147.75.40.46"}
    exchange.call("Invoke", tok=t.GET_RESERVED_IP_BLOCK, args=place)
    exchange.call("Invoke", tok=t.GET_IP_BLOCK_RANGES, args={"projectId": PROJECT})
    exchange.act("approve_block", block=block)
    refreshed = exchange.call("Read", urn=B, id=block, properties=state, inputs=inputs)
    exchange.call("Diff", urn=B, id=block, olds=refreshed["properties"], news=inputs)
    exchange.call("Delete", urn=B, id=block, properties=state)
