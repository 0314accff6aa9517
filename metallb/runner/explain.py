"""From the engine's words to an error of ours that says what to do.

Every pattern was seen on Pulumi CLI 3.259.0 with the plugins of requirements.txt. What no pattern
knows is passed on in the engine's own words.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from metallb.errors import EngineError
from metallb.runner.report import Diagnostic

__all__ = ["explained"]

_MAX_SEEN = 600
_NOISE = re.compile(
    r"^(update failed|preview failed|destroy failed|refresh failed|resource .* failed)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Known:
    pattern: re.Pattern[str]
    rule: str
    remedy: str


def _known(pattern: str, rule: str, remedy: str) -> _Known:
    return _Known(re.compile(pattern, re.IGNORECASE | re.DOTALL), rule, remedy)


# How our own errors look on one line (metallb.errors.MetalLBError.line).
_OURS = re.compile(
    r"(?P<where>\S+(?: \([^)]*\))?): (?P<rule>.+?)(?:; seen: (?P<seen>.+?))?"
    r"; remedy: (?P<remedy>.+)"
)

_TABLE = (
    _known(
        r"currently locked by|\[409\] Conflict: Another update",
        "one update of a stack at a time, and somebody holds the lock",
        "wait for the other update (the lock names its user, machine and process); where that is "
        "dead, python -m metallb recover {stack} takes its lock away",
    ),
    _known(
        r"already has session|BGP session.*already exists|already has a.*session",
        "a device has one BGP session an address family, and this one exists outside the stack",
        "give its id to the node in the stack file, so that it is adopted: "
        "metallb:platform.nodes[].bgpSessions: {{ipv4: SESSION-ID}}",
    ),
    _known(
        r"previously-imported resources that still specify an ID may not be replaced",
        "what was imported once is not replaced while the program still names what it was imported "
        "from",
        "take the line (bgpSessions of the node, or the component's import id) out; then up again",
    ),
    _known(
        r"resource '[0-9a-f-]{36}' does not exist",
        "what is imported exists at the provider",
        "take the line that names it (bgpSessions of the node) out, or write the id of one that "
        "exists; then up again",
    ),
    _known(
        r"because it is protected|marked for protection|without first unprotecting",
        "an Elastic IP block is protected: its addresses can't be had again once they are released",
        "to keep the addresses and forget the stack: pulumi state delete URN --force "
        "--stack {name}; to give them up: set protect: false and retainOnDelete: false at the "
        "block, run up, then destroy",
    ),
    _known(
        r"pending operations|pending (CREATE|create)|interrupted while.*creating",
        "an earlier update was stopped in the middle, and the state does not know how it ended",
        "python -m metallb recover {stack} finds out and settles it; then up again",
    ),
    _known(
        r"failed to load checkpoint",
        "the engine's state is whole; one that was killed while it wrote leaves a part",
        "python -m metallb recover {stack} makes it readable again; then up again",
    ),
    _known(
        r"unable to read PULUMI_CONFIG_PASSPHRASE_FILE",
        "the passphrase is read from the file that PULUMI_CONFIG_PASSPHRASE_FILE names",
        "write the passphrase to that file, or correct its path",
    ),
    _known(
        r"incorrect passphrase",
        "the stack's secrets are encrypted with another passphrase",
        "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the stack's own",
    ),
    _known(
        r"passphrase must be set",
        "the stack's secrets are encrypted with a passphrase",
        "set PULUMI_CONFIG_PASSPHRASE (it may be empty) or PULUMI_CONFIG_PASSPHRASE_FILE",
    ),
    _known(
        r"PULUMI_ACCESS_TOKEN must be set|not logged in|\[401\] Unauthorized",
        "the engine keeps its state somewhere, and does not know where",
        "set PULUMI_BACKEND_URL (such as file:///srv/pulumi or s3://bucket), or "
        "PULUMI_ACCESS_TOKEN, or run pulumi login",
    ),
    _known(
        r"unable to open state directory|unable to check if bucket|NoSuchBucket",
        "the place that PULUMI_BACKEND_URL names exists",
        "create the folder or bucket, or correct PULUMI_BACKEND_URL",
    ),
    _known(
        r"no stack named",
        "the stack exists in the backend",
        "python -m metallb up {stack} makes it; or correct PULUMI_BACKEND_URL",
    ),
    _known(
        r"missing required configuration key .?equinix-metal:authToken",
        "the Equinix Metal API wants a token",
        "set METAL_AUTH_TOKEN, or: pulumi config set --secret equinix-metal:authToken "
        "--stack {name}{file}",
    ),
    _known(
        r"unable to load schema information from the API server|cluster is unreachable|"
        r"failed to read kubeconfig|unable to load Kubernetes client configuration|"
        r"context .* does not exist",
        "the cluster of metallb:kubernetes answers",
        "check kubeconfig and context in the stack file, and: kubectl --context CONTEXT version",
    ),
    _known(
        r"rendered YAML|yaml rendering mode|renderYamlToDirectory",
        "a stack with renderTo writes files, and there is no cluster to compare with",
        "run up again; it writes the files anew",
    ),
    _known(
        r"could not load plugin|no resource plugin|could not find latest version for provider|"
        r"failed to install plugin|error downloading plugin|"
        r"could not automatically download and install resource plugin",
        "the engine has the provider plugins of requirements.txt; it fetches them by itself where "
        "it reaches get.pulumi.com and github.com",
        "run it on a machine that does; or make engine, which builds a CLI with the Kubernetes "
        "provider (racks need no other), and take the installed CLI off PATH; or: python -m "
        "metallb render",
    ),
    _known(
        r"No module named|ModuleNotFoundError",
        "the program has the packages of requirements.txt",
        "make env",
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
) -> EngineError:
    """The error of a failed run.

    :param stack: what the person typed, so that the commands of a remedy mean the same stack.
    :param name: what the engine calls it, if not the same.
    :param file: the stack file, where the engine would look for it in vain.
    :param text: what the CLI wrote; only looked at where the diagnostics say nothing.
    """
    errors = [told for told in diagnostics if told.severity == "error"]
    said = [
        f"{told.resource}: {told.message}" if told.resource else told.message
        for told in errors
        if not _NOISE.match(told.message)
    ] or _error_lines(text)
    whole = "\n".join([*said, text])
    name = name or stack
    where = f"{command} {name}"
    words = {
        "stack": quote(stack),
        "name": quote(name),
        "file": f" --config-file {quote(str(file))}" if file else "",
    }
    ours = [_OURS.fullmatch(line) for message in said for line in message.splitlines()]
    if ours and all(ours):
        found = [match for match in ours if match]
        return _from_program(where, found, _repaired(words))
    seen = _shortened(said)
    if not seen:
        return EngineError(
            where=where,
            seen="the engine ended without a word",
            rule="an engine that is killed writes no end of its update",
            remedy=f"python -m metallb recover {words['stack']}, which takes its lock away; "
            "then up again",
        )
    for known in _TABLE:
        if known.pattern.search(whole):
            return EngineError(
                where=where, seen=seen, rule=known.rule, remedy=known.remedy.format(**words)
            )
    return EngineError(
        where=where,
        seen=seen,
        rule="the engine reported a failure",
        remedy=f"read the messages above; pulumi {_engine_words(command, words)} shows all of them",
    )


def _engine_words(command: str, words: dict[str, str]) -> str:
    """The engine's own command for the same; reading outputs takes no stack file."""
    own = _ENGINE_WORDS.get(command, command)
    return f"{own} --stack {words['name']}" + (words["file"] if own == command else "")


