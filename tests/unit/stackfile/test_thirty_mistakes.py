"""Typical mistakes of a person's first stack file, each mended at the first try by its help.

Each case is a change of a sound file: what was written by mistake, and what the message has to
name. Where the help has the text to write, it is written, and the file is sound again.
"""

from pathlib import Path

import pytest

from metallb.problems.errors import ConfigError
from metallb.problems.problem import Problem, spelled
from metallb.stackfile import stack_config
from metallb.stackfile.files import read_stack_file

SOUND = """\
config:
  metallb:install:
    version: 0.16.2
  metallb:kubernetes:
    context: prod
  metallb:platform:
    kind: static
    racks:
      - name: rack-a
        nodes: [a1, a2]
        routers:
          - name: tor-1
            address: 10.1.0.1
            asn: 64601
  metallb:bgp:
    myAsn: 64512
    holdTime: 90s
  metallb:addressPools:
    public:
      addresses:
        - 203.0.113.0/28
"""
BGP, PLATFORM, POOLS = "metallb:bgp", "metallb:platform", "metallb:addressPools"
RACK = f"{PLATFORM}.racks[0]"
ADDRESS, BLOCK = f"{RACK}.routers[0].address", f"{POOLS}.public.addresses[0]"
HOLD = f"{BGP}.holdTime"

