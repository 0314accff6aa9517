"""Values of a stack file that are right but for a space or a zero."""

import pytest

from tests.support.problems import one_problem_of, places
from tests.unit.stacks import static


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
    found = one_problem_of(static(addressPools={"public": {"addresses": [text]}}))
    assert places([found]) == [("E105", "metallb:addressPools.public.addresses[0]")]
    assert "has a space" in found.summary
    assert found.help == f"write {bare}"


def test_a_space_in_a_routers_address_is_what_is_wrong() -> None:
    sections = static()
    sections["platform"]["racks"][0]["routers"][0]["address"] = "10.1.0.1 "
    found = one_problem_of(sections)
    assert places([found]) == [("E105", "metallb:platform.racks[0].routers[0].address")]
    assert "has a space" in found.summary
    assert found.help == "write 10.1.0.1"


@pytest.mark.parametrize("text", ["tor 1", "203.0.113.0 28", "10.1.0.1 10.1.0.2"])
def test_what_is_no_block_without_its_space_is_no_block(text: str) -> None:
    found = one_problem_of(static(addressPools={"public": {"addresses": [text]}}))
    assert places([found]) == [("E105", "metallb:addressPools.public.addresses[0]")]
    assert "has a space" not in found.summary


@pytest.mark.parametrize("version", ["00.16.2", "0.016.2", "0.16.02"])
def test_a_version_has_no_zeros_in_front(version: str) -> None:
    found = one_problem_of(static(install={"version": version}))
    assert places([found]) == [("E105", "metallb:install.version")]
