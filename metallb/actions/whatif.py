"""`whatif`: failures of a stack file's nodes, routers and racks."""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

from metallb.actions.document import Document, print_document
from metallb.actions.nodes import counts_of, known_nodes, refuse_unused_nodes
from metallb.command_line.options import unused
from metallb.forecast.build import site_of_stack
from metallb.forecast.failures import Element, Failure, elements, fail, fail_all, fail_pairs
from metallb.forecast.failures_text import markdown, text
from metallb.forecast.site import Site
from metallb.loading.stack import LoadedStack, load
from metallb.models.strict import StrictModel
from metallb.platforms.facts import PlatformFacts
from metallb.preflight import refuse
from metallb.problems.errors import UsageError
from metallb.problems.escape import one_line, quoted, visible
from metallb.routers.build import halves_of
from metallb.stackfile import StackConfig
from metallb.topology import FORMATS, topology_of
from metallb.topology.model import Mark, Topology
from metallb.topology.names import router_names
from metallb.topology.nodes import KnownNodes

__all__ = ["FailuresDocument", "run"]

_PICTURES = ("mermaid", "svg", "html")
_PAIRS = 400
"""Elements up to which every pair of them is tried."""
_NAMED = 8
"""Elements that a help names."""


class PrefixLimit(StrictModel):
    """A router's limit of prefixes, and what its sessions may carry."""

    router: str
    """Name of the router."""
    prefixes: int
    """Prefixes that a session carries at the most."""
    limit: int
    """Prefixes that the router takes from a session."""
    met: bool
    """Whether no session exceeds it."""


class FailuresDocument(Document):
    """What failures do."""

    failures: tuple[Failure, ...] = ()
    """Each failure, with what it takes away."""
    prefix_limits: tuple[PrefixLimit, ...] = ()
    """Limits of the routers, where the stack file or the platform has them."""


def run(args: argparse.Namespace) -> int:
    """Let things fail, and print what that does."""
    refuse_unused_nodes(args)
    if args.pairs and args.format in _PICTURES:
        raise unused("--pairs", f"with --format {args.format}", detail="A picture shows one state")
    loaded = load(args.stack)
    stack = loaded.readable or loaded.config
    refuse(loaded.findings, source=loaded.source)
    facts = loaded.snapshot(args.snapshot)
    if stack.platform.looks_up and facts is None:
        facts = loaded.snapshot(required=True)
    nodes = known_nodes(args, stack)
    with loaded.locations.errors():
        site = site_of_stack(stack, facts, nodes, counts_of(args.count))
    chosen = _chosen(args.fail, site) if args.fail else ()
    if args.format in _PICTURES:
        topology = _coloured(topology_of(stack, loaded.name, facts), site, chosen)
        sys.stdout.write(FORMATS[args.format](topology))
        return 0
    if args.pairs and len(elements(site)) > _PAIRS:
        raise UsageError(
            f"--pairs has {len(elements(site))} elements to combine",
            code="E208",
            detail=f"Up to {_PAIRS} elements are tried pair by pair.",
            help="name those that fail together: --fail rack-a,tor-2",
        )
    found = tuple(_failures(site, chosen, pairs=args.pairs))
    if args.format == "json":
        print_document(args, _document(loaded, stack, facts, nodes, found))
        return 0
    uncounted = [node.name for node in site.nodes.values() if node.several]
    as_text, shown = (markdown, one_line) if args.format == "markdown" else (text, visible)
    print(as_text(found, uncounted=() if chosen else uncounted, pairs=args.pairs))
    for line in _limit_lines(stack, facts, nodes):
        print(shown(line))
    return 0


def _failures(site: Site, chosen: Sequence[Element], *, pairs: bool) -> Iterable[Failure]:
    if chosen:
        return (fail(site, chosen),)
    return fail_pairs(site) if pairs else fail_all(site)


def _chosen(given: Sequence[str], site: Site) -> tuple[Element, ...]:
    """The elements that --fail names.

    :raises UsageError: one is none of the stack, or several have the name.
    """
    known = elements(site)
    by_word: dict[str, list[Element]] = {}
    for each in known:
        for word in (each.name, f"{each.kind}:{each.name}"):
            by_word.setdefault(word, []).append(each)
    for router in site.by_router:
        # Routers are named behind their rack: tor-2 means every rack's.
        for rack in site.racks_of(router):
            short = router.removeprefix(f"{rack}-")
            if short != router:
                by_word.setdefault(short, []).extend(
                    each for each in known if str(each) == f"router {router}"
                )
    found: list[Element] = []
    for word in [word.strip() for listed in given for word in listed.split(",")]:
        fitting = by_word.get(word, [])
        if len({each.kind for each in fitting}) != 1:
            raise _unknown(word, fitting, list(by_word), [each.name for each in known])
        found += fitting
    return tuple(dict.fromkeys(found))


