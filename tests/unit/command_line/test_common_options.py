"""What every command has: folders, colours, notes, forms of documents, near misses, help."""

import io
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from metallb import __version__
from metallb.actions.schemas import SCHEMAS
from metallb.cli import main
from metallb.command_line import standard_input
from metallb.commands.schema import DOCUMENTS
from tests.support.paths import PROJECT_ROOT, STACKS

ONPREM = STACKS / "Pulumi.onprem.yaml"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts bytes on standard input, which is no terminal."""

    def put(data: bytes) -> None:
        monkeypatch.setattr(standard_input._Spooled, "path", None)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return put


def warned(folder: Path) -> Path:
    """A stack file with one warning and one error."""
    path = folder / "Pulumi.bad.yaml"
    path.write_text(ONPREM.read_text().replace("9s", "1s").replace("context: onprem", ""))
    return path


@pytest.mark.parametrize("before", [True, False])
def test_quiet_leaves_errors_alone(
    before: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["check", str(warned(tmp_path))]
    line = ["-q", *words] if before else [*words, "--quiet"]
    assert main(line) == 2
    shown = capsys.readouterr()
    assert "error[" in shown.out
    assert shown.err == ""
    main(words)
    assert "1 error" in capsys.readouterr().err


def test_verbose_names_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "onprem", "-v"]) == 0
    notes = capsys.readouterr().err
    assert "note: stack onprem: stacks/Pulumi.onprem.yaml" in notes
    assert f"note: project folder {PROJECT_ROOT}" in notes


def test_colours_are_a_persons_choice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    path = str(warned(tmp_path))
    for words, coloured in (
        (["--color", "always"], True),
        (["--color", "never"], False),
        ([], False),
    ):
        main(["check", path, *words])
        assert ("\x1b[" in capsys.readouterr().out) == coloured
    main(["check", path, "--color", "always", "--format", "json"])
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    main(["check", path])
    assert "\x1b[" in capsys.readouterr().out
    main(["check", path, "--color", "never"])
    assert "\x1b[" not in capsys.readouterr().out


def test_a_stack_file_on_standard_input(typed: Any, capsys: pytest.CaptureFixture[str]) -> None:
    typed(ONPREM.read_bytes().replace(b"64512", b"0"))
    assert main(["check", "-"]) == 2
    assert capsys.readouterr().out.startswith("standard input:25:12: error[E105]: 0 is less than 1")
    typed(ONPREM.read_bytes())
    assert main(["topology", "-"]) == 0
    assert capsys.readouterr().out.startswith("stdin: MetalLB 0.16.2")
    assert main(["up", "-"]) == 2
    assert "a stack from standard input has no state" in capsys.readouterr().err


def test_a_configuration_on_standard_input_has_its_problems_there(
    typed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(
        b"apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\n"
        b"metadata: {name: a, namespace: metallb-system}\nspec: {addresses: [10.0.0.1/24]}\n"
    )
    main(["check", "-"])
    shown = capsys.readouterr()
    assert "standard input:4:" in shown.out
    assert "Pulumi.stdin" not in shown.out + shown.err


def test_documents_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "onprem", "-o", "-"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("---\n# 1-prerequisites/")
    assert text.count("\n---\n") > 20
    assert main(["schema", "-o", "-"]) == 0
    assert capsys.readouterr().out == (STACKS / "schema.json").read_text()
    assert not Path("-").exists()


def test_check_without_a_target_looks_at_every_stack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 2
    assert "error[E202]: there is no stack file to check" in capsys.readouterr().err
    shutil.copy(ONPREM, tmp_path / "Pulumi.one.yaml")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.two.yaml").write_text("config: {metallb:bgp: {myAsn: 0}}\n")
    (tmp_path / "Pulumi.yaml").write_text("name: metallb\nruntime: python\n")
    assert main(["check"]) == 2
    found = capsys.readouterr().out
    assert "stacks/Pulumi.two.yaml:" in found
    assert "Pulumi.yaml:" not in found
    (tmp_path / "stacks" / "Pulumi.two.yaml").unlink()
    assert main(["check"]) == 0


def test_patterns_are_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    warned(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["check", "Pulumi.*.yaml"]) == 2
    assert capsys.readouterr().out.startswith("Pulumi.bad.yaml:")
    assert main(["check", "*.json"]) == 2
    assert "error[E201]: no file fits '*.json'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "near"),
    [
        (["chekc"], "invalid choice: 'chekc' (did you mean check?)"),
        (["topology", "x", "--format", "mermad"], "'mermad' (did you mean mermaid?)"),
        (["check", "x", "--stict"], "--stict (did you mean --strict?)"),
        (["--helpp"], "--helpp (did you mean --help?)"),
        (["up", "--yess"], "--yess (did you mean --yes?)"),
        (["check", "-format", "json", "x"], "-format (did you mean --format?)"),
        (["render", "x", "-output=y"], "-output=y (did you mean --output?)"),
        (["--strict", "check", "x"], "--strict: it is an option of commands"),
        (["check", "x", "--frobnicate"], "--frobnicate: there is no such option"),
    ],
)
def test_a_near_miss_has_its_answer(
    line: list[str], near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line)
    assert ended.value.code == 2
    assert near in capsys.readouterr().err


def test_a_mistake_in_a_line_is_one_error_with_a_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", "--format", "yaml"])
    assert ended.value.code == 2
    first, last = capsys.readouterr().err.splitlines()
    assert first.startswith("error: argument --format: invalid choice: 'yaml'")
    assert last == "  help: metallb check --help lists what it takes"


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    assert "write a stack file:" in capsys.readouterr().err
    for line in (["help", "up"], ["up", "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(line)
        assert ended.value.code == 0
        assert capsys.readouterr().out.startswith("usage: metallb up ")


def test_a_platform_that_is_nearly_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "x", "--platform", "sttic"]) == 2
    assert "help: did you mean static? Otherwise give one of: " in capsys.readouterr().err


def test_a_stack_that_is_nearly_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "onprm"]) == 2
    assert (
        "help: did you mean 'onprem'? Otherwise use a path, or one of:" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("command", "code"),
    [("check", "3 --fix --diff"), ("render", "3 --check or"), ("status", "4 nothing is known")],
)
def test_help_has_the_exit_codes_of_its_command(
    command: str, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert code in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("line", [["--version"], ["check", "--version"], ["up", "x", "--version"]])
def test_the_version_is_an_option_of_every_command(
    line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line)
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize("command", [[], ["check"], ["up"], ["new"]])
def test_help_has_exit_codes(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert "exit codes: 0 done 1 a failure 2 " in shown
    assert "130 interrupted 141" in shown
    assert "--dir DIR" in shown
    assert "--dir" not in shown.partition("common options")[0]


def test_help_lists_every_command_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    names = {
        path.stem.rstrip("_") for path in (PROJECT_ROOT / "metallb/commands").glob("[a-z]*.py")
    }
    for name in names:
        assert sum(line.split()[:1] == [name] for line in shown.splitlines()) == 1, name


def test_the_command_of_a_clone_runs_in_any_folder(tmp_path: Path) -> None:
    link = tmp_path / "metallb"
    link.symlink_to(PROJECT_ROOT / "bin" / "metallb")
    for program in (link, PROJECT_ROOT / "bin" / "metallb"):
        done = subprocess.run(
            [program, "check", ONPREM, "--quiet"], cwd=tmp_path, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")


def test_a_clone_without_an_environment_has_no_command_yet(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    shutil.copy(PROJECT_ROOT / "bin" / "metallb", tmp_path / "bin")
    done = subprocess.run(
        [tmp_path / "bin" / "metallb"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.endswith("help: run make env there\n")


def test_the_installed_command_has_the_schemas_of_documents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(DOCUMENTS) == set(SCHEMAS)
    files = sorted((PROJECT_ROOT / "docs" / "schemas").iterdir())
    assert [path.name for path in files] == [f"{name}-1.json" for name in sorted(DOCUMENTS)]
    for path in files:
        assert main(["schema", path.stem.removesuffix("-1")]) == 0
        assert capsys.readouterr().out == path.read_text()
    target = tmp_path / "run.json"
    for _ in range(2):  # its own file is written again
        assert main(["schema", "run", "-o", str(target)]) == 0
    target.write_text("{}")
    assert main(["schema", "run", "-o", str(target)]) == 2
    assert target.read_text() == "{}"
