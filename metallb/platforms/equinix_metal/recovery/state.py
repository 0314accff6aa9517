"""What the engine's state has of the blocks and sessions of a project. Pure."""

from collections.abc import Mapping
from typing import Any

from metallb.platforms.equinix_metal.names import BLOCK_TYPE, SESSION_TYPE
from metallb.problems.problem import Problem, Severity

__all__ = [
    "metal_ids",
    "unread",
    "unread_urns",
    "waiting_sessions",
]


def metal_ids(deployment: Mapping[str, Any]) -> frozenset[str]:
    """Ids of the platform's resources in the state, those that wait for deletion among them."""
    return frozenset(
        str(item["id"])
        for item in deployment.get("resources") or ()
        if item.get("type") in (BLOCK_TYPE, SESSION_TYPE) and item.get("id")
    )


def waiting_sessions(deployment: Mapping[str, Any]) -> dict[str, str]:
    """Sessions that were replaced and wait for their deletion: resource names by their ids.

    The engine closes them in the next update that comes to its end, whatever the program says.
    """
    return {
        str(item["id"]): str(item["urn"]).rpartition("::")[2]
        for item in deployment.get("resources") or ()
        if item.get("type") == SESSION_TYPE and item.get("delete") and item.get("id")
    }


def unread(known: Mapping[str, Mapping[str, Any]], stack: str) -> list[Problem]:
    """Resources that were made, and could not be read afterwards.

    The engine would update them, which the plugin can't: "doesn't support update", for good.

    :param known: outputs of the platform's resources in the engine's state, by resource name.
    """
    return [
        Problem(
            code="E502",
            severity=Severity.ERROR,
            summary=f"the state has the id of {name} and none of its properties",
            detail="The API failed in the update that created it. The engine would try to update "
            "it, which the provider plugin can't.",
            help=f"run `metallb recover {stack}`, then run the update again",
        )
        for name, outputs in sorted(known.items())
        if ("quantity" in outputs and "cidrNotation" not in outputs)
        or ("defaultRoute" in outputs and "status" not in outputs)
    ]


def unread_urns(deployment: Mapping[str, Any]) -> list[str]:
    """Addresses of such resources in the engine's state."""
    return [
        str(item["urn"])
        for item in deployment.get("resources") or ()
        if item.get("type") in (BLOCK_TYPE, SESSION_TYPE) and item.get("initErrors")
    ]
