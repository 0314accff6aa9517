"""docs/metallb-fields.md, made from the declarations of MetalLB's fields."""

from collections.abc import Iterator

from metallb.releases import FIRST_OF_CRDS, BgpMode
from metallb.routing.fields import (
    EVERY_MODE,
    FRR_MODES,
    MetalLBField,
    configmap_key,
    declared,
    manifest_key,
)
from metallb.routing.modes import in_order
from metallb.routing.stack_keys import (
    EXCEPTIONS,
    LEVELS,
    Differs,
    Level,
    differs,
    spelled_key,
)
from metallb.routing.table import OBJECTS, spec_of

__all__ = ["page"]

_HEAD = """\
# MetalLB's fields

Made by `python -m tools.docs fields` from the models in `metallb/routing/`; edit those, not this
page.

Every field of the objects that configure MetalLB: its name in custom resources (0.13 and later) and
in the ConfigMap (up to 0.12), the first release that has it, the BGP modes that carry it, its
default, and the key of a [stack file](stack-file.md) that sets it. Rule [V1](rules.md#v1) refuses a
field that is newer than the release; [N1](rules.md#n1), [X2](rules.md#x2), [X3](rules.md#x3) and
[B7](rules.md#b7) refuse one that the mode lacks.

A field of a peer has a key in `metallb:bgp` for all peers, at a rack for the peers of its own
routers, at a router, and at a node for all peers of the node; the nearest one wins. What differs
from that is in the [exceptions](#exceptions).
"""
_ABOUT = {
    "BGPPeer": "Set in `metallb:bgp`, at a rack, at a router, and at a node, which wins.",
    "IPAddressPool": "Set at the pool, in `metallb:addressPools`.",
    "BGPAdvertisement": "Set at one of the `advertisements` of a pool.",
    "L2Advertisement": "Set at one of the entries of `layer2` of a pool.",
    "BFDProfile": "Set at a profile, in `bfdProfiles` of `metallb:bgp`.",
    "Community": "Set in `metallb:bgp`.",
}
_TAIL = """
## Exceptions

Fields that a stack file has under another key, at fewer levels, or not at all. `import` takes over
all others; what has no key in a stack file it names, with the object.

| field | in a stack file | reason |
|---|---|---|
"""
_SHORT = {
    Level.ALL_PEERS: "`metallb:bgp`",
    Level.RACK: "rack",
    Level.ROUTER: "router",
    Level.NODE: "node",
}


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for kind in OBJECTS:
        model = spec_of(kind)
        modes = model.words_of_modes()
        about = f"{_ABOUT[kind]} {modes}".strip()
        parts.append(f"\n## {kind}\n\n{about}\n\n{_ROW_HEAD}")
        parts += _rows(kind)
    parts.append(_TAIL)
    parts += [
        f"| {_field(kind, name)} | {_instead(kind, name, found)} | {found.why} |\n"
        for (kind, name), found in EXCEPTIONS.items()
    ]
    return "".join(parts)


_ROW_HEAD = (
    "| custom resource | ConfigMap | since | modes | default | stack file |\n"
    "|---|---|---|---|---|---|\n"
)


def _rows(kind: str) -> Iterator[str]:
    model = spec_of(kind)
    for name, known in model.model_fields.items():
        field = declared(model, name)
        key = configmap_key(model, name)
        cells = (
            f"`{manifest_key(model, name)}`",
            _in_configmap(kind, key, field),
            str(field.since or FIRST_OF_CRDS),
            _modes(field, model.modes),
            "**required**" if known.is_required() else _default(known.default),
            _stack_file(kind, name),
        )
        yield f"| {' | '.join(cells)} |\n"


def _in_configmap(kind: str, key: str, field: MetalLBField) -> str:
    if kind == "Community":
        return "`bgp-communities`"
    return f"`{key}`" if key else field.elsewhere or "none"


def _modes(field: MetalLBField, of_object: frozenset[BgpMode]) -> str:
    if field.ignored_since is not None:
        return f"ignored since {field.ignored_since}"
    modes = field.modes & of_object
    if modes == EVERY_MODE:
        return "all"
    return "FRR modes" if modes == FRR_MODES else ", ".join(in_order(modes))


def _default(value: object) -> str:
    return "*none*" if value is None else f"`{str(value).lower()}`"


def _stack_file(kind: str, name: str) -> str:
    found = differs(kind, name)
    if found is not None:
        return _instead(kind, name, found)
    return f"`{spelled_key(kind, name, LEVELS[kind][0])}`"


def _instead(kind: str, name: str, found: Differs) -> str:
    keys = {level: spelled_key(kind, name, level) for level in found.keys}
    if not keys:
        return found.place or "none"
    if len(set(keys.values())) == 1 and len(keys) == len(LEVELS[kind]):
        return f"`{next(iter(keys.values()))}`"
    levels = {key: [level for level, own in keys.items() if own == key] for key in keys.values()}
    return "; ".join(
        f"{', '.join(_SHORT[level] for level in where)}: `{key}`" for key, where in levels.items()
    )


def _field(kind: str, name: str) -> str:
    return f"`{manifest_key(spec_of(kind), name)}` of {kind}"
