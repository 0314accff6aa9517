"""Explains what the engine reports, which is text alone, as problems with a help.

Problems of our own program come as data (`metallb.problems.journal`). Every pattern here was
observed on Pulumi CLI 3.259.0 with the plugins of requirements.txt. A message that no pattern
matches is shown as it is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from shlex import quote

from metallb.platforms.registry import platforms
from metallb.problems.errors import EngineError
from metallb.problems.escape import one_line
from metallb.problems.problem import Problem, Severity
from metallb.runner.report import Diagnostic

__all__ = ["explained"]

_MAX_SHOWN = 600
_NOISE = re.compile(
    r"^(update failed|preview failed|destroy failed|refresh failed|resource .* failed)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Known:
    """A failure of the engine or a provider that has an explanation."""

    pattern: re.Pattern[str]
    code: str
    fault: str
    detail: str
    help: str


def _known(pattern: str, code: str, fault: str, detail: str, help: str) -> _Known:
    return _Known(re.compile(pattern, re.IGNORECASE | re.DOTALL), code, fault, detail, help)


@cache
def _of_platforms() -> tuple[_Known, ...]:
    """Messages of providers' plugins."""
    return tuple(_known(*error) for each in platforms() for error in each.engine_errors)


_TABLE = (
    _known(
        r"currently locked by|\[409\] Conflict: Another update",
        "E501",
        "another update holds the stack's lock",
        "One update of a stack at a time runs.",
        "wait for the other update (the lock names its user, machine and process); where that is "
        "dead, metallb recover {stack} removes its lock",
    ),
    _known(
        r"previously-imported resources that still specify an ID may not be replaced",
        "E306",
        "a resource that was adopted by id would be replaced",
        "The engine replaces no resource while the program names the id that it was imported from.",
        "remove the line (bgpSessions of the node, or the component's import id); then run up",
    ),
    _known(
        r"resource '[0-9a-f-]{36}' does not exist",
        "E302",
        "the resource to adopt does not exist at the provider",
        "Adoption by id needs a resource of that id.",
        "remove the line that names it (bgpSessions of the node), or write the id of one that "
        "exists; then run up",
    ),
    _known(
        r"because it is protected|marked for protection|without first unprotecting",
        "E506",
        "a protected Elastic IP block would be deleted",
        "Addresses that are released can't be had again.",
        "to keep the addresses and forget the stack: pulumi state delete URN --force "
        "--stack {name}; to give them up: set protect: false and retainOnDelete: false at the "
        "block, run up, then destroy",
    ),
    _known(
        r"pending operations|pending (CREATE|create)|interrupted while.*creating",
        "E502",
        "an earlier update was interrupted, and the state does not know how it ended",
        "",
        "run metallb recover {stack}, which settles it; then run up",
    ),
    _known(
        r"failed to load checkpoint",
        "E502",
        "the state is incomplete",
        "An engine that writes at this moment, or was killed while it wrote, leaves a part of the "
        "file.",
        "where another command works on the stack, wait for its end; otherwise run python -m "
        "metallb recover {stack}, which makes the state readable again, and then up",
    ),
    _known(
        r"unable to read PULUMI_CONFIG_PASSPHRASE_FILE",
        "E503",
        "the file that PULUMI_CONFIG_PASSPHRASE_FILE names can't be read",
        "",
        "write the passphrase to that file, or correct its path",
    ),
    _known(
        r"incorrect passphrase",
        "E503",
        "the passphrase is not the one that the stack's secrets are encrypted with",
        "",
        "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the stack's own",
    ),
    _known(
        r"passphrase must be set",
        "E503",
        "no passphrase is set",
        "The stack's secrets are encrypted with a passphrase.",
        "set PULUMI_CONFIG_PASSPHRASE (it may be empty) or PULUMI_CONFIG_PASSPHRASE_FILE",
    ),
    _known(
        r"PULUMI_ACCESS_TOKEN must be set|not logged in|\[401\] Unauthorized",
        "E503",
        "no backend is configured for the state",
        "",
        "set PULUMI_BACKEND_URL (such as file:///srv/pulumi or s3://bucket), or "
        "PULUMI_ACCESS_TOKEN, or run pulumi login",
    ),
    _known(
        r"unable to open state directory|unable to check if bucket|NoSuchBucket",
        "E503",
        "the backend that PULUMI_BACKEND_URL names does not exist",
        "",
        "create the folder or bucket, or correct PULUMI_BACKEND_URL",
    ),
    _known(
        r"no stack named",
        "E507",
        "the backend has no such stack",
        "",
        "run metallb up {stack}, which creates it; or correct PULUMI_BACKEND_URL",
    ),
    _known(
        r"unable to load schema information from the API server|cluster is unreachable|"
        r"failed to read kubeconfig|unable to load Kubernetes client configuration|"
        r"context .* does not exist",
        "E601",
        "the cluster of metallb:kubernetes does not answer",
        "",
        "check kubeconfig and context in the stack file, and: kubectl --context CONTEXT version",
    ),
    _known(
        r'failed calling webhook "[a-z0-9]+\.metallb\.io"',
        "E603",
        "MetalLB's webhook does not answer",
        "The API server has MetalLB's controller check what is written, in a preview as well.",
        "after an update that was cut off, go on without a preview: metallb up {stack} "
        "--skip-preview; else look at the controller's Pod: kubectl get pods -A -l app=metallb",
    ),
    _known(
        r'Server-Side Apply field conflict|"[^"\n]*" already exists',
        "E502",
        "an object is in the cluster, and not in the state",
        "Where an engine was killed, what it was creating is not in the state; or another program "
        "made the object.",
        "run metallb recover {stack}, which takes over what an update was making when it was "
        "killed; what it leaves alone, import (docs/troubleshooting.md) or delete in the cluster; "
        "then run metallb up {stack}",
    ),
    _known(
        r"rendered YAML|yaml rendering mode|renderYamlToDirectory",
        "E500",
        "the stack writes files, and there is no cluster to compare them with",
        "A stack with metallb:kubernetes.renderTo has no cluster.",
        "run up again, which writes the files anew",
    ),
    _known(
        r"could not load plugin|no resource plugin|could not find latest version for provider|"
        r"failed to install plugin|error downloading plugin|"
        r"could not automatically download and install resource plugin",
        "E504",
        "a provider plugin is missing, and can't be downloaded",
        "The engine downloads provider plugins from get.pulumi.com and github.com.",
        "run it on a machine that reaches them; or make engine, which builds a CLI with the "
        "Kubernetes provider (racks need no other), and take the installed CLI off PATH; or: "
        "metallb render",
    ),
    _known(
        r"No module named|ModuleNotFoundError",
        "E504",
        "a Python package is missing",
        "",
        "install metallb-bare-metal again, with the extra of the platform in brackets "
        "(docs/install.md); in a clone: make env",
    ),
)


