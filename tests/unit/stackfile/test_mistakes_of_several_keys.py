"""A rule about several keys of one mapping names the one that is at fault."""

from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from tests.support.problems import one_problem_of, places, words
from tests.unit.stacks import CIPHERTEXT, static

ONE_ID = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"


def tolerating(**toleration: Any) -> dict[str, Any]:
    return static(install={"speaker": {"tolerations": [toleration]}})


def rack(**changes: Any) -> dict[str, Any]:
    listed = {"name": "a", "nodes": ["a1"], "routers": [{"address": "10.1.0.1"}], **changes}
    return static(platform={"kind": "static", "racks": [listed]})


TOLERATION = "metallb:install.speaker.tolerations[0]"
RACK = "metallb:platform.racks[0]"


TOGETHER = "E111"


@pytest.mark.parametrize(
    ("sections", "where", "summary", "help"),
    [
        (
            rack(nodeSelectors={"rack": "a"}),
            f"{RACK}.nodeSelectors",
            "nodes and nodeSelectors",
            "keep one",
        ),
        (rack(nodes=[]), f"{RACK}.nodes", "no nodes", "add nodes"),
        (
            static(kubernetes={"renderTo": "out", "context": "prod"}),
            "metallb:kubernetes.context",
            "renderTo and context",
            "keep renderTo for files",
        ),
        (
            static(kubernetes={"renderTo": "out", "kubeconfig": "a.conf"}),
            "metallb:kubernetes.kubeconfig",
            "renderTo and kubeconfig",
            "keep renderTo for files",
        ),
        (
            tolerating(key="a", operator="Exists", value="x"),
            f"{TOLERATION}.value",
            "operator Exists",
            "remove the value",
        ),
        (tolerating(value="x"), f"{TOLERATION}.key", "no key", "add the taint's key"),
        (
            tolerating(key="a", tolerationSeconds=5),
            f"{TOLERATION}.tolerationSeconds",
            "NoExecute",
            "set effect: NoExecute",
        ),
        (
            static(install={"bgpMode": "frr"}),
            "metallb:install.bgpMode",
            "bgpMode frr",
            "set bgpMode: native",
        ),
        (
            static(install={"source": "helm", "version": "0.12.1"}),
            "metallb:install.version",
            "MetalLB 0.12.1",
            "set a newer version",
        ),
        (
            static(install={"version": "0.12.1", "loadBalancerClass": "a.example/b"}),
            "metallb:install.loadBalancerClass",
            "loadBalancerClass",
            "set a newer version",
        ),
        (
            static(install={"version": "0.12.1", "networkPolicy": True}),
            "metallb:install.networkPolicy",
            "network policies",
            "set a newer version",
        ),
    ],
)
def test_the_key_at_fault_is_named(
    sections: dict[str, Any], where: str, summary: str, help: str
) -> None:
    found = one_problem_of(sections)
    assert places([found]) == [(TOGETHER, where)]
    assert summary in found.summary
    assert help in found.help


def test_a_value_in_a_section_with_secrets_is_not_shown() -> None:
    sections = static(kubernetes={"renderTo": "out", "context": "prod"})
    found = one_problem_of(sections, "kubernetes")
    assert places([found]) == [(TOGETHER, "metallb:kubernetes.context")]
    assert "prod" not in words(found)


def test_an_encrypted_value_beside_a_key_that_excludes_it_is_a_mistake_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(
        "config:\n"
        "  metallb:platform:\n"
        "    kind: static\n"
        "    racks: [{name: a, nodes: [a1], routers: [{address: 10.1.0.1}]}]\n"
        "  metallb:addressPools: {public: {addresses: [203.0.113.0/28]}}\n"
        "  metallb:kubernetes:\n"
        "    renderTo: out\n"
        f"    context: {{secure: {CIPHERTEXT}}}\n",
        encoding="utf-8",
    )
    assert main(["check", str(path)]) == 2
    shown = capsys.readouterr().out
    # The line of the key itself, which editors and annotations open.
    assert f"{path}:8:5: error[{TOGETHER}]: " in shown
    assert "(metallb:kubernetes.context)" in shown
    assert CIPHERTEXT not in shown
