"""Changes and failures of a random site, each beside what is predicted of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Self

from lab.errors import LabError
from lab.forecast.predicting import Predicted, Table, Tables, differences, predicted
from lab.forecast.running import Ends, Running
from lab.spawn import favoured, wait_until
from metallb.forecast.build import site_of_stack
from metallb.forecast.failures import Element, Kind, elements, fail
from metallb.forecast.impact import impact_of
from metallb.forecast.site import Site
from metallb.loading.stack import load_file

__all__ = ["SLACK", "Outcome", "try_all"]

SLACK = 1.5
"""Seconds that a router and its kernel may take beyond the bound, on a busy machine."""
_PATIENCE = 45.0
"""Seconds after which a table that is not the predicted one counts as another."""
_EVERY = 0.15
"""Seconds between two looks at the tables during a change."""
_REOPENING = 2
"""FRR rounds the second in which a session was opened."""


@dataclass(frozen=True)
class Outcome:
    """One comparison.

    :ivar routes: how many were compared.
    :ivar seconds: until every table was the predicted one; of a change, the longest time for which
        a route was away that is there before and after it.
    :ivar bound: seconds that are predicted at the most; None where nothing is predicted.
    :ivar redials: sessions of a change that are predicted to be opened again; None for no change.
    :ivar wrong: what is otherwise than predicted.
    """

    what: str
    routes: int
    seconds: float
    wrong: tuple[str, ...]
    bound: float | None = None
    redials: int | None = None

    @property
    def line(self) -> str:
        """For a person who watches."""
        parts = [f"{self.what}: {self.routes} routes, {self.seconds:.1f} s"]
        parts += [f"at most {self.bound:g} s"] if self.bound is not None else []
        parts += [f"{self.redials} redial"] if self.redials else []
        return ", ".join(parts) + "".join(f"\n    {each}" for each in self.wrong)


def try_all(running: Running, *, edits: int = 2) -> Iterator[Outcome]:
    """The site as it is, changes one after the other and the way back, and failures, of which each
    leaves the site whole.

    :param edits: how many changes at the most.
    """
    trial = _Trial(running)
    first = trial.whole()
    yield first
    if first.wrong:
        return
    for edit in running.drawn.edits[:edits]:
        yield trial.changed(edit.name, running.written(edit.config))
    yield trial.changed("back to the beginning", running.stack)
    yield from trial.failures()


class _Trial:
    def __init__(self, running: Running) -> None:
        self.running = running
        self.chance = Random(running.drawn.seed)  # noqa: S311 - the same ones again
        self.site = self._site(running.stack)
        self._names = {each.address[0]: each.router for each in self.site.sessions}

    def _site(self, stack: Path) -> Site:
        config = load_file(stack).config
        return site_of_stack(config, nodes=self.running.known_nodes())

    def _predicted(
        self, site: Site, without: Set[str] = frozenset(), stopped: Set[str] = frozenset()
    ) -> Mapping[str, Mapping[str, Predicted]]:
        """The tables, under the names that routers have in the beginning."""
        running = self.running
        hosts = running.topology.hosts
        offers = [
            (
                offer,
                running.addresses[offer.name],
                frozenset(hosts[place].name for place in offer.places),
            )
            for offer in running.drawn.services
        ]
        addresses = {each.router: each.address[0] for each in site.sessions}
        found = predicted(site, offers, without, stopped)
        return {self._names[addresses[router]]: table for router, table in found.items()}

    def _until(
        self, expected: Mapping[str, Mapping[str, Predicted]], event: Callable[[], object]
    ) -> tuple[float, tuple[str, ...]]:
        """Seconds from an event until every table is the predicted one, and what is not."""
        wrong: list[str] = []

        def right() -> bool:
            wrong[:] = differences(expected, self.running.tables())
            return not wrong

        with favoured():
            begun = time.monotonic()
            event()
            try:
                wait_until("the predicted tables", right, seconds=_PATIENCE)
            except LabError:
                if not wrong:
                    raise
            return time.monotonic() - begun, tuple(wrong)

    def whole(self) -> Outcome:
        """The site as it is."""
        expected = self._predicted(self.site)
        seconds, wrong = self._until(expected, lambda: None)
        self._wait_for(self.site)
        return Outcome("as it is", _count(expected), seconds, wrong)

    def _wait_for(self, site: Site) -> None:
        """Wait for every session of a site."""
        wait_until(
            "every session",
            lambda: _ends(site) <= set(self.running.sessions()),
            seconds=_PATIENCE,
        )

    def _whole_again(self) -> tuple[str, ...]:
        """Back to the beginning, with all sessions."""
        _, wrong = self._until(self._predicted(self.site), lambda: None)
        self._wait_for(self.site)
        return tuple(f"afterwards: {line}" for line in wrong)

    # -- changes -------------------------------------------------------------------------------

    def changed(self, what: str, to: Path) -> Outcome:
        """A change to a stack file."""
        running = self.running
        after = self._site(to)
        impact = impact_of(self.site, after)
        addresses = {each.router: each.address[0] for each in after.sessions}
        redialled = {
            (node, addresses[group.router]) for group in impact.redialled for node in group.nodes
        }
        former, widths = running.sessions(), self._widths()
        expected = self._predicted(after)
        with _Watch(self._predicted(self.site), expected, running.tables) as watch:
            self._until(expected, lambda: running.change(to))
            running.wait_until_quiet()
        wrong = tuple(differences(expected, running.tables()))
        self._wait_for(after)
        kept = _ends(self.site) & _ends(after) & set(former)
        reopened = _reopened(former, running.sessions()) & kept
        wrong += tuple(_sessions("predicted to redial, and stays", redialled - reopened))
        wrong += tuple(_sessions("redials, and is predicted to stay", reopened - redialled))
        listed = [(each.router, each.pools, each.before, each.after) for each in impact.narrowed]
        wrong += tuple(self._other_widths(self.site, listed, widths))
        bound, seconds = (float(impact.seconds) if redialled else None), watch.longest
        if bound is not None and seconds > bound + SLACK:
            wrong += (f"{seconds:.1f} s, and {bound:g} s are predicted at the most",)
        self.site = after
        return Outcome(what, _count(expected), seconds, wrong, bound, len(redialled))

    def _widths(self) -> dict[tuple[str, str, str], int]:
        """Next hops of the Services that every node announces, by router, pool and Service."""
        tables = self.running.tables()
        return {
            (router, offer.pool, offer.name): len(
                _looked_up(table, self.running.addresses[offer.name])
            )
            for router, table in tables.items()
            for offer in self.running.drawn.services
            if not offer.local
        }

    def _other_widths(
        self,
        site: Site,
        listed: Iterable[tuple[str, Iterable[str], int, int]],
        former: Mapping[tuple[str, str, str], int],
        stopped: Set[str] = frozenset(),
    ) -> Iterator[str]:
        """Where widths are otherwise than what is predicted of pools at routers.

        :param listed: router, pools, width before and after, where fewer next hops are predicted.
        """
        addresses = {each.router: each.address[0] for each in site.sessions}
        pairs: dict[tuple[str, str], set[tuple[int, int]]] = {}
        for router, pools, before, after in listed:
            for pool in pools:
                key = (self._names[addresses[router]], pool)
                pairs.setdefault(key, set()).add((before, after))
        for (router, pool, name), now in self._widths().items():
            before = former[router, pool, name]
            found = pairs.get((router, pool))
            fits = (before, now) in found if found and now < before else now >= before
            if router not in stopped and not fits:
                words = " or ".join(f"{one} to {other}" for one, other in sorted(found or ()))
                yield f"{name} at {router}: {before} to {now} next hops, {words or 'all'} predicted"

    # -- failures ------------------------------------------------------------------------------

    def failures(self) -> Iterator[Outcome]:
        """One node, one router, and a rack where there are several."""
        by_kind: dict[Kind, list[Element]] = {}
        for each in elements(self.site):
            by_kind.setdefault(each.kind, []).append(each)
        whole = self._predicted(self.site)
        for listed in by_kind.values():
            # Best one that changes a table.
            telling = [
                each
                for each in listed
                if self._predicted(self.site, *_parts(self.site, each)) != whole
            ]
            yield self._failed(self.chance.choice(telling or listed))

    def _failed(self, element: Element) -> Outcome:
        running, site = self.running, self.site
        found = fail(site, (element,))
        nodes, routers = _parts(site, element)
        expected = self._predicted(site, nodes, routers)
        changed, widths = bool(differences(expected, running.tables())), self._widths()
        segments = {host.name: host.segments for host in running.topology.hosts}

        def happen() -> None:
            for node in nodes:
                for segment in segments[node]:
                    running.fabric.cut(segment, node)
            for router in routers:
                running.stop_router(router)

        losses = (*found.narrowed, *found.without_route)
        listed = [(each.router, each.pools, each.before, each.after) for each in losses]
        try:
            seconds, wrong = self._until(expected, happen)
            wrong += tuple(self._other_widths(site, listed, widths, routers))
        finally:
            for node in nodes:
                for segment in segments[node]:
                    running.fabric.mend(segment, node)
            for router in routers:
                running.start_router(router)
        # Where no route is at a router that is left, there is nothing to see of it.
        timed = found.seconds and any(
            prefixes != self._predicted(site, frozenset(), routers).get(router)
            for router, prefixes in expected.items()
        )
        bound = found.seconds if timed and changed else None
        if bound is not None and not bound / 3 <= seconds <= bound + SLACK:
            wrong += (f"{seconds:.2f} s, and {bound:g} s are predicted at the most",)
        wrong += self._whole_again()
        return Outcome(f"{element} fails", _count(expected), seconds, wrong, bound)


class _Watch(Thread):
    """How long routes by a node are away that are there before and after a change.

    Reads the tables beside the change, as a session may be back before the change is applied whole.
    """

    def __init__(
        self,
        before: Mapping[str, Mapping[str, Predicted]],
        after: Mapping[str, Mapping[str, Predicted]],
        read: Callable[[], Tables],
    ) -> None:
        super().__init__(daemon=True)
        self._read, self._over = read, Event()
        self._watched = [
            (router, prefix, node)
            for router, table in before.items()
            for prefix, hops in table.items()
            if prefix in after.get(router, {}) and hops.width == len(hops.nodes)
            for node in hops.nodes & after[router][prefix].nodes
        ]
        self._gone: dict[tuple[str, str, str], float] = {}
        self.longest = 0.0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Read and compare until the end."""
        with favoured():
            while not self._over.wait(_EVERY):
                self._look(time.monotonic(), self._read())

    def _look(self, now: float, tables: Tables) -> None:
        for each in self._watched:
            router, prefix, node = each
            if node in tables[router].get(prefix, frozenset()):
                since = self._gone.pop(each, None)
                if since is not None:
                    self.longest = max(self.longest, now - since)
            else:
                self._gone.setdefault(each, now)


