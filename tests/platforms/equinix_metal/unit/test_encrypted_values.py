"""Encrypted values of this platform's section are known by their type."""

from pathlib import Path

import pytest

from metallb.models.encrypted import Encrypted
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.preflight import check_stack
from metallb.problems.errors import ConfigError
from metallb.stackfile import stack_config
from metallb.stackfile.files import read_stack_file
from metallb.stackfile.sealed import stack_for_rules
from tests.platforms.equinix_metal.stacks import metal
from tests.unit.stackfile.test_encrypted_values import ALIKE, SECURE, written
from tests.unit.stackfile.test_encrypted_values import (
    test_such_a_text_is_refused_where_a_text_is as is_refused,
)


@pytest.mark.parametrize("text", ALIKE)
def test_such_a_tag_names_one_block(text: str) -> None:
    platform = {
        **metal()["platform"],
        "elasticIps": {"default": {"adoptTag": text}, "edge": {"adoptTag": text}},
    }
    with pytest.raises(ConfigError) as caught:
        stack_config(metal(platform=platform), source="x")
    assert [each.code for each in caught.value.problems] == ["E108"]


def test_an_encrypted_value_keeps_its_type_in_the_models(tmp_path: Path) -> None:
    platform = {
        **metal()["platform"],
        "projectId": SECURE,
        "metro": SECURE,
        "elasticIps": {name: {"adoptTag": SECURE} for name in ("default", "edge")},
    }
    sections = metal(
        platform=platform,
        bgp={"password": SECURE},
        install={"version": "0.16.2", "memberlistSecret": SECURE},
        kubernetes={"context": SECURE},
    )
    stack = stack_for_rules(read_stack_file(written(tmp_path, sections)), "x")
    assert stack is not None
    assert isinstance(stack.platform, EquinixMetalPlatform)
    assert stack.bgp.password is not None
    assert stack.install.memberlist_secret is not None
    kept = [
        stack.bgp.password.get_secret_value(),
        stack.install.memberlist_secret.get_secret_value(),
        stack.platform.metro,
        stack.kubernetes.context,
        *(block.adopt_tag for block in stack.platform.elastic_ips.values()),
    ]
    assert [type(value) for value in kept] == [Encrypted] * len(kept)
    assert "M3" not in {problem.code for problem in check_stack(stack)}


@pytest.mark.parametrize("text", ALIKE)
@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ("platform", ("metro",)),
        ("platform", ("projectId",)),
    ],
)
def test_such_a_text_is_refused_where_a_text_is(
    text: str, section: str, keys: tuple[str, ...]
) -> None:
    is_refused(text, section, keys)


def test_no_rule_judges_an_encrypted_password(tmp_path: Path) -> None:
    sections = metal(bgp={"password": SECURE})
    stack = stack_for_rules(read_stack_file(written(tmp_path, sections)), "x")
    assert stack is not None
    plain = check_stack(stack_config(metal(), source="x"))
    assert {each.code for each in check_stack(stack)} <= {each.code for each in plain}


@pytest.mark.parametrize("text", ALIKE)
def test_such_a_password_is_judged_by_the_rules(text: str) -> None:
    problems = check_stack(stack_config(metal(bgp={"password": text}), source="x"))
    assert "M3" in {problem.code for problem in problems}
