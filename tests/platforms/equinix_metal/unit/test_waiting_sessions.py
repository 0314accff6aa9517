"""Sessions that wait in the state for their deletion, and those that no state has."""

from typing import Any

import pytest

from metallb.platforms.equinix_metal.names import SESSION_TYPE
from metallb.platforms.equinix_metal.recovery.sessions import (
    kept_sessions,
    plan_sessions,
    strange_sessions,
)
from metallb.platforms.equinix_metal.recovery.state import waiting_sessions
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.repair.state import with_kept

A = "00000000-0000-4000-8000-00000000000a"
B = "00000000-0000-4000-8000-00000000000b"
WAITS = "00000000-0000-4000-8000-000000000001"
HELD = "00000000-0000-4000-8000-000000000002"
NAME = "bgp-sessions-worker-0-ipv4"
URN = f"urn:pulumi:prod::metallb::{SESSION_TYPE}::{NAME}"


def platform(**node: Any) -> EquinixMetalPlatform:
    return EquinixMetalPlatform.model_validate(
        {"kind": "equinix-metal", "projectId": A, "metro": "ny", "nodes": [node]}
    )


def session(session_id: str, device: str, hostname: str) -> dict[str, Any]:
    own = {"id": device, "hostname": hostname}
    return {"id": session_id, "address_family": "ipv4", "device": own}


def entry(session_id: str, **more: Any) -> dict[str, Any]:
    return {"urn": URN, "type": SESSION_TYPE, "id": session_id, "parent": "p", **more}


THERE = [session(WAITS, A, "worker-0"), session(HELD, B, "worker-1")]
BOTH = {"resources": [{"urn": "p"}, entry(HELD), entry(WAITS, delete=True)]}


@pytest.mark.parametrize(
    ("node", "there", "kept"),
    [
        ({"hostname": "worker-0", "deviceId": A}, THERE, [WAITS]),
        ({"hostname": "worker-0"}, THERE, [WAITS]),
        # The replacement stands: the next update brings it to its end.
        ({"hostname": "worker-0", "deviceId": B}, THERE, []),
        # Another node's session is not brought back under this one's name.
        ({"hostname": "worker-9", "deviceId": A}, THERE, []),
        # The provider has closed it meanwhile.
        ({"hostname": "worker-0", "deviceId": A}, THERE[1:], []),
        # A device in whose place another one of its name came: what serves now is that one's.
        (
            {"hostname": "worker-0"},
            [session(WAITS, A, "worker-0"), session(HELD, B, "worker-0")],
            [],
        ),
    ],
)
def test_a_session_is_kept_where_the_stack_file_names_its_device_again(
    node: dict[str, Any], there: list[dict[str, Any]], kept: list[str]
) -> None:
    waiting = waiting_sessions(BOTH)
    assert waiting == {WAITS: NAME}
    assert kept_sessions(platform(**node), waiting, {NAME: HELD}, there) == kept


def test_what_took_the_place_of_a_kept_session_waits_in_its_stead() -> None:
    assert with_kept(BOTH, WAITS)["resources"] == [
        {"urn": "p"},
        entry(WAITS),
        entry(HELD, delete=True),
    ]
    alone = {"resources": [{"urn": "p"}, entry(WAITS, delete=True)]}
    assert with_kept(alone, WAITS)["resources"] == [{"urn": "p"}, entry(WAITS)]


@pytest.mark.parametrize(
    ("waits_as", "help"),
    [(NAME, "metallb recover STACK"), ("bgp-sessions-worker-9-ipv4", "remove this node")],
)
@pytest.mark.parametrize("line", [{}, {"bgpSessions": {"ipv4": WAITS}}])
def test_a_session_that_is_about_to_be_closed_is_not_offered_and_not_taken(
    line: dict[str, Any], waits_as: str, help: str
) -> None:
    found = platform(hostname="worker-0", deviceId=A, **line)
    plan = plan_sessions(found, {}, THERE, {WAITS: waits_as})
    (problem,) = plan.problems
    assert plan.imports == {}
    assert problem.code == "E502"
    assert help in problem.help
    assert "bgpSessions" not in problem.help


def test_a_stale_line_does_not_lead_to_a_session_that_is_about_to_be_closed() -> None:
    found = platform(hostname="worker-0", deviceId=A, bgpSessions={"ipv4": B})
    (problem,) = plan_sessions(found, {}, THERE, {WAITS: NAME}).problems
    assert problem.code == "E302"
    assert problem.help.startswith("remove metallb:platform.nodes[0].bgpSessions.ipv4")


@pytest.mark.parametrize(
    ("node", "known", "strange"),
    [
        ({"hostname": "worker-0"}, [], {HELD: "worker-1"}),
        ({"deviceId": B}, [], {WAITS: "worker-0"}),
        ({"hostname": "worker-0"}, [HELD], {}),
        ({"hostname": "worker-9"}, [WAITS, HELD], {}),
    ],
)
def test_a_session_is_strange_where_neither_state_nor_stack_file_has_it(
    node: dict[str, Any], known: list[str], strange: dict[str, str]
) -> None:
    assert strange_sessions(platform(**node), known, THERE) == strange


def test_a_session_of_a_family_that_has_left_the_stack_file_is_strange() -> None:
    six = {**session(HELD, A, "worker-0"), "address_family": "ipv6"}
    found = strange_sessions(platform(hostname="worker-0"), [WAITS], [THERE[0], six])
    assert found == {HELD: "worker-0"}
