"""Exit codes survive a reader that goes away, a closed or full output, and an ASCII one.

Most processes are forked from one that has loaded the command line; what depends on how Python
begins is started.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from html import unescape
from pathlib import Path

import pytest

from metallb.cli import main
from tests.support.forking import Forking
from tests.support.paths import PROJECT_ROOT, STACKS
from tools import up as tool

BY_SIGPIPE = -signal.SIGPIPE
"""What Python calls a process that ended by it; a shell calls it 141."""
READING = {
    "check bad.yaml": 2,
    "check bad.yaml --format json": 2,
    "check bad.yaml --format sarif": 2,
    "check bad.yaml --format github": 2,
    "check --rules": 0,
    "check --explain P6": 0,
    "plan ok.yaml": 0,
    "plan ok.yaml --json": 0,
    "topology ok.yaml": 0,
    "topology ok.yaml --format svg": 0,
    "render ok.yaml -o made": 0,
    "import config.yaml": 0,
    "schema -o schema.json": 0,
    "status ok.yaml --json --kubeconfig none": 1,
    "preview none --json": 2,
    "outputs none --json": 2,
    "--version": 0,
    "up --help": 0,
}
"""Commands that write to standard output, and their exit codes where it is read."""
LOSING = ("check bad.yaml", "plan ok.yaml --json", "topology ok.yaml --format svg")
LOSING += ("import config.yaml", "status ok.yaml --json --kubeconfig none", "up --help")
CONFIG_MAP = """
peers: [{peer-address: 10.1.0.1, peer-asn: 64601, my-asn: 64512}]
address-pools: [{name: public, protocol: bgp, addresses: [203.0.113.0/28]}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("output")
    text = (STACKS / "Pulumi.onprem.yaml").read_text()
    (made / "ok.yaml").write_text(text)
    (made / "bad.yaml").write_text(text.replace("holdTime: 9s", "holdTime: 2s"))
    (made / "config.yaml").write_text(CONFIG_MAP)
    return made


Run = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs a command: its words, its folder, and the descriptor of its output; None closes that."""


@pytest.fixture(scope="module")
def forking() -> Iterator[Forking]:
    made = Forking()
    yield made
    made.end()


@pytest.fixture(scope="module")
def forked(forking: Forking) -> Run:
    def run(*args: object, **options: object) -> "subprocess.CompletedProcess[str]":
        return sound(forking.process(*args, **options))  # type: ignore[arg-type]

    return run


def started(
    words: str, folder: Path, stdout: int | None, *, environment: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """A process of its own."""
    args = command(words) if stdout is not None else shell(">&-", words)
    return process(args, folder, environment, stdout=stdout)


def process(
    args: list[str], folder: Path, environment: dict[str, str] | None = None, **options: object
) -> "subprocess.CompletedProcess[str]":
    whole = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "PYTHONUNBUFFERED": ""}
    options = {"stderr": subprocess.PIPE, "timeout": 120, "check": False, **options}
    done = subprocess.run(args, cwd=folder, env=whole | (environment or {}), text=True, **options)  # type: ignore[call-overload]
    return sound(done)


def sound(done: "subprocess.CompletedProcess[str]") -> "subprocess.CompletedProcess[str]":
    assert not any(word in (done.stderr or "") for word in ("Traceback", "Exception ignored"))
    return done


def command(words: str) -> list[str]:
    return [sys.executable, "-m", "metallb", *words.split()]


def shell(redirection: str, words: str) -> list[str]:
    return ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *command(words)]


def without_a_reader(run: Run, words: str, folder: Path, **options: object) -> int:
    """Exit code of a process whose output nothing reads: `| true`."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return run(words, folder, writer, **options).returncode
    finally:
        os.close(writer)


def closed(
    run: Run, words: str, folder: Path, **options: object
) -> "subprocess.CompletedProcess[str]":
    return run(words, folder, None, **options)


def output(
    run: Run, words: str, folder: Path, **options: object
) -> "subprocess.CompletedProcess[str]":
    """A process with what it writes to standard output."""
    with tempfile.TemporaryFile() as file:
        done = run(words, folder, file.fileno(), **options)
        file.seek(0)
        done.stdout = file.read().decode()
        return done


def full(
    run: Run, words: str, folder: Path, **options: object
) -> "subprocess.CompletedProcess[str]":
    with Path("/dev/full").open("w") as device:
        return run(words, folder, device.fileno(), **options)


@pytest.mark.parametrize("words", ["check bad.yaml", "check ok.yaml", "--version"])
def test_a_forked_process_ends_as_one_that_was_started(folder, forked, words):
    def ends(run: Run) -> list[object]:
        done = [lose(run, words, folder) for lose in (closed, full)]
        gone = without_a_reader(run, words, folder)
        return [gone, *((each.returncode, each.stderr) for each in done)]

    assert ends(forked) == ends(started)


@pytest.mark.parametrize("words", READING)
def test_a_command_that_reads_ends_by_sigpipe_without_a_reader(folder, forked, words):
    assert without_a_reader(forked, words, folder) == BY_SIGPIPE


@pytest.mark.parametrize("words", ["check bad.yaml", "check --rules", "up --help"])
def test_so_it_does_where_each_write_is_written_at_once(folder, words):
    environment = {"PYTHONUNBUFFERED": "1"}
    assert without_a_reader(started, words, folder, environment=environment) == BY_SIGPIPE


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_stops_after_the_first_line_ends_it(unbuffered):
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    args = command("check --rules")
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    with subprocess.Popen(args, cwd=PROJECT_ROOT, stdout=writer, env=environment) as running:
        os.close(writer)
        assert os.read(reader, 1) == b"#"
        os.close(reader)
    assert running.returncode == BY_SIGPIPE


@pytest.mark.parametrize("lose", [closed, full], ids=lambda each: each.__name__)
@pytest.mark.parametrize("words", LOSING)
def test_an_output_that_is_closed_or_full_is_an_error(folder, forked, words, lose):
    done = lose(forked, words, folder)
    assert done.returncode == 1
    assert "error[E203]: cannot write to standard output: " in done.stderr


@pytest.mark.parametrize("lose", [closed, full], ids=lambda each: each.__name__)
def test_a_command_that_writes_nothing_there_has_its_verdict(folder, forked, lose):
    assert lose(forked, "check ok.yaml", folder).returncode == 0


@pytest.fixture(params=["2>&-", "2>/dev/full", "<&-"])
def lost(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[int, int | None]]]:
    """A redirection of a shell, and the descriptors that it makes."""
    with Path("/dev/full").open("w") as device:
        made: dict[int, int | None] = {0: None} if request.param == "<&-" else {2: None}
        if "full" in request.param:
            made[2] = device.fileno()
        yield request.param, made


