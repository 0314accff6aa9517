"""The pipelines of the CI page do what its text says of them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from metallb.runner.markdown import marker
from tests.docs.blocks import Block, blocks
from tools.docs.paths import ROOT

BOT = {"login": "github-actions[bot]"}
OURS = f"{marker('preview', 'production')}\nof an earlier push"
GH = """#!/bin/bash
if [ "$2" = --paginate ]; then jq -r "$5" comments.json; else echo "$3 $4 $5 $6 $7" >> requests; fi
"""


PIPELINES = [each for each in blocks("yaml") if each.page.name == "ci.md"]
OF_GITHUB = ["--builtin-schema", "vendor.github-workflows"]
OF_GITLAB = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]


def pipeline(kind: str) -> dict[Any, Any]:
    """The pipeline whose first line names this file."""
    for block in PIPELINES:
        if block.text.startswith(f"# {kind}\n"):
            loaded: dict[Any, Any] = yaml.safe_load(block.text)
            return loaded
    raise AssertionError(f"docs/ci.md shows no {kind}")


def refused(path: Path, schema: list[str]) -> str:
    """What the schema that the vendor publishes refuses of a file."""
    pytest.importorskip("check_jsonschema", reason="no check-jsonschema; requirements-dev.txt")
    command = [sys.executable, "-m", "check_jsonschema", *schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("block", PIPELINES, ids=lambda each: each.where)
def test_a_pipeline_is_one_of_its_schema(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yml"
    path.write_text(block.text, encoding="utf-8")
    github = block.text.startswith("# .github/")
    assert refused(path, OF_GITHUB if github else OF_GITLAB) == ""


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        *((path, OF_GITHUB) for path in sorted((ROOT / ".github/workflows").glob("*.yml"))),
        (ROOT / "action.yml", ["--builtin-schema", "vendor.github-actions"]),
    ],
    ids=lambda each: getattr(each, "name", None),
)
def test_the_repository_s_own_files_are_of_their_schemas(path: Path, schema: list[str]) -> None:
    assert refused(path, schema) == ""


def test_a_pipeline_with_a_misspelt_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yml"
    path.write_text("on: push\njobs: {up: {runs-on: ubuntu-24.04, step: []}}\n")
    assert "step" in refused(path, OF_GITHUB)
    path.write_text("up: {script: [metallb up], rule: []}\n")
    assert "rule" in refused(path, OF_GITLAB)


def commands(job: dict[str, Any]) -> str:
    return "\n".join(job.get("script") or [step.get("run", "") for step in job["steps"]])


@pytest.mark.skipif(not shutil.which("jq"), reason="no jq here to play gh's --jq")
@pytest.mark.parametrize(
    ("comments", "requests"),
    [
        ([], "-X POST repos/a/b/issues/7/comments"),
        ([{"id": 1, "user": BOT, "body": "lint"}], "-X POST repos/a/b/issues/7/comments"),
        (
            [{"id": 1, "user": {"login": "eve"}, "body": OURS}],
            "-X POST repos/a/b/issues/7/comments",
        ),
        (
            [
                {"id": 3, "user": BOT, "body": OURS},
                {"id": 4, "user": BOT, "body": "lint"},
            ],
            "-X PATCH repos/a/b/issues/comments/3",
        ),
    ],
)
def test_the_comment_is_kept_up_to_date_and_no_other_is_touched(
    tmp_path: Path, comments: list[dict[str, Any]], requests: str
) -> None:
    steps = pipeline(".github/workflows/metallb.yml")["jobs"]["preview"]["steps"]
    (script,) = [step["run"] for step in steps if step.get("name") == "comment"]
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "comments.json").write_text(json.dumps(comments))
    (tmp_path / "preview.md").write_text(f"{marker('preview', 'production')}\nof this push\n")
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "REPO": "a/b", "NUMBER": "7"}
    subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "requests").read_text() == f"{requests} -F body=@preview.md\n"


def test_the_nightly_look_runs_on_a_schedule_and_changes_nothing() -> None:
    nightly = pipeline(".github/workflows/metallb-drift.yml")
    # YAML's `on` is a truth to this reader.
    assert "schedule" in nightly[True]
    (job,) = nightly["jobs"].values()
    assert "if" not in job
    assert "--expect-no-changes" in commands(job)
    assert "metallb up" not in commands(job)


def test_a_schedule_of_gitlab_starts_the_nightly_look_alone() -> None:
    jobs = {name: job for name, job in pipeline(".gitlab-ci.yml").items() if "script" in job}
    sources = {name: job["rules"][0]["if"] for name, job in jobs.items()}
    assert [name for name, rule in sources.items() if '"schedule"' in rule] == ["drift"]
    assert all("$CI_PIPELINE_SOURCE ==" in rule for rule in sources.values())
    assert "metallb up" not in commands(jobs["drift"])


def test_what_previews_reads_with_other_credentials_than_what_updates() -> None:
    jobs = pipeline(".gitlab-ci.yml")
    assert jobs["preview"]["environment"] == {"name": "metallb-read", "action": "access"}
    assert jobs["up"]["environment"] == "production"
