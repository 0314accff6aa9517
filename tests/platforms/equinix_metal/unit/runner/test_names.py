"""Names of stacks whose snapshot is made of the engine's state."""

from contextlib import contextmanager

from metallb.cli import main
from metallb.problems.errors import EngineError
from tests.support.paths import STACKS
from tests.unit.runner.test_names import commands

__all__ = ["commands"]


def test_record_reads_the_stack_of_the_organization_that_was_named(commands, capsys, tmp_path):
    target = tmp_path / "answers.yaml"
    assert main(["record", "acme/packet", "-o", str(target)]) == 2
    assert commands == [["stack", "export", "--stack", "acme/packet"]]
    assert "metallb up acme/packet, then snapshot again" in capsys.readouterr().err


def test_record_names_a_file_elsewhere_by_its_path(monkeypatch, capsys, tmp_path):
    @contextmanager
    def engine(_):
        def run(_):
            raise EngineError("the backend has no stack lab", code="E507")

        yield run

    path = tmp_path / "Pulumi.lab.yaml"
    path.write_text((STACKS / "Pulumi.packet.yaml").read_text())
    monkeypatch.setattr("metallb.runner.raw.raw_engine", engine)
    assert main(["record", str(path)]) == 2
    assert f"metallb up {path}, then snapshot again" in capsys.readouterr().err
