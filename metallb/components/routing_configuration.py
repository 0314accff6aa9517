"""RoutingConfiguration: peers, pools and advertisements in the format the release reads."""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import pulumi
from pydantic import SecretStr

from metallb.components.arguments import holds_outputs, is_output
from metallb.components.base import MetalLBComponent, combined
from metallb.components.guard import guarded
from metallb.components.kube import register
from metallb.components.routing_arguments import (
    RoutingConfigurationArgs,
    RoutingObject,
    checked_args,
    refuse_missing_keys,
)
from metallb.inventory.configuration import options_of
from metallb.routing import BgpPeer, IPAddressPool
from metallb.routing.configmap import CONFIGMAP_KEY, CONFIGMAP_NAME, configmap_text
from metallb.routing.custom_resources import parse_manifests, password_secret_manifest
from metallb.routing.table import OBJECTS

__all__ = ["SECRET", "Order", "RoutingConfiguration", "RoutingConfigurationArgs", "RoutingObject"]

SECRET = "Secret"  # noqa: S105 - a kind
"""Kind of the objects with MD5 keys."""
_CONFIGMAP = "configmap"
_SPEC = "spec "
_PASSWORD = "password "  # noqa: S105 - a prefix


class Order(Protocol):
    """Objects that are not registered at once."""

    def turn(self, kind: str, name: str) -> Awaitable[None]:
        """Ends when an object may be written."""

    def key_of(self, name: str, peer: str) -> Awaitable[pulumi.Resource | None]:
        """The Secret of a name once it is registered; None where a peer does not wait for it."""

    def made(self, kind: str, name: str, resource: pulumi.CustomResource) -> None:
        """Called with each object that is registered."""