def test_a_forked_process_has_the_streams_of_one_that_was_started(folder, forked, lost):
    redirection, others = lost
    done = process(shell(redirection, "check bad.yaml"), folder, stdout=subprocess.PIPE)
    own = output(forked, "check bad.yaml", folder, others=others)
    assert (own.returncode, own.stdout) == (done.returncode, done.stdout)


@pytest.mark.parametrize(("words", "code"), [("check bad.yaml", 2), ("plan ok.yaml", 0)])
def test_without_standard_error_or_input_the_verdict_and_the_output_are_whole(
    folder, forked, words, code, lost
):
    plain = output(forked, words, folder)
    done = output(forked, words, folder, others=lost[1])
    assert (done.returncode, done.stdout) == (code, plain.stdout)
    assert done.stdout


# What stands for the engine: an operation with a long result, or one that fails.
DRIVER = """
from contextlib import nullcontext
from pathlib import Path
from metallb.problems.errors import EngineError
from metallb.runner.report import RunReport
from metallb.runner.stack import StackRunner
import metallb.repair, metallb.runner.raw

def carried_out(self, *args, **options):
    print("hello from a thread of the engine" * 1000)
    self.on_step and self._on_step("done", "create", "a:b:C", "name")
    Path("ended").touch()
    if FAILS:
        raise EngineError("the engine failed")
    return RunReport(command="up", stack="ok", outputs={"x": "y" * 200, "z": 1})

class Repair:
    def __init__(self, *args): pass
    def run(self, release):
        carried_out(self)
        return ["done " * 1000]
    def hints(self): return ["hint"]
    on_step = None

StackRunner.on_step = None
for name in ("preview", "preview_destroy"):
    report = RunReport(command="preview", stack="ok")
    setattr(StackRunner, name, lambda self, report=report, **_: report)
StackRunner.refuse_mistakes = lambda *_: None
for name in ("up", "refresh", "destroy"):
    setattr(StackRunner, name, carried_out)
metallb.repair.Repair = Repair
metallb.runner.raw.raw_engine = lambda path: nullcontext(lambda args: "")
metallb.runner.raw.file_backend = lambda engine: None
"""
FAILING = DRIVER.replace("FAILS", "True")
CHANGING = [
    "up ok.yaml --yes",
    "up ok.yaml --yes --json",
    "refresh ok.yaml",
    "destroy ok.yaml --yes",
]
CHANGING += ["recover ok.yaml"]


