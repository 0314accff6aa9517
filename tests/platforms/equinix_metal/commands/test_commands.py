"""preview, up, refresh, destroy and outputs on the real engine, with the emulated cloud."""

import signal

from lab.spawn import wait_until
from tests.platforms.equinix_metal.updates.harness import changed, small


def test_an_interrupt_ends_an_update_cleanly_and_a_second_update_meets_its_lock(project):
    # Both sessions, and for long: the first update is still at it when the second and the
    # interrupt have come.
    path = "/devices/{id}/bgp/sessions"
    project.cloud.add_fault("delay", method="POST", path=path, seconds=20, times=2)
    process = project.start("up", "demo", "--yes", "--skip-preview")

    # The block is there, and the engine waits for the sessions: it writes no state meanwhile.
    def works() -> bool:
        assert process.poll() is None
        locked = list((project.folder / "state").rglob("locks/**/*.json"))
        return bool(locked and project.cloud.inventory()["blocks"])

    wait_until("the first update at its sessions", works)

    second = project.run("up", "demo", "--yes", "--skip-preview", "--quiet")
    assert second.returncode == 1
    assert "error[E501]: " in second.stderr
    assert "recover demo" in second.stderr

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "cancelled" in out
    assert not list((project.folder / "state").rglob("locks/**/*.json"))

    project.cloud.clear_faults()
    assert project.report("up", "demo", "--yes", "--skip-preview")["result"] == "succeeded"
    assert len(project.cloud.inventory()["sessions"]) == 2


def test_a_destroy_that_meets_a_protected_block_touches_nothing_without_an_option(project):
    def protect(config):
        config["platform"]["elasticIps"]["default"] = {"quantity": 1}

    project.write("demo", changed(small(), protect))
    project.report("up", "demo", "--yes", "--skip-preview")
    before = project.cloud.inventory()
    report = project.report("destroy", "demo", "--yes", code=2)
    assert report["result"] == "refused"
    assert "elastic-ip-default-block" in report["error"]["seen"]
    assert "protect: false" in report["error"]["remedy"]
    assert "--keep-protected" in report["error"]["remedy"]
    assert project.cloud.inventory() == before
    done = project.report("destroy", "demo", "--yes", "--keep-protected")
    assert done["result"] == "succeeded"
    after = project.cloud.inventory()
    assert (after["blocks"], after["sessions"]) == (before["blocks"], [])
    # What was kept is still in the state, so the next update goes on with it.
    assert project.report("up", "demo", "--yes", "--skip-preview")["changes"].get("create", 0) > 0
    assert project.cloud.inventory()["blocks"] == before["blocks"]


def test_what_a_token_may_not_delete_is_reported_although_the_engine_counts_it_as_deleted(project):
    project.report("up", "demo", "--yes", "--skip-preview")
    there = project.cloud.inventory()
    (block,) = [item["id"] for item in there["blocks"] if item["type"] == "public_ipv4"]
    sessions = [item["id"] for item in there["sessions"]]

    # An update that takes a node out, with a token that may only read.
    project.cloud.add_fault(
        "status", method="DELETE", path="/bgp/sessions/{id}", status=403, times=9
    )
    project.cloud.add_fault("status", method="DELETE", path="/ips/{id}", status=403, times=9)
    project.write("demo", small(nodes=1))
    project.cloud.reset_calls()
    taken = project.report("up", "demo", "--yes", "--skip-preview", code=1)
    assert taken["result"] == "failed"
    assert [one for one in sessions if one in taken["error"]["seen"]] == [
        item["id"] for item in there["sessions"] if item["hostname"] == "worker-1"
    ]
    assert taken["outputs"]["namespace"] == "metallb-system"
    assert project.cloud.calls()["GET /bgp/sessions/{id}"] == 1

    done = project.run("destroy", "demo", "--yes", "--quiet")
    assert done.returncode == 1
    assert f"block {block} (elastic-ip-default-block)" in done.stderr
    assert "recover demo --release ID" in done.stderr
    assert len(project.cloud.inventory()["sessions"]) == 2

    # The remedy for the block, with a token that may; what is gone is not looked up again.
    project.cloud.clear_faults()
    assert project.run("recover", "demo", "--release", block).returncode == 0
    assert block not in {item["id"] for item in project.cloud.inventory()["blocks"]}
    project.cloud.reset_calls()
    assert project.report("destroy", "demo", "--yes")["result"] == "succeeded"
    assert project.cloud.calls() == {}


def test_a_block_that_is_retained_is_not_reported_as_one_that_could_not_be_deleted(project):
    def retain(config):
        config["platform"]["elasticIps"]["default"].update(retainOnDelete=True)

    project.write("demo", changed(small(nodes=1), retain))
    project.report("up", "demo", "--yes", "--skip-preview")
    blocks = project.cloud.inventory()["blocks"]
    report = project.report("destroy", "demo", "--yes")
    assert (report["result"], report["diagnostics"]) == ("succeeded", [])
    assert project.cloud.inventory()["blocks"] == blocks


def test_what_a_provider_refuses_is_reported_in_its_words(project):
    project.cloud.add_fault(
        "status", method="POST", path="/projects/{id}/ips", status=422, text="no addresses left"
    )
    report = project.report("up", "demo", "--yes", "--skip-preview", code=1)
    assert report["result"] == "failed"
    assert "no addresses left" in report["error"]["seen"]
    assert any(resource["failed"] for resource in report["resources"])


def test_the_life_of_a_stack_opens_and_closes_its_sessions(project):
    project.report("preview", "demo")
    assert not project.cloud.inventory()["sessions"]
    done = project.report("up", "demo", "--yes", "--skip-preview")
    assert project.cloud.inventory()["sessions"]
    assert project.run("preview", "demo", "--expect-no-changes").returncode == 0
    assert project.report("refresh", "demo")["result"] == "succeeded"
    gone = project.report("destroy", "demo", "--yes")
    assert gone["changes"]["delete"] == done["changes"]["create"]
    assert not project.cloud.inventory()["sessions"]


def test_what_changes_something_goes_on_to_its_end_where_nothing_reads(project):
    for words, sessions in (("up --yes", 2), ("refresh", 2), ("destroy --yes", 0)):
        command, *options = words.split()
        process = project.start(command, "demo", *options)
        process.stdout.close()
        process.stderr.close()
        assert process.wait(timeout=300) == 0, words
        assert len(project.cloud.inventory()["sessions"]) == sessions, words
        assert not list((project.folder / "state").rglob("locks/**/*.json")), words
