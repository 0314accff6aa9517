"""What the engine's state has of an update that did not come to its end. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "Pending",
    "held_id",
    "owned_ids",
    "pending_creates",
    "with_kept",
    "with_replacement",
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

    @property
    def name(self) -> str:
        """Resource name."""
        return self.urn.rpartition("::")[2]


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


def with_replacement(
    deployment: Mapping[str, Any], pending: Pending, new_id: str
) -> dict[str, Any]:
    """The same state once a resource has been replaced: as the engine would have written it.

    The new one stands in the place of the old one and is still to be read (`unread_urns`); the old
    one waits for deletion, which the next update does.
    """
    resources: list[dict[str, Any]] = []
    for item in deployment.get("resources") or ():
        if item.get("urn") != pending.urn or item.get("delete"):
            resources.append(item)
            continue
        inputs = dict(pending.inputs)
        plain = {key: value for key, value in inputs.items() if not key.startswith("__")}
        made = {
            "id": new_id,
            "inputs": inputs,
            "outputs": {**plain, "id": new_id},
            "initErrors": ["the engine ended before it was read"],
        }
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
        )
        for item in deployment.get("pending_operations") or ()
    ]
