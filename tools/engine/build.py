"""Builds the engine once, into a folder that is laid out like Pulumi's own home.

The modules beside this file pin what it is made of. The provider lies where `pulumi plugin install`
would put it, so the engine finds it there, under the version that the Python package requires.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab import go
from lab.engine_home import BUILT
from lab.paths import ROOT

__all__ = ["build", "built", "programs"]

_HERE = Path(__file__).resolve().parent
_CLI = _HERE / "cli"
_PROVIDER = _HERE / "provider"
_REQUIREMENTS = ROOT / "requirements/core.txt"
_CLI_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
_PROVIDER_VARIABLE = "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version"


@dataclass(frozen=True)
class Program:
    """One program of the engine."""

    words: str
    module: Path
    """Folder of the go.mod that it is built from."""
    package: str
    path: Path
    variable: str
    """The linker's, for the version that the program calls itself."""
    version: str


def programs(home: Path = BUILT) -> tuple[Program, ...]:
    """The engine's programs. The CLI is the last: where it is, the others are."""
    cli = _found(_CLI / "go.mod", r"github\.com/pulumi/pulumi/pkg/v3 v(\S+)")
    provider = _found(_REQUIREMENTS, r"^pulumi-kubernetes==(\S+)")
    name = "pulumi-resource-kubernetes"
    return (
        Program(
            words="the Kubernetes provider",
            module=_PROVIDER,
            package=".",
            path=home / "plugins" / f"resource-kubernetes-v{provider}" / name,
            variable=_PROVIDER_VARIABLE,
            version=provider,
        ),
        Program(
            words="the Pulumi CLI",
            module=_CLI,
            package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
            path=home / "bin" / "pulumi",
            variable=_CLI_VARIABLE,
            version=cli,
        ),
    )


def built(home: Path = BUILT) -> bool:
    """Whether the engine is there, built from what the sources are now."""
    return go.is_current(home, _key(home), _paths(home))


def build(say: Callable[[str], None], home: Path = BUILT) -> None:
    """Build what is not built yet.

    :param say: called with each line of progress.
    :raises LabError: there is no Go, or it fails.
    """

    def compile_all() -> None:
        wanted = programs(home)
        for number, program in enumerate(wanted, 1):
            say(f"building {program.words} {program.version} ({number} of {len(wanted)})")
            _compile(program, say)

    go.build_once(home, _key(home), _paths(home), compile_all)


def _compile(program: Program, say: Callable[[str], None]) -> None:
    program.path.parent.mkdir(parents=True, exist_ok=True)
    # Under another name first: a build that is cut off leaves no program that looks whole.
    made = program.path.with_name(f"{program.path.name}.new")
    flags = f"-s -w -X {program.variable}={program.version}"
    go.compile_packages(program.module, [program.package], str(made), flags, say)
    made.replace(program.path)


def _paths(home: Path) -> list[Path]:
    return [program.path for program in programs(home)]


def _key(home: Path) -> str:
    sources = [
        path
        for module in (_CLI, _PROVIDER)
        for path in sorted(module.iterdir())
        if path.suffix in (".mod", ".sum", ".go")
    ]
    versions = " ".join(program.version for program in programs(home))
    return f"{go.source_key(sources)} {versions}"


def _found(path: Path, pattern: str) -> str:
    found = re.search(pattern, path.read_text(encoding="utf-8"), re.M)
    assert found is not None, f"{path}: no {pattern}"  # noqa: S101 - a file of this repository
    return found[1]
