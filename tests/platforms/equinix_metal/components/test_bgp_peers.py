"""BgpPeers: what is looked up about each node, when, and what of it is kept."""

from typing import Any

import pulumi
import pytest

from lab.metal_api.enums import DeviceState, PeerKind
from lab.metal_api.mocks import MetalMocks, open_mocks
from lab.metal_api.seed import Seed, load_seed
from lab.metal_plugin.errors import PluginError
from metallb.platforms.equinix_metal.components.bgp_peers import BgpPeers
from tests.platforms.equinix_metal.components.samples import NODES, PROJECT, WORKER_0, WORKER_1
from tests.support.record import Invoke, Record, Registration
from tests.support.recording import run, run_failing, unknown_output

MD5 = "Planted1Md5Key"
BY_NAME = [{"key": "worker-0", "hostname": "worker-0"}, {"key": "worker-1", "hostname": "worker-1"}]


def _args(nodes: list[dict[str, Any]], more: dict[str, Any]) -> Any:
    return {"project_id": PROJECT, "nodes": nodes, **more}


def _run(nodes: list[dict[str, Any]] = BY_NAME, **more: Any) -> Record:
    options = {key: more.pop(key) for key in ("preview", "cloud", "previous") if key in more}

    def program() -> None:
        BgpPeers("bgp", _args(nodes, more))

    return run(program, **options)


def _nodes(record: Record) -> dict[str, Any]:
    found: dict[str, Any] = record.outputs_of(record.one("BgpPeers"))["nodes"]
    return found


def _cloud(**changes: Any) -> MetalMocks:
    """The demo cloud with one field of worker-1 changed."""
    seed = load_seed("demo")
    devices = [
        device.model_copy(update=changes if device.hostname == "worker-1" else {})
        for device in seed.devices
    ]
    return open_mocks(seed.model_copy(update={"devices": devices}))


def _with_md5(peers: PeerKind = PeerKind.TOR) -> Seed:
    document = load_seed("demo").model_dump(mode="python")
    document["project"]["bgp"]["md5"] = MD5
    for device in document["devices"]:
        device["peers"] = peers
    return Seed.model_validate(document)


def test_a_node_is_looked_up_by_its_host_name_in_the_project() -> None:
    requests = [call.args.plain for call in _run().calls_of("getDevice")]
    assert sorted(requests, key=str) == [
        {"projectId": PROJECT, "hostname": "worker-0"},
        {"projectId": PROJECT, "hostname": "worker-1"},
    ]


def test_a_node_with_a_device_id_is_not_searched_by_name() -> None:
    nodes = [{"key": "worker-1", "hostname": "worker-1", "device_id": WORKER_1}]
    requests = [call.args.plain for call in _run(nodes).calls_of("getDevice")]
    assert requests == [{"deviceId": WORKER_1}]


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_every_node_is_looked_up_exactly_once(preview: bool) -> None:
    record = _run(preview=preview, address_families=["ipv4", "ipv6"], ask_neighbors=True)
    assert len(record.calls_of("getDevice")) == len(BY_NAME), "one look-up serves everybody"


def test_look_ups_use_the_same_plugin_as_the_resources() -> None:
    record = _run(ask_neighbors=True)
    versions = {item.version for item in (*record.of("equinix-metal"), *record.invokes)}
    assert len(versions) == 1, f"the engine would start a plugin for each of {versions}"
    assert versions != {""}, "without a version the engine takes any plugin it finds"


def test_each_nodes_own_gateway_and_private_address_are_read() -> None:
    found = _nodes(_run())
    assert {key: (one["privateAddress"], one["privateGateway"]) for key, one in found.items()} == {
        "worker-0": ("10.64.43.11", "10.64.43.10"),
        "worker-1": ("10.64.54.3", "10.64.54.2"),
    }


def test_the_host_name_comes_from_the_device_where_only_its_id_is_given() -> None:
    found = _nodes(_run([{"key": WORKER_0, "device_id": WORKER_0}]))
    assert found[WORKER_0]["hostname"] == "worker-0", "it selects the Kubernetes node"


def test_ids_and_names_may_be_outputs_of_other_resources() -> None:
    def program() -> None:
        device = pulumi.Output.from_input(WORKER_1)
        BgpPeers("bgp", _args([{"key": "mine", "device_id": device}], {}))

    assert _nodes(run(program))["mine"]["privateGateway"] == "10.64.54.2"


