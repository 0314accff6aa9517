"""What every section of the stack file shares: camelCase keys, strictness, and its word types."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, WrapValidator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from metallb.algebra import durations
from metallb.algebra.addresses import address_of, bits_of, compressed, parse_address
from metallb.algebra.durations import parse_duration
from metallb.algebra.intervals import (
    Fault,
    UnreadableInterval,
    block_of,
    interval_of,
    parse_interval,
)
from metallb.algebra.spelling import meant_block
from metallb.models.encrypted import KEPT_SECRET, Encrypted
from metallb.models.strict import WHOLE_NUMBER, InvalidValue, StrictModel, inspected
from metallb.stackfile.grammar import (
    is_annotation_key,
    is_host_label,
    is_label_key,
    is_label_value,
    is_name,
    is_subdomain,
)
from metallb.stackfile.suggestions import (
    address_fault,
    block_help,
    duration_help,
    name_help,
)

__all__ = [
    "Annotations",
    "Asn",
    "CidrBlock",
    "CidrOrRange",
    "DnsLabel",
    "Duration",
    "Hostname",
    "InvalidValue",
    "IpAddress",
    "LabelKey",
    "LabelSet",
    "LabelValue",
    "Labels",
    "Md5Key",
    "Section",
    "Subdomain",
    "Text",
    "Word",
    "label_key",
    "schema_pattern",
    "with_unit",
]

_KEY = "A key has at most 63 letters, digits, '-', '_' and '.', with a domain and '/' before it."


class Section(StrictModel):
    """One mapping of the stack file. Immutable, strict about keys, no values in its errors."""

    if TYPE_CHECKING:
        # Keys that `metallb.stackfile.settings` adds.
        def __getattr__(self, name: str) -> Any: ...


def schema_pattern(expression: str) -> dict[str, str]:
    """For the JSON Schema, where a pattern may match anywhere."""
    return {"pattern": f"^({expression})$"}


@inspected
def _text(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Pulumi's config turns an unquoted `1.24` or `true` into a number or a boolean; say so."""
    if isinstance(value, bool | int | float):
        kind = "a boolean" if isinstance(value, bool) else "a number"
        help = f'put it in quotes: "{str(value).lower()}"'
        fault = f"is read as {kind}, not as a text"
        raise InvalidValue(fault, "", help, code="E104", in_program="pass a string", shows=True)
    return value if isinstance(value, Encrypted) else handler(value)


def _seconds(value: float) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return f"{value}s, if seconds are meant" if whole else "it with its unit, such as 9s"


@inspected
def with_unit(value: Any) -> Any:
    """A number alone has no unit, and quotes around it would give it none."""
    if isinstance(value, bool | int | float):
        help = f"write {_seconds(value)}"
        raise InvalidValue("has no unit", "The value is a duration.", help, shows=True)
    return value


def _word(value: str) -> str:
    if not value.strip():
        raise InvalidValue("is empty", "", "write a value, or remove the key")
    return value


@inspected
def _dns_label(value: str) -> str:
    if not is_name(value):
        rule = "A name has lower-case letters, digits and hyphens, at most 63 (RFC 1123 label)."
        help = name_help(value, is_name)
        raise InvalidValue("is not a valid name", rule, help, shows=True)
    return value


def _hostname(value: str) -> str:
    if not is_host_label(value):
        rule = "A host name is lower-case RFC 1123 labels joined by dots."
        help = "write the node's kubernetes.io/hostname label"
        if len(value.split()) > 1:
            help = "write one host name in an entry, with commas between them"
        raise InvalidValue("is not a host name", rule, help)
    return value


def _subdomain(value: str) -> str:
    if not is_subdomain(value):
        rule = "A name has lower-case letters, digits, hyphens and dots (RFC 1123 subdomain)."
        raise InvalidValue("is not a valid name", rule, "write the name as Kubernetes shows it")
    return value


def label_key(value: str) -> str:
    """What a label's key may be; taints and load balancer classes are spelled alike.

    :raises InvalidValue: another spelling.
    """
    if not is_label_key(value):
        raise InvalidValue("is not a label key", _KEY, "write it as example.org/name")
    return value


