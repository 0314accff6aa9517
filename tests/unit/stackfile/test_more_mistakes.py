"""Mistakes in copies of the shipped stack files, each mended at the first try by its help.

Each case is a change of a file that has no problem, the place of the one problem that `check` has
then, and the text that its help has. Where a person writes what the help says, the file has no
problem again.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from metallb.loading.stack import load_file
from metallb.preflight import check_stack
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Problem
from tests.support.paths import PROJECT_ROOT

BGP, PLATFORM, POOLS = "metallb:bgp", "metallb:platform", "metallb:addressPools"
IN_BRACES = "{myAsn: 65000, peerAsn: 65530, holdTime: 3s}"


@dataclass(frozen=True)
class Mistake:
    """A change of a stack file.

    :ivar place: line and column of the problem.
    :ivar help: a part of the help.
    :ivar mended: what a person who follows the help writes in place of `wrong`; empty where the
        help leaves it open.
    """

    stack: str
    right: str
    wrong: str
    place: str
    help: str
    mended: str = ""
    summary: str = ""


def onprem(right: str, wrong: str, place: str, help: str, mended: str = "", **more: str) -> Mistake:
    return Mistake("onprem", right, wrong, place, help, mended, **more)


def braces(right: str, wrong: str, place: str, help: str, mended: str = "", **more: str) -> Mistake:
    return Mistake("braces", right, wrong, place, help, mended, **more)


BRACES = """\
# yaml-language-server: $schema=schema.json
#
# One rack, and sections in braces.
#
config:
  metallb:install:
    version: 0.16.2
    controller:
      tolerations:
        - {key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}
    speaker:
      nodeSelectors: {ingress_node: "true", node-role.kubernetes.io/node: ""}
    monitoring: {serviceMonitor: true}
  metallb:platform:
    kind: static
    racks:
      - name: rack
        nodes:
          - hostname: worker-0
          - hostname: worker-1
        routers:
          # The one router of both.
          - {name: tor, address: 10.1.0.1}
  metallb:bgp: {myAsn: 65000, peerAsn: 65530, holdTime: 3s}
  metallb:addressPools:
    default: {addresses: [203.0.113.0/28]}
  metallb:kubernetes:
    context: ny
