"""`render -o`: folders of former releases, `--check`, `--kustomization`, disks that are full."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.inventory.installation import PlannedChart
from metallb.inventory.planned import Phase
from metallb.render.manifests import files_of
from metallb.writing.journal import MARKER
from tests.frozen import frozen_stacks, load_tree, stack_file, tree_of
from tests.support.paths import PROJECT_ROOT, STACKS
from tests.support.yaml_text import dumped, loaded

FIRST_MARKER = "Written by `python -m metallb render`; cleared by the next run.\n"
KEY = "N3verShownKey"


def stack(folder: Path, change: Callable[[dict[str, Any]], object] = lambda _: None) -> str:
    document = loaded((STACKS / "Pulumi.onprem.yaml").read_text())
    change(document["config"])
    path = folder / "Pulumi.x.yaml"
    path.write_text(dumped(document))
    return str(path)


def write_tree(out: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text)


THEIRS = {
    "kustomization.yaml": "resources: [010-namespace-metallb-system.yaml]\n",
    "090-secret-mine.yaml": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: mine\n",
    "my-pool.yaml": "kind: IPAddressPool\n",
    "README.md": "mine\n",
    "install/my.yaml": "mine: true\n",
    "helm/mine.values": "mine: true\n",
}


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("name", frozen_stacks())
def test_what_the_first_version_wrote_is_replaced_and_nothing_else(
    name: str, split: bool, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    for path, text in load_tree(name).items():
        half = "" if "/" in path or not split else "install/"
        write_tree(out, {f"{half}{path}": text})
    write_tree(out, {**THEIRS, MARKER: FIRST_MARKER})
    file = str(stack_file(name))
    assert main(["render", file, "-o", str(out), "--with-secrets"]) == 0
    assert main(["render", file, "-o", str(tmp_path / "new"), "--with-secrets"]) == 0
    assert tree_of(out) == {**tree_of(tmp_path / "new"), **THEIRS}


def test_what_the_last_version_wrote_in_phases_is_replaced(tmp_path: Path) -> None:
    out, file = tmp_path / "out", stack(tmp_path)
    assert main(["render", file, "-o", str(out)]) == 0
    new = tree_of(out)
    (out / MARKER).write_text(FIRST_MARKER)
    (out / "2-pools").rename(out / "3-pools")
    (out / "4-configuration" / "200-bgppeer-gone.yaml").write_text(
        (out / "4-configuration" / "200-bgppeer-rack-a-tor-1.yaml").read_text()
    )
    # The first version, when it was killed or the disk was full.
    (out / "4-configuration" / "200-bgppeer-empty.yaml").write_text("")
    assert main(["render", file, "-o", str(out)]) == 0
    assert tree_of(out) == new
    assert not (out / "3-pools").exists()


def test_a_secret_of_a_former_release_is_taken_out_of_the_folder_of_all(tmp_path: Path) -> None:
    def keyed(config: dict[str, Any]) -> None:
        config["metallb:bgp"]["password"] = KEY

    out, file = tmp_path / "out", stack(tmp_path, keyed)
    assert main(["render", file, "-o", str(out), "--with-secrets"]) == 0
    place = out / "4-configuration"
    (place / "090-secrets" / "090-secret-bgp-password.yaml").rename(
        place / "090-secret-bgp-password.yaml"
    )
    (out / MARKER).write_text(FIRST_MARKER)
    assert main(["render", file, "-o", str(out)]) == 0
    assert KEY not in "".join(tree_of(out).values())


def test_a_check_of_what_was_rendered_is_silent_about_differences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, file = tmp_path / "out", stack(tmp_path)
    for options in ([], ["--kustomization"]):
        assert main(["render", file, "-o", str(out), *options]) == 0
        capsys.readouterr()
        assert main(["render", file, "-o", str(out), *options, "--check"]) == 0
        shown = capsys.readouterr()
        assert shown.err == ""
        assert shown.out == f"{out} is what {file} renders\n"


def test_a_check_shows_what_is_different_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, file = tmp_path / "out", stack(tmp_path)
    assert main(["render", file, "-o", str(out)]) == 0
    pool = out / "2-pools" / "130-ipaddresspool-public.yaml"
    pool.write_text(pool.read_text().replace("203.0.113.0/28", "203.0.113.0/27\x1b[2J"))
    (out / "2-pools" / "130-ipaddresspool-intranet.yaml").unlink()
    stack(tmp_path, lambda config: config["metallb:platform"]["racks"].pop())
    before = tree_of(out)
    capsys.readouterr()
    assert main(["render", file, "-o", str(out), "--check"]) == 3
    shown = capsys.readouterr()
    assert tree_of(out) == before
    assert shown.err == f"{out} is not what {file} renders\n"
    lines = shown.out.splitlines()
    assert "# missing: 2-pools/130-ipaddresspool-intranet.yaml" in lines
    assert "# no longer rendered: 4-configuration/200-bgppeer-rack-b-tor-1.yaml" in lines
    at = lines.index("--- a/2-pools/130-ipaddresspool-public.yaml")
    assert lines[at + 1] == "+++ b/2-pools/130-ipaddresspool-public.yaml"
    assert "-  - 203.0.113.0/27\\x1b[2J" in lines
    assert "+  - 203.0.113.0/28" in lines
    assert main(["render", file, "-o", str(out)]) == 0
    assert main(["render", file, "-o", str(out), "--check"]) == 0


def test_a_check_of_a_folder_that_is_not_there_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["render", stack(tmp_path), "-o", str(out), "--check"]) == 3
    assert "# missing: 1-prerequisites/010-namespace-metallb-system.yaml" in capsys.readouterr().out
    assert not out.exists()


def _keyed(key: str, version: str = "0.16.2") -> Callable[[dict[str, Any]], None]:
    def change(config: dict[str, Any]) -> None:
        config["metallb:install"]["version"] = version
        if key:
            config["metallb:bgp"]["password"] = key

    return change


@pytest.mark.parametrize("version", ["0.16.2", "0.12.1"])
@pytest.mark.parametrize(("before", "after"), [(KEY, f"{KEY}2"), (KEY, ""), ("", KEY)])
def test_a_check_shows_no_key(
    version: str, before: str, after: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    file = stack(tmp_path, _keyed(before, version))
    assert main(["render", file, "-o", str(out), "--with-secrets"]) == 0
    # What was written before keys had a folder of their own, too.
    for path in [*out.rglob("090-secrets/*.yaml")]:
        shutil.copy(path, path.parents[1])
    (out / MARKER).write_text(FIRST_MARKER)
    stack(tmp_path, _keyed(after, version))
    assert main(["render", file, "-o", str(out), "--check", "--with-secrets"]) == 3
    shown = capsys.readouterr()
    assert KEY not in shown.out + shown.err
    assert "3-configuration" in shown.out or "4-configuration" in shown.out


def test_an_unfinished_set_is_recognised(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, file = tmp_path / "out", stack(tmp_path)
    replace, left = os.replace, [10]

    def full(source: str, target: str, **options: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(28, "No space left on device")
        replace(source, target, **options)

    monkeypatch.setattr(os, "replace", full)
    assert main(["render", file, "-o", str(out)]) == 1
    monkeypatch.undo()
    error = capsys.readouterr().err
    assert re.search(rf"cannot write to {re.escape(str(out))}/\S+\.yaml: no space left", error)
    assert "unfinished set" in error
    assert main(["render", file, "-o", str(out), "--check"]) == 3
    assert "# the set is unfinished" in capsys.readouterr().out
    assert main(["render", file, "-o", str(out)]) == 0
    assert "held an unfinished set, which is complete now" in capsys.readouterr().err
    assert main(["render", file, "-o", str(out), "--check"]) == 0


def test_a_kustomization_lists_the_files_of_its_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    file = stack(tmp_path, _keyed(KEY))
    options = ["render", file, "-o", str(out), "--with-secrets", "--kustomization"]
    assert main(options) == 0
    for folder in out.iterdir():
        if folder.is_dir():
            listed = loaded((folder / "kustomization.yaml").read_text())["resources"]
            there = {str(path.relative_to(folder)) for path in folder.rglob("[0-9]*.yaml")}
            assert set(listed) == there
    mine = out / "2-pools" / "kustomization.yaml"
    mine.write_text("resources: [mine.yaml]\n")
    capsys.readouterr()
    assert main(options) == 0
    assert f"note: {mine} is not written: yours stays\n" in capsys.readouterr().err
    assert main(["render", file, "-o", str(out)]) == 0
    assert [path.relative_to(out).as_posix() for path in out.rglob("kustomization.yaml")] == [
        "2-pools/kustomization.yaml"
    ]
    assert mine.read_text() == "resources: [mine.yaml]\n"


def _own_mounts() -> str:
    """Why no file system can be mounted here; empty where one can."""
    if shutil.which("unshare") is None:
        return "there is no unshare"
    trial = "mount -t tmpfs -o size=8k none /tmp"
    done = subprocess.run(["unshare", "-m", "sh", "-c", trial], capture_output=True, check=False)
    return "" if done.returncode == 0 else "no file system can be mounted"


# In a mount namespace of its own.
ON_A_DISK = """
import subprocess, sys
from pathlib import Path
from metallb.cli import main
disk = sys.argv[1]
render = ["render", "onprem", "-o", f"{disk}/out"]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], check=True)
print("code", main(render))
print("code", main([*render, "--check"]))
subprocess.run(["mount", "-o", "remount,size=4m", disk], check=True)
print("code", main(render))
print("code", main([*render, "--check"]))
print([str(each) for end in ("new", "lock") for each in Path(disk).rglob(f".metallb-{end}")])
"""


@pytest.mark.skipif(bool(_own_mounts()), reason=_own_mounts())
def test_a_disk_that_is_full_holds_an_unfinished_set(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["unshare", "-m", sys.executable, "-c", ON_A_DISK, str(disk)],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "no space left on device" in done.stderr
    codes = [line for line in done.stdout.splitlines() if line.startswith(("code", "#"))]
    assert codes[0] == "code 1"
    assert codes[1].startswith("# the set is unfinished")
    assert [each[5:] for each in codes if each.startswith("code")] == ["1", "3", "0", "0"]
    assert ".metallb-" not in done.stdout


def test_an_interrupt_waits_for_the_whole_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, file = tmp_path / "out", stack(tmp_path)
    replace, calls = os.replace, [0]

    def interrupted(source: str, target: str, **options: Any) -> None:
        calls[0] += 1
        if calls[0] == 5:
            os.kill(os.getpid(), signal.SIGINT)
        replace(source, target, **options)

    monkeypatch.setattr(os, "replace", interrupted)
    assert main(["render", file, "-o", str(out)]) == 130
    monkeypatch.undo()
    assert capsys.readouterr().err == "interrupted\n"
    assert main(["render", file, "-o", str(out), "--check"]) == 0


def test_the_lines_above_a_charts_values_are_comments_whatever_they_hold() -> None:
    hostile = "metallb\nevil: true\u2028more: 1\r\n#"
    chart = PlannedChart(
        name="metallb",
        chart=hostile,
        version="0.16.2",
        repository=hostile,
        namespace="metallb-system",
        values={"speaker": {}},
    )
    (file,) = files_of([], chart, (Phase.CHART,)).files.values()
    assert loaded(file.data) == {"speaker": {}}
    assert file.data.decode().splitlines()[4:] == ["speaker: {}"]
