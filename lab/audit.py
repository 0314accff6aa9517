"""MetalLB's requests to the API server, read from its audit log, and which rule allowed it.

RBAC only ever adds permissions, so a rule is needed exactly when some request that was made is
allowed by no other rule. Evaluated here for every verb and resource of a rule, not just the rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.api import Object

_ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True)
class Request:
    """One kind of request that an account made."""

    account: str
    """Namespace and name, joined by a slash."""
    verb: str
    group: str
    resource: str
    """With the subresource behind a slash."""
    namespace: str
    name: str
    allowed: bool


def requests(log: Path) -> set[Request]:
    """Every distinct request in the log. Requests for no resource (discovery) are left out."""
    found = set()
    # The last line may be half written.
    for line in log.read_text().rpartition("\n")[0].splitlines():
        event = json.loads(line)
        user, reference = event["user"]["username"], event.get("objectRef")
        if not user.startswith(_ACCOUNT) or not reference or "resource" not in reference:
            continue
        resource = reference["resource"]
        if "subresource" in reference:
            resource += f"/{reference['subresource']}"
        decision = event.get("annotations", {}).get("authorization.k8s.io/decision")
        found.add(
            Request(
                account=user.removeprefix(_ACCOUNT).replace(":", "/"),
                verb=event["verb"],
                group=reference.get("apiGroup", ""),
                resource=resource,
                namespace=reference.get("namespace", ""),
                name=reference.get("name", ""),
                allowed=decision == "allow",
            )
        )
    return found


@dataclass(frozen=True)
class Permission:
    """One atom of a rule: what one account may do with one resource by one verb."""

    role: str
    account: str
    namespace: str
    """Where it holds; empty means everywhere."""
    verb: str
    group: str
    resource: str
    names: tuple[str, ...]

    def allows(self, request: Request) -> bool:
        """Whether this atom alone would allow a request."""
        return (
            self.account == request.account
            and self.verb in (request.verb, "*")
            and self.group == request.group
            and self.resource in (request.resource, "*")
            and self.namespace in ("", request.namespace)
            and (not self.names or request.name in self.names)
        )

    def __str__(self) -> str:
        names = f" named {', '.join(self.names)}" if self.names else ""
        return f"{self.role}: {self.account} may {self.verb} {self.resource}.{self.group}{names}"


def permissions(objects: Iterable[Object]) -> list[Permission]:
    """Every permission that some roles and their bindings give to ServiceAccounts."""
    everything = list(objects)
    roles = {
        (obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"]): obj
        for obj in everything
        if obj["kind"] in ("Role", "ClusterRole")
    }
    found = []
    for binding in everything:
        if binding["kind"] not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        namespace = binding["metadata"].get("namespace", "")
        reference = binding["roleRef"]
        place = namespace if reference["kind"] == "Role" else ""
        role = roles.get((reference["kind"], place, reference["name"]))
        if role is None:
            continue
        for subject in binding["subjects"]:
            account = f"{subject.get('namespace', '')}/{subject['name']}"
            found += list(_atoms(role, account, namespace))
    return found


def _atoms(role: Object, account: str, namespace: str) -> Iterator[Permission]:
    rules: list[dict[str, Any]] = role["rules"]
    for rule in rules:
        for group in rule.get("apiGroups", []):
            for resource in rule.get("resources", []):
                for verb in rule["verbs"]:
                    yield Permission(
                        role=f"{role['kind']} {role['metadata']['name']}",
                        account=account,
                        namespace=namespace,
                        verb=verb,
                        group=group,
                        resource=resource,
                        names=tuple(rule.get("resourceNames", ())),
                    )


def unneeded(allowed: list[Permission], made: Iterable[Request]) -> list[Permission]:
    """Permissions without which every request that was made would still be allowed."""
    needed: set[int] = set()
    for request in made:
        givers = [number for number, atom in enumerate(allowed) if atom.allows(request)]
        if len(givers) == 1:
            needed.add(givers[0])
    return [atom for number, atom in enumerate(allowed) if number not in needed]
