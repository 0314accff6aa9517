"""Links lead somewhere, and the site builds without a warning."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.docs.links import anchors, broken_links
from tools.docs.paths import ROOT


def test_no_link_leads_nowhere() -> None:
    assert broken_links() == []


def test_anchors_are_those_of_headings_and_not_of_comments_in_code() -> None:
    text = "# A `key.<name>` here\n\n```sh\n# no heading\n```\n\n## Twice, with [a link](x.md)\n"
    assert anchors(text) == {"a-keyname-here", "twice-with-a-link"}


def test_the_site_builds_strictly(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="no mkdocs here; it is in requirements-dev.txt")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    index = json.loads((tmp_path / "site" / "search" / "search_index.json").read_text())
    assert "bfd.html#the-stack-file" in {each["location"] for each in index["docs"]}
    front = (tmp_path / "site" / "index.html").read_text()
    for word in ("fonts.googleapis", "fonts.gstatic", "unpkg.com", "cdn."):
        assert word not in front, "the site needs no network"
