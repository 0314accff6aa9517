"""Rendering: the same bytes each time, complete, and never over files of another owner."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from metallb.problems.errors import UsageError
from metallb.problems.problem import spelled
from metallb.render import render
from tests.support.commands import ended
from tests.support.paths import PROJECT_ROOT, STACKS
from tests.support.programs import SHIPPED
from tests.support.yaml_text import dumped, loaded
from tests.unit.stacks import CIPHERTEXT


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return ended(args, PROJECT_ROOT)


RENDER = """
import sys
from metallb.cli import main
folder, *stacks = sys.argv[1:]
sys.exit(max(main(["render", each, "-o", f"{folder}/{each}"]) for each in stacks))
"""


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.yaml")
    }


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    stacks = [name for name in SHIPPED if name != "packet"]
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", RENDER, str(tmp_path / seed), *stacks],
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "1") == digest(tmp_path / "2")
    assert {name.partition("/")[0] for name in digest(tmp_path / "1")} == set(stacks)


def test_every_file_is_one_object_and_the_alphabet_is_the_order_to_apply(tmp_path: Path) -> None:
    files = render(STACKS / "Pulumi.onprem.yaml", tmp_path / "out").files
    kinds = []
    for path in sorted(files):
        document = loaded(path.read_text())
        assert {"apiVersion", "kind", "metadata"} <= set(document), path
        kinds.append(document["kind"])
    assert kinds[0] == "Namespace"
    order = [
        kinds.index(kind)
        for kind in (
            "CustomResourceDefinition",
            "IPAddressPool",
            "Deployment",
            "ValidatingWebhookConfiguration",
            "BGPPeer",
            "BGPAdvertisement",
            "DaemonSet",
        )
    ]
    assert order == sorted(order)


def test_annotations_for_the_engine_are_not_written(tmp_path: Path) -> None:
    stack = tmp_path / "Pulumi.x.yaml"
    stack.write_text((STACKS / "Pulumi.onprem.yaml").read_text())
    for path in render(stack, tmp_path / "out").files:
        assert "pulumi.com/" not in path.read_text(), path


def test_a_second_run_removes_what_is_no_longer_there(tmp_path: Path) -> None:
    stack = tmp_path / "Pulumi.x.yaml"
    text = (STACKS / "Pulumi.onprem.yaml").read_text()
    stack.write_text(text)
    render(stack, tmp_path / "out")
    assert list((tmp_path / "out").rglob("*ipaddresspool-intranet*"))
    stack.write_text("\n".join(line for line in text.splitlines() if "intranet" not in line))
    render(stack, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*ipaddresspool-intranet*"))


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("precious: true\n")
    with pytest.raises(UsageError):
        render(STACKS / "Pulumi.onprem.yaml", tmp_path)
    assert (tmp_path / "mine.yaml").read_text() == "precious: true\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def _encrypted_key(config: dict[str, Any]) -> None:
    config["metallb:bgp"]["password"] = {"secure": CIPHERTEXT}


def test_of_an_encrypted_key_the_reference_alone_is_written(tmp_path: Path) -> None:
    stack = _stack(tmp_path, _encrypted_key)
    result = render(stack, tmp_path / "out")
    assert result.rendered.left_out == ("4-configuration: Secret bgp-password",)
    assert not list((tmp_path / "out").rglob("*secret-bgp*"))
    peers = list((tmp_path / "out" / "4-configuration").glob("*-bgppeer-*"))
    assert peers
    for path in peers:
        spec = loaded(path.read_text())["spec"]
        assert spec["passwordSecret"] == {"name": "bgp-password"}
        assert "encrypted" not in path.read_text()


def test_an_encrypted_key_can_not_be_written(tmp_path: Path) -> None:
    stack = _stack(tmp_path, _encrypted_key)
    with pytest.raises(UsageError, match=r"metallb:bgp\.password") as caught:
        render(stack, tmp_path / "out", with_secrets=True)
    assert caught.value.problem.code == "E110"
    assert "--with-secrets" in caught.value.problem.help
    assert not (tmp_path / "out").exists()


def test_keys_without_a_reference_are_written_on_request_alone(tmp_path: Path) -> None:
    def old(config: dict[str, Any]) -> None:
        config["metallb:install"]["version"] = "0.12.1"
        config["metallb:bgp"]["password"] = "an-md5-key"

    def old_and_encrypted(config: dict[str, Any]) -> None:
        old(config)
        _encrypted_key(config)

    def chart(config: dict[str, Any]) -> None:
        _helm(config)
        config["metallb:install"]["helmValues"] = {"a": {"token": "a-token"}}

    for change, code, place in (
        (old, "E210", "metallb:bgp.password"),
        (old_and_encrypted, "E110", "metallb:bgp.password"),
        (chart, "E210", "metallb:install.helmValues.a.token"),
    ):
        stack = _stack(tmp_path, change)
        with pytest.raises(UsageError) as caught:
            render(stack, tmp_path / "out")
        (problem,) = caught.value.problems
        assert (problem.code, spelled(problem.location)) == (code, place)
        assert problem.position is not None
        assert not (tmp_path / "out").exists()


def test_an_encrypted_value_that_no_file_holds_is_no_obstacle(tmp_path: Path) -> None:
    secure = {"secure": CIPHERTEXT}
    stack = _stack(tmp_path, lambda config: config["metallb:kubernetes"].update(kubeconfig=secure))
    assert render(stack, tmp_path / "out", with_secrets=True).files


def test_a_mistake_ends_with_code_2_and_writes_nothing(tmp_path: Path) -> None:
    stack = tmp_path / "Pulumi.x.yaml"
    stack.write_text("config:\n  metallb:platfrm: {}\n")
    done = run("render", str(stack), "-o", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "did you mean 'metallb:platform'?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_unknown_stack_ends_with_code_2_and_lists_the_known_ones() -> None:
    done = run("render", "onprme", "-o", "/nonexistent/x")
    assert done.returncode == 2
    assert "onprem" in done.stderr.replace("onprme", "")
    assert "Traceback" not in done.stderr


def _stack(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The template of a data centre with a change."""
    document = loaded((STACKS / "Pulumi.onprem.yaml").read_text())
    change(document["config"])
    path = folder / "Pulumi.x.yaml"
    path.write_text(dumped(document))
    return path