def test_a_device_that_is_not_made_yet_is_not_looked_up() -> None:
    def program() -> None:
        node = {"key": "mine", "device_id": unknown_output()}
        BgpPeers("bgp", _args([node], {"ask_neighbors": True}))

    record = run(program, preview=True)
    assert record.calls_of("getDevice") == [], "its id is unknown in a preview"
    assert record.calls_of("getDeviceBgpNeighbors") == []
    assert record.one("BgpSession").inputs.unknown == {"deviceId"}, "its session is shown"


def test_sessions_are_opened_on_the_devices_that_were_found() -> None:
    record = _run(NODES, address_families=["ipv4", "ipv6"])
    made = {
        (item.inputs.plain["deviceId"], item.inputs.plain["addressFamily"])
        for item in record.of("equinix-metal", "BgpSession")
    }
    assert made == {(d, f) for d in (WORKER_0, WORKER_1) for f in ("ipv4", "ipv6")}


def test_sessions_of_another_owner_are_left_alone() -> None:
    record = _run(manage_sessions=False)
    assert record.of("equinix-metal") == []
    assert set(_nodes(record)) == {"worker-0", "worker-1"}, "the gateways are read all the same"


def test_an_existing_session_is_imported_by_family() -> None:
    cloud = open_mocks("demo")
    token = "equinix-metal:index/bgpSession:BgpSession"
    there, _ = cloud.new_resource(token, "x", {"deviceId": WORKER_0, "addressFamily": "ipv4"})
    nodes = [{**BY_NAME[0], "import_ids": {"ipv4": there}}]
    record = _run(nodes, cloud=cloud, address_families=["ipv4", "ipv6"])
    imports = {item.name: item.import_id for item in record.of("equinix-metal")}
    assert imports == {
        "bgp-sessions-worker-0-ipv4": there,
        "bgp-sessions-worker-0-ipv6": "",
    }


def test_neighbors_are_not_looked_up_unless_they_are_wanted() -> None:
    assert _run().calls_of("getDeviceBgpNeighbors") == []


def test_neighbors_are_looked_up_only_after_all_sessions_of_the_device_exist() -> None:
    record = _run(ask_neighbors=True, address_families=["ipv4", "ipv6"], cloud=_tor())
    for device in (WORKER_0, WORKER_1):
        own = [
            position
            for position, item in enumerate(record.journal)
            if isinstance(item, Registration) and item.inputs.plain.get("deviceId") == device
        ]
        requests = [
            position
            for position, item in enumerate(record.journal)
            if isinstance(item, Invoke)
            and item.token.endswith("getDeviceBgpNeighbors")
            and item.args.plain["deviceId"] == device
        ]
        assert len(own) == 2, "two families"
        assert len(requests) == 1, "looked up once"
        assert max(own) < requests[0], "before its session exists a device has no neighbors"
    assert len(_nodes(record)["worker-0"]["neighbors"]) == 2


def test_a_first_preview_looks_up_no_neighbors() -> None:
    record = _run(ask_neighbors=True, preview=True)
    assert record.calls_of("getDeviceBgpNeighbors") == [], "there are none before the first update"
    assert len(record.calls_of("getDevice")) == 2, "the devices themselves are known"


def test_a_later_preview_does_ask_for_neighbors() -> None:
    cloud = _tor()
    first = _run(ask_neighbors=True, cloud=cloud)
    later = _run(ask_neighbors=True, cloud=cloud, previous=first, preview=True)
    assert len(later.calls_of("getDeviceBgpNeighbors")) == 2
    assert _nodes(later) == _nodes(first), "so it can show what an update would change"


