"""Secret values are planted, and looked for everywhere."""

from typing import Any

import pytest

from tests.platforms import parts
from tests.support.programs import SHIPPED, run_root, run_root_failing, sections
from tests.support.record import Record

Sections = dict[str, Any]
PASSWORD = "Planted1Password"
ROUTER_PASSWORD = "planted-password-of-one-router"
MEMBERLIST = "planted-memberlist-key-of-more-than-32-characters"
TOKEN = "planted-api-token"
ALL = (PASSWORD, ROUTER_PASSWORD, MEMBERLIST, TOKEN)
STACKS = pytest.mark.parametrize("stack", SHIPPED)
BOTH_MODES = pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])


def _plant(found: Sections) -> None:
    found["bgp"]["password"] = PASSWORD
    found["install"]["memberlistSecret"] = MEMBERLIST
    for rack in found["platform"].get("racks", ()):
        rack["routers"][0]["password"] = ROUTER_PASSWORD


def with_secrets(preview: bool) -> dict[str, Any]:
    """Options of a run, with a token for each provider."""
    tokens = [part.token for part in parts() if part.token]
    return {
        "preview": preview,
        "config": dict.fromkeys(tokens, TOKEN),
        "secret_keys": ["metallb:bgp", "metallb:install", "metallb:platform", *tokens],
    }


def nothing_shows(record: Record) -> None:
    for value in ALL:
        assert record.places_of(value) == [], f"{value} can be read"


def _holders(record: Record, value: str) -> set[str]:
    return {item.kind for item in record.resources if value in str(item.inputs.plain)}


@STACKS
@BOTH_MODES
def test_no_secret_can_be_read_in_requests_outputs_or_logs(stack: str, preview: bool) -> None:
    record = run_root(stack, _plant, **with_secrets(preview))
    nothing_shows(record)
    old = sections(stack)["install"]["version"].startswith("0.12")
    where = {"ConfigMap"} if old else {"Secret"}
    if not (preview and old):
        assert _holders(record, PASSWORD) == where, "MetalLB itself has to read it there"
    assert _holders(record, MEMBERLIST) == {"Secret"}
    assert _holders(record, TOKEN) == set(), "the provider takes its token from the config"


@BOTH_MODES
def test_secrets_that_are_not_marked_in_the_config_are_kept_all_the_same(preview: bool) -> None:
    record = run_root("onprem", _plant, preview=preview)
    nothing_shows(record)
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
    nothing_shows(run_root_failing(stack, _near_misses, **with_secrets(preview=False)))


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

    record = run_root_failing("onprem", edit)
    assert record.places_of("planted") == [], f"{record.error}"
    assert f"metallb:{'.'.join(path)}" in str(record.error), "but it names the key"
