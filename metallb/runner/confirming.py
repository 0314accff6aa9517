"""What an update would do is shown and confirmed before it begins, as `pulumi up` does."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from metallb.problems.errors import UsageError
from metallb.problems.escape import visible
from metallb.problems.text import style_of
from metallb.runner.report import RunReport
from metallb.runner.text import text

__all__ = ["Ahead", "confirm", "redialled", "refuse_unconfirmed"]

_NOT_CONFIRMED = "E207"
_SHOWN = 40
"""Changes that are shown before `details`."""
_NAMED = 8
_PEER, _WORKLOAD = ":BGPPeer", ":DaemonSet"
_CHANGED = ("update", "replace", "delete")


@dataclass(frozen=True)
class Ahead:
    """How a command is confirmed.

    :ivar question: what is to be confirmed.
    :ivar word: what confirms it, besides what begins with it: `yes`, or the stack's name.
    :ivar spoken: other answers that confirm it.
    """

    question: str
    word: str
    spoken: tuple[str, ...] = ()


def refuse_unconfirmed(args: argparse.Namespace, command: str, ahead: Ahead) -> None:
    """Refuse a run that is not confirmed, and that nothing can be answered for.

    :raises UsageError: there is neither --yes nor a terminal.
    """
    if not (args.yes or _is_terminal()):
        raise UsageError(
            f"{command} {args.stack} was not confirmed",
            code=_NOT_CONFIRMED,
            detail="Without a terminal there is no answer to wait for.",
            help=f"give --yes; or answer {ahead.word} on a terminal",
        )


def confirm(
    args: argparse.Namespace, command: str, ahead: Ahead, foreseen: RunReport | None
) -> None:
    """Show what would change, and go on only where it is confirmed.

    :param foreseen: the preview; None where it was skipped.
    :raises UsageError: it was not confirmed.
    """
    if foreseen is not None:
        # On standard error: standard output may be a document for a machine.
        _print(_brief(foreseen))
    if args.yes or (foreseen is not None and not foreseen.has_changes):
        return
    ways = f"{ahead.word}, no" + (", details" if foreseen is not None else "")
    while True:
        print(visible(f"{ahead.question} ({ways}): "), end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        answer = line.strip()
        if answer in (ahead.word, *ahead.spoken):
            return
        if not line or answer.lower() in ("n", "no"):
            raise UsageError(
                f"{command} {args.stack} was not confirmed",
                code=_NOT_CONFIRMED,
                help=f"answer {ahead.word}, or give --yes",
            )
        if foreseen is not None and answer.lower() in ("d", "details"):
            _print(text(foreseen, style_of(sys.stderr), details=True))


def redialled(report: RunReport) -> Iterator[str]:
    """What is known of the BGP sessions that the changes close and open again.

    MetalLB closes the session of a peer whose object changes in any field, and a speaker that is
    replaced ends all of its node's (speaker/bgp_controller.go, SetConfig).
    """
    speakers = {
        each.kind: each.name
        for each in report.resources
        if each.type.endswith(_WORKLOAD) and each.kind in _CHANGED
    }
    if speakers:
        ends = set(speakers) == {"delete"}
        what = "end" if ends else "redial, node by node"
        changed = ", ".join(speakers.values())
        yield f"sessions of every node {what}: DaemonSet {changed} {'goes' if ends else 'changes'}"
        return
    peers = [
        each.name.rpartition("-bgppeer-")[2]
        for each in report.resources
        if each.type.endswith(_PEER) and each.kind in _CHANGED
    ]
    if peers:
        more = f" and {len(peers) - _NAMED} more" if len(peers) > _NAMED else ""
        yield f"sessions of these peers are closed: {', '.join(peers[:_NAMED])}{more}"


def _brief(report: RunReport) -> str:
    """The changes without their values, then what else is to be known of them."""
    some = tuple(
        each.model_copy(update={"properties": (), "values": {}}) for each in report.resources
    )
    left = len(some) - _SHOWN
    lines = text(
        report.model_copy(update={"resources": some[:_SHOWN]}), style_of(sys.stderr)
    ).splitlines()
    if left > 0:
        lines.insert(_SHOWN, f"  and {left} more")
    return "\n".join([*lines[:-1], *map(visible, redialled(report)), *lines[-1:]])


def _print(shown: str) -> None:
    print(shown, file=sys.stderr, flush=True)


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
