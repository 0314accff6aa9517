"""A boolean is no number, and in a file that Go reads a text is neither."""

from pathlib import Path
from typing import Any

import pytest

from metallb.importing.reading import read_foreign
from metallb.problems.errors import ConfigError
from tests.support.problems import one_problem_of, places
from tests.unit.importing.samples import CONFIGMAP, RESOURCES
from tests.unit.stacks import stack, static


def router(**settings: Any) -> dict[str, Any]:
    sections = static()
    sections["platform"]["racks"][0]["routers"][0].update(settings)
    return sections


@pytest.mark.parametrize(
    ("sections", "path"),
    [
        (static(bgp={"peerAsn": True}), "metallb:bgp.peerAsn"),
        (static(bgp={"peerPort": True}), "metallb:bgp.peerPort"),
        (static(bgp={"ecmpLimit": True}), "metallb:bgp.ecmpLimit"),
        (static(bgp={"maxPrefixes": True}), "metallb:bgp.maxPrefixes"),
        (
            static(bgp={"bfdProfiles": {"fast": {"minimumTtl": True}}}),
            "metallb:bgp.bfdProfiles.fast.minimumTtl",
        ),
        (router(asn=True), "metallb:platform.racks[0].routers[0].asn"),
        (router(port=True), "metallb:platform.racks[0].routers[0].port"),
        (
            static(
                addressPools={
                    "public": {
                        "addresses": ["203.0.113.0/28"],
                        "advertisements": {"default": {"localPref": True}},
                    }
                }
            ),
            "metallb:addressPools.public.advertisements.default.localPref",
        ),
    ],
)
def test_a_boolean_is_not_taken_for_the_number_one(sections: dict[str, Any], path: str) -> None:
    found = one_problem_of(sections)
    assert places([found]) == [("E104", path)]
    assert "a boolean" in found.summary
    assert found.help == "write the number"


def test_a_number_that_pulumi_decrypted_to_a_text_is_still_a_number() -> None:
    assert stack(static(bgp={"myAsn": "65001"})).bgp.my_asn == 65001


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("my-asn: 65000", "my-asn: yes"),
        ("my-asn: 65000", 'my-asn: "65000"'),
        ("auto-assign: false", 'auto-assign: "no"'),
        ("auto-assign: false", "auto-assign: 0"),
    ],
)
def test_a_configmap_that_go_would_refuse_is_refused(
    tmp_path: Path, before: str, after: str
) -> None:
    assert before in CONFIGMAP
    path = tmp_path / "config.yaml"
    path.write_text(CONFIGMAP.replace(before, after, 1))
    with pytest.raises(ConfigError, match=after.split(":", maxsplit=1)[0]):
        read_foreign(path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("myASN: 64500", "myASN: true"),
        ("myASN: 64500", 'myASN: "64500"'),
        ("autoAssign: false", 'autoAssign: "no"'),
    ],
)
def test_a_custom_resource_that_the_api_server_would_refuse_is_refused(
    tmp_path: Path, before: str, after: str
) -> None:
    assert before in RESOURCES
    path = tmp_path / "objects.yaml"
    path.write_text(RESOURCES.replace(before, after, 1))
    with pytest.raises(ConfigError, match=after.split(":", maxsplit=1)[0]):
        read_foreign(path)
