"""Where two sets of Kubernetes objects differ, one line a difference."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Objects = Sequence[Mapping[str, Any]]

NAMESPACE = "metallb-system"
_RIGHTS = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
_EVERY_VERB = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


def of_objects(theirs: Objects, ours: Objects) -> Iterator[str]:
    """Differences of everything but rights, as `Kind/name path: theirs -> ours`."""
    there, here = _by_name(theirs), _by_name(ours)
    for name in sorted(there.keys() | here.keys()):
        if name not in here:
            yield f"{name}: only MetalLB's"
        elif name not in there:
            yield f"{name}: only ours"
        else:
            a, b = dict(_flat(there[name])), dict(_flat(here[name]))
            for path in sorted(a.keys() | b.keys()):
                if a.get(path) != b.get(path):
                    yield f"{name} {path}: {a.get(path)!r} -> {b.get(path)!r}"


def _by_name(objects: Objects) -> dict[str, Mapping[str, Any]]:
    return {
        f"{item['kind']}/{item['metadata']['name']}": item
        for item in objects
        if item["kind"] not in _RIGHTS
    }


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves by path. Lists of texts are sets, named entries go by name, null is nothing."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            if isinstance(item, Mapping):
                yield from _flat(item, f"{path}[{item.get('name', index)}]")
            else:
                yield f"{path}[{item}]", True
    elif value is not None:
        yield path, value


class Right(NamedTuple):
    """One verb on one resource, and where it holds."""

    verb: str
    resource: str
    namespace: str | None
    names: tuple[str, ...]

    def covers(self, other: "Right") -> bool:
        """Whether everything that the other one allows is allowed by this one."""
        return (
            (self.verb, self.resource) == (other.verb, other.resource)
            and self.namespace in (None, other.namespace)
            and (not self.names or (bool(other.names) and set(other.names) <= set(self.names)))
        )

    def __str__(self) -> str:
        names = f" {','.join(self.names)}" if self.names else ""
        return f"{self.verb} {self.resource}{names} in {self.namespace or 'every namespace'}"


def of_rights(theirs: Objects, ours: Objects) -> Iterator[str]:
    """Differences of what accounts may do, as `account lacks right` and `account has right`."""
    there, here = _rights(theirs), _rights(ours)
    for account in sorted(there.keys() | here.keys()):
        a, b = there.get(account, set()), here.get(account, set())
        for right in sorted(a, key=str):
            if not any(each.covers(right) for each in b):
                yield f"{account} lacks {right}"
        for right in sorted(b, key=str):
            if not any(each.covers(right) for each in a):
                yield f"{account} has {right}"


def _rights(objects: Objects) -> dict[str, set[Right]]:
    roles = {(item["kind"], item["metadata"]["name"]): item for item in objects}
    found: dict[str, set[Right]] = {}
    for binding in objects:
        if binding["kind"] not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        role = roles[binding["roleRef"]["kind"], binding["roleRef"]["name"]]
        namespace = NAMESPACE if binding["kind"] == "RoleBinding" else None
        for subject in binding["subjects"]:
            rights = found.setdefault(subject["name"], set())
            for rule in role["rules"]:
                rights |= set(_of_rule(rule, namespace))
    return found


def _of_rule(rule: Mapping[str, Any], namespace: str | None) -> Iterable[Right]:
    names = tuple(sorted(rule.get("resourceNames") or ()))
    verbs = _EVERY_VERB if "*" in rule["verbs"] else rule["verbs"]
    resources = [
        f"{group}/{resource}" if group else resource
        for group in rule.get("apiGroups", ())
        for resource in rule.get("resources", ())
    ]
    for verb in verbs:
        for resource in (*resources, *rule.get("nonResourceURLs", ())):
            yield Right(verb, resource, namespace, names)
