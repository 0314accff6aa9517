"""Objects for both, and where the two verdicts differ."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from lab.api import Object
from lab.build import module_version
from lab.judgement import Judge, Verdict
from metallb.preflight import check_routing
from metallb.preflight.case import Case, Foreign
from metallb.releases import BgpMode, ConfigFormat, Release, parse_release
from metallb.routing.base import MetalLBObject
from metallb.routing.custom_resources import manifests, password_secret_manifest
from metallb.routing.fields import declared
from metallb.routing.table import LISTS, RoutingConfig
from tests.support.paths import PROJECT_ROOT
from tests.unit.importing.test_round_trip import routings
from tests.unit.preflight.table import TABLE

MEETING = frozenset({"F4", "B12"})
"""Warnings that are errors once nodes have the labels that both objects look for."""

__all__ = [
    "MEETING",
    "Compared",
    "Judged",
    "compared",
    "generated",
    "near_misses",
    "of_rules",
    "rows",
]

NAMESPACE = "metallb-system"
PAGE = PROJECT_ROOT / "docs" / "deviations.md"
SECTION = "## What `check FILE` refuses and MetalLB takes"


def lab_release() -> Release:
    """The release of MetalLB that the lab runs."""
    return parse_release(module_version("go.universe.tf/metallb").removeprefix("v"))


@dataclass(frozen=True)
class Judged:
    """A configuration with the codes of the errors and warnings that `check FILE` finds in it."""

    name: str
    routing: RoutingConfig
    mode: BgpMode
    codes: frozenset[str]
    warnings: frozenset[str]

    @classmethod
    def of(cls, name: str, routing: RoutingConfig, mode: BgpMode) -> "Judged":
        found = check_routing(routing, release=lab_release(), mode=mode)
        codes = frozenset(each.code for each in found if each.is_error)
        warnings = frozenset(each.code for each in found if not each.is_error)
        return cls(name, routing, mode, codes, warnings)

    @property
    def objects(self) -> list[Object]:
        """Every object, and the Secrets that something else makes."""
        named = {each.spec.password_secret for each in self.routing.peers}
        elsewhere = {ref.name for ref in named if ref and ref.name} - set(self.routing.passwords)
        made = [password_secret_manifest(name, NAMESPACE, "Hidden1") for name in sorted(elsewhere)]
        return [*made, *manifests(self.routing, NAMESPACE)]


@dataclass(frozen=True)
class Compared:
    """Both verdicts on one configuration."""

    judged: Judged
    verdict: Verdict

    @property
    def agrees(self) -> bool:
        if self.judged.codes:
            return not self.verdict.accepted
        return self.verdict.accepted or bool(self.judged.warnings & MEETING)

    @property
    def only_here(self) -> frozenset[str]:
        """The codes of errors in what MetalLB takes."""
        return self.judged.codes if self.verdict.accepted else frozenset()

    def words(self) -> str:
        """The difference."""
        codes = ", ".join(sorted(self.judged.codes)) or "no error"
        return f"{self.judged.name}: check: {codes}; MetalLB: {self.verdict.words() or 'accepted'}"


def compared(judge: Judge, listed: Iterable[Judged]) -> Iterator[Compared]:
    """Both verdicts on each of some configurations."""
    for each in listed:
        yield Compared(each, judge.verdict(each.objects))


def of_rules() -> list[Judged]:
    """Every configuration of custom resources in which a rule finds an error."""
    found = []
    for code, (fires, _) in TABLE.items():
        for number, make in enumerate(fires):
            case = make()
            if case.release.format is ConfigFormat.CONFIGMAP or not _of_a_file(case):
                continue
            judged = Judged.of(f"{code} {number}", case.routing, case.mode)
            if code in judged.codes:
                found.append(judged)
    return found


def near_misses() -> list[Judged]:
    """Every configuration of custom resources in which a rule finds nothing, and no other an error;
    each once."""
    found: dict[str, Judged] = {}
    for code, (_, silent) in TABLE.items():
        for number, make in enumerate(silent):
            case = make()
            if case.release.format is ConfigFormat.CONFIGMAP or not _of_a_file(case):
                continue
            judged = Judged.of(f"{code} silent {number}", case.routing, case.mode)
            if not judged.codes:
                found.setdefault(f"{case.mode} {judged.objects}", judged)
    return list(found.values())


def _of_a_file(case: Case) -> bool:
    """Whether the case is one of objects alone, without anything that is known around them."""
    alone = Case(routing=case.routing, release=case.release, mode=case.mode, foreign=Foreign())
    return replace(case, places=alone.places) == alone


def generated(count: int, mode: BgpMode, start: int = 1) -> list[Judged]:
    """Configurations with any fields that the mode carries.

    :param start: a number that decides which ones; the same gives the same.
    """
    found: list[RoutingConfig] = []

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(routings(lab_release()))
    def each(routing: RoutingConfig) -> None:
        found.append(routing)

    each()
    cut = [_carried(routing, mode) for routing in found]
    return [Judged.of(f"generated {start}.{n}", one, mode) for n, one in enumerate(cut)]


def _carried(routing: RoutingConfig, mode: BgpMode) -> RoutingConfig:
    """Without the fields and objects that a mode does not have."""
    if mode is not BgpMode.NATIVE:
        return routing
    lists = {
        name: tuple(_plain(item) for item in getattr(routing, name)) for name in LISTS.values()
    }
    blue = [
        item.model_copy(
            update={
                "spec": item.spec.model_copy(
                    update={
                        "communities": tuple(
                            alias
                            for alias in item.spec.communities or ()
                            if not alias.value.startswith("large:")
                        )
                    }
                )
            }
        )
        for item in routing.communities
    ]
    return routing._replace(**{**lists, "bfd_profiles": (), "communities": tuple(blue)})


def _plain(item: MetalLBObject) -> MetalLBObject:
    model = type(item.spec)
    update: dict[str, Any] = {
        name: each.default
        for name, each in model.model_fields.items()
        if BgpMode.NATIVE not in declared(model, name).modes
    }
    named = getattr(item.spec, "communities", None)
    if item.kind == "BGPAdvertisement" and named:
        update["communities"] = tuple(each for each in named if each != "large") or None
    if item.kind == "BGPPeer" and item.spec.peer_asn is None:
        update["peer_asn"] = 64601
    if item.kind == "BGPPeer" and item.spec.peer_address is None:
        update["peer_address"] = f"10.1.1.{int(item.name.removeprefix('p')) + 1}"
    return item.model_copy(update={"spec": item.spec.model_copy(update=update)})


def rows() -> frozenset[str]:
    """The codes that the page lists as differences."""
    _, _, section = PAGE.read_text(encoding="utf-8").partition(SECTION)
    table = [line for line in section.split("\n## ")[0].splitlines() if line.startswith("|")]
    return frozenset(re.findall(r"\[([A-Z]+\d+)\]", "\n".join(table)))
