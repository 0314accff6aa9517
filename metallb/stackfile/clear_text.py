"""Credentials that stand in clear text in a stack file: where, and what they are, never the value.

Reads raw values, before any model: a token of a provider's own namespace is found as well as an MD5
key. Goes by the names of keys and by what gives a credential away in any text (a private key, a
user's password in an address); a model's own keys are known by name.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from metallb.problems.credentials import credential_of, plain_name
from metallb.problems.problem import Location
from metallb.stackfile.ciphertext import is_encrypted, pulumi_path

__all__ = ["ClearText", "clear_texts", "has_credentials"]

_OURS = {
    "metallb:bgp": ("password",),
    "metallb:platform": ("password",),
    "metallb:install": ("memberlistSecret",),
}
"""Keys of our own sections that hold a secret; every other key there is no credential by name."""
_FREE = ("communities", "nodeSelectors", "labels", "annotations", "matchLabels")
"""Mappings of our sections whose keys a person names."""
_CHART = "helmValues"
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_IN_ADDRESS = (
    r"(?i)\b[a-z][a-z0-9+.-]*://[^\s/@:]*:[^\s/@]+@"
    r"|[?&](?:access_|auth_)?(?:token|password|api_?key)=[^&\s]+"
)
_USER = r"//[^\s/@]+@"
_IN_DOCUMENT = (
    r"""(?m)(?:^|[\s{,"'])(?:(?:id-|refresh-)?token|password|client-key-data|auth)["']?\s*:\s*"""
    r"""["']?[^\s"'},]"""
)
_DOCUMENTS = ("kubeconfig", "dockerconfigjson")
_NONE = ("", "true", "false")


class ClearText(NamedTuple):
    """A credential in clear text.

    :ivar location: its keys.
    :ivar what: what it is, such as `a password`.
    :ivar command: the command that encrypts it.
    """

    location: Location
    what: str
    command: str


def clear_texts(config: Mapping[Any, Any]) -> Iterator[ClearText]:
    """Every credential below `config:` that is not encrypted, in the order of the file."""
    for key, value in config.items():
        section = str(key)
        name = section.rpartition(":")[2]
        yield from _walk(value, (section,), name, free=not section.startswith("metallb:"))


def has_credentials(address: str) -> bool:
    """Whether an address has a user, a password or a token in it."""
    return bool(re.search(_USER, address) or _in_address(address))


def _walk(value: Any, path: Location, name: str, *, free: bool) -> Iterator[ClearText]:
    """Every credential below a path.

    :param name: what the value is called, by its key or otherwise.
    :param free: keys here are not this program's: only their names say what they hold.
    """
    if isinstance(value, Mapping):
        if is_encrypted(value):
            return
        label = value.get("name")
        for key, item in value.items():
            # An environment variable stands beside its name.
            beside = free and key == "value" and isinstance(label, str)
            below = (*path, str(key))
            called = str(label if beside else key)
            yield from _walk(item, below, called, free=free or key == _CHART)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, (*path, index), name, free=free)
    else:
        what = _what(name, value, named=free or _is_ours(name, path))
        if what:
            option = " --path" if len(path) > 1 else ""
            command = f"pulumi config set --secret{option} '{pulumi_path(path)}'"
            yield ClearText(path, what, command)


def _what(name: str, value: Any, *, named: bool) -> str:
    """What credential a value is; empty where it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value in _NONE:
        return ""
    text = str(value)
    if named and credential_of(name):
        return credential_of(name)
    if _PRIVATE_KEY.search(text):
        return "a private key"
    if _in_address(text):
        return "an address with a password in it"
    if (
        plain_name(name) in _DOCUMENTS
        and ("\n" in text or "{" in text)
        and re.search(_IN_DOCUMENT, text)
    ):
        return "a document with a credential in it"
    return ""


def _in_address(text: str) -> bool:
    # Few texts have one of the two signs; the expression takes long to compile.
    return ("://" in text or "=" in text) and re.search(_IN_ADDRESS, text) is not None


def _is_ours(name: str, path: Location) -> bool:
    return name in _OURS.get(str(path[0]), ()) and path[-2] not in _FREE
