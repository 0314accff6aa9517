"""What a shell completes, by the shells themselves."""

import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from metallb.cli import main

SHELLS = ("bash", "zsh", "fish")
BASH = """
source ./completion
COMP_WORDS=({words} '{last}'); COMP_CWORD={index}
_shtab_metallb
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ZSH = """
PS1='> '; PROMPT_EOL_MARK=; unsetopt beep; zstyle ':completion:*' verbose no
autoload -Uz compinit; fpath=("$PWD/functions" $fpath); compinit -u -D
{line}"""
SECONDS = 60.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "stacks/Pulumi.prod.yaml",
        "Pulumi.test.yml",
        "Pulumi.yaml",
        "far/Pulumi.dc9.yaml",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("config: {}\n")
    (tmp_path / "objects.yaml").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def completion(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    if not shutil.which(shell):
        pytest.skip(f"NOT run: no {shell} on this machine to complete with")
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


def in_bash(folder: Path, words: list[str], last: str) -> set[str]:
    script = BASH.format(words=" ".join(words), last=last, index=len(words))
    done = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def in_fish(folder: Path, words: list[str], last: str) -> set[str]:
    line = " ".join([*words, last])
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source completion; complete -C '{line}'"],
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {each.split("\t")[0] for each in done.stdout.splitlines()}


CASES = [
    (["metallb", "up"], "pro", {"prod"}),
    (["metallb", "check"], "te", {"test"}),
    (["metallb", "check"], "obj", {"objects.yaml"}),
    (["metallb", "render", "--dir", "far"], "dc", {"dc9"}),
    (["metallb", "--dir", "far", "plan"], "", {"dc9"}),
    (["metallb", "check", "--explain"], "E21", {"E210", "E211"}),
    (["metallb", "new", "--platform"], "sta", {"static"}),
    (["metallb"], "whati", {"whatif"}),
]


@pytest.mark.parametrize(("words", "last", "found"), CASES)
def test_bash(
    words: list[str],
    last: str,
    found: set[str],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "completion").write_text(completion("bash", capsys))
    assert in_bash(folder, words, last) == found


@pytest.mark.parametrize(("words", "last", "found"), CASES)
def test_fish(
    words: list[str],
    last: str,
    found: set[str],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "completion").write_text(completion("fish", capsys))
    assert in_fish(folder, words, last) == found


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("metallb up pro", "metallb up prod "),
        ("metallb check obj", "metallb check objects.yaml "),
        ("metallb render --dir far dc", "metallb render --dir far dc9 "),
        ("metallb --dir far plan d", "metallb --dir far plan dc9 "),
        ("metallb check --explain E211", "metallb check --explain E211 "),
        ("metallb new --platform sta", "metallb new --platform static "),
    ],
)
def test_zsh(typed: str, whole: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The shell itself on a terminal: a widget shows the line that a Tab makes."""
    (folder / "functions").mkdir()
    (folder / "functions" / "_metallb").write_text(completion("zsh", capsys))
    shows = 'show() { print -r -- "<$BUFFER>" > line; BUFFER=; zle accept-line }; zle -N show; '
    script = ZSH.format(line=f"{shows} bindkey '^X' show; print READY\n")
    assert line_of_zsh(folder, script, f"{typed}\t\x18") == f"<{whole}>\n"


def line_of_zsh(folder: Path, script: str, typed: str) -> str:
    (folder / ".zshrc").write_text(script)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ.update(ZDOTDIR=str(folder), HOME=str(folder), TERM="dumb")
        os.execvp("zsh", ["zsh", "-d", "-i"])  # noqa: S606 - no other shell
    shown = b""
    end = time.monotonic() + SECONDS
    sent = False
    line = folder / "line"

    def whole() -> bool:
        # The shell makes the file first, and then writes the line.
        return line.exists() and line.read_text().endswith("\n")

    try:
        while not whole() and time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                shown += os.read(terminal, 4096)
            if b"READY" in shown and b"> " in shown and not sent:
                os.write(terminal, typed.encode())
                sent = True
        os.write(terminal, b"exit\n")
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    assert whole(), shown.decode(errors="replace")
    return line.read_text()


def test_a_key_press_starts_no_program(capsys: pytest.CaptureFixture[str]) -> None:
    for shell in SHELLS:
        assert main(["completion", shell]) == 0
        text = capsys.readouterr().out
        assert "python" not in text
        assert "$(metallb" not in text
