"""What RoutingConfiguration is given, object by object, checked with MetalLB's own models."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, NotRequired, TypedDict, cast

import pulumi
from pydantic import AfterValidator, BaseModel, create_model, model_validator

from metallb.components.arguments import Arguments, arguments_model
from metallb.models.strict import InvalidValue
from metallb.problems.escape import quoted
from metallb.releases import ConfigFormat
from metallb.routing import BgpPeer
from metallb.routing.fields import configmap_key, declared, manifest_key
from metallb.routing.table import OBJECTS, spec_of
from metallb.stackfile.base import DnsLabel, LabelSet, Md5Key, Subdomain, Word

__all__ = ["RoutingConfigurationArgs", "RoutingObject", "checked_args", "refuse_missing_keys"]


class RoutingObject(TypedDict):
    """One of MetalLB's own objects."""

    kind: str
    """BGPPeer, IPAddressPool, BGPAdvertisement, L2Advertisement, BFDProfile or Community."""
    name: str
    """Name of the object; also its resource name, so never a position in a list."""
    spec: pulumi.Input[Mapping[str, Any]]
    """Its spec in MetalLB's custom-resource spelling, such as `myASN`, in either format."""
    renamed_from: NotRequired[str]
    """Former name of the object, which is replaced then, and deleted before it comes anew."""


class RoutingConfigurationArgs(TypedDict):
    """The objects of MetalLB, and where they are written."""

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
    config_map: NotRequired[pulumi.Input[str]]
    """The whole text of the ConfigMap, in place of objects."""
    staged: NotRequired[bool]
    """Whether the caller writes pools and the rest (`write_pools`, `write_rest`)."""
    after: NotRequired[list[Any]]
    """Resources that have to exist first, such as the webhooks."""
    pools_after: NotRequired[list[Any]]
    """Resources that have to exist before the pools, where these are fewer: the CRDs. Pools are
    made before the webhooks, because the controller must not start without them."""


def _kind(value: str) -> str:
    if value not in OBJECTS:
        near = get_close_matches(value, OBJECTS, n=1)
        help = f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(OBJECTS)}"
        raise InvalidValue("is not a kind of object that this component writes", "", help)
    return value


Kind = Annotated[str, AfterValidator(_kind)]


def _of_configmap(spec: type[BaseModel]) -> type[BaseModel]:
    """A spec's model that refuses what the ConfigMap has no key for: it would be lost."""
    lost = {
        manifest_key(spec, name)
        for name in spec.model_fields
        if not configmap_key(spec, name) and not declared(spec, name).elsewhere
    }

    def refuse(given: Any) -> Any:
        for key in given if isinstance(given, Mapping) else ():
            if key in lost and given[key]:
                fault = f"MetalLB's ConfigMap has no key for {key}"
                help = "remove it, or use format custom-resources with MetalLB 0.13 or later"
                raise InvalidValue(fault, "It would be lost.", help, at=(key,), whole=True)
        return given

    checks: dict[str, Any] = {"refuse": model_validator(mode="before")(refuse)}
    return create_model(spec.__name__, __base__=spec, __validators__=checks)


_ARGUMENTS = arguments_model(
    RoutingConfigurationArgs,
    namespace=DnsLabel,
    format=ConfigFormat,
    objects=list[Any],
    passwords=dict[Subdomain, Md5Key],
    labels=LabelSet,
)
_OBJECTS = {
    ConfigFormat.CUSTOM_RESOURCES: arguments_model(RoutingObject, kind=Kind, name=Subdomain),
    # A pool's name is any text there, and other objects have none.
    ConfigFormat.CONFIGMAP: arguments_model(RoutingObject, kind=Kind, name=Word),
}


@cache
def _spec_model(kind: str, format_: ConfigFormat) -> type[BaseModel]:
    spec = spec_of(kind)
    return _of_configmap(spec) if format_ is ConfigFormat.CONFIGMAP else spec


def checked_args(component: type, name: str, args: Any) -> RoutingConfigurationArgs:
    """The arguments, in which Outputs are checked once they are known.

    :raises ArgumentError: something is wrong with them.
    """
    arguments = Arguments(component, name)
    whole = arguments.whole(_ARGUMENTS, args)
    format_ = ConfigFormat(whole["format"])
    objects = [
        arguments.part(_OBJECTS[format_], item, ("objects", index), "an object of MetalLB's")
        for index, item in enumerate(whole["objects"])
    ]
    arguments.refuse()
    names = [f"{item['kind']} {item['name']}" for item in objects]
    arguments.unique(("objects",), names, "name")
    for label, item in zip(names, objects, strict=True):
        model = _spec_model(item["kind"], format_)
        item["spec"] = arguments.part(
            model, item["spec"], (label, "spec"), f"the spec of a {item['kind']}"
        )
        if format_ is ConfigFormat.CONFIGMAP:
            _note_missing_key(arguments, label, item["spec"], whole.get("passwords", {}))
    arguments.refuse()
    whole["objects"] = objects
    return cast("RoutingConfigurationArgs", whole)


def refuse_missing_keys(
    component: type, name: str, peers: Iterable[BgpPeer], passwords: Collection[str]
) -> None:
    """The same check of references, once every spec is known."""
    arguments = Arguments(component, name)
    for peer in peers:
        reference = peer.spec.password_secret
        if reference is not None and reference.name not in passwords:
            spec = {"passwordSecret": {"name": reference.name}}
            _note_missing_key(arguments, f"{peer.kind} {peer.name}", spec, passwords)
    arguments.refuse()


def _note_missing_key(
    arguments: Arguments, label: str, spec: Any, passwords: Collection[str]
) -> None:
    """MetalLB 0.12 reads no Secret: a reference without its key is a session without one."""
    reference = spec.get("passwordSecret") if isinstance(spec, Mapping) else None
    secret = reference.get("name") if isinstance(reference, Mapping) else None
    if isinstance(secret, str) and secret not in passwords:
        near = get_close_matches(secret, passwords, n=1)
        arguments.note(
            (label, "spec", "passwordSecret", "name"),
            f"{quoted(secret)} is not a key of `passwords`",
            f"did you mean '{near[0]}'?" if near else "add the key to `passwords`",
            "MetalLB 0.12 reads no Secret: the session would be opened without a TCP MD5 key.",
        )
