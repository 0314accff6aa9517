"""What pages take for granted before a command, and what their text says that one will see."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from lab.metal_api import Seed, load_seed
from lab.spawn import wait_until
from tests.docs.expecting import Key
from tests.docs.shell import Lacking
from tests.docs_engine.reader import WHERE, Reader
from tests.engine.harness import small
from tests.engine.processes import process_of
from tests.engine.recovering import under_way
from tests.support.engine import engine

ONPREM, PACKET, UPGRADE, TROUBLE, RECOVERY, OPERATIONS = (
    "getting-started-onprem.md",
    "getting-started-packet.md",
    "upgrade-0.12-to-0.16.md",
    "troubleshooting.md",
    "recovery.md",
    "operations.md",
)
ELSEWHERE = {"README.md": PACKET}
"""Pages whose commands are another page's, run there."""
WHOLE = (ONPREM, PACKET, UPGRADE)
"""Pages whose other lines prepare those of the engine."""


def _onprem(reader: Reader) -> None:
    reader.with_a_cluster("onprem")
    (reader.copy / "passphrase.txt").write_text("a passphrase\n")
    reader.tell("unset PULUMI_CONFIG_PASSPHRASE")


def _an_account(reader: Reader) -> None:
    """The account that the template's project id stands for."""
    demo = load_seed("demo").model_dump()
    demo["project"]["id"] = reader.template("packet")["platform"]["projectId"]
    reader.with_a_cluster("packet")
    cloud = reader.in_a_cloud(Seed.model_validate(demo))
    (reader.copy / "token.txt").write_text(cloud.env["METAL_AUTH_TOKEN"] + "\n")
    reader.tell("unset METAL_AUTH_TOKEN")


def _on_0_12(reader: Reader) -> None:
    """The page's stack before its one line is changed, up."""
    reader.with_a_cluster("onprem")
    config = reader.template("prod", install={"version": "0.12.1"})
    reader.write("prod", config)
    reader.tell("pulumi stack init prod && pulumi up --skip-preview --stack prod")
    reader.write("prod", {**config, "install": {"version": "0.16.2"}})


def _cut_off(reader: Reader) -> None:
    """A stack without its pool `public`, whose update died and left its lock."""
    reader.with_a_cluster("onprem", hands=False)
    reader.with_kinds_of_metallb()
    config = reader.template("onprem", install={"version": "0.16.2", "source": "existing"})
    pools = {name: pool for name, pool in config["addressPools"].items() if name != "public"}
    reader.write("prod", {**config, "addressPools": pools})
    reader.tell("pulumi stack init prod")
    locks = (reader.copy / "state").rglob
    _kill(reader, lambda: any(lock.stat().st_size for lock in locks("locks/**/*.json")))
    reader.refused("pulumi up --stack prod", "currently locked by")


def _a_pool_of_another_owner(reader: Reader) -> None:
    """The same pool made by hand, and an update that fails by it."""
    whole = reader.template("onprem", install={"version": "0.16.2", "source": "existing"})
    reader.write("prod", whole)
    pool = {
        "apiVersion": "metallb.io/v1beta1",
        "kind": "IPAddressPool",
        "metadata": {"name": "public", "namespace": WHERE},
        "spec": whole["addressPools"]["public"],
    }
    assert reader.lab is not None
    reader.lab.api.create(pool)
    output = reader.shell.run("pulumi up --skip-preview --stack prod")
    if engine().built and output.code == 0:
        raise Lacking(
            "a Kubernetes provider that refuses what exists; `make engine` has older source"
        )
    assert output.code != 0, output.text
    assert "already exists" in output.text, output.text


def _killed_while_sessions_opened(reader: Reader) -> None:
    cloud = reader.in_a_cloud("demo")
    reader.write("prod", small())
    reader.tell("pulumi stack init prod")
    path = "/devices/{id}/bgp/sessions"
    cloud.add_fault("delay", seconds=20, method="POST", path=path, times=2)
    both = {f"bgp-sessions-worker-{number}-ipv4" for number in range(2)}

    def opening() -> bool:
        """Both are opened; all that was done before them is written down as done."""
        there = len(cloud.inventory()["sessions"]) == 2
        return there and set(under_way(reader.copy / "state")) == both

    _kill(reader, opening)
    cloud.clear_faults()


def _a_reply_was_lost(reader: Reader) -> None:
    """A stack and a cloud as new, and a first update that reserves the page's block in vain."""
    reader.tell("pulumi stack rm --force --yes --preserve-config prod && pulumi stack init prod")
    cloud = reader.in_a_cloud("demo")
    cloud.add_fault("lost_reply", method="POST", path="/projects/{id}/ips")
    output = reader.tell("python -m metallb up prod")
    assert "was reserved as well: a reply was lost" in output, output