MISTAKES: dict[str, tuple[str, str, str, str, str]] = {
    # right, wrong, code, location (or line), what the help names
    "a misspelt key": ("holdTime:", "holdTme:", "E102", f"{BGP}.holdTme", "'holdTime'"),
    "a key in small letters": ("holdTime:", "holdtime:", "E102", f"{BGP}.holdtime", "'holdTime'"),
    "Python's spelling": ("holdTime:", "hold_time:", "E102", f"{BGP}.hold_time", "'holdTime'"),
    "MetalLB's own key": ("myAsn:", "myASN:", "E102", f"{BGP}.myASN", "'myAsn'"),
    "a key of another section": (
        "    holdTime: 90s",
        "    racks: []",
        "E106",
        f"{BGP}.racks",
        f"below {PLATFORM}:",
    ),
    "a tab": ("    myAsn", "\tlocalAsn", "E101", "16", "spaces"),
    "a no-break space": ("    holdTime", "\u00a0\u00a0\u00a0\u00a0holdTime", "E101", "", "spaces"),
    "no colon": ("myAsn: 64512", "myAsn 64512", "E101", "16", "a colon and a space"),
    "no space after the colon": ("myAsn: ", "myAsn:", "E101", "16", "`myAsn: VALUE`"),
    "no colon after a section": (f"{BGP}:", BGP, "E101", "15", f"{BGP}:"),
    "no space after the dash": ("- name: tor", "-name: tor", "E101", "12", "`- ` in line 12"),
    "too far to the right": ("    holdTime", "     holdTime", "E101", "17", "column 5"),
    "too far to the left": ("    holdTime", "   holdTime", "E101", "17", "column 5"),
    "not in its section": ("    holdTime", "  holdTime", "E106", "holdTime", f"below {BGP}:"),
    "an entry's key too far to the left": (
        "            address",
        "           address",
        "E101",
        "13",
        "column 13",
    ),
    "a section at the left margin": (f"  {POOLS}:", f"{POOLS}:", "E106", POOLS, "two columns"),
    "no line config": ("config:\n", "", "E106", "config", "write config: above"),
    "a number for a version": (
        "version: 0.16.2",
        "version: 0.16",
        "E105",
        "metallb:install.version",
        "write 0.16.2",
    ),
    "a number for a text": (
        "context: prod",
        "version: 1.31",
        "E104",
        "metallb:kubernetes.version",
        '"1.31"',
    ),
    "a text for a number": ("64512", "AS64512", "E104", f"{BGP}.myAsn", "myAsn: 64512"),
    "a fraction": ("64512", "2.5", "E104", f"{BGP}.myAsn", "myAsn: 131077"),
    "a leading zero": ("64512", "064512", "E107", f"{BGP}.myAsn", "myAsn: 64512"),
    "a negative number": ("64512", "-1", "E105", f"{BGP}.myAsn", "at least 1"),
    "a number that is too large": ("64512", "4294967296", "E105", f"{BGP}.myAsn", "4294967295"),
    "an octet that is too large": ("10.1.0.1", "10.1.0.300", "E105", ADDRESS, "correct 300"),
    "an octet that is missing": ("10.1.0.1", "10.1.0", "E105", ADDRESS, "whole address"),
    "a block for an address": ("10.1.0.1", "10.1.0.1/24", "E105", ADDRESS, "write 10.1.0.1"),
    "a name for an address": ("10.1.0.1", "tor-1.example", "E105", ADDRESS, "not resolved"),
    "a prefix length too large": ("0/28", "0/33", "E105", BLOCK, "from 0 to 32"),
    "no prefix length": ("203.0.113.0/28", "203.0.113.7", "E105", BLOCK, "write 203.0.113.7/32"),
    "a netmask": ("0/28", "0/255.255.255.240", "E105", BLOCK, "write 203.0.113.0/28"),
    "a range in words": (
        "203.0.113.0/28",
        "203.0.113.1 to 203.0.113.5",
        "E105",
        BLOCK,
        "write 203.0.113.1-203.0.113.5",
    ),
    "a short range": (
        "203.0.113.0/28",
        "203.0.113.1-5",
        "E105",
        BLOCK,
        "write 203.0.113.1-203.0.113.5",
    ),
    "a space in a block": ("0/28", "0 /28", "E105", BLOCK, "write 203.0.113.0/28"),
    "no unit": ("90s", "90", "E105", HOLD, "90s"),
    "no unit in quotes": ("90s", "'90'", "E105", HOLD, "write 90s"),
    "a duration in words": ("90s", "90 seconds", "E105", HOLD, "write 90s"),
    "yes": ("holdTime: 90s", "sourceAddress: yes", "E107", f"{BGP}.sourceAddress", "true"),
    "a quoted True": (
        "holdTime: 90s",
        "sourceAddress: 'True'",
        "E104",
        f"{BGP}.sourceAddress",
        "sourceAddress: true",
    ),
    "a list for a mapping": (
        "    public:\n      addresses:",
        "    - addresses:",
        "E104",
        POOLS,
        "a name and a colon",
    ),
    "a mapping for a list": (
        "          - name: tor-1\n  ",
        "            name: tor-1\n  ",
        "E104",
        f"{RACK}.routers",
        "`- `",
    ),
    "a text for a list": ("[a1, a2]", "a1, a2", "E104", f"{RACK}.nodes", "nodes: [a1, a2]"),
    "a text for a mapping": (
        "          - name: tor-1\n            address: 10.1.0.1\n            asn: 64601\n",
        "          - 10.1.0.1\n",
        "E104",
        f"{RACK}.routers[0]",
        "address",
    ),
    "no comma in a list": ("[a1, a2]", "[a1 a2]", "E105", f"{RACK}.nodes[0]", "commas"),
    "an unknown kind": ("static", "racks", "E105", f"{PLATFORM}.kind", "`kind: static`"),
    "a kind in capitals": ("static", "Static", "E105", f"{PLATFORM}.kind", "`kind: static`"),
    "no kind": ("    kind: static\n", "", "E103", f"{PLATFORM}.kind", "`kind: static`"),
    "no pools": (SOUND[SOUND.index(f"  {POOLS}") :], "", "E103", POOLS, f"{POOLS}:"),
    "no address": ("            address: 10.1.0.1\n", "", "E103", ADDRESS, "address"),
    "no AS number": ("    myAsn: 64512\n", "", "E103", f"{BGP}.myAsn", "myAsn:"),
    "a misspelt section": (f"{BGP}:", "metalb:bgp:", "E106", "metalb:bgp", f"'{BGP}'"),
    "a section without a namespace": (f"{BGP}:", "bgp:", "E106", "bgp", f"'{BGP}'"),
    "a key twice": (
        "    holdTime: 90s",
        "    holdTime: 90s\n    holdTime: 30s",
        "E108",
        "18",
        "remove one",
    ),
    "a section twice": (
        f"  {POOLS}:",
        f"  {BGP}:\n    peerAsn: 5\n  {POOLS}:",
        "E108",
        "18",
        "line 15",
    ),
    "a node twice": ("[a1, a2]", "[a1, a1]", "E108", f"{RACK}.nodes[1]", "remove one"),
    "a router twice": (
        "            asn: 64601\n",
        "            asn: 64601\n          - name: tor-1\n            address: 10.1.0.1\n"
        "            asn: 64601\n",
        "E108",
        f"{RACK}.routers[1]",
        "remove one",
    ),
    "a name in capitals": ("rack-a", "Rack-A", "E105", f"{RACK}.name", "write rack-a"),
    "a name with a blank": (
        "public:",
        "Public Pool:",
        "E105",
        f"{POOLS}.Public Pool",
        "write public-pool",
    ),
    "a value in capitals": (
        "version: 0.16.2",
        "source: Builtin",
        "E105",
        "metallb:install.source",
        "'builtin'",
    ),
    "an open quote": ("prod", "'prod", "E101", "5", "line 5"),
    "an open bracket": ("[a1, a2]", "[a1, a2", "E101", "10", "line 10 with `]`"),
    "a colon in a text": ("context: prod", "context: kind: prod", "E101", "5", "quotes"),
    "a sign at the beginning": ("prod", "@prod", "E101", "5", "quotes"),
    "an empty value": ("90s", "90s\n    peerPort:", "E104", f"{BGP}.peerPort", "remove the key"),
    "an empty section": (
        "    myAsn: 64512\n    holdTime: 90s\n",
        "",
        "E104",
        BGP,
        "myAsn",
    ),
    "an empty entry": ("- 203.0.113.0/28", "-", "E104", BLOCK, "remove the entry"),
    "a router that is not defined": (
        "[a1, a2]",
        "[a1, a2]\n        sharedRouters: [core]",
        "E109",
        f"{RACK}.sharedRouters[0]",
        "define it there",
    ),
    "blocks on another platform": (
        "      addresses:",
        "      blocks: [default]\n      addresses:",
        "E109",
        f"{POOLS}.public.blocks[0]",
        "`addresses`",
    ),
    "the command's spelling of a path": (
        f"  {BGP}:\n    myAsn: 64512\n",
        f"  {BGP}.myAsn: 64512\n  {BGP}:\n",
        "E102",
        f"{BGP}.myAsn",
        f"below {BGP}",
    ),
    "an alias": ("nodes: [a1, a2]", "nodes: &n [a1, *n]", "E101", "10", "write the value out"),
    "a text in place of what Pulumi encrypts": (
        "90s",
        "90s\n    password: {secure: hunter2hunter2}",
        "E105",
        f"{BGP}.password",
        "pulumi config set --secret",
    ),
}


