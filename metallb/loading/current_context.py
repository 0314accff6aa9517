"""The current context of the kubeconfig that kubectl would use: which cluster `up` would change.

Reads the files that KUBECONFIG lists, or ~/.kube/config, and nothing of them but that one name. A
file that can't be read names nothing: `up` reports what is wrong with it.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from metallb.files.bounded import MIB, read_bounded
from metallb.preflight import UNNAMED_CLUSTER
from metallb.problems.errors import ConfigError
from metallb.problems.escape import quoted
from metallb.problems.problem import Problem
from metallb.stackfile.yaml_documents import parse_yaml

__all__ = ["current_context", "with_current_context"]

_VARIABLE = "KUBECONFIG"
_MOST_BYTES = 4 * MIB
_SHOWN = 100


def with_current_context(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems, with the current context in the one about a cluster that is not named."""
    return tuple(
        replace(each, summary=f"{each.summary}; {_of_this_machine()}")
        if each.code == UNNAMED_CLUSTER
        else each
        for each in problems
    )


def _of_this_machine() -> str:
    context = current_context()
    if context is None:
        return "the kubeconfig that `up` would use can't be read here"
    if not context:
        return "no kubeconfig here has a current context"
    shown = context if len(context) <= _SHOWN else f"{context[:_SHOWN]}..."
    # Quoted: a name may hold line breaks and control characters.
    return f"here `up` would use the current context {quoted(shown)}"


def current_context() -> str | None:
    """Its name, by the first file that has one; empty without any, None where one can't be read."""
    for path in _paths():
        found = _context_of(path)
        if found != "":
            return found
    return ""


def _paths() -> Iterator[Path]:
    listed = [entry for entry in os.environ.get(_VARIABLE, "").split(os.pathsep) if entry]
    yield from (Path(entry) for entry in listed)
    if not listed:
        with suppress(RuntimeError):  # no home directory
            yield Path("~/.kube/config").expanduser()


def _context_of(path: Path) -> str | None:
    try:
        if not path.exists():
            return ""
        document = parse_yaml(read_bounded(path, _MOST_BYTES).decode("utf-8"), where="kubeconfig")
    except (OSError, ValueError, ConfigError):
        return None
    name = document.get("current-context") if isinstance(document, dict) else None
    return name if isinstance(name, str) else ""