def _repaired(words: dict[str, str]) -> Callable[[str], str]:
    """Puts into an error of the program, which does not know how it was called, who to recover."""
    plain = re.escape(words["name"].rpartition("/")[2])
    known = re.compile(rf"(?<=metallb recover )(?:STACK|{plain})(?![\w.-])")
    return lambda text: known.sub(lambda _: words["stack"], text)


def _from_program(
    where: str, told: list[re.Match[str]], repaired: Callable[[str], str]
) -> EngineError:
    """The program refused with errors of ours: they say everything already."""
    if len(told) == 1:
        only = told[0]
        return EngineError(
            where=f"{where}: {only['where']}",
            seen=only["seen"] or "",
            rule=only["rule"],
            remedy=repaired(only["remedy"]),
        )
    return EngineError(
        where=where,
        seen=" | ".join(dict.fromkeys(repaired(match[0]) for match in told)),
        rule="the program refuses what would fail or silently do nothing",
        remedy="correct each of them; the engine stopped before it changed what depends on them",
    )


def _error_lines(text: str) -> list[str]:
    """What stands behind `error:` on the CLI's standard error, or its last lines."""
    written = text.rpartition("stderr:")[2]
    marked = written.partition("error:")[2] or written
    lines = [line.strip() for line in marked.splitlines() if line.strip()]
    return [" ".join(lines[-4:] if marked == written else lines)] if lines else []


def _shortened(said: list[str]) -> str:
    """The last line of a traceback is what it says; everything else is shown as it is."""
    parts = []
    for message in dict.fromkeys(said):
        if "Traceback (most recent call last)" in message:
            message = message.strip().splitlines()[-1].strip()
        parts.append(message)
    text = " | ".join(parts)
    return text if len(text) <= _MAX_SEEN else text[:_MAX_SEEN] + "..."