SEVERAL = ("an empty section",)
"""Mistakes that leave out what is required elsewhere."""
WRITTEN = (
    "a number for a version",
    "a number for a text",
    "a text for a number",
    "a leading zero",
    "a block for an address",
    "no prefix length",
    "a range in words",
    "a short range",
    "no unit",
    "no unit in quotes",
    "a duration in words",
    "yes",
    "a quoted True",
    "a text for a list",
    "a name in capitals",
)
"""Mistakes whose help has the value to write."""


def problems_of(folder: Path, text: str) -> tuple[Problem, ...]:
    """What a command that reads the file reports."""
    path = folder / "Pulumi.x.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        file = read_stack_file(path)
        stack_config(file.sections, source=str(path), secret_sections=file.secret_sections)
    except ConfigError as error:
        return error.problems
    return ()


def test_the_file_is_sound(tmp_path: Path) -> None:
    assert problems_of(tmp_path, SOUND) == ()


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_problem_whose_help_mends_it(name: str, tmp_path: Path) -> None:
    right, wrong, code, place, named = MISTAKES[name]
    assert right in SOUND
    found = problems_of(tmp_path, SOUND.replace(right, wrong, 1))
    if name in SEVERAL:
        assert place in [spelled(each.location) for each in found]
    else:
        assert len(found) == 1, found
    problem = next(each for each in found if each.code == code)
    if place.isdecimal():
        assert problem.position is not None
        assert problem.position.line == int(place)
    elif place:
        assert spelled(problem.location) == place
    assert named in problem.help
    shown = f"{problem.summary} {problem.detail} {problem.help}"
    assert "hunter2" not in shown
    for words in ("Input should", "valid string", "did not find", "not allowed", "NoneType"):
        assert words not in shown
    assert len(problem.summary) <= 120
    assert not problem.summary.endswith(".")


@pytest.mark.parametrize("name", WRITTEN)
def test_the_text_to_write_is_sound(name: str, tmp_path: Path) -> None:
    """Written in place of the wrong value, what the help says is a file without problems."""
    right, wrong, _, place, _ = MISTAKES[name]
    found = problems_of(tmp_path, SOUND.replace(right, wrong, 1))
    value = found[0].help.removeprefix("put it in quotes: ").removeprefix("write ")
    value = value.removesuffix(", if seconds are meant").removesuffix(" for this one address")
    key = place.rpartition(".")[2]
    value = value.removeprefix(f"{key}: ")
    wrong_value = wrong.removeprefix(f"{key}: ")
    mended = SOUND.replace(right, wrong, 1).replace(wrong_value, value, 1)
    assert problems_of(tmp_path, mended) == (), value
