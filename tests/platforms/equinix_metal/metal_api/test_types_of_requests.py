"""What callers send has the JSON types of the API's schema, or is refused and does nothing."""

from typing import Any

import httpx
import pytest

from lab.metal_api import Emulation
from tests.platforms.equinix_metal.metal_api.facts import IPS, ONE, PROJECT, SESSIONS_0

SESSION = {"address_family": "ipv4"}


@pytest.mark.parametrize(
    ("path", "ask", "field", "value"),
    [
        (IPS, ONE, "quantity", "2"),
        (IPS, ONE, "quantity", 2.0),
        (IPS, ONE, "quantity", True),
        (IPS, ONE, "fail_on_approval_required", "false"),
        (SESSIONS_0, SESSION, "default_route", "false"),
        (SESSIONS_0, SESSION, "default_route", 0),
        (f"/projects/{PROJECT}/bgp-configs", {"deployment_type": "local"}, "asn", "65000"),
    ],
)
def test_a_value_of_another_type_is_refused_and_nothing_is_done(
    http: httpx.Client, cloud: Emulation, path: str, ask: dict[str, Any], field: str, value: Any
) -> None:
    before = cloud.inventory()
    answer = http.post(path, json={**ask, field: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0].startswith(f"{field}: ")
    assert cloud.inventory() == before
    assert http.post(path, json=ask).is_success