def test_neighbors_of_sessions_kept_elsewhere_are_looked_up_at_once() -> None:
    cloud = _tor()
    _run(cloud=cloud)
    record = _run(ask_neighbors=True, manage_sessions=False, preview=True, cloud=cloud)
    assert len(record.calls_of("getDeviceBgpNeighbors")) == 2


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_the_md5_key_that_the_provider_tells_is_not_kept_anywhere(preview: bool) -> None:
    cloud = open_mocks(_with_md5())
    first = _run(ask_neighbors=True, cloud=cloud)
    shown = cloud.call(
        "equinix-metal:index/getDeviceBgpNeighbors:getDeviceBgpNeighbors", {"deviceId": WORKER_0}
    )
    assert shown["bgpNeighbors"][0]["md5Password"] == MD5, "the provider tells it unasked"
    record = (
        _run(ask_neighbors=True, cloud=cloud, previous=first, preview=True) if preview else first
    )
    assert record.places_of(MD5) == [], "the provider does not mark it as a secret"
    assert all(one["md5Enabled"] for one in _nodes(record)["worker-0"]["neighbors"]), (
        "that there is a key is known"
    )


@pytest.mark.parametrize(
    ("cloud", "what"),
    [
        (lambda: _cloud(state=DeviceState.PROVISIONING), "is provisioning"),
        (lambda: _cloud(hostname="another"), "no device found"),
    ],
    ids=["inactive", "missing"],
)
def test_a_device_that_can_keep_no_session_ends_in_one_problem(cloud: Any, what: str) -> None:
    def program() -> None:
        BgpPeers("bgp", _args(BY_NAME, {}))

    record = run_failing(program, cloud=cloud())
    _is_one_problem(record, "worker-1", what)


@pytest.mark.parametrize(
    ("networks", "what"),
    [
        ([], "no private IPv4 address"),
        ([{"address": "203.0.113.9", "gateway": "203.0.113.8", "family": 4, "public": True}], "no"),
        ([{"address": "10.0.0.9", "gateway": "", "family": 4, "public": False}], "gateway"),
        ([{"address": "fd00::9", "gateway": "fd00::8", "family": 6, "public": False}], "IPv4"),
    ],
    ids=["nothing", "public-only", "no-gateway", "ipv6-only"],
)
def test_a_device_without_a_private_ipv4_gateway_ends_in_one_problem(
    networks: list[dict[str, Any]], what: str
) -> None:
    cloud = open_mocks("demo")
    answer = cloud.call

    def call(token: str, args: Any) -> Any:
        found = answer(token, args)
        return {**found, "networks": networks} if args.get("hostname") == "worker-1" else found

    cloud.call = call  # type: ignore[method-assign]

    def program() -> None:
        BgpPeers("bgp", _args(BY_NAME, {}))

    _is_one_problem(run_failing(program, cloud=cloud), "worker-1", what)


def _is_one_problem(record: Record, node: str, what: str) -> None:
    error = record.error
    assert isinstance(error, pulumi.RunError), f"a traceback would be printed: {error!r}"
    text = str(error)
    first, *_ = text.splitlines()
    assert f"device {node}" in first, "it names the node of the stack file"
    assert what in first, f"and what is wrong: {text}"
    assert "  help: " in text, "and what to do"


def test_an_additional_private_block_does_not_replace_the_devices_own_gateway() -> None:
    cloud = open_mocks("demo")
    answer = cloud.call
    extra = {
        "address": "10.99.0.1",
        "gateway": "10.99.0.0",
        "family": 4,
        "cidr": 31,
        "public": False,
    }

    def call(token: str, args: Any) -> Any:
        found = answer(token, args)
        if "networks" not in found:
            return found
        return {**found, "networks": [extra, *found["networks"]]}

    cloud.call = call  # type: ignore[method-assign]
    assert _nodes(_run(cloud=cloud))["worker-0"]["privateGateway"] == "10.64.43.10"


def _tor() -> MetalMocks:
    document = load_seed("demo").model_dump(mode="python")
    for device in document["devices"]:
        device["peers"] = PeerKind.TOR
    return open_mocks(Seed.model_validate(document))


def test_a_header_that_an_older_plugin_quotes_is_not_repeated() -> None:
    cloud = open_mocks("demo")
    text = 'net/http: invalid header field value "topSECRET\n0123" for key X-Auth-Token'

    def call(token: str, args: Any) -> Any:
        raise PluginError("getDevice", text)

    cloud.call = call  # type: ignore[method-assign]
    record = run_failing(lambda: BgpPeers("bgp", _args(BY_NAME, {})), cloud=cloud)
    assert "invalid header field value" in str(record.error)
    assert "SECRET" not in str(record.error)
