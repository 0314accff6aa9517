"""The custom-resource format of MetalLB 0.13 and later (api/ at v0.16)."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from pydantic import SecretStr, ValidationError

from metallb.models.strict import AS_GO_READS
from metallb.problems.problem import Location, Problem
from metallb.routing.faults import mistakes_in, problems_of
from metallb.routing.table import LISTS, OBJECTS, RoutingConfig

__all__ = [
    "PASSWORD_KEY",
    "PASSWORD_SECRET_TYPE",
    "manifests",
    "parse_manifests",
    "password_secret_manifest",
]

PASSWORD_SECRET_TYPE = "kubernetes.io/basic-auth"  # noqa: S105 - a type, not a password
"""Type of a Secret with an MD5 key; MetalLB refuses others (internal/config/config.go)."""
PASSWORD_KEY = "password"  # noqa: S105 - a key, not a password
"""Key of that Secret."""

_UNKNOWN = (
    "The CRD does not have it: the API server refuses the object, or drops the field where it does"
    " not validate strictly (MetalLB api/)"
)


def manifests(routing: RoutingConfig, namespace: str) -> list[dict[str, Any]]:
    """Every object, Secrets with passwords first, those that others refer to before those."""
    secrets = [
        password_secret_manifest(name, namespace, value.get_secret_value())
        for name, value in sorted(routing.passwords.items())
    ]
    return [*secrets, *(item.to_manifest(namespace) for item in routing.objects())]


def password_secret_manifest(name: str, namespace: Any, password: Any) -> dict[str, Any]:
    """The Secret of an MD5 key. The password may be a Pulumi Output: it is only placed."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": PASSWORD_SECRET_TYPE,
        "metadata": {"name": name, "namespace": namespace},
        # A basic-auth Secret needs one of username and password; MetalLB reads the password.
        "stringData": {PASSWORD_KEY: password},
    }


def parse_manifests(
    objects: Iterable[Mapping[str, Any]], *, where: str, show: bool = False
) -> RoutingConfig:
    """What these objects mean to MetalLB. Objects of other kinds are passed over.

    :param where: what to call the file, in front of an object's kind and name.
    :param show: whether problems may show values, which may be secrets where a program made them.
    :raises ConfigError: an object of MetalLB's that its own CRD would refuse.
    """
    found: dict[str, list[Any]] = {field: [] for field in LISTS.values()}
    passwords: dict[str, SecretStr] = {}
    problems: list[Problem] = []
    for item in objects:
        kind = str(item.get("kind"))
        metadata = item.get("metadata") or {}
        named = metadata.get("name") if isinstance(metadata, Mapping) else None
        name = "" if named is None else str(named)
        if kind == "Secret" and item.get("type") == PASSWORD_SECRET_TYPE:
            clear = (item.get("stringData") or {}).get(PASSWORD_KEY)
            if clear is not None:
                passwords[name] = SecretStr(str(clear))
        if kind not in OBJECTS or not str(item.get("apiVersion", "")).startswith("metallb.io/"):
            continue
        spec = item.get("spec")
        at = (f"{where}: {kind} {name or '(without a name)'}",)
        try:
            # The spec is validated by the keys of the file: aliases only.
            model = OBJECTS[kind].model_validate(
                {"name": name, "spec": {} if spec is None else spec, "origin": at},
                context=AS_GO_READS,
                by_alias=True,
                by_name=False,
            )
        except ValidationError as error:
            kept = partial(_below, at)
            problems += problems_of(error, OBJECTS[kind], kept, unknown=_UNKNOWN, show=show)
        else:
            found[LISTS[kind]].append(model)
    if problems:
        raise mistakes_in(where, problems)
    return RoutingConfig(**{key: tuple(value) for key, value in found.items()}, passwords=passwords)


def _below(at: Location, path: Location) -> Location:
    return (*at, *path)
