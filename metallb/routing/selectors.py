"""Label selectors as Kubernetes and both MetalLB formats spell them."""

from collections.abc import Iterable, Mapping

from pydantic import ConfigDict, Field

from metallb.routing.base import SpecModel

__all__ = ["HOSTNAME_LABEL", "LabelSelector", "LabelSelectorRequirement", "hosts_selector"]

HOSTNAME_LABEL = "kubernetes.io/hostname"
"""The label by which a peer is bound to a node (Kubernetes well-known labels)."""


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
        """The host names that it chooses; None where it looks at anything else."""
        labels = self.match_labels or {}
        conditions = self.match_expressions or ()
        if set(labels) == {HOSTNAME_LABEL} and not conditions:
            return (labels[HOSTNAME_LABEL],)
        if labels or len(conditions) != 1:
            return None
        only = conditions[0]
        named = only.key == HOSTNAME_LABEL and only.operator == "In"
        return only.values or () if named else None

    def words(self) -> str:
        """The selector as kubectl would take it, or the bare host names where it names some."""
        labels = self.match_labels or {}
        conditions = self.match_expressions or ()
        if self.hosts:
            return ", ".join(self.hosts)
        parts = [f"{key}={value}" for key, value in sorted(labels.items())]
        parts += [
            f"{c.key} {c.operator} ({', '.join(c.values)})" if c.values else f"{c.key} {c.operator}"
            for c in conditions
        ]
        return ", ".join(parts) or "all nodes"

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels satisfy the selector (k8s.io/apimachinery, pkg/labels).

        An operator that Kubernetes does not know matches nothing.
        """
        if any(labels.get(key) != value for key, value in (self.match_labels or {}).items()):
            return False
        return all(_holds(condition, labels) for condition in self.match_expressions or ())


def hosts_selector(hostnames: Iterable[str]) -> LabelSelector:
    """The selector of these host names: match-labels for one, an In expression for several."""
    hosts = sorted(set(hostnames))
    if len(hosts) == 1:
        return LabelSelector(match_labels={HOSTNAME_LABEL: hosts[0]})
    condition = LabelSelectorRequirement(key=HOSTNAME_LABEL, operator="In", values=tuple(hosts))
    return LabelSelector(match_expressions=(condition,))


def _holds(condition: LabelSelectorRequirement, labels: Mapping[str, str]) -> bool:
    present = condition.key in labels
    values = condition.values or ()
    match condition.operator:
        case "In":
            return present and labels[condition.key] in values
        case "NotIn":
            return not present or labels[condition.key] not in values
        case "Exists":
            return present
        case "DoesNotExist":
            return not present
    return False
