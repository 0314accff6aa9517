"""Words that other people's API servers judge: resource quantities and scrape intervals.

The API server would refuse a wrong one in the middle of an update, after MetalLB's first objects
were made; the grammar is checked here, before anything is.
"""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from metallb.stackfile.base import InvalidValue, Text, schema_pattern, with_unit

__all__ = ["Quantities", "ScrapeInterval", "amount"]

# Kubernetes apimachinery pkg/api/resource/quantity.go. A request or limit is not negative.
_NUMBER = r"\+?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_SUFFIX = r"[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2}"
_QUANTITY = rf"({_NUMBER})({_SUFFIX})?"
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = "KMGTPE"
# core/v1 validation: a standard resource of a container, or one with a domain in front.
_RESOURCE = (
    r"cpu|memory|ephemeral-storage|hugepages-[1-9][0-9]*[KMGTPE]i"
    r"|[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"
)
# The pattern of the operator's CRDs (Duration in monitoring.coreos.com/v1), without the empty text.
_PARTS = "".join(f"([0-9]+{unit})?" for unit in ("y", "w", "d", "h", "m", "s", "ms"))
_INTERVAL = rf"(?!$)(0|{_PARTS})"


def _quantity(value: str) -> str:
    if not re.fullmatch(_QUANTITY, value):
        rule = "A quantity is a number, not negative, with a suffix such as m, Mi or Gi."
        help = "write it as 100m (CPU), or 64Mi (memory)"
        raise InvalidValue("is not a Kubernetes quantity", rule, help)
    return value


def _resource(value: str) -> str:
    if not re.fullmatch(_RESOURCE, value):
        rule = "Resources are cpu, memory, ephemeral-storage, or a name with a domain before it."
        raise InvalidValue("is not a resource", rule, "correct the name")
    return value


def _interval(value: str) -> str:
    if not re.fullmatch(_INTERVAL, value):
        rule = "It is whole numbers with y, w, d, h, m, s or ms, longest first."
        raise InvalidValue("is not a Prometheus duration", rule, "write it as 30s or 1m")
    return value


def amount(quantity: str) -> Decimal:
    """How much a quantity is."""
    found = re.fullmatch(_QUANTITY, quantity)
    if found is None:
        msg = f"{quantity!r} is no quantity"
        raise ValueError(msg)
    number, suffix = Decimal(found[1]), found[2] or ""
    if suffix.endswith("i"):
        return number * Decimal(1024 ** (_BINARY.index(suffix[0]) + 1))
    power = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:] or 0)
    return number.scaleb(power)


_Quantity = Annotated[
    Text, AfterValidator(_quantity), Field(json_schema_extra={**schema_pattern(_QUANTITY)})
]
_ResourceName = Annotated[
    str, AfterValidator(_resource), Field(json_schema_extra={**schema_pattern(_RESOURCE)})
]
Quantities = Annotated[
    dict[_ResourceName, _Quantity], Field(json_schema_extra={"additionalProperties": False})
]
"""Resources that a container may ask for, and how much of each, such as `cpu: 100m`."""
ScrapeInterval = Annotated[
    str,
    BeforeValidator(with_unit),
    AfterValidator(_interval),
    Field(json_schema_extra={**schema_pattern(_INTERVAL)}),
]
"""A Prometheus duration, such as `30s`."""
