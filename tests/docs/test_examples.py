"""Stack files, programs and router configurations on the pages are what they claim to be."""

import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb.preflight import check_stack
from metallb.stackfile import stack_config
from tests.docs.blocks import Block, blocks
from tests.platforms import parts
from tests.support.programs import sections
from tests.support.record import Record
from tests.support.recording import run

YAML = blocks("yaml")
PROJECT = "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10"
PYTHON = [block for block in blocks("python") if block.page.name.startswith("components")]


def by_where(block: Block) -> str:
    return block.where


def whole(found: dict[str, Any]) -> dict[str, Any]:
    """A fragment on a page, completed by a shipped stack that it fits."""
    if "platform" in found and "addressPools" in found:
        return found
    template = next(filter(None, (part.template_for(found) for part in parts())), "")
    base = sections(template or "onprem")
    if "platform" in found and not template:
        base.pop("install", None)
    return {**base, **found}


@pytest.mark.parametrize("block", YAML, ids=by_where)
def test_a_stack_file_on_a_page_is_valid_and_breaks_no_rule(block: Block) -> None:
    for document in yaml.safe_load_all(block.text):
        config = document.get("config") if isinstance(document, dict) else None
        if not config:
            continue
        found = {key.removeprefix("metallb:"): value for key, value in config.items()}
        stack = stack_config(whole(found), source=block.where)
        errors = [each for each in check_stack(stack) if each.is_error]
        assert errors == []


WHOLE = [
    (block, {key.removeprefix("metallb:"): value for key, value in document["config"].items()})
    for block in YAML
    for document in yaml.safe_load_all(block.text)
    if isinstance(document, dict)
    and {"metallb:platform", "metallb:addressPools"} <= set(document.get("config") or ())
]


@pytest.mark.parametrize(("block", "found"), WHOLE, ids=lambda each: getattr(each, "where", ""))
def test_a_whole_stack_file_on_a_page_names_its_release_and_holds_no_placeholder(
    block: Block, found: dict[str, Any]
) -> None:
    codes = {each.code for each in check_stack(stack_config(found, source=block.where))}
    assert not codes & {"V8", "K6", *(rule for part in parts() for rule in part.placeholder_rules)}


def recorded(block: Block, folder: Path) -> Record:
    """A program of a page, run on the recording monitor."""
    program = folder / "program.py"
    program.write_text(block.text)
    return run(
        lambda: bool(runpy.run_path(str(program))) and None,
        config={"edge:projectId": PROJECT, "edge:kubeconfig": "none", "edge:md5": "an-md5-key"},
        secret_keys=["edge:kubeconfig", "edge:md5"],
    )


@pytest.mark.parametrize("block", PYTHON, ids=by_where)
def test_a_program_on_the_page_of_components_runs(block: Block, tmp_path: Path) -> None:
    assert recorded(block, tmp_path).resources


@pytest.mark.parametrize("block", blocks("bird"), ids=by_where)
def test_a_bird_configuration_is_parsed_by_bird(block: Block, tmp_path: Path) -> None:
    bird = shutil.which("bird", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if bird is None:
        pytest.skip("no bird on this machine; Debian's package is bird2")
    file = tmp_path / "bird.conf"
    file.write_text(block.text)
    done = subprocess.run([bird, "-p", "-c", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
