"""A rule about ids that are those of a template."""

import re
from collections.abc import Iterator

from metallb.platforms.equinix_metal.rules.case import metal
from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.placeholders import texts
from metallb.preflight.registry import rule
from metallb.stackfile.load import NAMESPACE

__all__: list[str] = []

_NO_ID = re.compile(r"(?=([0-9a-f]))\1{8}-\1{4}-[0-9a-f]\1{3}-[0-9a-f]\1{3}-\1{12}")
"""One digit throughout; a UUID's two special digits, its version and its variant, may differ."""
_OWNERS = {"projectId": "project", "deviceId": "device", "adoptId": "block"}
"""What an id belongs to, by its key; the others are those of sessions."""


@rule("M30", Severity.WARNING)
def real_ids(case: Case) -> Iterator[Hit]:
    """An id of Equinix Metal is a placeholder.

    Requirement: An id of Equinix Metal is that of a project, device, block or session.
    Why: nothing has the id of a template, and `up` fails when it looks the id up.
    Help: copy the id from the Equinix Metal console.
    Source: stacks/Pulumi.packet.yaml; RFC 9562.
    """
    platform = metal(case)
    if platform is None:
        return
    for keys, text in texts(platform.model_dump(by_alias=True, exclude_unset=True)):
        if _NO_ID.fullmatch(text):
            owner = _OWNERS.get(str(keys[-1]), "session")
            yield Hit(
                (f"{NAMESPACE}:platform", *keys),
                f"{text} is a placeholder, not the id of a {owner}",
                help=f"copy the {owner}'s id from the Equinix Metal console",
            )
