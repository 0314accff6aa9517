"""What differs between a resource's state and new inputs, and what of it replaces the resource."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab.metal_plugin.schema import UNKNOWN, Input, Kind, Shape


@dataclass(frozen=True)
class Difference:
    """One place that differs."""

    path: str
    """As the engine shows it: `metro`, `tags[0]`, `bgpConfig.asn`."""
    verb: str
    """ADD, UPDATE or DELETE."""
    replaces: bool

    @property
    def kind(self) -> str:
        """The name of the protocol's constant."""
        return f"{self.verb}_REPLACE" if self.replaces else self.verb

    @property
    def key(self) -> str:
        """The input that it is about."""
        return self.path.partition(".")[0].partition("[")[0]


def differences(
    shape: Shape, olds: Mapping[str, Any], news: Mapping[str, Any], ignored: Collection[str] = ()
) -> list[Difference]:
    """The places where new inputs differ from the state.

    :param ignored: paths that the engine is to leave alone.
    """
    found: list[Difference] = []
    for one in shape.inputs:
        if one.wire not in ignored and not _suppressed(one, olds, news):
            found.extend(_of(one, olds.get(one.wire), news.get(one.wire)))
    return [one for one in found if one.path not in ignored]


def stable(shape: Shape, found: Collection[Difference]) -> list[str]:
    """Inputs that would replace the resource and do not."""
    replaced = {one.key for one in found if one.replaces}
    return [one.wire for one in shape.inputs if one.replaces and one.wire not in replaced]


def _suppressed(one: Input, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Differences of a place that the plugin takes for none."""
    old, new = olds.get(one.wire) or "", news.get(one.wire) or ""
    if one.wire == "facility":
        return bool(old) and not new
    if one.wire == "metro" and _placed(olds, news):
        return bool(old) != bool(new)
    if one.any_case:
        return str(old).lower() == str(new).lower()
    return False


def _placed(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether the block is one of a facility, as far as is known."""
    facility = news.get("facility", olds.get("facility"))
    return bool(facility) and facility != UNKNOWN


def _of(one: Input, old: Any, new: Any) -> Iterator[Difference]:
    if one.kind is Kind.SET:
        yield from _of_set(one, old, new or [])
    elif one.kind is Kind.OBJECT:
        yield from _of_object(one, old, new)
    else:
        if new is None and (one.computed or one.default is not None):
            # The provider's own value stays, or its default takes over unnoticed.
            return
        if one.lower and new not in (None, UNKNOWN):
            new = str(new).lower()
        if one.kind is Kind.FLAG and bool(old) == (new is True):
            return
        if _text(old) == _text(new):
            return
        yield Difference(one.wire, _verb(old, new), one.replaces)


def _of_set(one: Input, old: list[Any] | None, new: list[Any]) -> Iterator[Difference]:
    if UNKNOWN in new:
        yield Difference(one.wire, "ADD" if old is None else "UPDATE", one.replaces)
        return
    old = old or []
    gone = {index for index, value in enumerate(old) if value not in new}
    come = {index for index, value in enumerate(new) if value not in old}
    for index in sorted(gone | come):
        verb = "UPDATE" if index in gone and index in come else "DELETE"
        if index not in gone:
            verb = "ADD"
        yield Difference(f"{one.wire}[{index}]", verb, one.replaces)


def _of_object(one: Input, old: Any, new: Any) -> Iterator[Difference]:
    if new == UNKNOWN:
        yield Difference(one.wire, "UPDATE" if old else "ADD", one.replaces)
        return
    for inner in one.fields:
        for found in _of(inner, (old or {}).get(inner.wire), (new or {}).get(inner.wire)):
            yield Difference(f"{one.wire}.{found.path}", found.verb, one.replaces)


def _verb(old: Any, new: Any) -> str:
    if new is None:
        return "DELETE"
    return "ADD" if old is None else "UPDATE"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
