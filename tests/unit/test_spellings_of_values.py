"""Values of a stack file that are right but for a space or a zero."""

from typing import Any

import pytest

from metallb.config import stack_config
from metallb.errors import ConfigError, MetalLBError
from tests.unit.stacks import metal, static


def mistake(sections: dict[str, Any]) -> MetalLBError:
    """The one mistake of a file."""
    with pytest.raises(ConfigError) as caught:
        stack_config(sections, source="x.yaml")
    (found,) = caught.value.mistakes
    return found


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        (" 203.0.113.0/28", "203.0.113.0/28"),
        ("203.0.113.0 /28", "203.0.113.0/28"),
        ("203.0.113.0/28\t", "203.0.113.0/28"),
        ("2001:db8::/64 ", "2001:db8::/64"),
    ],
)
def test_a_space_in_a_block_is_what_is_wrong(text: str, bare: str) -> None:
    found = mistake(static(addressPools={"public": {"addresses": [text]}}))
    assert found.where.endswith(" metallb:addressPools.public.addresses[0]")
    assert found.rule.startswith("has a space")
    assert found.remedy == f"write {bare}"


def test_a_space_in_a_routers_address_is_what_is_wrong() -> None:
    sections = static()
    sections["platform"]["racks"][0]["routers"][0]["address"] = "10.1.0.1 "
    found = mistake(sections)
    assert found.where.endswith(".routers[0].address")
    assert found.rule.startswith("has a space")
    assert found.remedy == "write 10.1.0.1"


@pytest.mark.parametrize("text", ["tor 1", "203.0.113.0 28", "10.1.0.1 10.1.0.2"])
def test_what_is_no_block_without_its_space_is_no_block(text: str) -> None:
    found = mistake(static(addressPools={"public": {"addresses": [text]}}))
    assert not found.rule.startswith("has a space")


@pytest.mark.parametrize("version", ["00.16.2", "0.016.2", "0.16.02"])
def test_a_version_has_no_zeros_in_front(version: str) -> None:
    assert mistake(metal(install={"version": version})).where.endswith(" metallb:install.version")
