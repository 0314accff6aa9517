"""What pages take for granted before a command, and what their text says that one will see."""

from collections.abc import Callable

from tests.docs.engine.killing import kill
from tests.docs.engine.reader import WHERE, Reader
from tests.docs.expecting import Key
from tests.docs.shell import Lacking
from tests.platforms import parts
from tests.support.engine import engine

ONPREM, UPGRADE, TROUBLE, OPERATIONS = (
    "getting-started-onprem.md",
    "upgrade-0.12-to-0.16.md",
    "troubleshooting.md",
    "operations.md",
)
_OF_PLATFORMS = [part.stories() for part in parts()]
ELSEWHERE = {page: other for each in _OF_PLATFORMS for page, other in each.elsewhere.items()}
"""Pages whose commands are another page's, run there."""
WHOLE = (ONPREM, UPGRADE, *(page for each in _OF_PLATFORMS for page in each.whole))
"""Pages whose other lines prepare those of the engine."""


def _onprem(reader: Reader) -> None:
    reader.with_a_cluster("onprem")
    (reader.copy / "passphrase.txt").write_text("a passphrase\n")
    reader.tell("unset PULUMI_CONFIG_PASSPHRASE")


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
    kill(reader, lambda: any(lock.stat().st_size for lock in locks("locks/**/*.json")))
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


def _a_stack_of_files(reader: Reader) -> None:
    """The page's STACK by that very name."""
    config = reader.template("onprem", install={"version": "0.16.2", "source": "existing"})
    reader.write("STACK", {**config, "kubernetes": {"renderTo": "build/STACK"}})


BEFORE: dict[Key, Callable[[Reader], None]] = {
    (ONPREM, "export PULUMI_CONFIG_PASSPHRASE_FILE=passphrase.txt"): _onprem,
    (UPGRADE, "metallb check prod"): _on_0_12,
    (TROUBLE, "metallb recover prod"): _cut_off,
    (TROUBLE, "pulumi import"): _a_pool_of_another_owner,
    (OPERATIONS, "metallb preview STACK"): _a_stack_of_files,
    **{key: story for each in _OF_PLATFORMS for key, story in each.before.items()},
}
PIPED: dict[Key, str] = {
    (ONPREM, "pulumi config set --secret"): "change-me",
    **{key: text for each in _OF_PLATFORMS for key, text in each.piped.items()},
}
"""What is typed for a program that prompts for a value."""
TYPED: dict[Key, str] = {
    (OPERATIONS, "metallb up STACK"): "yes",
    (OPERATIONS, "metallb destroy STACK"): "STACK",
}
"""The same, where it needs a terminal."""

SHOWN: dict[Key, tuple[str, ...]] = {
    (ONPREM, "pulumi preview"): (r"\+ \d+ to create", "routing-bgppeer-rack-a-tor-1"),
    (ONPREM, "pulumi up"): (r"\+ \d+ created", "routing-ipaddresspool-public"),
    (UPGRADE, "pulumi preview --diff"): (
        "routing-configmap-config",
        "routing-ipaddresspool-public",
    ),
    (UPGRADE, "pulumi up"): (r"routing-configmap-config deleted", r"\+ \d+ created"),
    (UPGRADE, "pulumi preview --expect-no-changes"): (r"\d+ unchanged",),
    (TROUBLE, "metallb recover prod"): ("^removed the lock ", "^ready: run `up`$"),
    (TROUBLE, "metallb up prod"): ("succeeded",),
    (TROUBLE, "pulumi import"): ("routing-ipaddresspool-public", "= 1 imported"),
    (TROUBLE, "pulumi up"): ("routing-ipaddresspool-public updated", "~ 1 updated"),
    (OPERATIONS, "metallb preview STACK"): ("create", "routing-bgppeer-rack-a-tor-1"),
    (OPERATIONS, "metallb up STACK"): (r"\d+ created",),
    (OPERATIONS, "metallb refresh STACK"): ("succeeded",),
    (OPERATIONS, "metallb outputs STACK"): (r"203\.0\.113\.0/28", r"10\.1\.0\.1"),
    (OPERATIONS, "metallb destroy STACK"): (r"\d+ deleted",),
    **{key: patterns for each in _OF_PLATFORMS for key, patterns in each.shown.items()},
}
"""Patterns of the output, beside the lines that the page shows."""
