"""RoutingConfiguration: peers, pools and advertisements in the format the release reads."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import SecretStr

from metallb.components.base import MetalLBComponent, combined
from metallb.components.kube import register
from metallb.guard import guarded
from metallb.routing import BgpPeer, IPAddressPool
from metallb.routing.configmap import CONFIGMAP_KEY, CONFIGMAP_NAME, configmap_text
from metallb.routing.custom_resources import KINDS, parse_manifests, password_secret_manifest

__all__ = ["RoutingConfiguration", "RoutingConfigurationArgs", "RoutingObject"]

_CONFIGMAP = "configmap"
_FIXED_IN_A_PEER = "spec.enableGracefulRestart"
_SPEC = "spec "
_PASSWORD = "password "  # noqa: S105 - a prefix


class RoutingObject(TypedDict):
    """One of MetalLB's own objects."""

    kind: str
    """BGPPeer, IPAddressPool, BGPAdvertisement, BFDProfile or Community."""
    name: str
    """Name of the object; also its resource name, so never a position in a list."""
    spec: pulumi.Input[Mapping[str, Any]]
    """Its spec in MetalLB's custom-resource spelling."""
    renamed_from: NotRequired[str]
    """Former name of the object, which is replaced then, and deleted before it comes anew."""


class RoutingConfigurationArgs(TypedDict):
    """What MetalLB is told."""

    namespace: pulumi.Input[str]
    """Namespace of MetalLB."""
    format: str
    """configmap (MetalLB up to 0.12) or custom-resources (from 0.13)."""
    objects: list[RoutingObject]
    """The objects."""
    passwords: NotRequired[Mapping[str, pulumi.Input[str]]]
    """TCP MD5 keys by the Secret names that peers refer to."""
    labels: NotRequired[Mapping[str, str]]
    """Labels of every object."""
    after: NotRequired[list[Any]]
    """Resources that have to exist first, such as the webhooks."""
    pools_after: NotRequired[list[Any]]
    """Resources that have to exist before the pools, where these are fewer: the CRDs. Pools are
    made before the webhooks, because the controller must not start without them."""


class RoutingConfiguration(MetalLBComponent):
    """One ConfigMap, or one custom resource an object and one Secret a password.

    Deliberately checks nothing beyond the objects' own schema: `metallb.preflight` sees the whole.
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
        super().__init__(name, args, opts)
        self.pools: dict[str, pulumi.CustomResource] = {}
        """The IPAddressPools by name."""
        self.format = pulumi.Output.from_input(args["format"])
        self.object_names = pulumi.Output.from_input(
            [f"{item['kind']}/{item['name']}" for item in args["objects"]]
        )
        if args["format"] == _CONFIGMAP:
            self._config_map(args)
        else:
            self._custom_resources(args)
        self.finish()

    def _metadata(self, args: RoutingConfigurationArgs, name: str) -> dict[str, Any]:
        metadata: dict[str, Any] = {"name": name, "namespace": args["namespace"]}
        if args.get("labels"):
            metadata["labels"] = dict(args["labels"])
        return metadata

    def _config_map(self, args: RoutingConfigurationArgs) -> None:
        objects = args["objects"]
        values: dict[str, Any] = {
            f"{_SPEC}{index}": item["spec"] for index, item in enumerate(objects)
        }
        for key, value in args.get("passwords", {}).items():
            values[f"{_PASSWORD}{key}"] = pulumi.Output.secret(value)

        def text(resolved: dict[str, Any]) -> str:
            routing = parse_manifests(
                (
                    {
                        "apiVersion": KINDS[item["kind"]].api_version,
                        "kind": item["kind"],
                        "metadata": {"name": item["name"]},
                        "spec": resolved[f"{_SPEC}{index}"],
                    }
                    for index, item in enumerate(objects)
                ),
                where="routing configuration",
            )
            keys = {
                key: SecretStr(resolved[f"{_PASSWORD}{key}"]) for key in args.get("passwords", {})
            }
            return configmap_text(routing.model_copy(update={"passwords": keys}))

        register(
            self.child_name("configmap", CONFIGMAP_NAME),
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": self._metadata(args, CONFIGMAP_NAME),
                "data": {CONFIGMAP_KEY: combined(values, guarded(text))},
            },
            self.child(depends_on=list(args.get("after", []))),
        )

    def _custom_resources(self, args: RoutingConfigurationArgs) -> None:
        after = list(args.get("after", []))
        secrets: dict[str, Any] = {}
        for key, value in sorted(args.get("passwords", {}).items()):
            manifest = password_secret_manifest(key, args["namespace"], pulumi.Output.secret(value))
            manifest["metadata"] = self._metadata(args, key)
            secrets[key] = register(
                self.child_name("secret", key), manifest, self.child(depends_on=after)
            )
        for item in args["objects"]:
            model = KINDS[item["kind"]]
            is_pool = item["kind"] == IPAddressPool.kind
            first = args.get("pools_after", after) if is_pool else [*after, *secrets.values()]
            made = register(
                self.child_name(item["kind"].lower(), item["name"]),
                {
                    "apiVersion": model.api_version,
                    "kind": item["kind"],
                    "metadata": self._metadata(args, item["name"]),
                    "spec": item["spec"],
                },
                self.child(depends_on=list(first), **self._replaced(item)),
            )
            if is_pool:
                self.pools[item["name"]] = made

    def _replaced(self, item: RoutingObject) -> dict[str, Any]:
        # Two pools with the same addresses are refused by MetalLB's webhook, so a pool is never
        # made anew beside the one it replaces.
        options: dict[str, Any] = {"delete_before_replace": True}
        if item["kind"] == BgpPeer.kind:
            # The API server refuses another value in a peer that is there (a rule of MetalLB's
            # CRD), which would end an update in the middle.
            options["replace_on_changes"] = [_FIXED_IN_A_PEER]
        if "renamed_from" in item:
            former = self.child_name(item["kind"].lower(), item["renamed_from"])
            options["aliases"] = [pulumi.Alias(name=former)]
        return options
