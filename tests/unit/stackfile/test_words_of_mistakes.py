"""A problem speaks of the stack file, and not of this program's insides."""

from typing import Any

import pytest

from metallb.preflight import check_stack
from metallb.problems.problem import spelled
from tests.support.problems import one_problem_of, places, words
from tests.unit.preflight.build import rack, racks
from tests.unit.stacks import stack, static

FILL = "write its keys below it"
NAMES = "write `key: value` lines below it"
LIST = "write the entries below the key"
NUMBER = "write a whole number"


@pytest.mark.parametrize(
    ("sections", "code", "place", "summary", "help"),
    [
        (static(bgp=None), "E104", "bgp", "bgp has no value", f"remove the key, or {FILL}"),
        (
            static(install={"monitoring": None}),
            "E104",
            "install.monitoring",
            "monitoring has no value",
            f"remove the key, or {FILL}",
        ),
        (
            static(bgp={"peerPort": None}),
            "E104",
            "bgp.peerPort",
            "peerPort has no value",
            f"remove the key, or {NUMBER}",
        ),
        (
            {"addressPools": static()["addressPools"]},
            "E103",
            "platform",
            "section metallb:platform is missing",
            "write metallb:platform: below config:",
        ),
        (static(platform=None), "E104", "platform", "platform has no value", FILL),
        (
            static(addressPools=[]),
            "E104",
            "addressPools",
            "addressPools is a list, not a mapping",
            "write a name and a colon",
        ),
        (static(**racks()), "E105", "platform.racks", "the list has no entry", "add at least one"),
        (
            static(platform={"racks": [rack("a", "a1")]}),
            "E103",
            "platform.kind",
            "kind is missing",
            "write `kind: static` for racks",
        ),
        (
            static(bgp={"sourceAddress": "perhaps"}),
            "E104",
            "bgp.sourceAddress",
            "'perhaps'",
            "write true or false",
        ),
        (
            static(bgp={"peerPort": 99999}),
            "E105",
            "bgp.peerPort",
            "99999",
            "a number of at most 16384",
        ),
    ],
)
def test_a_wrong_form_is_described_in_words_of_the_file(
    sections: dict[str, Any], code: str, place: str, summary: str, help: str
) -> None:
    found = one_problem_of(sections)
    assert places([found]) == [(code, f"metallb:{place}")]
    assert summary in found.summary
    assert help in found.help
    assert found.help.startswith("remove the key") == help.startswith("remove the key")
    assert "Input should" not in words(found)


@pytest.mark.parametrize(
    ("section", "where", "release"),
    [
        (
            {
                "addressPools": {
                    "public": {"addresses": ["203.0.113.0/28"], "serviceAllocation": {}}
                }
            },
            "metallb:addressPools.public.serviceAllocation",
            "0.13.8",
        ),
        (
            {"bgp": {"gracefulRestart": True}},
            "metallb:bgp.gracefulRestart",
            "0.14.6",
        ),
        (
            {"addressPools": {"public": {"addresses": ["203.0.113.0/28"], "avoidBuggyIps": True}}},
            "metallb:addressPools.public.avoidBuggyIps",
            "0.13.4",
        ),
    ],
)
def test_a_field_of_a_later_release_is_called_as_the_file_does(
    section: dict[str, Any], where: str, release: str
) -> None:
    install = {"source": "existing", "bgpMode": "frr", "version": "0.13.3"}
    found = check_stack(stack(static(install=install, **section)))
    (problem,) = (each for each in found if each.code == "V1")
    assert spelled(problem.location) == where
    assert where.rpartition(".")[2] in problem.summary
    assert release in words(problem)
    assert "0.13.3" in words(problem)


def test_a_pool_that_0_12_announces_to_every_peer_is_not_called_out_of_reach() -> None:
    pools = {"public": {"addresses": ["203.0.113.0/28"], "advertisements": {}}}
    for version, rule in (("0.12.1", "V3"), ("0.16.2", "B10")):
        found = check_stack(stack(static(install={"version": version}, addressPools=pools)))
        assert {each.code for each in found} & {"V3", "B10"} == {rule}