class RoutingConfiguration(MetalLBComponent):
    """One ConfigMap, or one custom resource an object and one Secret a password.

    Refuses arguments that are wrong by themselves, with MetalLB's own models. Deliberately does not
    judge how the objects go together: `metallb.preflight` sees the whole.
    In the ConfigMap format passwords stand in clear text, because MetalLB 0.12 knows no Secret.
    """

    format: pulumi.Output[str]
    """The format that was written."""
    object_names: pulumi.Output[list[str]]
    """Kind and name of every object of MetalLB's that was written."""

    def __init__(
        self,
        name: str,
        args: RoutingConfigurationArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        args = checked_args(type(self), name, args)
        super().__init__(name, args, opts)
        self._args = args
        self.pools: dict[str, pulumi.CustomResource] = {}
        """The IPAddressPools by name."""
        self.format = pulumi.Output.from_input(args["format"])
        names = [f"{item['kind']}/{item['name']}" for item in args["objects"]]
        if "config_map" in args:
            names = [f"ConfigMap/{CONFIGMAP_NAME}"]
        self.object_names = pulumi.Output.from_input(names)
        if not args.get("staged", False):
            after = list(args.get("after", []))
            self.write_pools(args.get("pools_after", after))
            self.write_rest(after)

    def write_pools(self, after: Sequence[Any] = ()) -> None:
        """Register the pools. In the ConfigMap they are part of the rest.

        :param after: resources that have to exist first.
        """
        if self._args["format"] == _CONFIGMAP:
            return
        for item in self._args["objects"]:
            if item["kind"] == IPAddressPool.kind:
                self.pools[item["name"]] = self._custom_resource(item, list(after))

    def write_rest(self, after: Sequence[Any] = (), order: Order | None = None) -> None:
        """Register everything but the pools, and what the component gives out. The last stage.

        :param after: resources that have to exist first.
        :param order: what custom resources wait for besides.
        """
        if self._args["format"] == _CONFIGMAP:
            self._config_map(self._args, list(after))
        else:
            self._custom_resources(self._args, list(after), order)
        self.finish()

    def _metadata(self, args: RoutingConfigurationArgs, name: str) -> dict[str, Any]:
        metadata: dict[str, Any] = {"name": name, "namespace": args["namespace"]}
        if args.get("labels"):
            metadata["labels"] = dict(args["labels"])
        return metadata

    def _config_map(self, args: RoutingConfigurationArgs, after: list[Any]) -> None:
        text = args.get("config_map")
        register(
            self.child_name("configmap", CONFIGMAP_NAME),
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": self._metadata(args, CONFIGMAP_NAME),
                "data": {CONFIGMAP_KEY: self._text_of_objects(args) if text is None else text},
            },
            self.child(depends_on=after),
        )

    def _text_of_objects(self, args: RoutingConfigurationArgs) -> pulumi.Output[str]:
        objects = args["objects"]
        passwords = args.get("passwords", {})
        values: dict[str, Any] = {
            f"{_SPEC}{index}": _as_one(item["spec"]) for index, item in enumerate(objects)
        }
        for key, value in passwords.items():
            values[f"{_PASSWORD}{key}"] = pulumi.Output.secret(value)

        def text(resolved: dict[str, Any]) -> str:
            routing = parse_manifests(
                (
                    {
                        "apiVersion": OBJECTS[item["kind"]].api_version,
                        "kind": item["kind"],
                        "metadata": {"name": item["name"]},
                        "spec": resolved[f"{_SPEC}{index}"],
                    }
                    for index, item in enumerate(objects)
                ),
                where="routing configuration",
            )
            refuse_missing_keys(type(self), self._name_prefix, routing.peers, passwords)
            keys = {key: SecretStr(resolved[f"{_PASSWORD}{key}"]) for key in passwords}
            return configmap_text(routing._replace(passwords=keys))

        return combined(values, guarded(text))

    def _custom_resources(
        self, args: RoutingConfigurationArgs, after: list[Any], order: Order | None
    ) -> None:
        secrets: dict[str, Any] = {}
        for key, value in sorted(args.get("passwords", {}).items()):
            manifest = password_secret_manifest(key, args["namespace"], pulumi.Output.secret(value))
            manifest["metadata"] = self._metadata(args, key)
            turn = [order.turn(SECRET, key)] if order is not None else []
            secrets[key] = register(
                self.child_name("secret", key), manifest, self.child(depends_on=[*after, *turn])
            )
            if order is not None:
                order.made(SECRET, key, secrets[key])
        for item in args["objects"]:
            if item["kind"] == IPAddressPool.kind:
                continue
            if order is None:
                self._custom_resource(item, [*after, *secrets.values()])
                continue
            if item["kind"] != BgpPeer.kind:
                # It refers to no Secret, and none that waits for its turn holds it up.
                self._custom_resource(item, after)
                continue
            name = item["name"]
            keys = [order.key_of(key, name) for key in _keys_of(item["spec"], secrets)]
            turn = [order.turn(item["kind"], name)]
            order.made(item["kind"], name, self._custom_resource(item, [*after, *turn, *keys]))

    def _custom_resource(self, item: RoutingObject, after: list[Any]) -> pulumi.CustomResource:
        return register(
            self.child_name(item["kind"].lower(), item["name"]),
            {
                "apiVersion": OBJECTS[item["kind"]].api_version,
                "kind": item["kind"],
                "metadata": self._metadata(self._args, item["name"]),
                "spec": item["spec"],
            },
            self.child(depends_on=after, **self._options(item)),
        )

    def _options(self, item: RoutingObject) -> dict[str, Any]:
        wanted = options_of(item["kind"], item.get("renamed_from", ""))
        options: dict[str, Any] = {"delete_before_replace": wanted.delete_before_replace}
        if wanted.replace_on_changes:
            options["replace_on_changes"] = list(wanted.replace_on_changes)
        if wanted.former_name:
            former = self.child_name(item["kind"].lower(), wanted.former_name)
            options["aliases"] = [pulumi.Alias(name=former)]
        return options


def _keys_of(spec: pulumi.Input[Any], secrets: Iterable[str]) -> Iterable[str]:
    """Names of the Secrets that a peer may refer to: its own, where its spec is known."""
    if not isinstance(spec, Mapping):
        return secrets
    own = (spec.get("passwordSecret") or {}).get("name")
    return [name for name in secrets if name == own]


def _as_one(spec: pulumi.Input[Any]) -> pulumi.Input[Any]:
    """A spec without Outputs inside: it is known as a whole, or is one Output."""
    parts = not is_output(spec) and holds_outputs(spec)
    return pulumi.Output.from_input(spec) if parts else spec