@pytest.fixture
def driven(folder: Path, forked: Run) -> Iterator[Run]:
    """Runs a command whose engine is the driver."""
    (folder / "ended").unlink(missing_ok=True)
    yield partial(forked, code=DRIVER.replace("FAILS", "False"))
    assert (folder / "ended").exists(), "it was cut off"


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", CHANGING)
def test_a_command_that_changes_something_goes_on_without_a_reader(
    folder, driven, words, unbuffered
):
    environment = {"PYTHONUNBUFFERED": unbuffered}
    assert without_a_reader(driven, words, folder, environment=environment) == 0


@pytest.mark.parametrize("words", CHANGING)
def test_its_failure_is_its_exit_code_without_a_reader(folder, driven, words):
    assert without_a_reader(driven, words, folder, code=FAILING) == 1


@pytest.mark.parametrize("words", CHANGING)
def test_it_goes_on_where_its_output_is_closed(folder, driven, words):
    assert closed(driven, words, folder).returncode == 0


@pytest.mark.parametrize("words", CHANGING)
def test_it_goes_on_where_its_output_is_full_and_says_so_at_its_end(folder, driven, words):
    done = full(driven, words, folder)
    assert done.returncode == 1
    assert "error[E203]: the run is done, but cannot write to standard output" in done.stderr


def test_a_broken_pipe_that_is_not_standard_output_is_an_error(folder, monkeypatch, capsys):
    def torn(*_: object, **__: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("metallb.stackfile.files.parse_yaml", torn)
    assert main(["plan", str(folder / "ok.yaml")]) == 1
    assert "error[E203]: the operating system reports: broken pipe" in capsys.readouterr().err


ASCII = {
    "ioencoding": {"PYTHONIOENCODING": "ascii"},
    "locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}
"""Environments in which Python writes ASCII."""


@pytest.fixture(scope="module")
def odd(folder: Path) -> None:
    """A file with a letter that is not in ASCII."""
    text = (folder / "ok.yaml").read_text()
    (folder / "odd.yaml").write_text(text.replace("holdTime: 9s", "holdTime: neun ☺"))


@pytest.mark.usefixtures("odd")
@pytest.mark.parametrize("environment", ASCII.values(), ids=ASCII)
def test_a_forked_process_has_the_letters_of_one_that_was_started(folder, forked, environment):
    args = command("topology odd.yaml")
    done = process(args, folder, environment, stdout=subprocess.PIPE)
    own = output(forked, "topology odd.yaml", folder, environment=environment)
    assert (own.returncode, own.stdout, own.stderr) == (done.returncode, done.stdout, done.stderr)


@pytest.mark.usefixtures("odd")
@pytest.mark.parametrize("environment", ASCII.values(), ids=ASCII)
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("check odd.yaml", 2),
        ("check odd.yaml --format json", 2),
        ("topology odd.yaml", 2),
        ("topology ok.yaml --format html", 0),
        ("check --rules", 0),
        ("import odd.yaml", 2),
    ],
)
def test_an_ascii_output_shows_codes(folder, forked, words, code, environment):
    done = output(forked, words, folder, environment=environment)
    assert done.returncode == code
    assert done.stdout.isascii()


