"""Secret values are planted, and looked for everywhere."""

from typing import Any

from lab.metal_api.enums import PeerKind
from lab.metal_api.seed import Seed, load_seed
from tests.platforms.equinix_metal.clouds import cloud_of
from tests.program.test_secrets import BOTH_MODES, PASSWORD, TOKEN, nothing_shows, with_secrets
from tests.support.programs import run_root, run_root_failing, sections

Sections = dict[str, Any]


def test_the_key_that_the_project_keeps_is_not_shown_by_the_program() -> None:
    def edit(found: Sections) -> None:
        found["platform"]["peerSource"] = "neighbors"
        found["bgp"]["password"] = PASSWORD

    document = load_seed("demo").model_dump(mode="python")
    document["project"]["bgp"]["md5"] = PASSWORD
    for device in document["devices"]:
        device["peers"] = PeerKind.TOR
    found = sections("demo", edit)
    record = run_root(found, cloud=cloud_of(found, Seed.model_validate(document)))
    assert len(record.calls_of("getDeviceBgpNeighbors")) == 2, "the answers hold it in clear text"
    nothing_shows(record)


@BOTH_MODES
def test_a_token_that_the_plugin_can_not_send_is_refused_before_anything_and_not_shown(
    preview: bool,
) -> None:
    options = {**with_secrets(preview), "config": {"equinix-metal:authToken": f"{TOKEN}\n"}}
    record = run_root_failing("demo", **options)
    assert record.resources == []
    assert "equinix-metal:authToken" in str(record.error)
    assert TOKEN not in str(record.error)