# What the engine calls commands that have another name here.
_ENGINE_WORDS = {"outputs": "stack output"}


def explained(
    *,
    command: str,
    stack: str,
    text: str,
    name: str = "",
    file: Path | None = None,
    diagnostics: Iterable[Diagnostic] = (),
    problems: Iterable[Problem] = (),
) -> EngineError:
    """The error of a failed run.

    :param stack: what the person typed, so that the commands of a help mean the same stack.
    :param name: what the engine calls it, if not the same.
    :param file: the stack file, where the engine would not find it.
    :param text: what the CLI wrote; only looked at where the diagnostics have nothing.
    :param diagnostics: of the engine, of providers and, where it has no journal, of the program.
    :param problems: errors of the program.
    """
    name = name or stack
    words = {
        "stack": quote(stack),
        "name": quote(name),
        "file": f" --config-file {quote(str(file))}" if file else "",
    }
    found = [_for_stack(each, words) for each in problems]
    messages = [
        f"{each.resource}: {each.message}" if each.resource else each.message
        for each in diagnostics
        if each.severity == "error" and not _NOISE.match(each.message)
    ]
    if not found and not messages:
        messages = _error_lines(text)
        if not messages:
            found.append(_killed(command, words))
    if messages:
        found.append(_of_engine(command, messages, text, words))
    return EngineError.of(found, f"{command} {name} failed")


def _of_engine(command: str, messages: list[str], text: str, words: dict[str, str]) -> Problem:
    """What the engine or a provider reports, in its own words behind ours."""
    shown = _shortened(messages)
    whole = "\n".join([*messages, text])
    for known in (*_of_platforms(), *_TABLE):
        if known.pattern.search(whole):
            parts = [known.detail, f"Reported: {shown}"]
            return Problem(
                code=known.code,
                severity=Severity.ERROR,
                summary=known.fault,
                detail=one_line(" ".join(part for part in parts if part)),
                help=known.help.format(**words),
            )
    return Problem(
        code=EngineError.code,
        severity=Severity.ERROR,
        summary=one_line(shown),
        help=f"pulumi {_engine_words(command, words)} shows all messages of the engine",
    )


def _killed(command: str, words: dict[str, str]) -> Problem:
    return Problem(
        code="E502",
        severity=Severity.ERROR,
        summary=f"the engine of {command} {words['name']} ended without a message",
        detail="An engine that is killed writes no end of its update.",
        help=f"run metallb recover {words['stack']}, which removes its lock; then run up",
    )


def _for_stack(problem: Problem, words: dict[str, str]) -> Problem:
    """With the stack as it was typed: the program does not know how the command was called."""
    plain = re.escape(words["name"].rpartition("/")[2])
    known = re.compile(rf"(?<=metallb recover )(?:STACK|{plain})(?![\w.-])")
    return replace(problem, help=known.sub(lambda _: words["stack"], problem.help))


def _engine_words(command: str, words: dict[str, str]) -> str:
    """The engine's own command for the same; reading outputs takes no stack file."""
    own = _ENGINE_WORDS.get(command, command)
    return f"{own} --stack {words['name']}" + (words["file"] if own == command else "")


def _error_lines(text: str) -> list[str]:
    """What stands behind `error:` on the CLI's standard error, or its last lines."""
    written = text.rpartition("stderr:")[2]
    marked = written.partition("error:")[2] or written
    lines = [line.strip() for line in marked.splitlines() if line.strip()]
    return [" ".join(lines[-4:] if marked == written else lines)] if lines else []


def _shortened(messages: list[str]) -> str:
    """Of a traceback the last line alone; everything else as it is."""
    parts = []
    for message in dict.fromkeys(messages):
        if "Traceback (most recent call last)" in message:
            message = message.strip().splitlines()[-1].strip()
        parts.append(message)
    text = " | ".join(parts)
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "..."
