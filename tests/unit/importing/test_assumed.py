"""The BGP mode and the release that a foreign file is judged by."""

import re
from pathlib import Path

import pytest

from metallb.cli import main
from metallb.importing.assumed import assumed_mode
from metallb.importing.reading import read_foreign
from metallb.releases import parse_release
from tests.unit.importing.inputs import (
    ADVERTISED,
    PEER,
    POOL,
    SIX,
    config,
    documents,
    written,
)

LARGE = "ipAddressPools: [web], communities: ['large:1:2:3']"
PREPEND = "ipAddressPools: [web], asPathPrepend: 2"


OPERATOR = (
    "apiVersion: metallb.io/v1beta1\nkind: MetalLB\nmetadata: {{name: m}}\n"
    "spec: {{bgpBackend: {}}}\n"
)


def with_field(field: str) -> str:
    return documents(PEER.replace("holdTime", f"{field}, holdTime"), POOL, ADVERTISED)


@pytest.mark.parametrize(
    ("text", "release", "mode", "reason"),
    [
        (documents(), "0.16.2", "native", ""),
        (with_field("connectTime: 5s"), "0.16.2", "frr-k8s", "connectTime"),
        (with_field("disableMP: true"), "0.16.2", "frr-k8s", "disableMP"),
        (with_field("disableMP: false"), "0.16.2", "native", ""),
        (with_field("localASN: 64999"), "0.16.2", "frr", "localASN"),
        (with_field("keepaliveTime: 3s"), "0.14.1", "frr", "keepaliveTime"),
        (with_field("keepaliveTime: 0s"), "0.16.2", "native", ""),
        (with_field("sourceAddress: 192.0.2.9"), "0.16.2", "native", ""),
        (
            with_field("sourceAddress: 192.0.2.9, vrf: red"),
            "0.16.2",
            "frr",
            "vrf.*sourceAddress",
        ),
        (documents(SIX, POOL, ADVERTISED), "0.16.2", "frr-k8s", "2001:db8::1"),
        (
            documents().replace("198.51.100.0/28", '"2001:db8:9::/124"'),
            "0.16.2",
            "frr-k8s",
            "web",
        ),
        (
            documents(PEER, POOL.replace("198.51.100.0/28", '"2001:db8:9::/124"')),
            "0.16.2",
            "native",
            "",
        ),
        (documents().replace("ipAddressPools: [web]", LARGE), "0.16.2", "frr-k8s", "large:1:2:3"),
        (documents().replace("ipAddressPools: [web]", PREPEND), "0.16.2", "frr-k8s", "asPath"),
        (
            with_field("localASN: 64999").replace("ipAddressPools: [web]", PREPEND),
            "0.16.2",
            "frr-k8s",
            "no mode.*localASN",
        ),
        (
            documents(PEER, "apiVersion: metallb.io/v1beta1\nkind: BFDProfile\n"
                      "metadata: {name: x}\nspec: {}\n"),
            "0.16.2",
            "frr-k8s",
            "profile x",
        ),
        (
            documents(PEER, "apiVersion: frrk8s.metallb.io/v1beta1\nkind: FRRConfiguration\n"
                      "metadata: {name: x}\n"),
            "0.16.2",
            "frr-k8s",
            "FRRConfiguration x",
        ),
        (documents(PEER, OPERATOR.format("frr-k8s-external")), "0.16.2", "frr-k8s", "bgpBackend"),
        (documents(SIX, OPERATOR.format("native")), "0.16.2", "native", "bgpBackend"),
        (documents(PEER, OPERATOR.format("auto")), "0.16.2", "native", ""),
        (config(), "0.12.1", "native", ""),
        (config("192.0.2.1", '"2001:db8::1"'), "0.12.1", "frr", "2001:db8::1"),
        (config("198.51.100.0/28", '"2001:db8::/124"'), "0.12.1", "frr", "web"),
        (config("198.51.100.0/28", '"2001:db8::/124"'), "0.11.0", "native", "no mode"),
        (
            config("protocol: bgp, addresses: [198.51.100.0/28]",
                   'protocol: layer2, addresses: ["2001:db8::/124"]'),
            "0.12.1",
            "native",
            "",
        ),
    ],
)  # fmt: skip
def test_the_mode_is_one_that_holds_the_file_and_has_a_reason(
    text: str, release: str, mode: str, reason: str, tmp_path: Path
) -> None:
    found = assumed_mode(read_foreign(written(tmp_path, text)), parse_release(release))
    assert found.mode == mode
    assert re.search(reason, found.reason)
    assert (found.reason == "nothing in the file needs FRR") is (reason == "")


@pytest.mark.parametrize("text", [documents(), with_field("connectTime: 5s"), config()])
@pytest.mark.parametrize("command", ["check", "import"])
def test_the_mode_is_always_named_unless_it_was_given(
    text: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, text)
    main([command, str(path)])
    printed = capsys.readouterr().err
    assert printed.count("BGP mode ") == 1
    main([command, str(path), "--mode", "native"])
    assert "BGP mode " not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        (documents().replace("holdTime", "vrf: red, holdTime"), ["--release", "0.13.7"], "V1"),
        (documents(SIX, POOL, ADVERTISED), ["--release", "0.14.9"], ""),
        (documents(SIX, POOL, ADVERTISED), ["--release", "0.16.2"], "B14"),
        (config(), ["--release", "0.16.2"], ""),
        (config("192.0.2.1", '"2001:db8::1"'), ["--release", "0.16.2", "--mode", "frr-k8s"], ""),
        (documents().replace("198.51.100.0/28", "198.51.100.1"), [], "A1"),
    ],
)
def test_today_is_judged_by_the_release_that_was_given(
    text: str,
    arguments: list[str],
    expected: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["import", str(written(tmp_path, text)), *arguments])
    shown = re.findall(r"^today: .*?: error\[(\w+)\]: ", capsys.readouterr().err, re.M)
    assert shown == ([expected] if expected else [])
