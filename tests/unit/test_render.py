"""Rendering: the same bytes each time, complete, and never over files of another owner."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.snapshot import text_of
from metallb.config import stack_config
from metallb.config.files import read_stack_file
from metallb.config.paths import PROJECT_ROOT, STACKS
from metallb.errors import SnapshotError, UsageError
from metallb.render import render
from tests.unit.stacks import CIPHERTEXT


def run(*args: str, seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "metallb", *args],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": seed},
        check=False,
    )


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.yaml")
    }


@pytest.mark.parametrize("stack", ["demo", "seed", "onprem"])
def test_two_runs_write_the_same_bytes(tmp_path: Path, stack: str) -> None:
    for seed in ("1", "2"):
        done = run("render", stack, "-o", str(tmp_path / seed), seed=seed)
        assert done.returncode == 0, done.stderr
    assert digest(tmp_path / "1") == digest(tmp_path / "2")
    assert digest(tmp_path / "1")


def test_every_file_is_one_object_and_the_alphabet_is_the_order_to_apply(tmp_path: Path) -> None:
    files = render(STACKS / "Pulumi.demo.yaml", tmp_path / "out").files
    kinds = []
    for path in sorted(files):
        document = yaml.safe_load(path.read_text())
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
        render(STACKS / "Pulumi.demo.yaml", tmp_path)
    assert (tmp_path / "mine.yaml").read_text() == "precious: true\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_without_answers_it_says_what_it_could_not_look_up_and_what_the_file_holds(
    tmp_path: Path,
) -> None:
    stack = tmp_path / "Pulumi.x.yaml"
    stack.write_text((STACKS / "Pulumi.demo.yaml").read_text())
    with pytest.raises(SnapshotError) as caught:
        render(stack, tmp_path / "out")
    shown = str(caught.value)
    for part in (
        "x.snapshot.yaml",
        "device worker-0",
        "device worker-1",
        "block default",
    ):
        assert part in shown
    assert not (tmp_path / "out").exists()


def test_an_answer_that_is_missing_is_named(tmp_path: Path) -> None:
    stack = tmp_path / "Pulumi.x.yaml"
    stack.write_text((STACKS / "Pulumi.demo.yaml").read_text().replace("worker-1", "worker-7"))
    (tmp_path / "x.snapshot.yaml").write_text((STACKS / "demo.snapshot.yaml").read_text())
    with pytest.raises(SnapshotError, match="no facts of device worker-7"):
        render(stack, tmp_path / "out")


@pytest.mark.parametrize("stack", ["demo", "seed"])
def test_the_shipped_snapshots_are_what_the_emulated_api_has(stack: str) -> None:
    path = STACKS / f"Pulumi.{stack}.yaml"
    sections = read_stack_file(path).sections
    command = f"python -m lab.snapshot {stack} --seed demo"
    expected = text_of(stack_config(sections, source=stack), "demo", command)
    assert (STACKS / f"{stack}.snapshot.yaml").read_text() == expected


def test_an_encrypted_value_is_not_written_as_a_password(tmp_path: Path) -> None:
    stack = tmp_path / "Pulumi.x.yaml"
    stack.write_text(
        (STACKS / "Pulumi.onprem.yaml")
        .read_text()
        .replace("holdTime: 9s", f"holdTime: 9s\n    password: {{secure: {CIPHERTEXT}}}")
    )
    with pytest.raises(UsageError, match=r"metallb:bgp\.password"):
        render(stack, tmp_path / "out")


def test_a_mistake_ends_with_code_2_and_writes_nothing(tmp_path: Path) -> None:
    stack = tmp_path / "Pulumi.x.yaml"
    stack.write_text("config:\n  metallb:platfrm: {}\n")
    done = run("render", str(stack), "-o", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "did you mean 'metallb:platform'?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_unknown_stack_ends_with_code_2_and_lists_the_known_ones() -> None:
    done = run("render", "dmeo", "-o", "/nonexistent/x")
    assert done.returncode == 2
    assert "demo" in done.stderr.replace("dmeo", "")
    assert "Traceback" not in done.stderr


def test_answers_that_say_nothing_of_the_project_are_enough(tmp_path: Path) -> None:
    answers = tmp_path / "silent.yaml"
    recorded = (STACKS / "demo.snapshot.yaml").read_text()
    answers.write_text(recorded.replace("bgpEnabled: true\n", ""))
    assert render(STACKS / "Pulumi.demo.yaml", tmp_path / "out", answers).files


def test_an_answer_that_breaks_a_rule_ends_with_code_2_and_writes_nothing(tmp_path: Path) -> None:
    answers = tmp_path / "off.yaml"
    recorded = (STACKS / "demo.snapshot.yaml").read_text()
    answers.write_text(recorded.replace("bgpEnabled: true", "bgpEnabled: false"))
    done = run("render", "demo", "-o", str(tmp_path / "out"), "--answers", str(answers))
    assert done.returncode == 2, done.stderr
    assert "BGP is not enabled" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def _stack(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The template of a data centre with a change."""
    document = yaml.safe_load((STACKS / "Pulumi.onprem.yaml").read_text())
    change(document["config"])
    path = folder / "Pulumi.x.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def _helm(config: dict[str, Any]) -> None:
    config["metallb:install"] = {"source": "helm", "bgpMode": "frr-k8s"}