def _helm(config: dict[str, Any]) -> None:
    config["metallb:install"] = {"source": "helm", "bgpMode": "frr-k8s"}


def _kinds(folder: Path) -> set[str]:
    return {loaded(path.read_text())["kind"] for path in folder.glob("*.yaml")}


def _folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def _with_keys(config: dict[str, Any]) -> None:
    config["metallb:install"]["memberlistSecret"] = "x" * 32
    config["metallb:bgp"]["password"] = "an-md5-key"


def test_each_phase_of_an_update_has_a_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    render(_stack(tmp_path, _with_keys), out, with_secrets=True)
    assert not list(out.glob("*.yaml"))
    assert _folders(out) == [
        "1-prerequisites",
        "2-pools",
        "3-controller",
        "4-configuration",
        "5-speakers",
    ]
    assert _kinds(out / "2-pools") == {"IPAddressPool"}
    assert {"Deployment", "ValidatingWebhookConfiguration"} < _kinds(out / "3-controller")
    assert _kinds(out / "4-configuration") == {"BGPPeer", "BGPAdvertisement"}
    assert _kinds(out / "4-configuration" / "090-secrets") == {"Secret"}
    assert "DaemonSet" in _kinds(out / "5-speakers")
    assert {str(path.relative_to(out)) for path in out.rglob("*-secret-*")} == {
        "1-prerequisites/090-secrets/090-secret-memberlist.yaml",
        "1-prerequisites/090-secret-metallb-webhook-cert.yaml",
        "4-configuration/090-secrets/090-secret-bgp-password.yaml",
    }


def test_the_configmap_of_0_12_is_a_phase_before_the_speakers(tmp_path: Path) -> None:
    def change(config: dict[str, Any]) -> None:
        _with_keys(config)
        config["metallb:install"]["version"] = "0.12.1"

    result = render(_stack(tmp_path, change), tmp_path / "out", with_secrets=True)
    names = [path.name for path in (tmp_path / "out" / "3-configuration").rglob("*.yaml")]
    assert names == ["100-configmap-config.yaml"]
    assert _folders(tmp_path / "out")[-1] == "4-speakers"
    assert [path.name for path in result.with_keys] == [
        "090-secret-memberlist.yaml",
        "100-configmap-config.yaml",
    ]


def test_without_an_installation_there_is_the_configuration_alone(tmp_path: Path) -> None:
    stack = _stack(tmp_path, lambda config: config["metallb:install"].update(source="existing"))
    render(stack, tmp_path / "out")
    assert _folders(tmp_path / "out") == ["1-configuration"]


def test_rendering_imports_no_pulumi(tmp_path: Path) -> None:
    code = (
        "import sys; from metallb.cli import main; "
        f"code = main(['render', 'onprem', '-o', {str(tmp_path / 'out')!r}]); "
        "loaded = [name for name in sys.modules if name.partition('.')[0].startswith('pulumi')]; "
        "sys.exit(code or ', '.join(loaded) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_charts_values_are_no_manifest_and_say_which_chart(tmp_path: Path) -> None:
    stack, out = _stack(tmp_path, _helm), tmp_path / "out"
    done = run("render", str(stack), "-o", str(out))
    assert done.returncode == 0, done.stderr
    manifests = list(out.rglob("*.yaml"))
    for path in manifests:
        assert {"apiVersion", "kind", "metadata"} <= set(loaded(path.read_text())), path
    assert done.stdout.startswith(f"{len(manifests)} manifests in {out}\n")
    values = out / "2-chart" / "metallb.values"
    assert str(values) in done.stdout
    assert loaded(values.read_text())["frrk8s"] == {"enabled": True}
    line = next(each for each in values.read_text().splitlines() if "helm upgrade" in each)
    assert line.partition(": ")[2] == (
        "helm upgrade --install metallb metallb --repo https://metallb.github.io/metallb "
        "--version 0.16.2 --namespace metallb-system --values 2-chart/metallb.values"
    )


def test_a_chart_without_a_repository_is_installed_without_one(tmp_path: Path) -> None:
    def change(config: dict[str, Any]) -> None:
        _helm(config)
        chart = "oci://registry.example.com/charts/metallb"
        config["metallb:install"] |= {"helmChart": chart, "helmRepository": None}

    (values,) = render(_stack(tmp_path, change), tmp_path / "out").charts
    assert "--install metallb oci://registry.example.com/charts/metallb --version" in (
        values.read_text()
    )
