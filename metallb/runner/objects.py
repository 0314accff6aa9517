"""MetalLB's objects before and after a run, from the engine's events, and what that change does."""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi.automation.events import EngineEvent, OpType

from metallb.forecast.build import names_of, site_of
from metallb.forecast.impact import Impact, helps_of, impact_of
from metallb.forecast.objects import labels_of, routing_of, template_of
from metallb.forecast.site import Site
from metallb.problems.errors import MetalLBError
from metallb.routing.custom_resources import PASSWORD_KEY, PASSWORD_SECRET_TYPE
from metallb.routing.table import OBJECTS
from metallb.runner.engine_values import UNKNOWN, plain
from metallb.stackfile import StackConfig
from metallb.topology.build import racks_of

__all__ = ["ObjectLog"]

_KUBERNETES = "kubernetes:"
_GONE = {OpType.DELETE}
_PARTS = {OpType.CREATE_REPLACEMENT, OpType.DELETE_REPLACED, OpType.REPLACE}
Object = Mapping[str, Any]


class ObjectLog:
    """Hears of every Kubernetes object of a run, also of those that are left alone."""

    def __init__(self) -> None:
        self._before: dict[str, Object] = {}
        self._after: dict[str, Object] = {}
        self._other_keys: set[str] = set()

    def hear(self, event: EngineEvent) -> None:
        """Take one event in."""
        if event.resource_pre_event is None:
            return
        found = event.resource_pre_event.metadata
        if not found.type.startswith(_KUBERNETES):
            return
        old = found.old.inputs if found.old is not None else None
        new = found.new.inputs if found.new is not None else None
        if old and found.op is not OpType.CREATE:
            self._before.setdefault(found.urn, old)
        if new and found.op not in _GONE:
            self._after[found.urn] = new
        if found.op not in (OpType.SAME, OpType.CREATE):
            self._other_keys.add(found.urn)

    def impact(self, stack: StackConfig) -> Impact | None:
        """What the run does to sessions; None where nothing was there before, or where only the
        update will tell."""
        try:
            before, after = (
                self._site(stack, objects, later=later)
                for objects, later in ((self._before, False), (self._after, True))
            )
        except MetalLBError:
            return None
        if not before.sessions:
            return None
        return impact_of(before, after, helps=helps_of(stack), limits=stack.availability)

    def _site(self, stack: StackConfig, objects: Mapping[str, Object], *, later: bool) -> Site:
        """One side.

        :raises MetalLBError: a value of it is not known.
        """
        install = stack.install
        listed = list(self._keyed(objects, later=later))
        if _has_unknown(listed):
            raise MetalLBError("a value is not known before the update")
        return site_of(
            routing_of(listed, "the engine"),
            install.bgp_mode,
            install.release,
            names_of(racks_of(stack)),
            speakers=install.speaker.selector,
            limit=stack.bgp.ecmp_limit,
            template=template_of(listed),
            labels=labels_of(listed),
        )

    def _keyed(self, objects: Mapping[str, Object], *, later: bool) -> Iterator[Object]:
        """The objects; a Secret has, in place of its key, whether the run changes it."""
        for urn, each in objects.items():
            kind = each.get("kind")
            if kind not in (*OBJECTS, "ConfigMap", "DaemonSet", "Secret"):
                continue
            if kind == "Secret" and each.get("type") == PASSWORD_SECRET_TYPE:
                word = "other" if later and urn in self._other_keys else "same"
                yield {**each, "stringData": {PASSWORD_KEY: word}}
            else:
                yield plain(each)


def _has_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_unknown, value.values()))
    return any(map(_has_unknown, value)) if isinstance(value, list) else value == UNKNOWN
