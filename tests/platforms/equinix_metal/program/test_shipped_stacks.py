"""The root program with the shipped stacks of this platform."""

import pytest

from tests.program.test_shipped_stacks import BOTH_MODES, run_of

ON_METAL = pytest.mark.parametrize("stack", ["demo", "seed", "packet"])


@ON_METAL
@BOTH_MODES
def test_the_template_warns_of_its_placeholder_alone(stack: str, preview: bool) -> None:
    found = run_of(stack, preview).warnings
    assert len(found) == (1 if stack == "packet" else 0)
    assert all("warning[M30]: " in each for each in found)


@pytest.mark.parametrize("stack", ["demo", "seed"])
def test_each_worker_peers_with_its_own_private_gateway(stack: str) -> None:
    exports = run_of(stack).exports
    assert exports["peers"] == [
        {"name": "worker-0", "address": "10.64.43.10", "nodes": ["worker-0"]},
        {"name": "worker-1", "address": "10.64.54.2", "nodes": ["worker-1"]},
    ]
    assert exports["addresses"] == {"default": ["147.75.40.46/32"]}


@ON_METAL
def test_addresses_are_public_and_only_those_of_the_emulation_are_unprotected(stack: str) -> None:
    block = run_of(stack).one("ReservedIpBlock")
    assert block.inputs.plain["type"] == "public_ipv4"
    kept = stack == "packet"
    assert (bool(block.protect), bool(block.retain_on_delete)) == (kept, kept)


@ON_METAL
@BOTH_MODES
def test_the_program_reads_reservations_and_sessions_only(stack: str, preview: bool) -> None:
    record = run_of(stack, preview)
    kinds = {item.kind for item in record.of("equinix-metal")}
    assert kinds <= {"ReservedIpBlock", "BgpSession"}, "never an attachment, never a device"
    assert {call.token.rsplit(":", 1)[1] for call in record.invokes} == {"getDevice"}


@ON_METAL
def test_every_resource_hangs_below_a_component_or_is_the_provider(stack: str) -> None:
    record = run_of(stack)
    top = {item.name for item in record.resources if len(record.parents(item)) == 1}
    assert top == {"kubernetes", "metallb", "routing", "bgp", "elastic-ip-default"}


@ON_METAL
def test_no_object_depends_on_every_session(stack: str) -> None:
    record = run_of(stack)
    sessions = {item.urn for item in record.of("equinix-metal", "BgpSession")}
    for item in record.kube():
        if item.kind not in ("BGPPeer", "ConfigMap"):
            assert not item.dependencies & sessions, "that grows with the square of the cluster"