def _annotation_key(value: str) -> str:
    if not is_annotation_key(value):
        raise InvalidValue("is not an annotation key", _KEY, "write it as example.org/name")
    return value


def _value(value: str) -> str:
    if not is_label_value(value):
        rule = "A label value has at most 63 letters, digits, '-', '_' and '.', or is empty."
        raise InvalidValue(
            "is not a label value", rule, "write it as `kubectl get --show-labels` does"
        )
    return value


def _no_space(value: str) -> None:
    """Name the space where nothing else is wrong with an address or a block."""
    bare = "".join(value.split())
    if bare != value and (address_of(bare) or interval_of(bare)):
        raise InvalidValue("has a space in it", "MetalLB takes none.", f"write {bare}", shows=True)


@inspected
def _ip(value: str) -> str:
    _no_space(value)
    if "%" in value:
        rule = "MetalLB reads no zones, and names of objects can't have them."
        help = "use another address of the router, without % and what follows it"
        raise InvalidValue("is an address with a zone", rule, help)
    try:
        return compressed(value)
    except ValueError:
        fault, help = address_fault(value)
        raise InvalidValue(fault, "", help, shows=True) from None


def _cidr(value: str) -> str:
    _no_space(value)
    try:
        parse_interval(value)
    except UnreadableInterval as error:
        raise _no_block(value, error.fault) from None
    return value


def _no_block(value: str, fault: Fault) -> InvalidValue:
    address = address_of(value.partition("/")[0])
    if fault is Fault.NO_LENGTH and address is not None:
        rule = "A block is in CIDR notation; MetalLB refuses a bare address."
        help = f"write {meant_block(value)} for this one address"
        return InvalidValue("has no prefix length", rule, help, shows=True)
    if fault is Fault.MAPPED:
        help = f"write {address} and its prefix length"
        return InvalidValue(fault.value, "", help, shows=True)
    return InvalidValue("is not a block in CIDR notation", "", block_help(value), shows=True)


def _whole_block(value: str) -> str:
    whole = block_of(_cidr(value))
    if whole != value:
        address = parse_address(value.partition("/")[0])
        fault = f"has host bits: {address} is inside {whole}"
        one = f"{address}/{bits_of(address.version)}"
        raise InvalidValue(fault, "", f"write {whole}, or {one} for this address alone", shows=True)
    return value


def _cidr_or_range(value: str) -> str:
    if "-" not in value:
        return _cidr(value)
    for end in map(str.strip, value.split("-", 1)):
        try:
            _ip(end)
        except InvalidValue as error:
            meant = meant_block(value)
            fault = "is not a range of two addresses"
            fault += "" if meant else f": {end} {error.fault}"
            help = f"write {meant}" if meant else f"correct {end}"
            raise InvalidValue(fault, error.requirement, help, shows=True) from None
    return value


@inspected
def _duration(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except ValueError as error:
            fault = "has no unit" if value.strip().isdecimal() else f"is {error}"
            raise InvalidValue(fault, "", duration_help(value), shows=True) from None
    return value


def _md5_key(value: SecretStr) -> SecretStr:
    if not value.get_secret_value():
        rule = "An empty key would open sessions without MD5."
        help = "set it with `pulumi config set --secret`, or remove the key"
        program = "pass the key, or leave the argument out"
        raise InvalidValue("is empty", rule, help, in_program=program)
    return value


Md5Key = Annotated[SecretStr, AfterValidator(_md5_key), KEPT_SECRET]
"""A TCP MD5 key (RFC 2385); what it may be made of is a rule of preflight's."""
Text = Annotated[str, WrapValidator(_text)]
"""A text, which may stay encrypted; numbers and booleans that YAML made of one are refused."""
Word = Annotated[Text, AfterValidator(_word)]
"""A text that says something."""
Asn = Annotated[int, Field(ge=1, le=4_294_967_295), WHOLE_NUMBER]
"""An AS number (RFC 6793); zero is reserved (RFC 7607)."""
Duration = Annotated[
    durations.Duration,
    BeforeValidator(_duration),
    BeforeValidator(with_unit),
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
