"""preview, up, refresh, destroy and outputs on the real engine."""

import json

from tests.updates.harness import changed, small


def test_the_life_of_a_stack_leaves_its_file_as_it_was_committed(project):
    path = project.folder / "stacks" / "Pulumi.demo.yaml"
    committed = path.read_bytes()

    ahead = project.report("preview", "demo")
    assert ahead["result"] == "succeeded"
    assert ahead["changes"]["create"] > 5

    done = project.report("up", "demo", "--yes", "--skip-preview")
    assert done["changes"]["create"] == ahead["changes"]["create"]
    assert done["outputs"]["namespace"] == "metallb-system"

    assert project.report("outputs", "demo")["outputs"] == done["outputs"]
    assert project.run("preview", "demo", "--expect-no-changes").returncode == 0

    project.write("demo", changed(small(), lambda config: config["bgp"].update(holdTime="9s")))
    again = project.run("preview", "demo", "--expect-no-changes", "--markdown", "comment.md")
    assert again.returncode == 3
    assert "spec.holdTime: 3s -> 9s" in again.stdout
    assert "+     spec.holdTime: 9s" in (project.folder / "comment.md").read_text()
    project.write("demo", small())

    assert project.report("refresh", "demo")["result"] == "succeeded"
    gone = project.report("destroy", "demo", "--yes")
    assert gone["changes"]["delete"] == done["changes"]["create"]

    assert path.read_bytes() == committed
    assert [entry.name for entry in (project.folder / "stacks").iterdir()] == [path.name]
    assert not list(project.folder.glob("Pulumi.*.yaml"))


def test_a_selected_stack_stays_selected(project):
    project.pulumi("stack", "init", "other")
    project.report("preview", "demo")
    assert "other" in project.pulumi("stack", "--show-name")


def test_destroying_without_a_prompt_needs_a_yes(project):
    done = project.run("destroy", "demo")
    assert done.returncode == 2
    assert "--yes" in done.stderr


def test_with_a_yes_the_changes_are_shown_first_and_the_document_is_of_the_run(project):
    project.report("up", "demo", "--yes")
    project.write("demo", changed(small(), lambda config: config["bgp"].update(holdTime="9s")))
    done = project.run("up", "demo", "--yes", "--json")
    assert json.loads(done.stdout)["changes"].get("update")
    shown = done.stderr
    assert shown.index("~ BGPPeer") < shown.index("sessions of these peers are closed")
    gone = project.run("destroy", "demo", "--yes")
    assert "- BGPPeer" in gone.stderr
    assert "sessions of these peers are closed" in gone.stderr
    assert " deleted" in gone.stdout


def test_a_mistake_is_refused_before_anything_is_started(project):
    project.write("demo", changed(small(), lambda config: config["bgp"].update(holdTime="2s")))
    report = project.report("up", "demo", "--yes", "--skip-preview", code=2)
    assert report["result"] == "refused"
    assert report["findings"][0]["where"] == "metallb:bgp.holdTime"
    assert report["findings"][0]["line"] > 0
    assert not list((project.folder / "state").iterdir())


def test_a_stack_that_was_never_made_has_no_outputs_and_says_how_to_make_it(project):
    done = project.run("outputs", "demo")
    assert done.returncode == 1
    assert "metallb up demo" in done.stderr


def test_a_secret_shows_nowhere(project):
    word = "correct-horse-battery"
    config = {**small(), "kubernetes": {"renderTo": "build/onprem"}}
    project.write("onprem", config)
    project.pulumi("stack", "init", "onprem", "--no-select")
    for value, commands in ((word, ("up",)), (word + "-staple", ("preview", "up", "outputs"))):
        project.pulumi(
            "config", "set", "--secret", "--path", "metallb:bgp.password", value,
            "--stack", "onprem",
        )  # fmt: skip
        for command in commands:
            sure = ["--yes"] if command == "up" else []
            done = project.run(command, "onprem", "--json", *sure)
            assert done.returncode == 0, done.stderr
            assert word not in done.stdout + done.stderr
            if command == "preview":
                assert json.loads(done.stdout)["changes"].get("update")


def test_a_change_is_judged_against_what_the_last_update_left(project):
    project.write("demo", {**small(3), "kubernetes": {"renderTo": "build/demo"}})
    project.report("up", "demo", "--yes")
    same = json.loads(
        project.run("impact", "demo", "--against", "state", "--format", "json").stdout
    )
    assert (same["redialled"], same["kept"]) == ([], 6)

    def less(config):
        config["platform"]["racks"][0]["nodes"].pop()
        config["addressPools"]["default"]["addresses"] = ["203.0.113.0/29"]

    project.write("demo", changed(small(3), less))
    done = project.run("impact", "demo", "--against", "state", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    redialled = {(each["router"], tuple(each["nodes"])) for each in found["redialled"]}
    nodes = ("node-0", "node-1")
    assert redialled == {("rack-a-tor-1", nodes), ("rack-a-tor-2", nodes)}
    assert [each["nodes"] for each in found["ended"]] == [["node-2"], ["node-2"]]
    assert found["addresses"] == ["203.0.113.8/29"]
    # What the preview says of the same change, from the engine's own differences.
    preview = json.loads(project.run("preview", "demo", "--json").stdout)
    assert preview["impact"]["redialled"] == found["redialled"]


def test_a_destroy_is_previewed_where_the_cli_is_to_skip_confirmations(project):
    project.report("up", "demo", "--yes")
    project.env["PULUMI_SKIP_CONFIRMATIONS"] = "true"
    gone = project.run("destroy", "demo", "--yes")
    assert gone.returncode == 0, gone.stderr
    assert "- BGPPeer" in gone.stderr
