"""What the engine's state has of an update that did not come to its end. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "Pending",
    "held_id",
    "owned_ids",
    "pending_creates",
    "with_created",
    "with_kept",
    "without_pending",
]

_CREATING = "creating"


@dataclass(frozen=True)
class Pending:
    """An operation that was under way when the engine ended."""

    kind: str
    """creating, updating, deleting, reading or importing."""
    urn: str
    type: str
    parent: str
    inputs: Mapping[str, Any]
    resource: Mapping[str, Any]
    """The entry that the state would have of it, without what only its end would have given."""

    @property
    def name(self) -> str:
        """Resource name."""
        return self.urn.rpartition("::")[2]

    @property
    def wanted(self) -> dict[str, Any]:
        """What was to be made, without the provider's own notes."""
        return {key: value for key, value in self.inputs.items() if not key.startswith("__")}


def pending_creates(deployment: Mapping[str, Any]) -> list[Pending]:
    """Creations that were under way, from the `deployment` of an exported stack.

    :param deployment: what `pulumi stack export` shows under `deployment`.
    """
    return [item for item in _pending(deployment) if item.kind == _CREATING]


def without_pending(deployment: Mapping[str, Any]) -> dict[str, Any]:
    """The same state without pending operations, once what each did is known."""
    return {key: value for key, value in deployment.items() if key != "pending_operations"}


def held_id(deployment: Mapping[str, Any], urn: str) -> str | None:
    """Id of the resource that the state has under an address; None where it has none."""
    for item in deployment.get("resources") or ():
        if item.get("urn") == urn and not item.get("delete"):
            return str(item.get("id"))
    return None


def owned_ids(deployment: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Addresses and ids of what the state has at providers, but for the providers themselves."""
    return {
        (str(item["urn"]), str(item["id"]))
        for item in deployment.get("resources") or ()
        if item.get("id") and not str(item.get("type")).startswith("pulumi:providers:")
    }


def with_kept(deployment: Mapping[str, Any], id: str) -> dict[str, Any]:
    """The same state once a replacement has been taken back.

    What waits for deletion is the resource again, and the one that took its place waits
    in its stead.
    """
    resources = list(deployment.get("resources") or ())
    (kept,) = [item for item in resources if item.get("id") == id and item.get("delete")]
    plain = {key: value for key, value in kept.items() if key != "delete"}
    held = held_id(deployment, kept["urn"])
    changed: list[dict[str, Any]] = []
    for item in resources:
        if item is kept:
            changed += [] if held else [plain]
        elif item.get("urn") == kept["urn"] and not item.get("delete"):
            changed += [plain, {**item, "delete": True}]
        else:
            changed.append(item)
    return {**deployment, "resources": changed}


def with_created(
    deployment: Mapping[str, Any], pending: Pending, new_id: str, outputs: Mapping[str, Any]
) -> dict[str, Any]:
    """The same state once a resource has been made: as the engine would have written it.

    The next update, or a refresh, reads it (`unread_urns`). Where it replaces another one it stands
    in the place of that one, which waits for deletion: the next update does that.

    :param outputs: its properties, as far as they are known.
    """
    made = {
        **pending.resource,
        "id": new_id,
        "outputs": dict(outputs),
        "initErrors": ["the engine ended before it was read"],
    }
    if held_id(deployment, pending.urn) is None:
        return {**deployment, "resources": [*(deployment.get("resources") or ()), made]}
    resources: list[dict[str, Any]] = []
    for item in deployment.get("resources") or ():
        if item.get("urn") != pending.urn or item.get("delete"):
            resources.append(item)
        else:
            resources += [{**item, **made}, {**item, "delete": True}]
    return {**deployment, "resources": resources}


def _pending(deployment: Mapping[str, Any]) -> list[Pending]:
    return [
        Pending(
            kind=str(item["type"]),
            urn=str(item["resource"]["urn"]),
            type=str(item["resource"]["type"]),
            parent=str(item["resource"].get("parent") or ""),
            inputs=item["resource"].get("inputs") or {},
            resource=item["resource"],
        )
        for item in deployment.get("pending_operations") or ()
    ]