def _listed(names: Sequence[str]) -> str:
    more = [f"another one that metallb topology shows ({len(names)} in all)"]
    return " or ".join([*names[:_NAMED], *(more if len(names) > _NAMED else [])])


def _unknown(
    word: str, fitting: Sequence[Element], known: list[str], names: list[str]
) -> UsageError:
    if fitting:
        words = " or ".join(f"{each.kind}:{each.name}" for each in fitting)
        return UsageError(
            f"{quoted(word)} is a name of {' and of a '.join(f'{each.kind}' for each in fitting)}",
            code="E208",
            help=f"write {words}",
        )
    near = get_close_matches(word, known, n=1)
    return UsageError(
        f"the stack has no node, router or rack {quoted(word)}",
        code="E201",
        detail="--fail names what fails at once, with commas between.",
        help=f"did you mean {near[0]}?" if near else f"write {_listed(names)}",
    )


def _document(
    loaded: LoadedStack,
    stack: StackConfig,
    facts: PlatformFacts | None,
    nodes: KnownNodes | None,
    found: Sequence[Failure],
) -> FailuresDocument:
    limits = (
        PrefixLimit(router=name, prefixes=most, limit=limit, met=most <= limit)
        for name, (most, limit) in _limits(stack, facts, nodes).items()
    )
    return FailuresDocument(stack=loaded.name, failures=tuple(found), prefix_limits=tuple(limits))


def _limits(
    stack: StackConfig, facts: PlatformFacts | None, nodes: KnownNodes | None
) -> Mapping[str, tuple[int, int]]:
    """By router how many prefixes a session may carry, and how many it may at most, where the
    stack file or the platform has a limit. Each node may announce every address by itself, so that
    a failure of others changes nothing."""
    if stack.max_prefixes is None:
        return {}
    return {
        half.name: (
            max((most for entry in half.entries for most in entry.counts.values()), default=0),
            stack.max_prefixes,
        )
        for half in halves_of(stack, facts, nodes)
    }


def _limit_lines(
    stack: StackConfig, facts: PlatformFacts | None, nodes: KnownNodes | None
) -> Iterable[str]:
    limits = _limits(stack, facts, nodes)
    over = {name: pair for name, pair in limits.items() if pair[0] > pair[1]}
    if limits and not over:
        yield f"no session exceeds {next(iter(limits.values()))[1]} prefixes, whatever fails"
    for name, (most, limit) in over.items():
        yield f"router {name}: a node may announce {most} prefixes, and the limit is {limit}"


def _coloured(topology: Topology, site: Site, chosen: Sequence[Element]) -> Topology:
    """The picture with what fails, and what it leaves without a route; or, where nothing is
    chosen, with everything that takes a pool away alone."""
    failures = [fail(site, chosen)] if chosen else list(fail_all(site))
    failed = set(map(str, chosen))
    critical = {name for each in failures if each.unreachable for name in each.failed}
    away = {name for each in failures for name in each.unreachable}
    bare = {loss.router for each in failures for loss in each.without_route} if chosen else set()
    names = router_names(router for rack in topology.racks for router in rack.routers)

    def mark(kind: str, name: str, rack: str) -> Mark:
        words = {f"{kind} {name}", f"rack {rack}"}
        if words & failed:
            return Mark.FAILED
        at_risk = not chosen and f"{kind} {name}" in critical
        return Mark.AT_RISK if at_risk or (kind == "router" and name in bare) else Mark.NONE

    return replace(
        topology,
        racks=tuple(
            replace(
                rack,
                nodes=tuple(
                    replace(node, mark=mark("node", node.name, rack.name)) for node in rack.nodes
                ),
                routers=tuple(
                    replace(router, mark=mark("router", names[router.key], rack.name))
                    for router in rack.routers
                ),
            )
            for rack in topology.racks
        ),
        pools=tuple(
            replace(pool, mark=Mark.AT_RISK if pool.name in away else Mark.NONE)
            for pool in topology.pools
        ),
    )
