"""Label selectors as Kubernetes and both MetalLB formats spell them."""

from collections.abc import Iterable, Mapping

from pydantic import ConfigDict, Field

from metallb.algebra.selectors import HOSTNAME_LABEL, chooses, hosts_of
from metallb.routing.base import SpecModel

__all__ = ["LabelSelector", "LabelSelectorRequirement", "hosts_selector"]


class LabelSelectorRequirement(SpecModel):
    """One condition on a label; all conditions of a selector have to hold."""

    key: str
    """Label key the condition looks at."""
    operator: str
    """How the label relates to the values: In, NotIn, Exists or DoesNotExist."""
    values: tuple[str, ...] | None = Field(default=None, json_schema_extra={"list": "atomic"})
    """Label values; In and NotIn need at least one, Exists and DoesNotExist take none."""


class LabelSelector(SpecModel):
    """Chooses objects by label. An empty selector chooses everything."""

    model_config = ConfigDict(json_schema_extra={"map": "atomic"})

    match_labels: dict[str, str] | None = None
    """Labels that have to be present with exactly these values."""
    match_expressions: tuple[LabelSelectorRequirement, ...] | None = Field(
        default=None, json_schema_extra={"list": "atomic"}
    )
    """Further conditions, all of which have to hold."""

    @property
    def hosts(self) -> tuple[str, ...] | None:
        """The host names that it chooses, in their order; None where it looks at anything else."""
        labels = self.match_labels or {}
        if not self.match_expressions and len(labels) == 1:
            # The usual one, of which there are thousands.
            return tuple(labels.values()) if HOSTNAME_LABEL in labels else None
        found = hosts_of((self,))
        if found is None:
            return None
        listed = [labels.get(HOSTNAME_LABEL, "")]
        for each in self.match_expressions or ():
            listed += (each.values or ()) if each.key == HOSTNAME_LABEL else ()
        return tuple(dict.fromkeys(host for host in listed if host in found))

    def words(self) -> str:
        """The selector as kubectl would take it, or the bare host names where it names some."""
        labels = self.match_labels or {}
        conditions = self.match_expressions or ()
        hosts = self.hosts
        if hosts:
            return ", ".join(hosts)
        parts = [f"{key}={value}" for key, value in sorted(labels.items())]
        parts += [
            f"{c.key} {c.operator} ({', '.join(c.values)})" if c.values else f"{c.key} {c.operator}"
            for c in conditions
        ]
        return ", ".join(parts) or "all nodes"

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels satisfy the selector."""
        return chooses(self, labels)


def hosts_selector(hostnames: Iterable[str]) -> LabelSelector:
    """The selector of these host names: match-labels for one, an In expression for several."""
    hosts = sorted(set(hostnames))
    if len(hosts) == 1:
        return LabelSelector(match_labels={HOSTNAME_LABEL: hosts[0]})
    condition = LabelSelectorRequirement(key=HOSTNAME_LABEL, operator="In", values=tuple(hosts))
    return LabelSelector(match_expressions=(condition,))
