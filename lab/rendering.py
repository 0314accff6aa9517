"""The objects that the program renders for a stack, read back from the files it wrote."""

from __future__ import annotations

import contextlib
import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import yaml

from lab.api import Object
from lab.errors import LabError
from lab.paths import ROOT
from metallb.cli import main


def load(folder: Path) -> list[Object]:
    """Every object of a folder, in the order of the file names."""
    objects: list[Object] = []
    for path in sorted(folder.rglob("*.yaml")):
        for document in yaml.load_all(path.read_text(), yaml.CSafeLoader):
            if isinstance(document, dict) and "kind" in document:
                objects.append(document)
    if not objects:
        raise LabError(
            f"no .yaml file in {folder} has an object",
            detail="The lab applies the manifests that the program renders.",
            help=f"run `metallb render STACK -o {folder}`",
        )
    return objects


def render(stack: Path, folder: Path, answers: Path | None = None) -> list[Object]:
    """Run the program's `render` for a stack file, in this process, and read its objects."""
    words = ["render", str(stack), "-o", str(folder), "--with-secrets"]
    words += ["--answers", str(answers)] if answers and answers.exists() else []
    output = io.StringIO()
    with contextlib.chdir(ROOT), redirect_stdout(output), redirect_stderr(output):
        code = main(words)
    if code:
        raise LabError(
            f"`metallb render {stack}` failed",
            detail=output.getvalue().strip()[-1500:],
            help="correct the stack file as the message says",
        )
    return load(folder)


def is_configuration(obj: Object) -> bool:
    """Whether an object is MetalLB's configuration: what its webhook judges."""
    return str(obj["apiVersion"]).startswith("metallb.io/")


def find(objects: list[Object], kind: str, name: str = "") -> list[Object]:
    """The objects of a kind, or the one of a name."""
    return [o for o in objects if o["kind"] == kind and name in ("", o["metadata"]["name"])]
