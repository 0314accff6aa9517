"""Stack files as texts, for tests of their form."""

import json
from pathlib import Path

import pytest

from metallb.cli import main
from metallb.stackfile import stack_config
from metallb.stackfile.files import read_stack_file

PLATFORM = """\
metallb:platform:
  kind: static
  racks:
    - name: a
      nodes: [a1]
      routers: [{address: 10.1.0.1, asn: 64601}]
"""
POOLS = """\
metallb:addressPools:
  public: {addresses: [203.0.113.0/28]}
"""
BGP = """\
metallb:bgp:
  myAsn: 64512
"""


def indented(text: str, by: int = 2) -> str:
    return "".join(f"{' ' * by}{line}" for line in text.splitlines(keepends=True))


def checked(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """Every finding of form, by its key, and by its line up to a colon and a blank."""
    path = folder / "Pulumi.x.yaml"
    path.write_text(text, encoding="utf-8")
    code = main(["check", str(path), "--format", "json"])
    found = [each for each in json.loads(capsys.readouterr().out) if each["id"] == "FORM"]
    assert code == (2 if found else 0)
    lines = text.splitlines()
    return [(each["where"], lines[each["line"] - 1].strip(" -").split(": ")[0]) for each in found]


GOOD = f"config:\n{indented(PLATFORM + BGP + POOLS)}"


def whole(path: Path) -> None:
    file = read_stack_file(path)
    stack_config(file.sections, source="x", secret_sections=file.secret_sections)
