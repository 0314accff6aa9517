"""A rule about several keys of one mapping names the one that is at fault, and its value."""

from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.config import stack_config
from metallb.errors import ConfigError
from tests.unit.stacks import CIPHERTEXT, metal, static

ONE_ID = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"


def places(sections: dict[str, Any], *secret: str) -> list[tuple[str, str]]:
    """Where a person is sent, and what is shown from there."""
    with pytest.raises(ConfigError) as caught:
        stack_config(sections, source="x", secret_sections=secret)
    return [(each.where.removeprefix("x: "), each.seen) for each in caught.value.mistakes]


def platform(**changes: Any) -> dict[str, Any]:
    return metal(platform={**metal()["platform"], **changes})


def block(**settings: Any) -> dict[str, Any]:
    return platform(elasticIps={"default": settings})


def tolerating(**toleration: Any) -> dict[str, Any]:
    return metal(install={"speaker": {"tolerations": [toleration]}})


def rack(**changes: Any) -> dict[str, Any]:
    listed = {"name": "a", "nodes": ["a1"], "routers": [{"address": "10.1.0.1"}], **changes}
    return static(platform={"kind": "static", "racks": [listed]})


BLOCK = "metallb:platform.elasticIps.default"
TOLERATION = "metallb:install.speaker.tolerations[0]"
RACK = "metallb:platform.racks[0]"


@pytest.mark.parametrize(
    ("sections", "where", "seen"),
    [
        (platform(nodes=[{}]), "metallb:platform.nodes[0].hostname", "nothing"),
        (block(adoptId=ONE_ID, adoptTag="mine"), f"{BLOCK}.adoptTag", "'mine'"),
        (block(metro="ny", facility="ny5"), f"{BLOCK}.facility", "'ny5'"),
        (block(type="global_ipv4", metro="ny"), f"{BLOCK}.metro", "'ny'"),
        (block(type="global_ipv4", facility="ny5"), f"{BLOCK}.facility", "'ny5'"),
        (block(type="global_ipv4", quantity=8), f"{BLOCK}.quantity", "8"),
        (platform(metro="ny", facility="ny5"), "metallb:platform.facility", "'ny5'"),
        (platform(metro=None), "metallb:platform.metro", "null"),
        (rack(nodeSelectors={"rack": "a"}), f"{RACK}.nodeSelectors", "a mapping"),
        (rack(nodes=[]), f"{RACK}.nodes", "an empty list"),
        (
            static(kubernetes={"renderTo": "out", "context": "prod"}),
            "metallb:kubernetes.context",
            "'prod'",
        ),
        (
            static(kubernetes={"renderTo": "out", "kubeconfig": "a.conf"}),
            "metallb:kubernetes.kubeconfig",
            "'a.conf'",
        ),
        (tolerating(key="a", operator="Exists", value="x"), f"{TOLERATION}.value", "'x'"),
        (tolerating(value="x"), f"{TOLERATION}.key", "nothing"),
        (tolerating(key="a", tolerationSeconds=5), f"{TOLERATION}.tolerationSeconds", "5"),
        (metal(install={"bgpMode": "frr"}), "metallb:install.bgpMode", "'frr'"),
        (
            metal(install={"source": "helm", "version": "0.12.1"}),
            "metallb:install.version",
            "'0.12.1'",
        ),
        (
            metal(install={"version": "0.12.1", "loadBalancerClass": "a.example/b"}),
            "metallb:install.loadBalancerClass",
            "'a.example/b'",
        ),
        (
            metal(install={"version": "0.12.1", "networkPolicy": True}),
            "metallb:install.networkPolicy",
            "true",
        ),
    ],
)
def test_the_key_at_fault_is_named_with_its_value(
    sections: dict[str, Any], where: str, seen: str
) -> None:
    assert places(sections) == [(where, seen)]


def test_a_key_that_is_left_out_is_named_as_well() -> None:
    sections = platform()
    del sections["platform"]["metro"]
    assert places(sections) == [("metallb:platform.metro", "nothing")]


def test_a_value_in_a_section_with_secrets_is_not_shown() -> None:
    sections = static(kubernetes={"renderTo": "out", "context": "prod"})
    told = places(sections, "kubernetes")
    assert told == [("metallb:kubernetes.context", "(in a section with secrets, not shown)")]


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
    assert f"{path}:8: error FORM: metallb:kubernetes.context: renderTo writes files" in shown
    assert CIPHERTEXT not in shown
