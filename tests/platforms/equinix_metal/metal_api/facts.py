"""What the demo seed fixes, and small helpers of these tests."""

from typing import Any

PROJECT = "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10"
WORKER_0 = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"
WORKER_1 = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b01"
NO_SUCH_ID = "00000000-0000-4000-8000-000000000000"

IPS = f"/projects/{PROJECT}/ips"
SESSIONS_0 = f"/devices/{WORKER_0}/bgp/sessions"
ONE = {"type": "public_ipv4", "quantity": 1, "metro": "ny"}


def shape(value: Any) -> Any:
    """The JSON types of an answer: `{"cidr": 32}` -> `{"cidr": "int"}`; lists by their first."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "null" if value is None else type(value).__name__
