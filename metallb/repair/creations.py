"""Whether a Kubernetes object was made by a creation that an engine did not see the end of. Pure.

No state has a name that such an object proves itself by: the Kubernetes provider draws the name of
the field manager for each creation by server-side apply (up to 4.28), and has one name for all
since it creates plainly (from 4.29 on), where an object that exists is refused. So it is ours where
a Kubernetes provider of Pulumi made it, while the update ran, with all that was to be written.

Source: pulumi-kubernetes, provider/pkg/await/await.go (Creation), provider.go (fieldManagerName).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from metallb.repair.state import Pending
from metallb.repair.times import moment

__all__ = ["field_manager", "is_object", "made_by"]

_PREFIX = "kubernetes:"
_RELEASES = "kubernetes:helm.sh/"
_MANAGER = re.compile(r"pulumi-kubernetes(-[0-9a-f]{8})?")
_LONGEST = timedelta(hours=1)
"""An update waits for an object ten minutes; several that depend on each other take their time."""
_SKEW = timedelta(minutes=1)
"""Between this machine's clock and the API server's."""
_MARK = "4dabf18193072939515e22adb298388d"
"""The key by which the engine marks a secret value in its state (Pulumi, resource.SigKey)."""


def is_object(pending: Pending) -> bool:
    """Whether an operation is of one Kubernetes object: a chart's release is of many."""
    return pending.type.startswith(_PREFIX) and not pending.type.startswith(_RELEASES)


def field_manager(found: Mapping[str, Any]) -> str:
    """The field manager that the provider goes on with; empty where it chooses another one."""
    return max(
        (
            (str(each.get("time")), str(each["manager"]))
            for each in _managers(found)
            if each.get("operation") == "Apply"
        ),
        default=("", ""),
    )[1]


def made_by(pending: Pending, found: Mapping[str, Any], deployment: Mapping[str, Any]) -> bool:
    """Whether the object that the cluster has is the one of an interrupted creation.

    :param found: the object, as the API server has it.
    :param deployment: the state that has the operation.
    """
    if not any(_managers(found)) or any(_lacking(pending.wanted, found)):
        return False
    made = moment(str(found["metadata"].get("creationTimestamp")))
    return made is not None and made >= _begun(pending, deployment) - _SKEW


def _managers(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Entries of managed fields that a Kubernetes provider of Pulumi wrote."""
    for each in found["metadata"].get("managedFields") or ():
        if not each.get("subresource") and _MANAGER.fullmatch(str(each.get("manager"))):
            yield each


def _begun(pending: Pending, deployment: Mapping[str, Any]) -> datetime:
    """When the creation began at the earliest: after what it needs, in the last update."""
    own = pending.resource
    provider = str(own.get("provider") or "").rpartition("::")[0]
    needs = {pending.parent, provider, *(own.get("dependencies") or ())}
    written = moment(str((deployment.get("manifest") or {}).get("time")))
    times = [
        moment(str(item.get("created")))
        for item in deployment.get("resources") or ()
        if item.get("urn") in needs and not item.get("delete")
    ]
    known = [written - _LONGEST if written else None, *times]
    # Nothing is as late as this: without a time nothing is proven.
    return max(filter(None, known), default=datetime.max.replace(tzinfo=UTC))


def _lacking(wanted: Any, found: Any) -> Iterator[bool]:
    """One entry for each value that the object does not have; secret ones can't be compared."""
    if isinstance(wanted, Mapping) and _MARK in wanted:
        return
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for key, value in wanted.items():
            if key in found:
                yield from _lacking(value, found[key])
            elif value not in ({}, [], None, "", False):
                # The API server leaves out empty values.
                yield True
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for one, other in zip(wanted, found, strict=True):
            yield from _lacking(one, other)
    elif wanted != found:
        yield True
