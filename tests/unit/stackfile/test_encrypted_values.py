"""Encrypted values are known by their type: no text is taken for one, whatever it reads."""

from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.models.encrypted import Encrypted
from metallb.preflight import check_stack
from metallb.problems.errors import ConfigError
from metallb.stackfile import stack_config
from metallb.stackfile.files import read_stack_file
from metallb.stackfile.sealed import stack_for_rules
from metallb.yaml_text.writer import yaml_text
from tests.unit.stacks import CIPHERTEXT, static

ALIKE = [str(Encrypted()), "(sealed: decrypted by the engine only)"]
SECURE = {"secure": CIPHERTEXT}


def written(folder: Path, sections: dict[str, Any]) -> Path:
    path = folder / "Pulumi.x.yaml"
    document = {"config": {f"metallb:{key}": value for key, value in sections.items()}}
    path.write_text(yaml_text(document), encoding="utf-8")
    return path


@pytest.mark.parametrize("text", ALIKE)
def test_a_text_that_reads_like_an_encrypted_value_is_a_text(text: str, tmp_path: Path) -> None:
    sections = static(bgp={"password": text}, kubernetes={"context": text})
    stack = stack_for_rules(read_stack_file(written(tmp_path, sections)), "x")
    assert stack is not None
    assert stack.bgp.password is not None
    for value in (stack.bgp.password.get_secret_value(), stack.kubernetes.context):
        assert value == text
        assert not isinstance(value, Encrypted)


@pytest.mark.parametrize("text", ALIKE)
@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ("bgp", ("myAsn",)),
    ],
)
def test_such_a_text_is_refused_where_a_text_is(
    text: str, section: str, keys: tuple[str, ...]
) -> None:
    sections = static()
    sections.setdefault(section, {})[keys[0]] = text
    with pytest.raises(ConfigError) as caught:
        stack_config(sections, source="x")
    (problem,) = caught.value.problems
    assert problem.location == (f"metallb:{section}", *keys)
    assert problem.code != "E110"


def test_an_encrypted_value_keeps_its_type(tmp_path: Path) -> None:
    sections = static(
        bgp={"password": SECURE},
        install={"version": "0.16.2", "memberlistSecret": SECURE},
        kubernetes={"context": SECURE},
    )
    sections["platform"]["racks"][0]["routers"][0]["password"] = SECURE
    stack = stack_for_rules(read_stack_file(written(tmp_path, sections)), "x")
    assert stack is not None
    assert stack.bgp.password is not None
    assert stack.install.memberlist_secret is not None
    kept = [
        stack.bgp.password.get_secret_value(),
        stack.install.memberlist_secret.get_secret_value(),
        stack.kubernetes.context,
    ]
    assert [type(value) for value in kept] == [Encrypted] * len(kept)
    assert "M3" not in {problem.code for problem in check_stack(stack)}


def test_no_rule_judges_an_encrypted_password(tmp_path: Path) -> None:
    sections = static(bgp={"password": SECURE})
    stack = stack_for_rules(read_stack_file(written(tmp_path, sections)), "x")
    assert stack is not None
    plain = check_stack(stack_config(static(), source="x"))
    assert {each.code for each in check_stack(stack)} <= {each.code for each in plain}


def test_rendering_refuses_an_encrypted_value_and_no_text_that_reads_like_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for value, code in ((SECURE, 2), (ALIKE[0], 0)):
        controller = {"annotations": {"example.org/note": value}}
        path = written(tmp_path, static(install={"version": "0.16.2", "controller": controller}))
        assert main(["render", str(path), "-o", str(tmp_path / f"out{code}")]) == code
    assert CIPHERTEXT not in "".join(capsys.readouterr())
