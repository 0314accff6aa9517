"""Every file is read by one reader: what is no regular file, or has no end, is an error at once."""

import ast
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from metallb.cli import main
from metallb.files.bounded import read_bounded
from metallb.importing import documents
from metallb.importing.documents import Documents
from metallb.problems.errors import ConfigError, EngineError
from metallb.problems.journal import journalled
from metallb.status.kubeconfig import client_of
from tests.support.paths import PROJECT_ROOT, STACKS
from tests.support.sources import nodes

pytestmark = pytest.mark.usefixtures("in_time")


@pytest.fixture
def in_time() -> Iterator[None]:
    """A reader that waits for a pipe or a device fails the test in place of holding it."""

    def over(*_: object) -> None:
        raise AssertionError("the reader waits")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def listener(path: Path) -> None:
    place = os.open(path.parent, os.O_RDONLY)
    os.chdir(path.parent)  # a socket's path has at most 107 characters
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.close(place)


def folder(path: Path) -> None:
    path.mkdir()


KINDS = {
    pipe: "a named pipe, not a regular file",
    device: "a device, not a regular file",
    listener: "a socket, not a regular file",
    folder: "directory",
}
TAKE_FOLDERS = ("check {}", "import {}")
WITH_SNAPSHOTS = sorted(path.name.partition(".")[0] for path in STACKS.glob("*.snapshot.yaml"))[:1]
"""A shipped stack with a snapshot beside it, where there is one."""
COMMANDS = (
    *TAKE_FOLDERS,
    "render {} -o out",
    "plan {}",
    "topology {}",
    "status {}",
    "preview {}",
    "up {}",
    "recover {}",
    "snapshot {}",
    *(
        f"{command} --snapshot {{}}"
        for name in WITH_SNAPSHOTS
        for command in (f"check {name}.yaml", f"render {name}.yaml -o out", f"topology {name}.yaml")
    ),
)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (*WITH_SNAPSHOTS, "onprem"):
        shutil.copy(STACKS / f"Pulumi.{name}.yaml", tmp_path / f"{name}.yaml")
    return tmp_path


