"""Pulumi's wire format of values: in from a message, out into one."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2

Json = dict[str, Any]

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key of an envelope around a value."""

SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - Pulumi's constant, not a secret
"""Says that the envelope holds a secret."""


def plain(struct: Any) -> Json:
    """A message's values, without those that are null and without envelopes."""
    values: Json = opened(json_format.MessageToDict(struct))
    return {key: value for key, value in values.items() if value is not None}


def opened(value: Any) -> Any:
    """Values without Pulumi's secret envelopes: what the plugin sends is never wrapped."""
    if isinstance(value, Mapping):
        if SIGNATURE in value:
            return opened(value.get("value"))
        return {key: opened(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [opened(one) for one in value]
    return value


def struct(values: Mapping[str, Any]) -> Any:
    """Values as a message."""
    message = struct_pb2.Struct()
    message.update(values)
    return message


def secret(value: Any) -> Json:
    """A value in an envelope that marks it as a secret."""
    return {SIGNATURE: SECRET, "value": value}
