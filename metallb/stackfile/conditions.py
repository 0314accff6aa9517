"""Conditions on the labels of nodes, as Kubernetes spells them."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import model_validator

from metallb.routing.selectors import LabelSelector, LabelSelectorRequirement
from metallb.stackfile.base import InvalidValue, LabelKey, LabelValue, Section

__all__ = ["NodeCondition", "selector_of"]

_WITH_VALUES = ("In", "NotIn")


class NodeCondition(Section):
    """One condition on a label of nodes."""

    key: LabelKey
    """Key of the label."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    """How the label relates to the values. NotIn chooses nodes without the label as well."""
    values: tuple[LabelValue, ...] = ()
    """Values of the label: In and NotIn need at least one, Exists and DoesNotExist take none."""

    @model_validator(mode="after")
    def _fits(self) -> "NodeCondition":
        wanted = self.operator in _WITH_VALUES
        if wanted is bool(self.values):
            return self
        fault = f"operator {self.operator} has {'no ' if wanted else ''}values"
        rule = "In and NotIn compare with values; Exists and DoesNotExist do not."
        help = "add values: [VALUE]" if wanted else "remove values"
        raise InvalidValue(fault, rule, help, at=("values",), whole=True)

    def to_manifest(self) -> dict[str, Any]:
        """The condition in a selector, or in the node affinity of pods."""
        values = {"values": list(self.values)} if self.values else {}
        return {"key": self.key, "operator": self.operator, **values}


def selector_of(labels: Mapping[str, str], conditions: Iterable[NodeCondition]) -> LabelSelector:
    """The selector of labels and conditions, all of which have to hold."""
    listed = tuple(
        LabelSelectorRequirement(key=each.key, operator=each.operator, values=each.values or None)
        for each in conditions
    )
    return LabelSelector(match_labels=dict(labels) or None, match_expressions=listed or None)
