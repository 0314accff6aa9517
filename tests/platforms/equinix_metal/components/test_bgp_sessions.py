"""BgpSessions: the provider's end of every session."""

from typing import Any

from lab.metal_api.mocks import MetalMocks, open_mocks
from metallb.platforms.equinix_metal.components.bgp_sessions import BgpSessions
from tests.platforms.equinix_metal.components.samples import WORKER_0, WORKER_1
from tests.support.record import Record
from tests.support.recording import run

SESSION = "equinix-metal:index/bgpSession:BgpSession"


def _session(device: str, family: str, node: str, **more: Any) -> dict[str, Any]:
    key = f"{node}-{family}"
    return {"key": key, "device_id": device, "address_family": family, **more}


FOUR = [
    _session(WORKER_0, "ipv4", "worker-0"),
    _session(WORKER_0, "ipv6", "worker-0"),
    _session(WORKER_1, "ipv4", "worker-1"),
    _session(WORKER_1, "ipv6", "worker-1"),
]


def _run(sessions: list[dict[str, Any]], cloud: MetalMocks | None = None, **more: Any) -> Record:
    return run(lambda: _make(sessions), cloud=cloud, **more)


def _make(sessions: list[dict[str, Any]]) -> None:
    BgpSessions("sessions", {"sessions": sessions})  # type: ignore[typeddict-item]


def test_there_is_one_session_a_node_and_family() -> None:
    made = _run(FOUR).of("equinix-metal")
    requests = {
        (item.inputs.plain["deviceId"], item.inputs.plain["addressFamily"]) for item in made
    }
    assert len(made) == 4
    assert requests == {(d, f) for d in (WORKER_0, WORKER_1) for f in ("ipv4", "ipv6")}


def test_no_session_has_a_default_route() -> None:
    for item in _run(FOUR).of("equinix-metal"):
        assert item.inputs.plain["defaultRoute"] is False, (
            f"{item.name}: nodes keep their own route"
        )


def test_names_come_from_node_and_family_not_from_the_order() -> None:
    forth = {item.urn: item.inputs.plain for item in _run(FOUR).of("equinix-metal")}
    back = {item.urn: item.inputs.plain for item in _run(FOUR[::-1]).of("equinix-metal")}
    assert forth == back, "moving a line of the stack file must change no session"
    assert {urn.rsplit("::", 1)[1] for urn in forth} == {
        "sessions-worker-0-ipv4",
        "sessions-worker-0-ipv6",
        "sessions-worker-1-ipv4",
        "sessions-worker-1-ipv6",
    }


def test_the_ids_of_the_sessions_are_an_output_by_key() -> None:
    record = _run(FOUR)
    ids = record.outputs_of(record.one("BgpSessions"))["session_ids"]
    assert set(ids) == {session["key"] for session in FOUR}
    assert len(set(ids.values())) == 4, "four sessions have four ids"


def test_no_sessions_at_all_make_an_empty_mapping() -> None:
    record = _run([])
    assert record.outputs_of(record.one("BgpSessions"))["session_ids"] == {}


def test_a_session_that_exists_is_imported_rather_than_opened() -> None:
    cloud = open_mocks("demo")
    there, _ = cloud.new_resource(SESSION, "x", {"deviceId": WORKER_0, "addressFamily": "ipv4"})
    before = cloud.api.calls()["POST /devices/{id}/bgp/sessions"]
    record = _run([_session(WORKER_0, "ipv4", "worker-0", import_id=there), FOUR[2]], cloud)
    assert record.one("BgpSession", "sessions-worker-0-ipv4").import_id == there
    assert record.one("BgpSession", "sessions-worker-1-ipv4").import_id == "", "no other one is"
    assert cloud.api.calls()["POST /devices/{id}/bgp/sessions"] == before + 1, "one was opened"
    assert record.outputs_of(record.one("BgpSessions"))["session_ids"]["worker-0-ipv4"] == there


def test_the_id_of_one_session_can_be_had_by_its_key() -> None:
    def program() -> dict[str, Any]:
        sessions = BgpSessions("sessions", {"sessions": FOUR})  # type: ignore[typeddict-item]
        return {"own": sessions.session_id("worker-1-ipv6")}

    record = run(program)
    ids = record.outputs_of(record.one("BgpSessions"))["session_ids"]
    assert record.exports["own"] == ids["worker-1-ipv6"]


def test_sessions_are_not_protected_because_they_can_be_opened_again() -> None:
    assert not any(item.protect for item in _run(FOUR).of("equinix-metal"))