def _a_stack_of_files(reader: Reader) -> None:
    """The page's STACK by that very name."""
    config = reader.template("onprem", install={"version": "0.16.2", "source": "existing"})
    reader.write("STACK", {**config, "kubernetes": {"renderTo": "build/STACK"}})


def _kill(reader: Reader, when: Callable[[], bool]) -> None:
    """Start an update, and end it with all its processes at that moment."""
    exported = reader.tell("env -0").split("\0")
    variables = dict(line.split("=", 1) for line in exported if "=" in line)
    update = subprocess.Popen(
        ["pulumi", "up", "--skip-preview", "--stack", "prod"],
        cwd=reader.copy,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Plugins have process groups of their own, and the Kubernetes provider outlives its engine.
    reader.stack.callback(_end_session, update.pid)
    try:
        wait_until("the moment to kill it", when, every=0.02, of=process_of(update))
    finally:
        os.killpg(update.pid, signal.SIGKILL)
        update.wait()


def _end_session(session: int) -> None:
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(ProcessLookupError):
            if os.getsid(int(entry.name)) == session:
                os.kill(int(entry.name), signal.SIGKILL)


BEFORE: dict[Key, Callable[[Reader], None]] = {
    (ONPREM, "export PULUMI_CONFIG_PASSPHRASE_FILE=passphrase.txt"): _onprem,
    (PACKET, "export METAL_AUTH_TOKEN=$(cat token.txt)"): _an_account,
    (UPGRADE, "python -m metallb check prod"): _on_0_12,
    (TROUBLE, "python -m metallb recover prod"): _cut_off,
    (TROUBLE, "pulumi import"): _a_pool_of_another_owner,
    (RECOVERY, "python -m metallb recover prod"): _killed_while_sessions_opened,
    (RECOVERY, "python -m metallb recover prod --release"): _a_reply_was_lost,
    (OPERATIONS, "python -m metallb preview STACK"): _a_stack_of_files,
}
PIPED: dict[Key, str] = {
    (ONPREM, "pulumi config set --secret"): "change-me",
    (PACKET, "pulumi config set --secret equinix-metal:authToken"): "a-token-of-the-tests",
}
"""What is typed for a program that prompts for a value."""
TYPED: dict[Key, str] = {
    (OPERATIONS, "python -m metallb destroy STACK"): "STACK",
}
"""The same, where it needs a terminal."""

SHOWN: dict[Key, tuple[str, ...]] = {
    (ONPREM, "pulumi preview"): (r"\+ \d+ to create", "routing-bgppeer-rack-a-tor-1"),
    (ONPREM, "pulumi up"): (r"\+ \d+ created", "routing-ipaddresspool-public"),
    (PACKET, "make up"): (r"succeeded, \d+ created", "^The manifests are in .*/build/demo"),
    (PACKET, "make down"): (r"succeeded, \d+ deleted",),
    (PACKET, "pulumi preview"): ("routing-bgppeer-worker-0", r"\+ \d+ to create"),
    (PACKET, "pulumi up"): ("elastic-ip-default-block", r"\+ \d+ created"),
    (PACKET, "python -m metallb snapshot ny"): ("ny.snapshot.yaml",),
    (UPGRADE, "pulumi preview --diff"): (
        "routing-configmap-config",
        "routing-ipaddresspool-public",
    ),
    (UPGRADE, "pulumi up"): (r"routing-configmap-config deleted", r"\+ \d+ created"),
    (UPGRADE, "pulumi preview --expect-no-changes"): (r"\d+ unchanged",),
    (TROUBLE, "python -m metallb recover prod"): ("^removed the lock ", "^ready: run `up`$"),
    (TROUBLE, "python -m metallb up prod"): ("succeeded",),
    (TROUBLE, "pulumi import"): ("routing-ipaddresspool-public", "= 1 imported"),
    (TROUBLE, "pulumi up"): ("routing-ipaddresspool-public updated", "~ 1 updated"),
    (RECOVERY, "python -m metallb up prod"): ("succeeded",),
    (RECOVERY, "python -m metallb recover prod --release"): ("released",),
    (OPERATIONS, "python -m metallb preview STACK"): ("create", "routing-bgppeer-rack-a-tor-1"),
    (OPERATIONS, "python -m metallb up STACK"): (r"\d+ created",),
    (OPERATIONS, "python -m metallb refresh STACK"): ("succeeded",),
    (OPERATIONS, "python -m metallb outputs STACK"): (r"203\.0\.113\.0/28", r"10\.1\.0\.1"),
    (OPERATIONS, "python -m metallb destroy STACK"): (r"\d+ deleted",),
}
"""Patterns of the output, beside the lines that the page shows."""
