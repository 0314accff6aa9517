"""Secret values are planted, and looked for everywhere."""

from typing import Any

import pytest

from lab.metal_api.enums import PeerKind
from lab.metal_api.seed import Seed, load_seed
from tests.support.programs import cloud_of, run_root, run_root_failing, sections
from tests.support.record import Record

Sections = dict[str, Any]
PASSWORD = "Planted1Password"
ROUTER_PASSWORD = "planted-password-of-one-router"
MEMBERLIST = "planted-memberlist-key-of-more-than-32-characters"
TOKEN = "planted-api-token"
ALL = (PASSWORD, ROUTER_PASSWORD, MEMBERLIST, TOKEN)
STACKS = pytest.mark.parametrize("stack", ["demo", "seed", "packet", "onprem"])
BOTH_MODES = pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])


def _plant(found: Sections) -> None:
    found["bgp"]["password"] = PASSWORD
    found["install"]["memberlistSecret"] = MEMBERLIST
    for rack in found["platform"].get("racks", ()):
        rack["routers"][0]["password"] = ROUTER_PASSWORD


def _options(preview: bool) -> dict[str, Any]:
    return {
        "preview": preview,
        "config": {"equinix-metal:authToken": TOKEN},
        "secret_keys": [
            "metallb:bgp",
            "metallb:install",
            "metallb:platform",
            "equinix-metal:authToken",
        ],
    }


def _nothing_shows(record: Record) -> None:
    for value in ALL:
        assert record.places_of(value) == [], f"{value} can be read"


def _holders(record: Record, value: str) -> set[str]:
    return {item.kind for item in record.resources if value in str(item.inputs.plain)}


@STACKS
@BOTH_MODES
def test_no_secret_can_be_read_in_requests_outputs_or_logs(stack: str, preview: bool) -> None:
    record = run_root(stack, _plant, **_options(preview))
    _nothing_shows(record)
    where = {"ConfigMap"} if stack == "seed" else {"Secret"}
    if not (preview and stack == "seed"):
        assert _holders(record, PASSWORD) == where, "MetalLB itself has to read it there"
    assert _holders(record, MEMBERLIST) == {"Secret"}
    assert _holders(record, TOKEN) == set(), "the provider takes its token from the config"


@BOTH_MODES
def test_secrets_that_are_not_marked_in_the_config_are_kept_all_the_same(preview: bool) -> None:
    record = run_root("onprem", _plant, preview=preview)
    _nothing_shows(record)
    assert _holders(record, ROUTER_PASSWORD) == {"Secret"}, "the Secret of its router alone"


def _near_misses(found: Sections) -> None:
    """Mistakes right beside the secrets, and secrets under mistyped keys."""
    _plant(found)
    found["bgp"]["pasword"] = PASSWORD
    found["install"]["memberlistsecret"] = MEMBERLIST
    found["bgp"]["holdTime"] = 3
    for rack in found["platform"].get("racks", ()):
        rack["routers"][0]["passwd"] = ROUTER_PASSWORD


@STACKS
def test_an_error_about_a_neighbouring_key_shows_no_secret(stack: str) -> None:
    _nothing_shows(run_root_failing(stack, _near_misses, **_options(preview=False)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("install", "memberlistSecret"), "planted-but-short"),
        (("bgp", "password"), "planted/key+of another form"),
        (("bgp", "password"), ["planted-in-a-list"]),
        (("bgp", "password"), {"planted": "in-a-mapping"}),
    ],
    ids=["too-short", "wrong-form", "list", "mapping"],
)
def test_an_error_about_a_secret_does_not_show_it(path: tuple[str, str], value: Any) -> None:
    def edit(found: Sections) -> None:
        found[path[0]][path[1]] = value

    record = run_root_failing("demo", edit)
    assert record.places_of("planted") == [], f"{record.error}"
    assert f"metallb:{'.'.join(path)}" in str(record.error), "but it names the key"


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
    _nothing_shows(record)


@BOTH_MODES
def test_a_token_that_the_plugin_can_not_send_is_refused_before_anything_and_not_shown(
    preview: bool,
) -> None:
    options = {**_options(preview), "config": {"equinix-metal:authToken": f"{TOKEN}\n"}}
    record = run_root_failing("demo", **options)
    assert record.resources == []
    assert "equinix-metal:authToken" in str(record.error)
    assert TOKEN not in str(record.error)
