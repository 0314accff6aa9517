"""What the engine's events tell of this platform's resources."""

import pytest

from tests.unit.runner.test_events import PEER_TYPE, log_of, step

BLOCK = "equinix-metal:index/reservedIpBlock:ReservedIpBlock"
BLOCK_URN = f"urn:pulumi:demo::metallb::{BLOCK}::elastic-ip-web-block"


@pytest.mark.parametrize(
    ("op", "kind_of", "more", "noted"),
    [
        ("delete", BLOCK, {}, ["b1"]),
        ("delete-replaced", BLOCK, {}, ["b1"]),
        ("delete", BLOCK, {"retainOnDelete": True}, []),
        ("update", BLOCK, {}, []),
        ("delete", PEER_TYPE, {}, []),
    ],
)
def test_what_the_provider_was_to_delete_is_noted_once(op, kind_of, more, noted):
    old = {"type": kind_of, "urn": BLOCK_URN, "id": "b1", **more}
    event = step("resOutputsEvent", op=op, kind_of=kind_of, urn=BLOCK_URN, old=old)
    assert [item.id for item in log_of(event, event).deleted] == noted
