"""The reference of the stack file says what the models of this platform's section say."""

from typing import Any

import pytest

from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from tests.docs.test_stack_file_page import is_refused

BROKEN = [
    ("EquinixMetalPlatform", "platform.facility", "ny5", "packet"),
    ("MetalNode", "platform.nodes", [{}], "packet"),
    ("ElasticIp", "platform.elasticIps.default", {"metro": "ny", "facility": "ny5"}, "packet"),
    ("ElasticIp", "platform.elasticIps.default", {"type": "global_ipv4", "metro": "ny"}, "packet"),
    ("ElasticIp", "platform.elasticIps.default", {"type": "global_ipv4", "quantity": 8}, "packet"),
    (
        "ElasticIp",
        "platform.elasticIps.default",
        {"adoptTag": "a", "adoptId": "6d1b8a3e-5c0f-4f0e-9b7a-2f6f6f0c1a10"},
        "packet",
    ),
]


@pytest.mark.parametrize(("model", "path", "value", "stack"), BROKEN)
def test_a_note_on_the_page_says_what_the_model_refuses(
    model: str, path: str, value: Any, stack: str
) -> None:
    is_refused(model, path, value, stack)


def test_every_note_that_forbids_something_is_tried() -> None:
    assert {model for model, *_ in BROKEN} == set(EquinixMetalPlatform.section_texts.notes)
