"""A mistake in a stack file: its code, its place, its value, and the help."""

from typing import Any

import pytest

from metallb.platforms.registry import kinds
from metallb.preflight import check_stack
from metallb.problems.problem import spelled
from tests.support.problems import one_problem_of, places, problems_of, words
from tests.unit.stacks import stack, static

SECRET = "Tr0ub4dor-and-3"


@pytest.mark.parametrize(
    ("sections", "code", "place", "parts"),
    [
        (
            static(bgp={"holdTime": "3"}),
            "E105",
            "metallb:bgp.holdTime",
            ["'3' has no unit", "write 3s"],
        ),
        (
            static(bgp={"holdTime": 9}),
            "E105",
            "metallb:bgp.holdTime",
            ["9 has no unit", "write 9s, if seconds are meant"],
        ),
        (
            static(install={"version": 0.16}),
            "E105",
            "metallb:install.version",
            ["0.16 is not a MetalLB version", "write 0.16.2"],
        ),
        (
            static(install={"monitoring": {"interval": "bogus"}}),
            "E105",
            "metallb:install.monitoring.interval",
            ["'bogus' is not a Prometheus duration", "y, w, d, h, m, s or ms", "30s or 1m"],
        ),
        (
            static(install={"controller": {"resources": {"requests": {"cpu": "lots"}}}}),
            "E105",
            "metallb:install.controller.resources.requests.cpu",
            ["'lots' is not a Kubernetes quantity", "not negative", "100m (CPU), or 64Mi (memory)"],
        ),
        (
            static(install={"speaker": {"resources": {"limits": {"mem": "64Mi"}}}}),
            "E105",
            "metallb:install.speaker.resources.limits.mem",
            ["'mem' is not a resource", "cpu, memory, ephemeral-storage", "correct the name"],
        ),
        (
            static(
                install={
                    "speaker": {"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "500m"}}}
                }
            ),
            "E105",
            "metallb:install.speaker.resources.requests.cpu",
            ["'1' is more than the limit", "500m", "raise the limit, or lower the request"],
        ),
        (
            static(install={"version": "0.14.8"}),
            "E111",
            "metallb:install.version",
            ["builtin", "0.14.8", "0.12.1, 0.16.0, 0.16.1, 0.16.2", "existing or helm"],
        ),
        (
            static(addressPools={"public": {"addresses": ["203.0.113.7"]}}),
            "E105",
            "metallb:addressPools.public.addresses[0]",
            ["'203.0.113.7' has no prefix length", "write 203.0.113.7/32"],
        ),
    ],
)
def test_a_mistake_has_code_place_value_and_help(
    sections: dict[str, Any], code: str, place: str, parts: list[str]
) -> None:
    problem = one_problem_of(sections)
    assert places([problem]) == [(code, place)]
    assert [part for part in parts if part not in words(problem)] == []
    assert problem.help


@pytest.mark.parametrize(
    ("sections", "path", "nearest"),
    [
        (static(instal={}), "metallb:instal", "metallb:install"),
        (static(install={"verson": "0.16.2"}), "metallb:install.verson", "version"),
        (static(bgp={"hold_tme": "3s"}), "metallb:bgp.hold_tme", "holdTime"),
        (
            static(install={"speaker": {"tolerations": [{"kee": "x"}]}}),
            "metallb:install.speaker.tolerations[0].kee",
            "key",
        ),
        (
            static(addressPools={"public": {"adresses": ["203.0.113.0/28"]}}),
            "metallb:addressPools.public.adresses",
            "addresses",
        ),
        (static(bgp={"myASN": 64512}), "metallb:bgp.myASN", "myAsn"),
        (static(bgp={"my-asn": 64512}), "metallb:bgp.my-asn", "myAsn"),
        (static(bgp={"peer_asn": 64512}), "metallb:bgp.peer_asn", "peerAsn"),
        (
            static(bgp={"enableGracefulRestart": True}),
            "metallb:bgp.enableGracefulRestart",
            "gracefulRestart",
        ),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(
    sections: dict[str, Any], path: str, nearest: str
) -> None:
    (found,) = (each for each in problems_of(sections) if spelled(each.location) == path)
    assert found.code == "E102"
    assert found.help == f"did you mean '{nearest}'?"


def test_all_mistakes_are_reported_at_once() -> None:
    sections = static(
        install={"version": "1"},
        bgp={"myAsn": 0, "peerAsn": "x"},
        addressPools={"Default": {"addresses": ["203.0.113.0/28"]}},
    )
    assert sorted(places(problems_of(sections))) == [
        ("E104", "metallb:bgp.peerAsn"),
        ("E105", "metallb:addressPools.Default"),
        ("E105", "metallb:bgp.myAsn"),
        ("E105", "metallb:install.version"),
    ]


@pytest.mark.parametrize(
    "sections",
    [
        static(bgp={"password": [SECRET]}),
        static(install={"memberlistSecret": SECRET}),
        static(bgp={"pasword": SECRET}),
        static(bgp={"password": {"value": SECRET}}),
        static(
            platform={
                "kind": "static",
                "racks": [
                    {
                        "name": "a",
                        "nodes": ["x"],
                        "routers": [{"address": "10.0.0.1", "password": 5, "passwort": SECRET}],
                    }
                ],
            }
        ),
    ],
)
def test_a_secret_is_never_shown_even_under_a_misspelt_key(sections: dict[str, Any]) -> None:
    shown = words(*problems_of(sections))
    assert SECRET not in shown
    assert ": 5 " not in shown


def test_no_value_of_a_section_that_pulumi_marks_secret_is_shown() -> None:
    found = one_problem_of(static(bgp={"holdTime": SECRET}), "bgp")
    assert places([found]) == [("E105", "metallb:bgp.holdTime")]
    assert SECRET not in words(found)


@pytest.mark.parametrize("address", ["203.0.113.7", "203.0.113.7/24", " 203.0.113.0/28"])
def test_nor_is_a_part_of_it_in_fault_or_help(address: str) -> None:
    sections = static(kubernetes={"nodeCidrs": [address]})
    found = one_problem_of(sections, "kubernetes")
    assert places([found]) == [("E105", "metallb:kubernetes.nodeCidrs[0]")]
    assert "203.0.113" not in words(found).replace("such as 203.0.113.0/28", "")
    assert "203.0.113" in words(one_problem_of(sections))


def test_an_unknown_platform_kind_lists_the_known_ones() -> None:
    problems = problems_of({"platform": {"kind": "gcp"}, "addressPools": {}})
    (found,) = (each for each in problems if spelled(each.location) == "metallb:platform.kind")
    assert found.code == "E105"
    assert "'gcp'" in found.summary
    assert "`kind: static` for racks" in found.help
    assert [kind for kind in kinds() if f"`kind: {kind}`" not in found.help] == []


@pytest.mark.parametrize("reason", ["short", " " * 15, " too short "])
def test_an_empty_reason_is_reported_beside_the_other_mistakes(reason: str) -> None:
    ignored = {"ignore": [{"id": "M1", "reason": reason}]}
    found = problems_of(static(preflight=ignored, bgp={"holdTime": "3"}))
    assert places(found) == [
        ("E105", "metallb:bgp.holdTime"),
        ("E105", "metallb:preflight.ignore[0].reason"),
    ]
    assert "10 characters" in words(found[1])


@pytest.mark.parametrize(
    ("key", "shown", "read"),
    [
        (10, "10", "a number"),
        (1.5, "1.5", "a number"),
        (True, "true", "a boolean"),
        (None, "null", "nothing"),
    ],
)
def test_a_name_that_yaml_reads_as_something_else_is_shown(key: Any, shown: str, read: str) -> None:
    found = one_problem_of(static(addressPools={key: {"addresses": ["203.0.113.0/28"]}}))
    assert places([found]) == [("E104", f"metallb:addressPools.{shown}")]
    assert found.summary.startswith(f"{shown} is read as {read}")
    assert "put it in quotes" in found.help


def test_a_mistake_below_a_name_that_is_a_number_has_its_whole_place() -> None:
    found = problems_of(static(addressPools={10: {"adresses": []}}))
    assert ("E102", "metallb:addressPools.10.adresses") in places(found)


@pytest.mark.parametrize("key", ["nodeCidrs", "podCidrs", "serviceCidrs"])
@pytest.mark.parametrize(
    "network",
    [
        "203.0.113.0/255.255.255.0",
        "203.0.113.0/0.0.0.255",
        "203.0.113.0/0024",
        "::ffff:203.0.113.0/120",
        "::ffff:0:0/95",
        "fe80::%eth0/64",
    ],
)
def test_a_network_that_pools_could_not_be_compared_with_is_refused(key: str, network: str) -> None:
    found = one_problem_of(static(kubernetes={key: [network]}))
    assert places([found]) == [("E105", f"metallb:kubernetes.{key}[0]")]
    assert "is not a block" in found.summary or "is a block of IPv4" in found.summary


@pytest.mark.parametrize("network", ["203.0.113.0/24", "203.0.113.0/024", "2001:db8::/32"])
def test_a_network_of_the_cluster_is_compared_with_the_pools(network: str) -> None:
    addresses = ["2001:db8::/124"] if ":" in network else ["203.0.113.0/28"]
    pools = {"public": {"addresses": addresses}}
    found = check_stack(stack(static(kubernetes={"nodeCidrs": [network]}, addressPools=pools)))
    assert "A7" in {each.code for each in found}


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize(
    "copy",
    [
        {"name": "tor-2", "address": "10.1.0.1"},
        {"name": "tor-2", "address": "10.1.0.1", "asn": 64602},
        {"name": "tor-2", "address": "10.1.0.1", "port": 179},
        {"address": "10.1.0.1"},
    ],
)
def test_a_router_whose_address_was_copied_is_reported(copy: dict[str, Any], shared: bool) -> None:
    sections = static()
    sections["platform"]["sharedPeers"] = shared
    sections["platform"]["racks"][0]["routers"].append(copy)
    found = one_problem_of(sections)
    assert places([found]) == [("E108", "metallb:platform.racks[0].routers[1].address")]
    assert found.summary.startswith("'10.1.0.1'")
    assert "entry [0] has it already" in found.summary


def test_one_address_may_have_a_router_on_each_port() -> None:
    sections = static()
    sections["platform"]["racks"][0]["routers"].append(
        {"name": "tor-2", "address": "10.1.0.1", "port": 1790}
    )
    assert stack(sections)


def test_an_empty_md5_key_is_not_taken_for_none() -> None:
    sections = static(bgp={"password": ""})
    sections["platform"]["racks"][0]["routers"][0]["password"] = ""
    assert sorted(
        (each.code, each.location, "MD5" in each.detail) for each in problems_of(sections)
    ) == [
        ("E105", ("metallb:bgp", "password"), True),
        ("E105", ("metallb:platform", "racks", 0, "routers", 0, "password"), True),
    ]


def test_a_router_address_with_a_zone_is_refused() -> None:
    sections = static()
    sections["platform"]["racks"][0]["routers"][0]["address"] = "2001:db8::1%eth0"
    found = one_problem_of(sections)
    assert places([found]) == [("E105", "metallb:platform.racks[0].routers[0].address")]
    assert "with a zone" in found.summary


@pytest.mark.parametrize(
    ("sections", "place"),
    [
        *(
            (static(install={"source": "helm", key: text}), f"install.{key}")
            for key in ("helmChart", "helmRepository")
            for text in ("", " ")
        ),
    ],
)
def test_an_empty_word_is_reported(sections: dict[str, Any], place: str) -> None:
    found = one_problem_of(sections)
    assert places([found]) == [("E105", f"metallb:{place}")]
    assert found.summary.endswith("is empty")
