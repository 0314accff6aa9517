"""Files that are made from the code are what the code makes."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from benchmarks import faults
from lab.reliability import table as reliability
from tools.docs import generated
from tools.docs.__main__ import main
from tools.docs.generated import GENERATED, Generated
from tools.docs.paths import DOCS


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_file_is_what_the_code_makes(name: str) -> None:
    assert main([name, "--check"]) == 0, f"run: python -m tools.docs {name}"


def test_a_file_that_is_old_is_reported_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.md"
    monkeypatch.setitem(generated.GENERATED, "fields", Generated(path, lambda: "new\n"))
    path.write_text("old\n", encoding="utf-8")
    assert main(["fields", "--check"]) == 1
    assert "page.md is old" in capsys.readouterr().out
    assert main(["fields"]) == 0
    assert path.read_text(encoding="utf-8") == "new\n"
    assert main(["fields", "--check"]) == 0


@pytest.mark.parametrize(
    "written",
    [
        reliability.page([]),
        reliability.layer2_part({"ARP": [], "NDP": []}),
        faults.table(ET.Element("suites"), 50)[0],
    ],
    ids=["failures", "layer 2", "faults"],
)
def test_the_text_around_measured_figures_is_what_the_command_writes(written: str) -> None:
    page = (DOCS / "reliability.md").read_text(encoding="utf-8")
    lines = [line for line in written.splitlines() if not line.startswith("| **all**")]
    assert [line for line in lines if line not in page] == []
