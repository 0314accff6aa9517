"""Every command that reads a stack file shows a mistake in it with the same code and place."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from metallb.cli import main
from metallb.loading.stack import load_file
from metallb.problems.errors import MetalLBError
from metallb.problems.text import first_line
from tools import up as tool

READERS = ("check", "preview", "up", "render", "record", "status", "topology", "recover")
"""Commands that use the configuration."""
KEEPERS = ("refresh", "destroy")
"""Commands that take down or compare what an older file made: it has to be readable alone."""

STATIC = """config:
  metallb:kubernetes: {context: lab}
  metallb:install: {version: 0.16.2}
  metallb:platform: {kind: static, racks: [{name: r, nodes: [n1], routers: [{address: 10.0.0.1}]}]}
  metallb:bgp: {myAsn: 64512, peerAsn: 64513, holdTime: 9s}
  metallb:addressPools: {public: {addresses: [203.0.113.0/28]}}
"""

# Of a file: its text, the places and codes, in the order in which they are shown.
UNREADABLE = {
    "no-yaml": ("config:\n  metallb:bgp: {myAsn: 1]\n", [("2:25", "E101")]),
    "tab": ("config:\n\tmetallb:bgp: {}\n", [("2:1", "E101")]),
    "no-text": (b"config:\n  metallb:bgp: \xff\n", [("2:16", "E101")]),
    "duplicate": (STATIC + "  metallb:bgp: {}\n", [("7:3", "E108")]),
    "list": ("- a\n", [("1", "E104")]),
    "top-level": (STATIC + "metallb:nothing: {}\n", [("7:1", "E106")]),
}
MISTAKEN = {
    "unknown-key": (STATIC.replace("holdTime", "holdTim"), [("5:47", "E102")]),
    "unknown-section": (STATIC + "  metallb:nothing: {}\n", [("7:3", "E102")]),
    "value": (STATIC.replace("9s", "9"), [("5:57", "E105")]),
    "control-character": (STATIC.replace("9s", '"\\e[31m3s"'), [("5:57", "E105")]),
    "in-a-list": (STATIC.replace("10.0.0.1", "10.0.0.x"), [("4:87", "E105")]),
    "missing-section": (STATIC.partition("  metallb:addr")[0], [("1:1", "E103")]),
    "several": (
        STATIC.replace("9s", "9").replace("203.0.113.0/28", "x"),
        [("5:57", "E105"), ("6:47", "E105")],
    ),
}
ALL = {**UNREADABLE, **MISTAKEN}
SHOWN = re.compile(r"^(\S+?\.yaml):([\d:]+): error\[(\w+)\]: (.*)$", re.MULTILINE)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(name: str) -> Path:
        path = tmp_path / f"Pulumi.{name}.yaml"
        text = ALL[name][0]
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def arguments(command: str, path: Path) -> list[str]:
    more = {
        "render": ["-o", str(path.parent / "out")],
        "destroy": ["--yes"],
    }
    return [command, str(path), *more.get(command, [])]


@pytest.mark.parametrize(
    ("command", "name"),
    [(command, name) for command in READERS for name in ALL]
    + [(command, name) for command in KEEPERS for name in UNREADABLE],
)
def test_a_mistake_has_the_same_code_and_place(
    written: Callable[[str], Path], capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    path = written(name)
    assert main(arguments(command, path)) == 2
    out, err = capsys.readouterr()
    shown = SHOWN.findall(out if command == "check" else err)
    assert [(file, place, code) for file, place, code, _ in shown] == [
        (str(path), place, code) for place, code in ALL[name][1]
    ]
    assert "\x1b" not in out + err


@pytest.mark.parametrize("name", ALL)
def test_the_tools_show_the_same(
    written: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    path = written(name)
    with pytest.raises(MetalLBError) as caught:
        load_file(path).config  # noqa: B018 - it raises
    expected = [first_line(each) for each in caught.value.problems]
    monkeypatch.setattr("sys.argv", ["make", "up", str(path)])
    assert tool.main() == 2
    err = capsys.readouterr().err
    assert [line for line in err.splitlines() if "error[" in line] == expected


def test_a_file_is_called_as_from_the_current_folder(
    written: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = written("value")
    shown = []
    for folder, given in (
        (path.parent, path.name),
        (path.parent, str(path)),
        (path.parent.parent, str(path)),
        (Path("/"), str(path)),
    ):
        monkeypatch.chdir(folder)
        main(["topology", given])
        shown.append(capsys.readouterr().err.partition(":5:57:")[0])
    below = f"{path.parent.name}/{path.name}"
    assert shown == [path.name, path.name, below, str(path).lstrip("/")]
