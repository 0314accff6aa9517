"""What would fail or silently do nothing, found before it reaches a cluster. No pulumi here."""

from metallb.preflight.check import (
    check_clear_texts,
    check_facts,
    check_routing,
    check_stack,
    refuse,
    refuse_unusable,
)
from metallb.preflight.registry import rule_by_id, rules
from metallb.preflight.target import UNNAMED_CLUSTER

__all__ = [
    "UNNAMED_CLUSTER",
    "check_clear_texts",
    "check_facts",
    "check_routing",
    "check_stack",
    "refuse",
    "refuse_unusable",
    "rule_by_id",
    "rules",
]
