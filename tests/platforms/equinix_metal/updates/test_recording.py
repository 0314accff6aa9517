"""Answers recorded from a real state feed `render`, which then needs no account and no engine."""

from collections.abc import Callable

import yaml

from tests.platforms.equinix_metal.updates.conftest import MakeProject
from tests.platforms.equinix_metal.updates.harness import PLATFORM, Config, Project, changed, small

PASSWORD = "Sesame0pen1"


def test_recorded_answers_render_the_same_objects_that_the_engine_wrote(
    make: MakeProject, template: Callable[..., Project]
) -> None:
    def secret(config: Config) -> None:
        config["bgp"]["password"] = PASSWORD

    config = changed(small(), secret)
    project = make(config, like=template("password", config))
    stack_file = str(project.stack_file)
    before = project.stack_file.read_bytes()
    recorded = project.command("snapshot", stack_file)
    assert recorded.returncode == 0, recorded.stderr
    answers = project.stack_file.with_name("demo.snapshot.yaml")
    assert PASSWORD not in answers.read_text()
    device = yaml.safe_load(answers.read_text())["nodes"]["worker-0"]
    assert (device["privateAddress"], device["privateGateway"]) == ("10.64.43.11", "10.64.43.10")
    # Nothing is looked up any more: neither at the platform nor by the engine.
    project.env = {"PATH": "/nonexistent", "HTTPS_PROXY": "http://127.0.0.1:9"}
    folder = project.folder / "rendered"
    rendered = project.command("render", stack_file, "-o", str(folder), "--with-secrets")
    assert rendered.returncode == 0, rendered.stderr
    ours = [yaml.safe_load(path.read_text()) for path in folder.rglob("*.yaml")]
    theirs = [yaml.safe_load(path.read_text()) for path in project.rendered()]
    assert len(ours) == len(theirs) > 4

    def known(objects: list[Config]) -> dict[tuple[str, str], Config]:
        return {(item["kind"], item["metadata"]["name"]): item.get("spec") for item in objects}

    assert known(ours) == known(theirs)
    assert project.stack_file.read_bytes() == before


def test_recording_before_the_first_up_says_what_is_missing_and_what_to_run(
    make: MakeProject, running: Project
) -> None:
    project = make(small())
    refused = project.command("snapshot", str(project.stack_file))
    assert refused.returncode == 2
    assert "device worker-0, device worker-1, block default" in refused.stderr
    assert f"metallb up {project.stack_file}" in refused.stderr
    project.engine(["stack", "rm", "--yes", "--preserve-config", "demo"])
    refused = project.command("snapshot", str(project.stack_file))
    assert refused.returncode == 2
    assert "the backend has no stack" in refused.stderr
    # A node that came after the last update is missing as well.
    running.change(lambda config: config["platform"]["nodes"].append({"hostname": "worker-2"}))
    refused = running.command("snapshot", str(running.stack_file))
    assert refused.returncode == 2
    assert "has no facts of device worker-2" in refused.stderr
    assert not running.stack_file.with_name("demo.snapshot.yaml").exists()


def test_what_changed_since_the_last_update_is_reported_and_not_recorded(running: Project) -> None:
    stack_file = str(running.stack_file)
    answers = running.stack_file.with_name("demo.snapshot.yaml")
    running.cloud.remove_block(next(iter(running.blocks())))
    running.refresh(PLATFORM)
    refused = running.command("snapshot", stack_file)
    assert refused.returncode == 2
    assert "error[E402]: " in refused.stderr
    assert "has no facts of block default" in refused.stderr
    assert not answers.exists()
    running.up()
    assert running.command("snapshot", stack_file).returncode == 0
    before = answers.read_text()
    replacement = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b02"
    running.change(lambda config: config["platform"]["nodes"][0].update(deviceId=replacement))
    refused = running.command("snapshot", stack_file)
    assert refused.returncode == 2
    assert f"has no facts of device worker-0 with id {replacement}" in refused.stderr
    assert answers.read_text() == before
    # Nor do the answers of the device before it pass for this one's.
    checked = running.command("check", stack_file)
    assert checked.returncode == 2
    assert f"no facts of device worker-0 with id {replacement}" in checked.stdout
