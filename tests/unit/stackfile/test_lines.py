"""Locations become lines and columns: of the value that is wrong, or of its key."""

import time
from pathlib import Path

import pytest

from metallb.problems.lines import Lines
from metallb.problems.problem import Location, Position, Problem, Severity, spelled
from metallb.stackfile.files import read_text

STACK = """\
config:
  metallb:bgp:
    holdTime: 2s
    empty:
    quoted: ''
    long:
      x
  metallb:platform:
    racks:
    - name: a
      routers: [1, {address: 10.1.0.1}]
    a.b: {c.d: 3}
"""
INNER = """\
data:
  config: |2
     peers:

     - &a {x: 1}
     - <<: *a
       y: 3
  other: "peers:\\n- x: 1\\n- z: 4"
"""


def lines_of(folder: Path, text: str, steps: Location, *, inner: bool = False) -> Lines:
    path = folder / "a.yaml"
    path.write_text(text, encoding="utf-8")
    lines = Lines(read_text)
    lines.add((), path, steps, within=() if inner else None)
    return lines


def place(lines: Lines, location: Location) -> tuple[int, int]:
    found = lines.find(location)
    assert found is not None
    return found.line, found.column


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (("metallb:bgp", "holdTime"), (3, 15)),
        (("metallb:bgp", "empty"), (4, 5)),
        (("metallb:bgp", "quoted"), (5, 13)),
        (("metallb:bgp", "long"), (6, 5)),
        (("metallb:bgp", "missing"), (2, 3)),
        (("metallb:bgp", "holdTime", "deeper"), (3, 5)),
        (("metallb:bgp",), (2, 3)),
        (("metallb:missing", "key"), (1, 1)),
        (("metallb:platform", "racks", 0), (10, 7)),
        (("metallb:platform", "racks", 9), (9, 5)),
        (("metallb:platform", "racks", "x"), (9, 5)),
        (("metallb:platform", "racks", 0, "routers", 0), (11, 17)),
        (("metallb:platform", "racks", 0, "routers", 1, "address"), (11, 30)),
        (("metallb:platform", "a.b", "c.d"), (12, 16)),
    ],
)
def test_a_value_has_a_line_and_a_column(
    location: Location, expected: tuple[int, int], tmp_path: Path
) -> None:
    assert place(lines_of(tmp_path, STACK, (0, "config")), location) == expected


@pytest.mark.parametrize(("code", "column"), [("P6", 15), ("E105", 15), ("E102", 5)])
def test_a_problem_with_a_key_is_placed_at_the_key(code: str, column: int, tmp_path: Path) -> None:
    lines = lines_of(tmp_path, STACK, (0, "config"))
    problem = Problem(code, Severity.ERROR, "x", ("metallb:bgp", "holdTime"))
    assert lines.placed(problem).position == Position(str(tmp_path / "a.yaml"), 3, column)


def test_a_problem_that_has_a_place_or_no_location_stays_as_it_is(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, STACK, (0, "config"))
    elsewhere = Problem("P6", Severity.ERROR, "x", ("a",), position=Position("b.yaml", 7))
    assert lines.placed(elsewhere) == elsewhere
    assert lines.placed(Problem("P6", Severity.ERROR, "x")).position is None


@pytest.mark.parametrize(
    ("key", "location", "expected"),
    [
        ("config", (), (3, 6)),
        ("config", ("peers", 0, "x"), (5, 15)),
        ("config", ("peers", 1), (6, 8)),
        ("config", ("peers", 1, "x"), (5, 15)),
        ("config", ("peers", 1, "y"), (7, 11)),
        ("other", ("peers", 1, "z"), (8, 10)),
    ],
)
def test_a_text_that_holds_yaml_is_followed_into(
    key: str, location: Location, expected: tuple[int, int], tmp_path: Path
) -> None:
    lines = lines_of(tmp_path, INNER, (0, "data", key), inner=True)
    assert place(lines, location) == expected


def test_a_line_of_a_text_is_a_line_of_its_file(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, INNER, (0, "data", "config"), inner=True)
    path = str(tmp_path / "a.yaml")
    assert lines.inside((), 3, 3) == Position(path, 5, 7)
    assert lines.inside((), 3) == Position(path, 5)


@pytest.mark.parametrize("text", ["a: [", "", "- 1\n"])
def test_a_file_without_the_place_has_its_first_line(text: str, tmp_path: Path) -> None:
    assert place(lines_of(tmp_path, text, (0, "config")), ("metallb:bgp",))[0] == 1


def test_a_file_that_is_gone_has_its_first_line(tmp_path: Path) -> None:
    lines = lines_of(tmp_path, STACK, (0, "config"))
    (tmp_path / "a.yaml").unlink()
    assert lines.find(("metallb:bgp",)) == Position(str(tmp_path / "a.yaml"), 1)


def test_a_mapping_is_indexed_once_however_many_locations_lead_through_it(
    tmp_path: Path,
) -> None:
    keys = "".join(f"  k{number}: {{a: 1}}\n" for number in range(20_000))
    lines = lines_of(tmp_path, f"config:\n{keys}", (0, "config"))
    lines.find(("k0", "a"))
    begun = time.process_time()
    assert [place(lines, (f"k{number}", "a"))[0] for number in range(0, 20_000, 10)][-1] == 19_992
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (("metallb:platform", "racks", 0, "name"), "metallb:platform.racks[0].name"),
        (("tor.yaml: BGPPeer tor1", "spec", "holdTime"), "tor.yaml: BGPPeer tor1: spec.holdTime"),
        (("cm.yaml: ConfigMap config", "peers", 0), "cm.yaml: ConfigMap config: peers[0]"),
        ((), ""),
    ],
)
def test_a_location_is_spelled_as_people_write_it(location: Location, text: str) -> None:
    assert spelled(location) == text


def test_the_file_of_a_position_is_not_repeated() -> None:
    location = ("tor.yaml: BGPPeer tor1", "spec")
    problem = Problem("P6", Severity.ERROR, "x", location, position=Position("tor.yaml", 3))
    assert problem.where == "BGPPeer tor1: spec"
    assert problem.at(None).where == "tor.yaml: BGPPeer tor1: spec"