@pytest.mark.parametrize("form", ["svg", "html"])
def test_a_picture_for_an_ascii_output_has_its_letters(folder, forked, form):
    (folder / "Pulumi.né.yaml").write_text((folder / "ok.yaml").read_text())
    words = f"topology né --format {form}"
    plain = output(forked, words, folder).stdout
    done = output(forked, words, folder, environment=ASCII["ioencoding"])
    assert not plain.isascii()
    assert "\\u" not in done.stdout
    assert unescape(done.stdout) == unescape(plain)


@pytest.fixture
def attended() -> Iterator[None]:
    """SIGHUP as a terminal leaves it: under nohup it is ignored, and stays so."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


COMMANDS = ("check", "plan", "render -o out", "topology", "import", "status", "preview")
COMMANDS += ("up", "refresh", "destroy --yes", "outputs", "recover", "snapshot")


@pytest.mark.usefixtures("attended")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("words", COMMANDS)
def test_an_interrupt_of_any_command_is_130(folder, monkeypatch, capsys, words, number):
    def interrupted(*_: object) -> None:
        os.kill(os.getpid(), number)

    monkeypatch.setattr("metallb.stackfile.files.read_bounded", interrupted)
    name, *options = words.split()
    assert main([name, str(folder / "ok.yaml"), *options]) == 130
    assert capsys.readouterr().err.endswith("interrupted\n")


def test_an_interrupt_before_the_program_has_begun_shows_no_traceback(folder):
    code = (
        "import builtins, os, signal, metallb.__main__ as program\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "plain = builtins.__import__\n"
        "def imports(name, *args):\n"
        "    if name == 'metallb.cli': os.kill(os.getpid(), signal.SIGINT)\n"
        "    return plain(name, *args)\n"
        "builtins.__import__ = imports\n"
        "program.run()\n"
    )
    assert process([sys.executable, "-c", code], folder).returncode == -signal.SIGINT


# Interrupts the process that started it once it runs, and takes its time to end.
SLOW = """
import os, signal, sys, time
def end(*_):
    time.sleep(0.6)
    open("finished", "w").close()
    sys.exit(130)
signal.signal(signal.SIGINT, end)
signal.alarm(20)
os.kill(os.getppid(), signal.{})
while True: signal.pause()
"""


@pytest.mark.usefixtures("attended")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_make_up_passes_an_interrupt_on_and_waits_for_the_end(tmp_path, monkeypatch, name, capfd):
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    monkeypatch.setattr(
        tool, "_carried_out", lambda *_: tool._run([sys.executable, "-c", SLOW.format(name)])
    )
    monkeypatch.setattr(sys, "argv", ["make", "up", "onprem"])
    assert tool.main() == 130
    assert (tmp_path / "finished").exists(), "the update was cut off"
    assert "Traceback" not in capfd.readouterr().err


def test_an_interrupt_of_make_up_itself_is_130(monkeypatch, capsys):
    monkeypatch.setattr(tool, "load", lambda _: os.kill(os.getpid(), signal.SIGINT))
    monkeypatch.setattr(sys, "argv", ["make", "up", "onprem"])
    assert tool.main() == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_document_is_json_whatever_a_name_holds(folder, forked):
    done = output(forked, "status none\u202e --json", folder)
    assert json.loads(done.stdout)["stack"] == "none\u202e"
    assert done.stdout.isascii()
