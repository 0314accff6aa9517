"""What is told about a wrong value speaks of the stack file, and not of this program's insides."""

from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.config import stack_config
from metallb.errors import ConfigError
from metallb.preflight import check_stack
from tests.unit.preflight.build import metal_platform, rack, racks
from tests.unit.stacks import metal, stack, static

FILL = "write `key: value` lines indented below it"
LIST = "write a list, one `- item` a line"


def told(sections: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        stack_config(sections, source="x")
    (line,) = str(caught.value).splitlines()
    return line.removeprefix("x: metallb:")


@pytest.mark.parametrize(
    ("sections", "line"),
    [
        (metal(bgp=None), f"bgp: is a mapping; seen: null; remedy: remove it, or {FILL}"),
        (
            metal(install={"monitoring": None}),
            f"install.monitoring: is a mapping; seen: null; remedy: remove it, or {FILL}",
        ),
        (
            metal(**metal_platform(elasticIps=None), addressPools={"a": {"addresses": []}}),
            f"platform.elasticIps: is a mapping; seen: null; remedy: remove it, or {FILL}",
        ),
        (
            metal(bgp={"peerPort": None}),
            "bgp.peerPort: is a whole number; seen: null; remedy: remove it, or write a whole "
            "number without quotes",
        ),
        # What is required is not to be removed.
        (metal(platform=None), f"platform: is a mapping; seen: null; remedy: {FILL}"),
        (
            metal(addressPools=[]),
            f"addressPools: is a mapping; seen: an empty list; remedy: {FILL}",
        ),
        (
            metal(**metal_platform(nodes=None)),
            f"platform.nodes: is a list; seen: null; remedy: {LIST}",
        ),
        (
            static(**racks()),
            "platform.racks: has at least one entry; seen: an empty list; remedy: add at least one",
        ),
        (
            static(platform={"racks": [rack("a", "a1")]}),
            "platform.kind: kind is one of equinix-metal, static; seen: nothing; remedy: use one "
            "of them",
        ),
        (
            metal(bgp={"sourceAddress": "perhaps"}),
            "bgp.sourceAddress: is true or false; seen: 'perhaps'; remedy: write true or false",
        ),
        (
            metal(bgp={"peerPort": 99999}),
            "bgp.peerPort: is less than or equal to 16384; seen: 99999; remedy: use a number in "
            "the range",
        ),
        (
            metal(**metal_platform(peerSource="x")),
            "platform.peerSource: is 'gateway' or 'neighbors'; seen: 'x'; remedy: use one of them",
        ),
    ],
)
def test_a_wrong_form_is_told_in_words_of_the_file(sections: dict[str, Any], line: str) -> None:
    assert told(sections) == line


def test_an_answers_file_is_told_in_its_own_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text("- worker-0\n", encoding="utf-8")
    assert main(["check", "demo", "--answers", str(answers)]) == 2
    shown = capsys.readouterr().out
    assert "is a mapping; seen: a list of 1" in shown
    assert "AnswersFile" not in shown


@pytest.mark.parametrize(
    ("section", "where", "seen"),
    [
        (
            {
                "addressPools": {
                    "public": {"addresses": ["203.0.113.0/28"], "serviceAllocation": {}}
                }
            },
            "metallb:addressPools.public.serviceAllocation",
            "serviceAllocation needs 0.13.8, the release is 0.13.3",
        ),
        (
            {"bgp": {"gracefulRestart": True}},
            "metallb:bgp.gracefulRestart",
            "gracefulRestart needs 0.14.6, the release is 0.13.3",
        ),
        (
            {"addressPools": {"public": {"addresses": ["203.0.113.0/28"], "avoidBuggyIps": True}}},
            "metallb:addressPools.public.avoidBuggyIps",
            "avoidBuggyIps needs 0.13.4, the release is 0.13.3",
        ),
    ],
)
def test_a_field_of_a_later_release_is_called_as_the_file_does(
    section: dict[str, Any], where: str, seen: str
) -> None:
    install = {"source": "existing", "bgpMode": "frr", "version": "0.13.3"}
    found = check_stack(stack(static(install=install, **section)))
    assert (where, seen) in [(each.where, each.seen) for each in found if each.rule_id == "V1"]


def test_a_pool_that_0_12_announces_to_everybody_is_not_called_out_of_reach() -> None:
    pools = {"public": {"addresses": ["203.0.113.0/28"], "advertisements": {}}}
    for version, rule in (("0.12.1", "V3"), ("0.16.2", "B10")):
        found = check_stack(stack(static(install={"version": version}, addressPools=pools)))
        assert {each.rule_id for each in found} & {"V3", "B10"} == {rule}
