"""What every section of the stack file shares: camelCase keys, strictness, and its word types."""

import ipaddress
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from metallb.config.grammar import (
    is_annotation_key,
    is_host_label,
    is_label_key,
    is_label_value,
    is_name,
    is_subdomain,
)
from metallb.durations import parse_duration
from metallb.strict import WHOLE_NUMBER, RuleError, StrictModel

__all__ = [
    "SEALED",
    "Annotations",
    "Asn",
    "CidrBlock",
    "CidrOrRange",
    "DnsLabel",
    "Duration",
    "Hostname",
    "IpAddress",
    "LabelKey",
    "LabelSet",
    "LabelValue",
    "Labels",
    "Md5Key",
    "RuleError",
    "Section",
    "Subdomain",
    "Text",
    "Uuid",
    "Word",
    "label_key",
    "schema_pattern",
    "with_unit",
]

SEALED = "(sealed: decrypted by the engine only)"
"""Stands for a value whose clear text only the Pulumi engine can give."""

_KEY = "at most 63 letters, digits, '-', '_' and '.', behind a domain and '/' or without"
_PREFIX_LENGTH = re.compile(r"[0-9]{1,3}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Section(StrictModel):
    """One mapping of the stack file. Immutable, strict about keys, no values in its errors."""


def schema_pattern(expression: re.Pattern[str]) -> dict[str, str]:
    """For the JSON Schema, where a pattern may match anywhere."""
    return {"pattern": f"^({expression.pattern})$"}


def _text(value: Any) -> Any:
    """Pulumi's config turns an unquoted `1.24` or `true` into a number or a boolean; say so."""
    if isinstance(value, bool | int | float):
        kind = "a boolean" if isinstance(value, bool) else "a number"
        rule = f"is a text, and YAML reads this as {kind}"
        raise RuleError(rule, "put it in quotes")
    return value


def with_unit(value: Any) -> Any:
    """A number alone has no unit, and quotes around it would give it none."""
    if isinstance(value, bool | int | float):
        raise RuleError("is a duration, and has no unit", "write it with its unit, such as 9s")
    return value


def _word(value: str) -> str:
    if not value.strip():
        raise RuleError("is empty: it says nothing", "write it, or leave it out")
    return value


def _dns_label(value: str) -> str:
    if not is_name(value):
        rule = "is a name of lower-case letters, digits and hyphens, at most 63 (RFC 1123 label)"
        raise RuleError(rule, "rename it")
    return value


def _hostname(value: str) -> str:
    if not is_host_label(value):
        rule = "is a host name: lower-case RFC 1123 labels joined by dots"
        raise RuleError(rule, "write the node's kubernetes.io/hostname label")
    return value


def _subdomain(value: str) -> str:
    if not is_subdomain(value):
        rule = "is a name of lower-case letters, digits, hyphens and dots (RFC 1123 subdomain)"
        raise RuleError(rule, "write the name as Kubernetes shows it")
    return value


def label_key(value: str) -> str:
    """What a label's key may be; taints and load balancer classes are spelled alike.

    :raises RuleError: another spelling.
    """
    if not is_label_key(value):
        raise RuleError(f"is spelled as a label's key: {_KEY}", "write it as example.org/name")
    return value


def _annotation_key(value: str) -> str:
    if not is_annotation_key(value):
        rule = f"is an annotation's key: {_KEY}"
        raise RuleError(rule, "write it as example.org/name")
    return value


def _value(value: str) -> str:
    if not is_label_value(value):
        rule = "is a label's value: at most 63 letters, digits, '-', '_' and '.', or nothing"
        raise RuleError(rule, "write it as `kubectl get --show-labels` does")
    return value


def _no_space(value: str) -> None:
    """Name the space where nothing else is wrong with an address or a block."""
    bare = "".join(value.split())
    if bare == value:
        return
    try:
        ipaddress.ip_network(bare, strict=False)
    except ValueError:
        return
    raise RuleError("has a space in it, and MetalLB takes none", f"write {bare}")


def _ip(value: str) -> str:
    _no_space(value)
    if "%" in value:
        rule = "is an IP address without a zone: MetalLB reads none, and object names hold none"
        raise RuleError(rule, "leave out what begins with %; give the router another address")
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        rule = "is an IP address, such as 10.64.43.10"
        raise RuleError(rule, "write the address itself; names are not resolved") from None


def _cidr(value: str) -> str:
    _no_space(value)
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        network = None
    address, slash, length = value.partition("/")
    if network is not None and not slash:
        rule = "is a block in CIDR notation, and MetalLB refuses a bare address"
        raise RuleError(rule, f"for this one address write {value}/{network.max_prefixlen}")
    # Python reads netmasks, wildcards, zones and mapped addresses as well; Go does not.
    if network is None or not _PREFIX_LENGTH.fullmatch(length) or "%" in value:
        rule = "is a block in CIDR notation, such as 203.0.113.0/28"
        raise RuleError(rule, "write address/prefix-length, the length as a number of bits")
    mapped = getattr(ipaddress.ip_address(address), "ipv4_mapped", None)
    if mapped is not None:
        rule = "is a block of IPv4 addresses, and those are written in IPv4 notation"
        raise RuleError(rule, f"write {mapped} and its prefix length")
    return value


def _whole_block(value: str) -> str:
    network = ipaddress.ip_network(_cidr(value), strict=False)
    address = ipaddress.ip_address(value.partition("/")[0])
    if address != network.network_address:
        rule = f"is a block by its first address, and {address} lies inside {network}"
        raise RuleError(rule, f"write {network}, or {address}/{network.max_prefixlen} for it alone")
    return value


def _cidr_or_range(value: str) -> str:
    if "-" not in value:
        return _cidr(value)
    first, _, last = value.partition("-")
    _ip(first.strip())
    _ip(last.strip())
    return value


def _duration(value: str) -> str:
    try:
        parse_duration(value)
    except ValueError as error:
        raise RuleError(f"is {error}", "write it as 3s or 90s") from None
    return value


def _md5_key(value: SecretStr) -> SecretStr:
    if not value.get_secret_value():
        rule = "is a key of at least one character; an empty one would open sessions without MD5"
        raise RuleError(rule, "set it with pulumi config set --secret --path, or leave it out")
    return value


def _uuid(value: str) -> str:
    if not _UUID.fullmatch(value):
        raise RuleError("is an id of the Equinix Metal API (a UUID)", "copy it from the console")
    # As the provider writes it: its plugin replaces what only differs in capitals.
    return value.lower()


Md5Key = Annotated[SecretStr, AfterValidator(_md5_key)]
"""A TCP MD5 key (RFC 2385); what it may be made of is a rule of preflight's."""
Text = Annotated[str, BeforeValidator(_text)]
"""A text; numbers and booleans that YAML made of one are refused."""
Word = Annotated[Text, AfterValidator(_word)]
"""A text that says something."""
Asn = Annotated[int, Field(ge=1, le=4_294_967_295), WHOLE_NUMBER]
"""An AS number (RFC 6793); zero is reserved (RFC 7607)."""
Duration = Annotated[
    str,
    BeforeValidator(with_unit),
    AfterValidator(_duration),
    Field(json_schema_extra={"examples": ["3s", "90s"]}),
]
"""A Go duration with its unit, such as `3s`."""
IpAddress = Annotated[str, AfterValidator(_ip)]
"""An IPv4 or IPv6 address."""
CidrBlock = Annotated[str, AfterValidator(_whole_block)]
"""A block such as `203.0.113.0/28`, by its first address."""
CidrOrRange = Annotated[str, AfterValidator(_cidr_or_range)]
"""A block, or two addresses joined by a hyphen."""
DnsLabel = Annotated[str, AfterValidator(_dns_label)]
"""A name Kubernetes takes for an object (RFC 1123 label)."""
Hostname = Annotated[str, AfterValidator(_hostname)]
"""The value of a node's kubernetes.io/hostname label."""
Subdomain = Annotated[str, AfterValidator(_subdomain)]
"""A name Kubernetes takes for most objects (RFC 1123 subdomain)."""
LabelKey = Annotated[Text, AfterValidator(label_key)]
"""A label's key, and whatever Kubernetes spells alike."""
LabelValue = Annotated[Text, AfterValidator(_value)]
"""A label's value; it may be empty."""
Labels = dict[str, Text]
"""Label keys and values; values may be empty."""
LabelSet = dict[LabelKey, LabelValue]
"""Label keys and values that no rule looks at: their form is checked here."""
Annotations = dict[Annotated[str, AfterValidator(_annotation_key)], Text]
"""Annotation keys, and any texts."""
Uuid = Annotated[str, AfterValidator(_uuid)]
"""An id of the Equinix Metal API."""
