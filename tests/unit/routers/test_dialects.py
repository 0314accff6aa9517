"""What FRR and BIRD are given: the expected files, their own parsers, and reading them back."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metallb.routers.build import halves_of
from metallb.routers.compare import Comparison, compare
from metallb.routers.dialects import DIALECTS
from metallb.stackfile import StackConfig
from metallb.topology.nodes import nodes_of
from tests.unit.routers.sites import (
    GOLDEN,
    KEY,
    KUBERNETES,
    NODES,
    PLATFORM,
    half,
    listed,
    site,
)
from tests.unit.stacks import stack, static


def test_the_files_are_the_expected_ones() -> None:
    from tests.unit.routers.sites import expected

    there = {path.name: path.read_text(encoding="utf-8") for path in GOLDEN.iterdir()}
    assert expected() == there


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_file_has_a_key_and_each_names_its_secret(dialect: str) -> None:
    for each in halves_of(site(), None, NODES):
        text = DIALECTS[dialect].text(each, "dc1")
        assert KEY not in text
        assert "MD5-KEY-OF-bgp-password" in text


def test_a_person_decides_what_the_stack_file_can_not() -> None:
    words = " ".join(DIALECTS["bird"].text(half(site(), "rack-b-tor-2"), "dc1").split())
    assert "Nodes by label (zone=b) may connect from anywhere in 10.2.0.0/24" in words
    assert "MD5 key of the stack file" in words
    limited = site(bgp={"maxPrefixes": 5})
    words = " ".join(DIALECTS["junos"].text(half(limited, "rack-a-tor-1"), "dc1").split())
    assert "more IPv4 prefixes than the limit of 5" in words.replace(" * ", " ")


def _with_router(**keys: Any) -> StackConfig:
    router = {"name": "tor", "address": "10.1.0.1", "asn": 64601, **keys}
    racks = [{"name": "rack-a", "nodes": ["a1"], "routers": [router]}]
    return site(platform={"kind": "static", "racks": racks})


@pytest.mark.parametrize(
    ("keys", "resolves"), [({}, False), ({"asn": 64512}, True), ({"ebgpMultiHop": True}, True)]
)
def test_bird_knows_the_routers_networks_where_it_looks_next_hops_up(
    keys: dict[str, Any], resolves: bool
) -> None:
    text = DIALECTS["bird"].text(half(_with_router(**keys), "rack-a-tor"), "dc1")
    assert ("\nprotocol direct { ipv4; }\n" in text) is resolves


@pytest.mark.parametrize(("wanted", "word"), [(False, "off"), (True, "aware")])
def test_bird_keeps_routes_of_a_node_that_is_gone_where_the_stack_file_says_so_alone(
    wanted: bool,
    word: str,
) -> None:
    stack = site(bgp={"gracefulRestart": wanted})
    text = DIALECTS["bird"].text(half(stack, "rack-a-tor-1"), "dc1")
    assert f"    graceful restart {word};\n" in text
    assert "    long lived graceful restart off;\n" in text


@pytest.mark.parametrize(
    ("dialect", "word"),
    [("frr", "bgp listen range"), ("bird", "neighbor range"), ("junos", "allow ")],
)
def test_a_network_is_a_range_of_one_as_number_and_other_nodes_need_their_addresses(
    dialect: str, word: str
) -> None:
    nodes = ["a1", {"hostname": "a2", "myAsn": 64999}]
    routers = [{"name": "tor", "address": "10.1.0.1", "asn": 64601}]
    racks = [{"name": "rack-a", "nodes": nodes, "routers": routers}]
    stack = site(platform={"kind": "static", "racks": racks})
    text = DIALECTS[dialect].text(half(stack, "rack-a-tor"), "dc1")
    assert text.count(word) == 1
    words = " ".join(text.replace("\n *", "\n").replace("\n!", "\n").replace("\n#", "\n").split())
    assert "a2 have other settings than the nodes that are taken from 10.1.0.0/24" in words
    known = nodes_of(listed(("a1", {}, ("10.1.0.11",)), ("a2", {}, ("10.1.0.12",)))["items"])
    text = DIALECTS[dialect].text(half(stack, "rack-a-tor", known), "dc1")
    assert word not in text
    assert "10.1.0.12" in text


@pytest.mark.parametrize(("dialect", "sign"), [("frr", "!"), ("bird", "#"), ("junos", " *")])
def test_a_name_in_a_comment_does_not_leave_it(dialect: str, sign: str) -> None:
    racks = [{**PLATFORM["racks"][1], "nodeSelectors": {"zone": "*/ x\nrouter bgp 1"}}]
    (only,) = halves_of(site(platform={"kind": "static", "racks": racks}))
    text = DIALECTS[dialect].text(only, "dc\nrouter bgp 2")
    for line in text.splitlines():
        assert "router bgp 1" not in line or line.startswith(sign)
        assert "router bgp 2" not in line or line.startswith(sign)
    assert text.count("*/") == (1 if dialect == "junos" else 0)


def test_a_node_whose_name_is_no_label_value_is_not_taken() -> None:
    nodes = nodes_of(listed(("b1\nrouter bgp 1", {"zone": "b"}, ("10.2.0.11",)))["items"])
    (entry,) = half(site(), "rack-b-tor-2", nodes).entries
    assert entry.ends == ()


@pytest.mark.parametrize("name", ["rack-a-tor-1", "rack-b-tor-2"])
@pytest.mark.parametrize(
    ("program", "suffix", "options"),
    [("bird", ".bird.conf", ["-p", "-c"]), ("vtysh", ".conf", ["-C", "-f"])],
)
def test_the_routers_own_parser_takes_the_file(
    name: str, program: str, suffix: str, options: list[str], tmp_path: Path
) -> None:
    found = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        pytest.skip(f"{program} is not installed")

    def run(text: str) -> int:
        path = tmp_path / "router.conf"
        path.write_text(text)
        command = [found, *options, str(path)]
        return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode

    text = (GOLDEN / f"{name}{suffix}").read_text()
    assert run(text) == 0
    assert run(text.replace("import limit", "import limits").replace("maximum-pr", "maxi-pr")) != 0


_LENGTHS = st.integers(24, 32)
_COMMUNITIES = st.lists(
    st.sampled_from(["65000:1", "65000:2", "large:65000:3:4"]), unique=True, max_size=3
)


@st.composite
def _pools(draw: st.DrawFn) -> dict[str, Any]:
    pools = {}
    for number in range(draw(st.integers(1, 3))):
        first = draw(st.integers(0, 120))
        last = draw(st.integers(first, 127))
        advertisements = {
            f"a{index}": {
                "aggregationLength": draw(_LENGTHS),
                "communities": draw(_COMMUNITIES),
            }
            for index in range(draw(st.integers(1, 2)))
        }
        base = f"198.51.{100 + number}."
        pools[f"pool-{number}"] = {
            "addresses": [f"{base}{first}-{base}{last}"],
            "advertisements": advertisements,
        }
    return pools


@st.composite
def _stacks(draw: st.DrawFn) -> StackConfig:
    frr = draw(st.booleans())
    racks = []
    for number in (1, 2):
        router: dict[str, Any] = {
            "name": "tor",
            "address": draw(st.sampled_from([f"10.{number}.0.1", f"192.0.2.{number}"])),
            "asn": draw(st.sampled_from([64512, 64601, 4200000001])),
        }
        if frr and draw(st.booleans()):
            router["bfdProfile"] = "quick"
        if draw(st.booleans()):
            router["holdTime"] = draw(st.sampled_from(["3s", "9s", "300s"]))
        if draw(st.booleans()):
            router["port"] = 1790
        chosen = {"nodes": [f"n{number}-1", f"n{number}-2"]}
        by_label = {"nodeSelectors": {"rack": str(number)}}
        racks.append(
            {
                "name": f"rack-{number}",
                "routers": [router],
                **draw(st.sampled_from([chosen, by_label])),
            }
        )
    mode = {"source": "helm", "bgpMode": "frr-k8s"} if frr else {}
    bgp: dict[str, Any] = {"myAsn": 64512}
    if frr:
        bgp["bfdProfiles"] = {"quick": {"receiveInterval": draw(st.integers(50, 900))}}
        bgp["gracefulRestart"] = draw(st.booleans())
    return stack(
        static(
            install={"version": "0.16.2", **mode},
            platform={"kind": "static", "racks": racks},
            bgp=bgp,
            addressPools=draw(_pools()),
            kubernetes=KUBERNETES,
        )
    )


_SEVERAL = nodes_of(
    listed(*((f"n{r}-{n}", {"rack": str(r)}, (f"10.{r}.0.1{n}",)) for r in (1, 2) for n in (1, 2)))[
        "items"
    ]
)


@pytest.mark.parametrize("dialect", ["frr", "bird"])
@given(stack=_stacks(), known=st.booleans())
def test_a_router_with_the_written_file_differs_in_nothing(
    dialect: str, stack: StackConfig, known: bool
) -> None:
    halves = halves_of(stack, None, _SEVERAL if known else None)
    for each in halves:
        text = DIALECTS[dialect].text(each, "dc1")
        found = compare(Comparison(stack, None, [each]), text, "router.conf")
        assert (found.problems, found.notes) == ([], [])