def _parts(site: Site, element: Element) -> tuple[frozenset[str], frozenset[str]]:
    """Nodes and routers of an element."""
    if element.kind is Kind.NODE:
        return frozenset({element.name}), frozenset()
    if element.kind is Kind.ROUTER:
        return frozenset(), frozenset({element.name})
    own = site.racks[element.name]
    routers = {router for router in own if site.racks_of(router) == (element.name,)}
    return frozenset(site.by_rack[element.name]), frozenset(routers)


def _looked_up(table: Table, address: str) -> frozenset[str]:
    """The next hops of the longest prefix with an address."""
    networks = [ip_network(prefix) for prefix in table]
    fitting = [each for each in networks if ip_address(address) in each]
    longest = max(fitting, key=lambda each: each.prefixlen, default=None)
    return frozenset() if longest is None else table[str(longest)]


def _ends(site: Site) -> set[Ends]:
    return {(each.node, each.address[0]) for each in site.sessions}


def _reopened(before: Mapping[Ends, object], now: Mapping[Ends, object]) -> set[Ends]:
    found = set()
    for ends, value in before.items():
        other = now.get(ends)
        if isinstance(value, int) and isinstance(other, int):
            # A count of sessions is small, a time of FRR's is not.
            rounded = _REOPENING if value > 1_000_000 else 0
            if abs(other - value) > rounded:
                found.add(ends)
    return found


def _sessions(words: str, listed: Set[Ends]) -> Iterator[str]:
    return (f"session of {node} with {router}: {words}" for node, router in sorted(listed))


def _count(expected: Mapping[str, Mapping[str, Predicted]]) -> int:
    return sum(len(table) for table in expected.values())
