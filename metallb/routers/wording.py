"""What every dialect writes in words: the header, and what a person has to decide."""

import textwrap
from collections.abc import Iterable, Iterator

from metallb.problems.escape import escaped
from metallb.routers.model import Half, Range, Settings

__all__ = ["opening", "placeholder"]

_WIDTH = 92


def opening(half: Half, stack: str, dialect: str, more: Iterable[str] = ()) -> list[str]:
    """The first lines of a file, for comments: what it is, and what a person has to decide.

    :param stack: the stack's name.
    :param more: decisions of this dialect.
    """
    lines = [
        f"Router {half.name}: its half of the BGP sessions with the nodes of stack {stack}.",
        f"Made by: metallb routers {stack} --dialect {dialect} --router {half.name}",
    ]
    for each in (*_decisions(half), *more):
        lines += textwrap.wrap(
            f"decide: {each}",
            _WIDTH,
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    # A comment stays one, whatever a name has in it.
    return [escaped(each).replace("*/", "* /").replace("\n", " ") for each in lines]


def placeholder(settings: Settings) -> str:
    """What is written in the place of an MD5 key: the name of the Secret that holds it."""
    return f"MD5-KEY-OF-{settings.key}"


def _decisions(half: Half) -> tuple[str, ...]:
    """What holds whatever the dialect; each is one sentence."""
    found = (*_of_keys(half), *_of_ranges(half), *_of_sessions(half), *_of_limits(half))
    return tuple(dict.fromkeys(found))


def _of_keys(half: Half) -> Iterator[str]:
    for each in half.settings:
        if each.key:
            yield (
                f"Write the MD5 key of the stack file in the place of {placeholder(each)}; no key "
                "is ever written here."
            )


def _of_ranges(half: Half) -> Iterator[str]:
    for entry in half.entries:
        for each in entry.ranges:
            own = entry.own_blocks(each)
            if own:
                yield (
                    f"{_who(each)} may connect from anywhere in {', '.join(own)}: narrow the range "
                    "to the network of these nodes."
                )
            others = [block for block in each.blocks if block not in own]
            if others:
                yield (
                    f"{each.nodes} have other settings than the nodes that are taken from "
                    f"{', '.join(others)}, and get no session there: give their addresses "
                    "(--nodes or --cluster)."
                )


def _who(each: Range) -> str:
    if each.by_label:
        return f"Nodes by label ({each.nodes})"
    return f"The addresses of {each.nodes} are not known here, so they"


def _of_sessions(half: Half) -> Iterator[str]:
    for each in half.settings:
        if each.port != 179:
            yield f"The router has to listen on TCP port {each.port}."
        if each.hold is None:
            yield (
                "The nodes propose the hold time of their own FRR (180 seconds by default), and "
                "the smaller one of both ends is used."
            )
        if each.multihop:
            yield "The nodes are several hops away: the router needs a route to each of them."
        if each.bfd is not None and each.graceful_restart:
            yield (
                "BFD and graceful restart exclude each other where a speaker restarts together "
                "with its BFD: keep the one that you rely on."
            )
        if len(each.families) > 1:
            yield (
                "Both IP versions come over one session: the router has to reach the nodes by both."
            )


def _of_limits(half: Half) -> Iterator[str]:
    yield (
        f"Multipath holds for the whole router: where it has a larger number than {half.paths}, "
        "keep that."
    )
    for entry in half.entries:
        for version, count_of in entry.counts.items():
            limit = half.limit(entry, version)
            if count_of > limit:
                why = "maxPrefixes of the stack file" if half.max_prefixes else "the highest number"
                yield (
                    f"The pools have more IPv"
                    f"{version} prefixes than the limit of {limit} for a session, which is {why}: "
                    "a Service too many ends the session."
                )
