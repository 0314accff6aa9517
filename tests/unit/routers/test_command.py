"""`routers` as a person and as a CI system run it."""

import json
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.commands import routers as commands
from metallb.routers.dialects import DIALECTS
from tests.support.yaml_text import dumped
from tests.unit.routers.sites import BGP, KEY, KUBERNETES, LIST, PLATFORM, POOLS, listed
from tests.unit.stacks import static


def write(folder: Path, **sections: Any) -> str:
    whole = static(
        **{
            "install": {"version": "0.16.2", "source": "helm", "bgpMode": "frr-k8s"},
            "platform": PLATFORM,
            "bgp": BGP,
            "addressPools": POOLS,
            "kubernetes": KUBERNETES,
            "preflight": {"ignore": [{"id": "K5", "reason": "a key of a test"}]},
            **sections,
        }
    )
    path = folder / "Pulumi.dc1.yaml"
    config = {f"metallb:{key}": value for key, value in whole.items()}
    path.write_text(dumped({"config": config}, sort_keys=False), encoding="utf-8")
    (folder / "nodes.json").write_text(json.dumps(LIST))
    return str(path)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_file_for_each_router_and_the_same_each_time(
    dialect: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack, out = write(tmp_path), tmp_path / "out" / "routers"
    line = ["routers", stack, "--dialect", dialect, "-o", str(out)]
    nodes = ["--nodes", str(tmp_path / "nodes.json")]
    assert main([*line, *nodes]) == 0
    first = {path.name: path.read_text() for path in out.iterdir()}
    suffix = DIALECTS[dialect].suffix
    assert set(first) == {f"rack-a-tor-1{suffix}", f"rack-b-tor-2{suffix}"}
    assert main([*line, *nodes]) == 0
    assert {path.name: path.read_text() for path in out.iterdir()} == first
    assert KEY not in capsys.readouterr().out + "".join(first.values())


def test_one_router_on_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["routers", write(tmp_path), "--dialect", "frr", "--router", "rack-b-tor-2"]
    assert main(line) == 0
    shown = capsys.readouterr()
    assert "router bgp 64602" in shown.out
    assert "64601" not in shown.out
    assert "note: nodes by label (zone=b): their routers take a range" in shown.err


def test_addresses_that_are_not_known_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["routers", write(tmp_path), "--dialect", "frr"]) == 0
    assert "the addresses of a1, a2 are not known" in capsys.readouterr().err


def test_neither_addresses_nor_networks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack = write(tmp_path, kubernetes={"context": "prod"})
    assert main(["routers", stack, "--dialect", "frr"]) == 2
    error = capsys.readouterr().err
    assert "error[E651]: router rack-a-tor-1: neither the addresses of a1, a2" in error
    assert "Pulumi.dc1.yaml:" in error
    line = ["routers", stack, "--dialect", "frr", "--nodes", str(tmp_path / "nodes.json")]
    assert main(line) == 0


def test_a_router_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["routers", write(tmp_path), "--dialect", "frr", "--router", "rack-b-tor2"]
    assert main(line) == 2
    error = capsys.readouterr().err
    assert "error[E201]: the stack has no router 'rack-b-tor2'" in error
    assert "did you mean rack-b-tor-2?" in error


def test_a_stack_of_layer_2_has_no_router(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = {"kind": "static", "racks": [{"name": "a", "nodes": ["a1"]}]}
    pools = {"lan": {"addresses": ["192.0.2.0/28"], "layer2": {"default": {}}}}
    stack = write(tmp_path, platform=platform, addressPools=pools)
    assert main(["routers", stack, "--dialect", "frr"]) == 2
    assert "error[E201]: the stack has no router" in capsys.readouterr().err


def test_a_file_of_a_person_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    own = out / "rack-a-tor-1.conf"
    own.write_text("router bgp 64601\n")
    line = ["routers", write(tmp_path), "--dialect", "frr", "-o", str(out)]
    assert main(line) == 2
    assert "error[E204]" in capsys.readouterr().err
    assert own.read_text() == "router bgp 64601\n"


def test_a_wrong_stack_file_is_refused_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = write(tmp_path, addressPools={"public": {"addresses": ["10.1.0.0/28"]}})
    assert main(["routers", stack, "--dialect", "frr"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "error[" in shown.err


def test_a_list_of_nodes_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack = write(tmp_path)
    (tmp_path / "nodes.json").write_text("NAME STATUS\n")
    line = ["routers", stack, "--dialect", "frr", "--nodes", str(tmp_path / "nodes.json")]
    assert main(line) == 2
    assert "nodes.json: error[E113]: the file is no list of nodes" in capsys.readouterr().err


def test_a_comparison_ends_as_check_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = write(tmp_path)
    assert main(["routers", stack, "--dialect", "frr", "--router", "rack-b-tor-2"]) == 0
    text = capsys.readouterr().out.replace("MD5-KEY-OF-bgp-password", "some-key")
    path = tmp_path / "router.conf"
    line = ["routers", stack, "--check", str(path), "--router", "rack-b-tor-2"]

    path.write_text(text)
    assert main([*line, "--strict"]) == 0
    assert capsys.readouterr() == ("", "0 errors, 0 warnings\n")

    path.write_text(text.replace("timers 3 9", "timers 1 3"))
    assert main(line) == 0
    assert "warning[E656]" in capsys.readouterr().out
    assert main([*line, "--strict"]) == 2
    capsys.readouterr()

    path.write_text(text.replace("remote-as 64512", "remote-as 64513"))
    assert main([*line, "--format", "json"]) == 2
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["code"], found["file"]) == ("E654", str(path))
    assert (
        found["line"]
        == text.splitlines().index(" neighbor metallb-rack-b-tor-2 remote-as 64512") + 1
    )
    assert "64513" in found["seen"]
    assert "64512" in found["seen"]


def test_every_file_is_compared_although_one_can_not_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = write(tmp_path)
    assert main(["routers", stack, "--dialect", "bird", "--router", "rack-b-tor-2"]) == 0
    path = tmp_path / "router.conf"
    path.write_text(capsys.readouterr().out)
    missing = tmp_path / "missing.conf"
    assert main(["routers", stack, "--check", str(missing), str(path)]) == 2
    shown = capsys.readouterr()
    assert "missing.conf: error[E203]" in shown.out
    assert "error[E655]" in shown.out
    assert shown.err.endswith("2 errors, 0 warnings\n")


def test_names_from_files_are_shown_without_control_characters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = listed(("b1", {"zone": "b"}, ("10.2.0.11\x1b[31m",)))
    stack = write(tmp_path)
    (tmp_path / "nodes.json").write_text(json.dumps(nodes))
    line = ["routers", stack, "--dialect", "frr", "--nodes", str(tmp_path / "nodes.json")]
    main(line)
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err


def test_the_command_line_has_every_dialect() -> None:
    assert sorted(DIALECTS) == sorted(commands._DIALECTS)