@pytest.mark.parametrize("make", KINDS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_refuses_what_is_no_regular_file(work, capsys, make, command):
    make(work / "odd.yaml")
    assert main(command.format("odd.yaml").split()) == 2
    shown = "".join(capsys.readouterr())
    if make is folder and command in TAKE_FOLDERS:
        assert "error[E113]: no YAML or JSON file in the folder" in shown
    else:
        assert "error[E203]" in shown
        assert KINDS[make] in shown


@pytest.mark.parametrize("make", [pipe, device, listener], ids=lambda each: each.__name__)
def test_a_folder_that_holds_one_is_refused_as_a_whole(work, capsys, make):
    (work / "all").mkdir()
    make(work / "all" / "odd.yaml")
    assert main(["import", str(work / "all")]) == 2
    assert KINDS[make] in capsys.readouterr().err


@pytest.mark.parametrize("make", KINDS, ids=lambda each: each.__name__)
def test_a_file_of_variables_beside_a_lokomotive_file_is_read_alike(work, capsys, make):
    (work / "c.lokocfg").write_text('component "metallb" {}\n')
    make(work / "lokocfg.vars")
    assert main(["check", str(work / "c.lokocfg")]) == 2
    assert KINDS[make] in capsys.readouterr().out


@pytest.mark.parametrize("make", [pipe, device], ids=lambda each: each.__name__)
def test_a_kubeconfig_and_what_it_names_are_read_alike(work, make):
    make(work / "odd")
    with pytest.raises(EngineError, match=KINDS[make]) as caught:
        client_of(str(work / "odd"), None)
    assert caught.value.problem.code == "E601"
    config = (
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
        "clusters: [{{name: k, cluster: {{server: 'https://127.0.0.1:1'{}}}}}]\n"
        "users: [{{name: u, user: {{{}}}}}, {{name: other, user: {{tokenFile: odd}}}}]\n"
        "contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n"
    )
    for of_cluster, of_user in (
        (", certificate-authority: odd", "token: t"),
        ("", "tokenFile: odd"),
        ("", "client-certificate: odd, client-key: odd"),
    ):
        (work / "kubeconfig").write_text(config.format(of_cluster, of_user))
        with pytest.raises(EngineError, match=KINDS[make]):
            client_of(str(work / "kubeconfig"), None)
    (work / "kubeconfig").write_text(config.format("", "token: t"))
    assert client_of(str(work / "kubeconfig"), None), "another user's file is not this context's"


def test_a_kubeconfig_that_is_a_pipe_names_no_current_context(work, capsys, monkeypatch):
    pipe(work / "odd")
    monkeypatch.setenv("KUBECONFIG", str(work / "odd"))
    text = (STACKS / "Pulumi.onprem.yaml").read_text()
    (work / "bare.yaml").write_text(text.partition("  metallb:kubernetes:")[0])
    main(["check", "bare.yaml"])
    assert "can't be read here" in capsys.readouterr().out


def test_a_journal_that_has_become_a_pipe_is_not_waited_for(work):
    pipe(work / "problems.jsonl")
    assert journalled(work / "problems.jsonl") == ()


def test_a_file_has_at_most_as_many_bytes_as_its_reader_takes(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_bounded(path, 5) == b"12345"
    with pytest.raises(OSError, match="has 5 bytes, more than 4 bytes"):
        read_bounded(path, 4)
    # The kernel says that this file is empty, and it is not.
    with pytest.raises(OSError, match="has more than 10 bytes"):
        read_bounded(Path("/proc/self/status"), 10)


def test_a_sparse_file_is_refused_without_being_read(work, capsys):
    with (work / "large.yaml").open("wb") as file:
        file.truncate(1 << 40)
    assert main(["check", "large.yaml"]) == 2
    assert "error[E112]: the file has 1099511627776 bytes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("limit", "value"), [("_MAX_FILES", 2), ("_MAX_BYTES", 20), ("_MAX_ENTRIES", 3)]
)
def test_a_folder_is_read_within_bounds(tmp_path, monkeypatch, limit, value):
    for name in ("a/b/1.yaml", "a/2.yaml", "3.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("kind: Service\n")
    Documents.of(tmp_path)
    monkeypatch.setattr(documents, limit, value)
    with pytest.raises(ConfigError, match=str(value)) as caught:
        Documents.of(tmp_path)
    assert caught.value.problem.code == "E112"


def test_a_folder_that_links_to_itself_is_read_once(tmp_path):
    (tmp_path / "one.yaml").write_text("kind: Service\n")
    (tmp_path / "again").symlink_to(tmp_path)
    assert len(Documents.of(tmp_path).items) == 1


ELSEWHERE = {
    "files/bounded.py": "the reader",
    "command_line/output.py": "the null device, in place of a stream that is closed",
    "writing/entries.py": "what a folder holds, without following a link and up to a limit",
    "writing/files.py": "the beginning of a file that is to be replaced",
    "writing/lock.py": "the number of the process that holds a lock",
    "repair/backend.py": "the state, which has no bound of ours",
    "repair/processes.py": "/proc",
    "files/scratch.py": "a lock, of which nothing is read",
    "routing/crds.py": "the CRDs, which are part of this package",
}
"""Modules that read files in another way, with the reason."""


def test_no_other_module_reads_files():
    found = set()
    package = PROJECT_ROOT / "metallb"
    for path in package.rglob("*.py"):
        for node in nodes(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                reads = node.func.attr in ("read_text", "read_bytes", "open")
                if reads and "'a'" not in map(ast.unparse, node.args):
                    found.add(path.relative_to(package).as_posix())
    assert found == set(ELSEWHERE)
