"""Values of the engine's events, as a report may hold them.

Pulumi writes what JSON can't say as a mapping with a signature: secrets, assets and the like. None
of them is passed on as it is: they are unreadable, and what a secret's mapping holds is for the
engine alone.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["SECRET", "UNKNOWN", "plain", "value_at"]

SECRET = "[secret]"  # noqa: S105 - what stands in place of one
UNKNOWN = "[unknown]"
_OTHER = "[of a kind that only Pulumi reads]"

# Pulumi's sentinel for values that are not known yet (sdk/go/common/resource/plugin/rpc.go), its
# key for signatures and the signatures themselves (sdk/python/lib/pulumi/runtime/rpc.py).
_UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a signature
_ASSET = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_HASH = 12
"""So much of a content's hash tells two of them apart."""
_PATH = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)')


def value_at(path: str, *sources: Mapping[str, Any] | None) -> Any:
    """The value at a property path, of the first source that has one.

    It is a secret as soon as one of the sources calls it one: a provider marks outputs whose inputs
    stand there in clear.
    """
    found = [_walked(source, path) for source in sources if source]
    if SECRET in found:
        return SECRET
    return next((value for value in found if value is not None), None)


def plain(value: Any) -> Any:
    """A value without Pulumi's own mappings and sentinels, however deep they stand."""
    if isinstance(value, str):
        return UNKNOWN if value == _UNKNOWN_VALUE else value
    if isinstance(value, Mapping):
        if _SIGNATURE in value:
            read = _READ.get(str(value[_SIGNATURE]))
            return read(value) if read else _OTHER
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _walked(value: Any, path: str) -> Any:
    for key, index, word in _PATH.findall(path):
        if isinstance(value, Mapping) and _SIGNATURE in value:
            value = plain(value)
        if isinstance(value, str):
            break  # a secret or an unknown stands for everything below it
        if index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        elif isinstance(value, Mapping):
            value = value.get(key or word)
        else:
            value = None
    return plain(value)


def _secret(_value: Mapping[str, Any]) -> str:
    return SECRET


def _asset(value: Mapping[str, Any]) -> Any:
    """A text is shown as what it is; of a file, where it lies and which content it has."""
    return plain(value["text"]) if value.get("text") else _kept("asset", value)


def _archive(value: Mapping[str, Any]) -> Any:
    return plain(value["assets"]) if value.get("assets") else _kept("archive", value)


def _kept(kind: str, value: Mapping[str, Any]) -> str:
    place = plain(value.get("path") or value.get("uri") or "")
    content = str(value.get("hash") or "")[:_HASH]
    return f"[{' '.join(part for part in (kind, place, content) if part)}]"


def _resource(value: Mapping[str, Any]) -> Any:
    return plain(value.get("id") or value.get("urn") or UNKNOWN)


def _output(value: Mapping[str, Any]) -> Any:
    if value.get("secret"):
        return SECRET
    return plain(value["value"]) if "value" in value else UNKNOWN


_READ: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    _SECRET: _secret,
    _ASSET: _asset,
    _ARCHIVE: _archive,
    _RESOURCE: _resource,
    _OUTPUT: _output,
}
