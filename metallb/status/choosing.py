"""Finds the nodes that selectors choose without a look at every node. Pure."""

from collections.abc import Iterable, Sequence

from metallb.algebra.selectors import HOSTNAME_LABEL, OPERATORS, Term, label_terms
from metallb.routing.selectors import LabelSelector
from metallb.status.cluster import Object

__all__ = ["Nodes"]


class Nodes:
    """Nodes by their labels, and by name.

    A node without the label of its host name counts as one that has it, as for MetalLB's users.
    """

    def __init__(self, nodes: Iterable[Object]) -> None:
        self._all = sorted(nodes, key=lambda node: str(node["metadata"]["name"]))
        self._labels: list[dict[str, str]] = []
        self._places: dict[tuple[str, str], list[int]] = {}
        for place, node in enumerate(self._all):
            own = node["metadata"].get("labels") or {}
            labels = {HOSTNAME_LABEL: str(node["metadata"]["name"]), **own}
            self._labels.append(labels)
            for entry in labels.items():
                self._places.setdefault(entry, []).append(place)

    def chosen(self, selectors: Sequence[LabelSelector] | None) -> list[Object]:
        """The nodes that one of some selectors chooses, sorted by name; all where there is none."""
        if not selectors:
            return self._all
        places = {place for selector in selectors for place in self._of(selector)}
        return [self._all[place] for place in sorted(places)]

    def _of(self, selector: LabelSelector) -> Iterable[int]:
        if any(each.operator not in OPERATORS for each in selector.match_expressions or ()):
            return ()
        terms = label_terms((selector,))
        return self._within(terms[0]) if terms else ()

    def _within(self, term: Term) -> Iterable[int]:
        """Those that meet every condition, looked for among those of the narrowest list."""
        lists = [
            [places for value in term.of(key).values if (places := self._places.get((key, value)))]
            for key in term.keys
        ]
        narrowest = min(lists, key=lambda found: sum(map(len, found)), default=None)
        among = (
            range(len(self._all))
            if narrowest is None
            else (place for places in narrowest for place in places)
        )
        return (
            place
            for place in among
            if all(domain.allows(self._labels[place].get(key)) for key, domain in term.domains)
        )
