"""`check --fix`: writes the corrections of a stack file that leave no room for doubt."""

import sys
from collections.abc import Sequence
from pathlib import Path

from metallb.command_line.options import unused
from metallb.importing.formats import FileFormat, sniff
from metallb.loading.stack import load_file
from metallb.problems.errors import ConfigError, UsageError
from metallb.problems.escape import visible
from metallb.problems.problem import Problem
from metallb.stackfile.corrections import corrected
from metallb.stackfile.files import read_text
from metallb.stackfile.paths import is_there, stack_path
from metallb.stackfile.source import Source, differences
from metallb.writing.files import write_file

__all__ = ["fixed"]


def fixed(target: str, *, write: bool) -> Sequence[str]:
    """Correct the stack file of a target; the lines of the difference.

    :param write: write the file, and print the difference on standard error.
    :raises UsageError: the target is no stack file, a link, or changed meanwhile.
    :raises ConfigError: it can't be read. What is wrong with its YAML stays for the check.
    """
    path = Path(target) if is_there(Path(target)) else stack_path(target)
    _refuse_others(path, target)
    before = Source(path, read_text(path))
    after = corrected(before, lambda text: _problems(path, text))
    if after.text == before.text:
        return ()
    lines = differences(before, after, load_file(path).source)
    if write:
        _write(path, before.text, after.text)
        for line in lines:
            print(visible(line), file=sys.stderr)
    return lines


def _refuse_others(path: Path, target: str) -> None:
    try:
        form = sniff(path)
    except ConfigError:
        return  # what is wrong with its YAML is the check's to report
    if form not in (FileFormat.STACK, FileFormat.UNKNOWN):
        detail = "Files of other formats are left as they are"
        raise unused("--fix", f"for {target}, which is no stack file", detail=detail)


def _problems(path: Path, text: str) -> Sequence[Problem]:
    try:
        return load_file(path, text).findings
    except ConfigError as error:
        return error.problems


def _write(path: Path, before: str, after: str) -> None:
    if path.is_symlink():
        raise UsageError(
            f"{path} is a symbolic link, and is not replaced",
            code="E204",
            detail="Only a file itself is corrected.",
            help="name the file that it leads to",
        )
    if read_text(path) != before:
        raise UsageError(
            f"{path} changed while it was corrected",
            code="E204",
            detail="Nothing was written.",
            help="run it again",
        )
    write_file(path, after, ours=lambda _: True)
