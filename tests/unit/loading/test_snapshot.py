"""Which file of facts belongs to a stack file."""

from pathlib import Path

from metallb.loading.snapshot import facts_path


def test_the_answers_file_of_a_former_release_is_read_where_there_is_no_snapshot(
    tmp_path: Path,
) -> None:
    stack_file = tmp_path / "Pulumi.x.yaml"
    assert facts_path(stack_file) == tmp_path / "x.snapshot.yaml"
    (tmp_path / "x.answers.yaml").touch()
    assert facts_path(stack_file) == tmp_path / "x.answers.yaml"
    (tmp_path / "x.snapshot.yaml").touch()
    assert facts_path(stack_file) == tmp_path / "x.snapshot.yaml"
