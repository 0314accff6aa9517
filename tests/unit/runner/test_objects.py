"""What a run does to sessions, from the engine's events."""

import pytest
from pulumi.automation.events import EngineEvent

from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.routing.custom_resources import manifests
from metallb.runner.events import EventLog
from metallb.runner.markdown import markdown
from metallb.runner.report import RunReport
from metallb.runner.text import text
from tests.unit.forecast.sites import configured, rack, racks

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
JOINED = racks(rack("a", "a1", "a2", "a3"), rack("b", "b1", "b2", network=2))
KEYED = {"bgp": {"password": "one"}}


def objects(**sections):
    found = manifests(routing_config(configured(**sections), PlatformFacts()), "metallb-system")
    return {(each["kind"], each["metadata"]["name"]): each for each in found}


def report(before, after, command="preview"):
    """A run from the one state to the other."""
    log = EventLog()
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        op = "create" if old is None else "delete" if new is None else "update"
        metadata = {
            "op": "same" if old == new else op,
            "urn": f"urn:pulumi:demo::metallb::kubernetes:x:{key[0]}::{key[1]}",
            "type": f"kubernetes:x:{key[0]}",
        }
        for side, inputs in (("old", old), ("new", new)):
            if inputs is not None:
                metadata[side] = {"type": "t", "urn": "u", "inputs": inputs, "outputs": {}}
        log.hear(EngineEvent.from_json({"resourcePreEvent": {"metadata": metadata}}))
    return RunReport(command=command, stack="demo", impact=log.objects.impact(configured()))


def test_a_node_that_joins_by_name_is_a_redial_of_its_rack():
    found = report(objects(), objects(**JOINED))
    assert found.impact.redials == 4
    assert {group.router for group in found.impact.redialled} == {"a-tor-1", "a-tor-2"}
    assert found.impact.unreachable


def test_a_preview_shows_all_of_it_and_an_update_the_one_line():
    both = objects(), objects(**JOINED)
    whole = text(report(*both))
    assert "a-tor-1 of a1, a2: nodeSelectors of BGPPeer a-tor-1" in whole
    assert "no route meanwhile" in whole
    short = text(report(*both, command="up"))
    assert "sessions that redial: 4, each for at most 17 s" in short
    assert "a-tor-1" not in short
    comment = markdown(report(*both))
    assert "**sessions that redial: 4, each for at most 17 s**" in comment
    assert "| `a-tor-1` | `a1, a2` | `a-tor-1` | `nodeSelectors` | 17 s |" in comment


def test_nothing_that_changes_is_no_redial():
    found = report(objects(), objects())
    assert (found.impact.redials, found.impact.nothing) == (0, True)
    assert "sessions that redial: 0" in text(found)


def test_a_pool_that_is_chosen_by_its_label_is_announced_before_and_after():
    def pools(tier):
        gold = {"ipAddressPoolSelectors": [{"matchLabels": {"tier": "gold"}}]}
        return {
            "addressPools": {
                "one": {"addresses": ["203.0.113.0/28"], "advertisements": {"default": gold}},
                "other": {
                    "addresses": ["198.51.100.0/28"],
                    "labels": {"tier": tier},
                    "advertisements": {},
                },
            }
        }

    assert report(objects(**pools("gold")), objects(**pools("gold"))).impact.nothing
    found = report(objects(**pools("gold")), objects(**pools("silver"))).impact
    assert {(each.pools, each.after) for each in found.narrowed} == {(("other",), 0)}
    assert found.addresses == ("198.51.100.0/28",)


def test_routes_that_move_flows_are_the_one_line_of_an_update():
    pool = {"addresses": ["203.0.113.0/28"], "advertisements": {"default": {"peers": ["a-tor-1"]}}}
    found = report(objects(), objects(addressPools={"public": pool}), command="up")
    assert "sessions that redial: 0; routes that change: at most 100% of the flows move" in text(
        found
    )


def test_a_first_update_has_no_sessions_to_reset():
    found = report({}, objects())
    assert found.impact is None
    assert "redial" not in text(found)


def test_another_key_is_a_redial_though_the_engine_shows_none():
    before, after = objects(**KEYED), objects(bgp={"password": "two"})
    for side in (before, after):
        for each in side.values():
            if each["kind"] == "Secret":
                each["stringData"] = {"password": "[secret]"}
    same = report(before, after)
    assert same.impact.redials == 0
    after["Secret", "bgp-password"]["metadata"]["labels"] = {"changed": "yes"}
    assert report(before, after).impact.redials == 8


@pytest.mark.parametrize("value", [UNKNOWN, {"a": [UNKNOWN]}], ids=["whole", "inside"])
def test_what_only_the_update_tells_is_not_predicted(value):
    after = objects()
    after["BGPPeer", "a-tor-1"] = {**after["BGPPeer", "a-tor-1"], "spec": value}
    assert report(objects(), after).impact is None
