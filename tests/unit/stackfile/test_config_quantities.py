"""Quantities and scrape intervals: what an API server takes passes, and nothing else does."""

from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from metallb.problems.errors import ConfigError
from metallb.stackfile import stack_config
from metallb.stackfile.quantities import amount
from tests.support.schema import editors
from tests.unit.stacks import static

# Each was given to resource.ParseQuantity of k8s.io/apimachinery v0.37.2.
TAKEN = {
    "100m": "0.1",
    "1.5": "1.5",
    ".5": "0.5",
    "5.": "5",
    "64Mi": "67108864",
    "1Ki": "1024",
    "2Ei": "2305843009213693952",
    "12k": "12000",
    "1E": "1000000000000000000",
    "1e3": "1000",
    "1E-3": "0.001",
    "+1": "1",
    "0": "0",
}
REFUSED = ["", "lots", "1K", "1ki", "1e", "1i", "1MiB", "1.5.5", "1e1.5", "1 ", "-1", "Mi"]
INTERVALS = ["30s", "1m", "1m30s", "500ms", "1d12h", "0"]
NO_INTERVALS = ["", "30", "bogus", "1.5m", "30s1m", "1 m", "-5s", "30S"]
RESOURCES = ["cpu", "memory", "ephemeral-storage", "hugepages-2Mi", "example.com/gpu"]
NO_RESOURCES = ["", "CPU", "mem", "gpu", "hugepages-2", "/gpu", "example.com/"]


def requests(name: str, value: str) -> dict[str, Any]:
    return {"controller": {"resources": {"requests": {name: value}}}}


def interval(value: str) -> dict[str, Any]:
    return {"monitoring": {"interval": value}}


GOOD = [
    *(requests("cpu", value) for value in TAKEN),
    *(requests(name, "1") for name in RESOURCES),
    *(interval(value) for value in INTERVALS),
]
BAD = [
    *(requests("cpu", value) for value in REFUSED),
    *(requests(name, "1") for name in NO_RESOURCES),
    *(interval(value) for value in NO_INTERVALS),
]


@pytest.mark.parametrize("install", GOOD, ids=str)
def test_what_an_api_server_takes_passes(install: dict[str, Any]) -> None:
    sections = static(install=install)
    stack_config(sections, source="test")
    editors().validate(_document(sections))


@pytest.mark.parametrize("install", BAD, ids=str)
def test_what_an_api_server_refuses_is_refused_and_editors_know(install: dict[str, Any]) -> None:
    sections = static(install=install)
    with pytest.raises(ConfigError):
        stack_config(sections, source="test")
    with pytest.raises(jsonschema.ValidationError):
        editors().validate(_document(sections))


def _document(sections: dict[str, Any]) -> dict[str, Any]:
    return {"config": {f"metallb:{key}": value for key, value in sections.items()}}


@pytest.mark.parametrize(("text", "expected"), TAKEN.items())
def test_a_quantity_is_as_much_as_kubernetes_takes_it_for(text: str, expected: str) -> None:
    assert amount(text) == Decimal(expected)


def test_a_request_as_high_as_its_limit_is_fine_however_it_is_spelt() -> None:
    resources = {"requests": {"cpu": "1000m"}, "limits": {"cpu": "1", "memory": "64Mi"}}
    stack_config(static(install={"speaker": {"resources": resources}}), source="test")
