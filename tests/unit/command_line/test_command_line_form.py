"""What a command line may look like: whole names, nothing empty, no option without a use."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import lab.__main__
import tools.docs.__main__
from metallb import cli
from metallb.cli import main
from metallb.command_line.common import COMMON
from tests.platforms import parts
from tests.support.paths import STACKS
from tests.unit.importing.samples import CONFIGMAP, RESOURCES

STATIC = str(STACKS / "Pulumi.onprem.yaml")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with configurations, and a stack that writes files."""
    (tmp_path / "configmap.yaml").write_text(CONFIGMAP)
    (tmp_path / "objects.yaml").write_text(RESOURCES)
    (tmp_path / "answers.yaml").write_text("{}\n")
    document = yaml.safe_load(Path(STATIC).read_text())
    document["config"]["metallb:kubernetes"] = {"renderTo": "out"}
    (tmp_path / "Pulumi.files.yaml").write_text(yaml.safe_dump(document))
    monkeypatch.chdir(tmp_path)
    return tmp_path


ALWAYS = "used with every other option"
IMPORT = ["import", "configmap.yaml"]
WRITE = ["routers", STATIC, "--dialect", "frr"]
WITHOUT_USE: dict[tuple[str, str], str | list[list[str]]] = {
    ("check", "--format"): [["check", "--rules"], ["check", "--explain", "A1"]],
    ("check", "--strict"): [["check", "--rules"], ["check", "--explain", "A1"]],
    ("check", "--snapshot"): [
        ["check", "--rules"],
        ["check", STATIC, STATIC],
        ["check", STATIC, "configmap.yaml"],
        ["check", STATIC],
        ["check", "configmap.yaml"],
        ["check", "objects.yaml"],
        ["check", "."],
    ],
    ("check", "--fix"): [
        ["check", "--rules"],
        ["check", "configmap.yaml"],
        ["check", "objects.yaml"],
        ["check", "."],
    ],
    ("check", "--diff"): [["check", STATIC], ["check", "--rules"]],
    ("check", "--explain"): [["check", "--rules"], ["check", STATIC]],
    ("check", "--rules"): [["check", STATIC], ["check", "--explain", "A1"]],
    ("check", "--release"): [
        ["check", STATIC],
        ["check", "configmap.yaml", STATIC],
        ["check", "--rules"],
    ],
    ("check", "--mode"): [["check", STATIC], ["check", "--rules"]],
    ("check", "--max-prefixes"): [["check", STATIC]],
    ("check", "--ecmp-limit"): [["check", STATIC]],
    ("check", "--var"): [
        ["check", STATIC],
        ["check", "configmap.yaml"],
        ["check", "."],
        ["check", "--rules"],
    ],
    ("destroy", "--format"): ALWAYS,
    ("destroy", "--json"): ALWAYS,
    ("destroy", "--keep-protected"): ALWAYS,
    ("destroy", "--yes"): ALWAYS,
    ("destroy", "--skip-preview"): ALWAYS,
    ("impact", "--against"): ALWAYS,
    ("impact", "--cluster"): ALWAYS,
    ("impact", "--context"): [["impact", STATIC]],
    ("impact", "--count"): ALWAYS,
    ("impact", "--format"): ALWAYS,
    ("impact", "--kubeconfig"): [["impact", STATIC]],
    ("impact", "--nodes"): ALWAYS,
    ("impact", "--snapshot"): ALWAYS,
    ("import", "--output"): ALWAYS,
    ("import", "--force"): [IMPORT],
    ("import", "--strict"): ALWAYS,
    ("import", "--from-cluster"): [IMPORT],
    ("import", "--kubeconfig"): [IMPORT],
    ("import", "--context"): [IMPORT],
    ("import", "--namespace"): [IMPORT],
    ("import", "--var"): [IMPORT, ["import", "--from-cluster"]],
    ("import", "--release"): ALWAYS,
    ("import", "--mode"): ALWAYS,
    ("import", "--node"): [IMPORT, ["import", "objects.yaml"]],
    ("import", "--project"): [IMPORT, ["import", "objects.yaml"]],
    ("import", "--metro"): [IMPORT, ["import", "objects.yaml"]],
    ("new", "--platform"): ALWAYS,
    ("new", "--context"): ALWAYS,
    ("new", "--output"): ALWAYS,
    ("new", "--force"): ALWAYS,
    ("outputs", "--format"): ALWAYS,
    ("outputs", "--json"): ALWAYS,
    ("plan", "--format"): ALWAYS,
    ("plan", "--json"): ALWAYS,
    ("preview", "--format"): ALWAYS,
    ("preview", "--json"): ALWAYS,
    ("preview", "--expect-no-changes"): ALWAYS,
    ("preview", "--markdown"): ALWAYS,
    ("record", "--output"): ALWAYS,
    ("record", "--force"): ALWAYS,
    ("snapshot", "--output"): ALWAYS,
    ("snapshot", "--force"): ALWAYS,
    ("recover", "--release"): [["recover", STATIC]],
    ("recover", "--without-cluster"): [["recover", "Pulumi.files.yaml"]],
    ("refresh", "--format"): ALWAYS,
    ("refresh", "--json"): ALWAYS,
    ("render", "--output"): [["render", STATIC, "--diff-cluster"]],
    ("render", "--format"): [["render", STATIC, "-o", "out"]],
    ("render", "--with-secrets"): ALWAYS,
    ("render", "--kustomization"): [["render", STATIC, "--diff-cluster"]],
    ("render", "--check"): ALWAYS,
    ("render", "--managed-by"): ALWAYS,
    ("render", "--diff-cluster"): [["render", STATIC, "-o", "out"]],
    ("render", "--kubeconfig"): [["render", STATIC, "-o", "out"]],
    ("render", "--context"): [["render", STATIC, "-o", "out"]],
    ("render", "--field-manager"): [["render", STATIC, "-o", "out"]],
    ("render", "--snapshot"): [["render", STATIC, "-o", "out"]],
    ("routers", "--dialect"): ALWAYS,
    ("routers", "--check"): ALWAYS,
    ("routers", "--router"): ALWAYS,
    ("routers", "--output"): [["routers", STATIC, "--check", "configmap.yaml"]],
    ("routers", "--force"): [WRITE],
    ("routers", "--nodes"): ALWAYS,
    ("routers", "--cluster"): ALWAYS,
    ("routers", "--snapshot"): [WRITE],
    ("routers", "--kubeconfig"): [WRITE, [*WRITE, "--nodes", "configmap.yaml"]],
    ("routers", "--context"): [WRITE],
    ("routers", "--format"): [WRITE],
    ("routers", "--strict"): [WRITE],
    ("schema", "--output"): ALWAYS,
    ("schema", "--force"): ALWAYS,
    ("status", "--format"): ALWAYS,
    ("status", "--json"): ALWAYS,
    ("status", "--all"): [["status", STATIC, "--json"]],
    ("status", "--watch"): ALWAYS,
    ("status", "--wait"): ALWAYS,
    ("status", "--kubeconfig"): ALWAYS,
    ("status", "--context"): ALWAYS,
    ("status", "--metrics-ca"): ALWAYS,
    ("topology", "--format"): ALWAYS,
    ("topology", "--output"): ALWAYS,
    ("topology", "--force"): [["topology", STATIC]],
    ("topology", "--snapshot"): [["topology", STATIC]],
    ("up", "--format"): ALWAYS,
    ("whatif", "--cluster"): ALWAYS,
    ("whatif", "--context"): [["whatif", STATIC]],
    ("whatif", "--count"): ALWAYS,
    ("whatif", "--fail"): ALWAYS,
    ("whatif", "--format"): ALWAYS,
    ("whatif", "--kubeconfig"): [["whatif", STATIC]],
    ("whatif", "--nodes"): ALWAYS,
    ("whatif", "--pairs"): ALWAYS,
    ("whatif", "--snapshot"): ALWAYS,
    ("up", "--json"): ALWAYS,
    ("up", "--yes"): ALWAYS,
    ("up", "--skip-preview"): ALWAYS,
}
"""For each option of each command, command lines that leave it without a use."""
VALUES = {
    "--format": "json",
    "--check": "configmap.yaml",
    "--context": "other",
    "--kubeconfig": "configmap.yaml",
    "--nodes": "configmap.yaml",
    "--output": "out",
    "--router": "tor-1",
    "--snapshot": "answers.yaml",
    "--explain": "A1",
    "--managed-by": "x",
    "--field-manager": "x",
    "--release": "0.12.1",
    "--mode": "frr",
    "--max-prefixes": "10",
    "--ecmp-limit": "8",
    "--node": "n1",
    "--project": "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10",
    "--metro": "ny",
    "--namespace": "lb",
    "--var": "name=value",
}


def commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command of a parser, with its own parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.Action]]:
    for action in parser._actions:
        names = [name for name in action.option_strings if name.startswith("--")]
        if names and names[0] not in ("--help", *COMMON):
            yield names[0], action


ALL = [
    (command, name, action)
    for command, parser in commands(cli._parser())
    for name, action in options(parser)
]


def test_every_option_is_listed() -> None:
    assert {(command, name) for command, name, _ in ALL} == set(WITHOUT_USE)


@pytest.mark.parametrize(
    ("option", "before"),
    [
        pytest.param(option, before, id=f"{' '.join(Path(word).name for word in before)} {option}")
        for (_, option), lines in WITHOUT_USE.items()
        if not isinstance(lines, str)
        for before in lines
    ],
)
def test_an_option_without_a_use_is_refused(
    option: str, before: list[str], files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    value = [VALUES[option]] if option in VALUES else []
    assert main([*before, option, *value]) == 2
    shown = capsys.readouterr()
    (first,) = (each for each in shown.err.splitlines() if each.startswith("error[E202]: "))
    assert " has no use " in first
    assert option in first
    assert not (files / "out").exists()


@pytest.mark.parametrize(
    "line",
    [
        ["check", "configmap.yaml", "--release", "0.12.1", "--max-prefixes", "50"],
        ["check", "objects.yaml", "--release", "0.16.2", "--mode", "frr", "--ecmp-limit", "8"],
        ["import", "configmap.yaml", "--release", "0.16.2", "--mode", "frr"],
        ["check", "--explain", "A1"],
    ],
)
def test_an_option_with_a_use_is_taken(
    line: list[str], files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del files
    main(line)
    assert "has no use" not in capsys.readouterr().err


def test_a_refused_option_leaves_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", STATIC, "--release", "0.12.1", "--format", "json"]) == 2
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["id"], found["code"]) == ("FORM", "E202")
    assert "--release" in found["seen"]
    assert main(["status", STATIC, "--json", "--all"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["exitCode"] == 2
    (found,) = error["problems"]
    assert (found["id"], found["code"]) == ("FORM", "E202")
    assert "--all" in found["seen"]


REQUIRED = {"render": ["-o", "out"], "check": [STATIC]}


@pytest.mark.parametrize(
    ("command", "name"),
    [(command, name) for command, name, action in ALL if action.nargs != 0],
)
@pytest.mark.parametrize("value", ["", " "])
@pytest.mark.parametrize("joined", [False, True])
def test_no_value_of_an_option_is_empty(
    command: str,
    name: str,
    value: str,
    joined: bool,
    files: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = sorted(path.name for path in files.iterdir())
    target = ["configmap.yaml"] if command == "import" else [STATIC]
    rest = [f"{name}={value}"] if joined else [name, value]
    line = [command, *([] if command == "schema" else target), *rest]
    if command == "render" and name != "--output":
        line += ["-o", "out"]
    assert main(line) == 2
    first, *_ = capsys.readouterr().err.splitlines()
    assert first.startswith("error[E208]: argument ")
    assert " is empty: " in first
    assert sorted(path.name for path in files.iterdir()) == before


@pytest.mark.parametrize(
    "command", [name for name, _ in commands(cli._parser()) if name != "schema"]
)
@pytest.mark.parametrize("value", ["", "  "])
def test_no_stack_and_no_file_is_named_by_nothing(
    command: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, value, *(["-o", "out"] if command == "render" else [])]) == 2
    assert "argument 2 is empty" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["up", "preview", "refresh", "destroy", "outputs", "status"])
def test_an_empty_argument_leaves_a_document(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["exitCode"] == 2
    assert [(each["id"], each["code"]) for each in error["problems"]] == [("FORM", "E208")]


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_a_check_of_nothing_leaves_its_document(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "", "--format", form]) == 2
    shown = capsys.readouterr().out
    json.loads(shown)
    assert '"E208"' in shown
    # SARIF has the code alone.
    assert ('"FORM"' in shown) == (form == "json")


PARSERS = {
    "metallb": cli._parser,
    "lab": lab.__main__._parser,
    **{name: parser for part in parts() for name, parser in part.parsers().items()},
}


def nested(
    parser: argparse.ArgumentParser, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    yield words, parser
    for name, inner in commands(parser):
        yield from nested(inner, (*words, name))


@pytest.mark.parametrize("program", PARSERS)
def test_no_option_is_known_by_a_part_of_its_name(program: str) -> None:
    found = list(nested(PARSERS[program]()))
    assert len(found) > 5
    for _, parser in found:
        for name, _ in options(parser):
            known, rest = parser._parse_optional(name[:-1]), name[:-1]
            assert known is None or _unknown(known), (parser.prog, rest)


def _unknown(found: object) -> bool:
    """Whether argparse has no action for a word: it gives (None, word, ...), once in a list."""
    first = found[0] if isinstance(found, list | tuple) else found
    return first is None or (isinstance(first, tuple) and first[0] is None)


@pytest.mark.parametrize(
    "line",
    [["up", "x", "--js"], ["destroy", "x", "--y"], ["status", "x", "--kube=y"], ["--vers"]],
)
def test_an_abbreviation_ends_with_two(line: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line)
    assert ended.value.code == 2


def test_neither_in_the_tools() -> None:
    with pytest.raises(SystemExit) as ended:
        tools.docs.__main__.main(["stack-file", "--chec"])
    assert ended.value.code == 2


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "x", "99999999999"])
def test_a_limit_is_a_number(value: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", "x", f"--max-prefixes={value}"])
    assert ended.value.code == 2