encryptionsalt: v1:ETWPhD0z+XA=:v1:xsJTiXNxy0JW2d2E:Ttwocz90GpZSh3ur23A+qRJHqvifLQ==
"""


def sound(stack: str) -> str:
    """A stack file without a mistake."""
    path = PROJECT_ROOT / "stacks" / f"Pulumi.{stack}.yaml"
    return BRACES if stack == "braces" else path.read_text(encoding="utf-8")


ROUTER = "address: 10.1.0.1,"
BLOCK = "[203.0.113.0/28]"
TOLERATION = "- {key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}"
ADVERTISED = "default: {addresses: [203.0.113.0/28], advertisements: {a: {communities: %s}}}"

MISTAKES: dict[str, Mistake] = {
    # values of another form
    "a list for an address": onprem(
        ROUTER, "address: [10.1.0.1],", "17:27", "write address: 10.1.0.1", "address: 10.1.0.1,"
    ),
    "an AS number of two parts": onprem(
        "myAsn: 64512", "myAsn: 1.10", "25:12", "write myAsn: 65546", "myAsn: 65546"
    ),
    "an AS number of two parts that is a number": onprem(
        "myAsn: 64512", "myAsn: 1.64601", "25:12", "myAsn: 130137", "myAsn: 130137"
    ),
    "a tilde for a number": onprem(
        "myAsn: 64512", "myAsn: ~", "25:12", "a whole number", "myAsn: 64512"
    ),
    "labels in a list": onprem(
        "nodeSelectors: {topology.kubernetes.io/zone: rack-b}",
        "nodeSelectors: [topology.kubernetes.io/zone=rack-b]",
        "20:9",
        "nodeSelectors: {topology.kubernetes.io/zone: rack-b}",
        "nodeSelectors: {topology.kubernetes.io/zone: rack-b}",
    ),
    "labels in a text": onprem(
        "nodeSelectors: {topology.kubernetes.io/zone: rack-b}",
        "nodeSelectors: topology.kubernetes.io/zone=rack-b",
        "20:24",
        "nodeSelectors: {topology.kubernetes.io/zone: rack-b}",
        "nodeSelectors: {topology.kubernetes.io/zone: rack-b}",
    ),
    "a label that is a boolean": onprem(
        "{topology.kubernetes.io/zone: rack-b}",
        "{ingress: true}",
        "20:34",
        'in quotes: "true"',
        '{ingress: "true"}',
        summary="true is read as a boolean, not as a text",
    ),
    "nodes by name": onprem(
        "nodes: [node-a1, node-a2]", "nodes: {a: node-a1}", "15:9", "nodes: [{hostname: ...}]"
    ),
    "one entry without its dash": onprem(
        f"\n        {TOLERATION}",
        f"\n        {TOLERATION[2:]}",
        "9:7",
        "brackets around entries in braces",
        f"\n        [{TOLERATION[2:]}]",
    ),
    "a list of pools": onprem(
        "    public: {addresses: [203.0.113.0/28]} # <- addresses that your routers may learn\n"
        "    intranet: {addresses: [198.51.100.0/28], autoAssign: false}\n",
        "    - name: public\n      addresses: [203.0.113.0/28]\n",
        "28:3",
        "write `public:` in place of `- name: public`",
        "    public:\n      addresses: [203.0.113.0/28]\n",
    ),
    "ignored rules by id": braces(
        "metallb:kubernetes:",
        "metallb:preflight: {ignore: {A10: wanted}}\n  metallb:kubernetes:",
        "27:23",
        "ignore: [{id: ..., reason: ...}]",
        "metallb:preflight:\n    ignore: [{id: A10, reason: every Service names its pool}]\n"
        "  metallb:kubernetes:",
    ),
    "a community as a text": braces(
        "default: {addresses: [203.0.113.0/28]}",
        ADVERTISED % "'64512:1'",
        "26:78",
        "communities: ['64512:1']",
        ADVERTISED % "['64512:1']",
    ),
    "a community without quotes": braces(
        "default: {addresses: [203.0.113.0/28]}",
        ADVERTISED % "[64512:30]",
        "26:79",
        "write '64512:30'",
        ADVERTISED % "['64512:30']",
    ),
    # keys
    "a node's other name": onprem(
        "[node-a1, node-a2]",
        "[{host: node-a1}, node-a2]",
        "15:18",
        "'hostname'",
        "[{hostname: node-a1}, node-a2]",
    ),
    "a router's ip": onprem(ROUTER, "ip: 10.1.0.1,", "17:27", "'address'", ROUTER),
    "ranges of a pool": onprem(
        f"addresses: {BLOCK}", f"ranges: {BLOCK}", "29:14", "'addresses'", f"addresses: {BLOCK}"
    ),
    "racks in the singular": onprem(
        "    racks:\n", "    rack:\n", "13:5", "'racks'", "    racks:\n"
    ),
    "racks at the left": onprem("    racks:\n", "  racks:\n", "13:3", "by two columns"),
    "peers as MetalLB has them": onprem(
        "    myAsn: 64512",
        "    peers: [{peer-asn: 65530}]\n    myAsn: 64512",
        "25:5",
        "routers or nodes below metallb:platform",
        "    myAsn: 64512",
    ),
    "a section by another name": braces(
        f"{POOLS}:", "metallb:pools:", "25:3", f"'{POOLS}'", f"{POOLS}:"
    ),
    "the salt below config": braces(
        "encryptionsalt:", "  encryptionsalt:", "29:3", "in column 1", "encryptionsalt:"
    ),
    # addresses, blocks and durations
    "a network for a router": onprem(
        ROUTER, "address: 10.1.0.0/16,", "17:36", "the one address", ROUTER
    ),
    "an address with a port": onprem(
        ROUTER, "address: '10.1.0.1:179',", "17:36", "10.1.0.1;", ROUTER
    ),
    "an address with a dot too many": onprem(
        ROUTER, "address: 10.1.0.1.,", "17:36", "write 10.1.0.1", ROUTER
    ),
    "blocks without a comma": onprem(
        BLOCK,
        "[203.0.113.0/28 192.0.2.0/28]",
        "29:26",
        "[203.0.113.0/28, 192.0.2.0/28]",
        "[203.0.113.0/28, 192.0.2.0/28]",
    ),
    "blocks with a bar": onprem(
        BLOCK,
        "203.0.113.0/28 | 192.0.2.0/28",
        "29:25",
        "addresses: [203.0.113.0/28, 192.0.2.0/28]",
        "[203.0.113.0/28, 192.0.2.0/28]",
    ),
    "a backslash": onprem(
        BLOCK,
        "[203.0.113.0\\28]",
        "29:26",
        "write 203.0.113.0/28",
        BLOCK,
        summary="'203.0.113.0\\28' is not a block in CIDR notation",
    ),
    "a star": onprem(BLOCK, "[203.0.113.*]", "29:26", "203.0.113.0/24", "[203.0.113.0/24]"),
    "an octet of a block": onprem(BLOCK, "[203.0.113.256/28]", "29:26", "correct 256"),
    "a range of blocks": onprem(
        BLOCK,
        "[203.0.113.0/28-203.0.113.15/28]",
        "29:26",
        "write 203.0.113.0-203.0.113.15",
        "[203.0.113.0-203.0.113.15]",
    ),
    "a range with two hyphens": onprem(
        BLOCK,
        "[203.0.113.0--203.0.113.9]",
        "29:26",
        "write 203.0.113.0-203.0.113.9",
        "[203.0.113.0-203.0.113.9]",
    ),
    "half an IPv6 block": onprem(BLOCK, "['2001:db8:/64']", "29:26", "such as 2001:db8::/64"),
    "a duration of a clock": onprem(
        "holdTime: 9s", "holdTime: 1:30", "26:15", "write 1m30s", "holdTime: 1m30s"
    ),
    "a duration of ISO 8601": onprem(
        "holdTime: 9s", "holdTime: PT9S", "26:15", "write 9s", "holdTime: 9s"
    ),
    "a duration that ends in digits": onprem(
        "holdTime: 9s", "holdTime: 1m30", "26:15", "write 1m30s", "holdTime: 1m30s"
    ),
    "a negative duration": onprem(
        "holdTime: 9s", "holdTime: -9s", "26:15", "write 9s", "holdTime: 9s"
    ),
    # what is beside a value
    "curly quotes": braces('"true"', "\u201ctrue\u201d", "12:37", "straight quotes", '"true"'),
    # YAML
    "a comma that is missing": braces(
        IN_BRACES,
        IN_BRACES.replace("65000,", "65000"),
        "24:30",
        "a comma in front of it",
        IN_BRACES,
    ),
    "no space after a colon in braces": braces(
        IN_BRACES, IN_BRACES.replace("n: 65000", "n:65000"), "24:17", "`KEY: VALUE`", IN_BRACES
    ),
    "an equals sign in braces": braces(
        IN_BRACES, IN_BRACES.replace("n: 65000", "n=65000"), "24:17", "`KEY: VALUE`", IN_BRACES
    ),
    "the other bracket": onprem(
        "node-a2]", "node-a2}", "15:33", "write `]` in its place", "node-a2]"
    ),
    "a bracket too many": onprem("node-a2]", "node-a2]]", "15:34", "remove it", "node-a2]"),
    "a space in the name of a section": braces(
        f"  {BGP}:", "  metallb: bgp:", "24:3", f"{BGP}: without a space", f"  {BGP}:"
    ),
    "a marker of git": braces(
        f"  {BGP}:", f"<<<<<<< HEAD\n  {BGP}:", "24:1", "remove the markers", f"  {BGP}:"
    ),
    "a second document": braces(f"  {BGP}:", f"---\n  {BGP}:", "24:1", "`---`", f"  {BGP}:"),
    "config to the right": braces("config:\n", " config:\n", "5:2", "column 1", "config:\n"),
    "an entry to the left": onprem(
        "      - name: rack-b", "     - name: rack-b", "19:6", "column 7", "      - name: rack-b"
    ),
    "an entry to the right": onprem(
        "      - name: rack-b", "       - name: rack-b", "19:8", "column 7", "      - name: rack-b"
    ),
    "an entry deeper than the next": braces(
        "          - hostname: worker-0",
        "            - hostname: worker-0",
        "20:11",
        "column 13",
    ),
    "a key of an entry to the right": onprem(
        "        nodes: [node-a1",
        "         nodes: [node-a1",
        "15:15",
        "column 9",
        "        nodes: [node-a1",
    ),
    "an entry without its dash": onprem(
        "      - name: rack-b",
        "        name: rack-b",
        "19:9",
        "write `- ` before it",
        "      - name: rack-b",
    ),
    "a no-break space after a colon": onprem(
        "myAsn: 64512", "myAsn:\u00a064512", "25:10", "a plain space", "myAsn: 64512"
    ),
    "a wide colon": onprem(
        "myAsn: 64512", "myAsn\uff1a 64512", "25:10", "a plain colon", "myAsn: 64512"
    ),
    "a text that goes on": onprem("    myAsn", "    TODO\n    myAsn", "25:5", "in line 25"),
}
FOREIGN = (
    *("Input should", "valid string", "did not find", "not allowed", "NoneType", "True", "False"),
    *("while parsing", "<block", "<document", "expected", "object", "dict", "str ", "int "),
)
"""Words of Python, pydantic and the YAML parser."""


def problems_of(folder: Path, text: str) -> list[Problem]:
    """What `check` reports of a file, but for the cluster that no kubeconfig here has."""
    path = folder / "Pulumi.x.yaml"
    path.write_text(text, encoding="utf-8")
    loaded = load_file(path)
    try:
        found = check_stack(loaded.config)
    except ConfigError as error:
        return list(error.problems)
    return [loaded.locations.located(each) for each in found if each.code != "X4"]


def is_mended(mistake: Mistake, tmp_path: Path) -> None:
    """A mistake is one problem, whose help mends it."""
    text = sound(mistake.stack)
    assert mistake.right in text
    found = problems_of(tmp_path, text.replace(mistake.right, mistake.wrong, 1))
    assert len(found) == 1, found
    problem = found[0]
    assert str(problem.position).endswith(f"Pulumi.x.yaml:{mistake.place}")
    assert mistake.help in problem.help
    assert problem.summary == (mistake.summary or problem.summary)
    for words in FOREIGN:
        assert words not in f"{problem.summary} {problem.detail} {problem.help}"
    if mistake.mended:
        assert problems_of(tmp_path, text.replace(mistake.right, mistake.mended, 1)) == []


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_problem_whose_help_mends_it(name: str, tmp_path: Path) -> None:
    is_mended(MISTAKES[name], tmp_path)


@pytest.mark.parametrize("stack", ["braces", "onprem"])
def test_the_files_have_no_problem(stack: str, tmp_path: Path) -> None:
    assert problems_of(tmp_path, sound(stack)) == []


@pytest.mark.parametrize("sign", [":", "="])
def test_a_password_without_a_space_is_not_shown(sign: str, tmp_path: Path) -> None:
    wrong = BRACES.replace(IN_BRACES, f"{IN_BRACES[:-1]}, password{sign}hunter2}}")
    found = problems_of(tmp_path, wrong)
    assert [each.code for each in found] == ["E101"]
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    "line",
    [
        "metallb:bgp: hunter2",
        "metallb:bgp: [hunter2]",
        "metallb:bgp: [password=hunter2]",
        "metallb:bgp: {password: [hunter2]}",
        "metallb:bgp: {password: {hunter2: 1}}",
        "metallb:bgp: {password: abc hunter2: 1}",
        "metallb:bgp: {password: {hunter2:1}}",
        "metallb:bgp: {password: 'hunter2}",
        "metallb:bgp: {pasword: hunter2}",
        "metallb:bgp: {password: hunter2, password: hunter2}",
        "metallb:bgp: {bfdProfiles: hunter2}",
        "metallb:bgp: {}\n  metallb:install: hunter2",
        "metallb:bgp: {bfdProfiles: {password: hunter2}}",
        "metallb:bgp: {communities: {password: [hunter2]}}",
        "metallb:bgp: {}\n  metallb:platform: hunter2",
        "metallb:bgp: {}\n  metallb:platform: {kind: static, racks: hunter2}",
        "metallb:bgp: {}\n  metallb:platform: {kind: static, racks: [hunter2]}",
        "metallb:bgp: {}\n  metallb:platform: {kind: static, racks: [{routers: hunter2}]}",
    ],
)
def test_a_password_in_a_wrong_form_is_not_shown(line: str, tmp_path: Path) -> None:
    text = BRACES
    for section in re.findall("metallb:(?:install|platform)(?=: )", line):
        text = re.sub(rf"  {section}:.*\n(?:    .*\n)+", "", text)
    found = problems_of(tmp_path, text.replace(f"metallb:bgp: {IN_BRACES}", line))
    assert found
    assert "hunter2" not in str([replace(each, position=None) for each in found])