def _kinds(folder: Path) -> set[str]:
    return {yaml.safe_load(path.read_text())["kind"] for path in folder.glob("*.yaml")}


def _folders(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def _with_keys(config: dict[str, Any]) -> None:
    config["metallb:install"]["memberlistSecret"] = "x" * 32
    config["metallb:bgp"]["password"] = "an-md5-key"


def test_each_phase_of_an_update_has_a_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    render(_stack(tmp_path, _with_keys), out)
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
    assert _kinds(out / "4-configuration") == {"BGPPeer", "BGPAdvertisement", "Secret"}
    assert "DaemonSet" in _kinds(out / "5-speakers")
    assert {str(path.relative_to(out)) for path in out.rglob("*-secret-*")} == {
        "1-prerequisites/090-secret-memberlist.yaml",
        "1-prerequisites/090-secret-metallb-webhook-cert.yaml",
        "4-configuration/090-secret-bgp-password.yaml",
    }


def test_the_configmap_of_0_12_is_a_phase_before_the_speakers(tmp_path: Path) -> None:
    def change(config: dict[str, Any]) -> None:
        _with_keys(config)
        config["metallb:install"]["version"] = "0.12.1"

    result = render(_stack(tmp_path, change), tmp_path / "out")
    names = [path.name for path in (tmp_path / "out" / "3-configuration").iterdir()]
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


def test_the_folders_of_other_phases_and_of_former_releases_are_cleared(tmp_path: Path) -> None:
    out = tmp_path / "out"
    render(_stack(tmp_path, _helm), out)
    (out / "2-chart" / "mine.txt").write_text("kept\n")
    for former in ("010-namespace.yaml", "install/010-x.yaml", "helm/metallb.values"):
        (out / former).parent.mkdir(exist_ok=True)
        (out / former).write_text("kind: Old\n")
    render(_stack(tmp_path, lambda config: config.pop("metallb:install")), out)
    assert "2-chart" in _folders(out)
    assert [path.name for path in (out / "2-chart").iterdir()] == ["mine.txt"]
    assert not {"install", "helm"} & set(_folders(out))
    assert not list(out.glob("*.yaml"))


def test_rendering_imports_no_pulumi(tmp_path: Path) -> None:
    code = (
        "import sys; from metallb.cli import main; "
        f"code = main(['render', 'demo', '-o', {str(tmp_path / 'out')!r}]); "
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
        assert {"apiVersion", "kind", "metadata"} <= set(yaml.safe_load(path.read_text())), path
    assert done.stdout.startswith(f"{len(manifests)} manifests in {out}\n")
    values = out / "2-chart" / "metallb.values"
    assert str(values) in done.stdout
    assert yaml.safe_load(values.read_text())["frrk8s"] == {"enabled": True}
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
