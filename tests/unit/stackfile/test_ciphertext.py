"""A value below `secure` is a ciphertext, or a problem."""

import json
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.models.encrypted import Encrypted
from metallb.problems.errors import ConfigError
from metallb.problems.problem import spelled
from metallb.stackfile.files import read_stack_file
from tests.support.schema import editors
from tests.support.yaml_text import dumped
from tests.unit.stacks import CIPHERTEXT, static

NONCE, TEXT = CIPHERTEXT.removeprefix("v1:").split(":")
OF_A_SERVICE = "AAABAJfWm1k2QmZ3dGhpcyBpcyBhIGxvbmcgZW5vdWdoIGNpcGhlcnRleHQ="

RIGHT = [CIPHERTEXT, OF_A_SERVICE]
WRONG: list[Any] = [
    *("changeme", "", "   ", "hunter2", "AAAB...", "v1:", "v1:abc", f"v1:{NONCE}", f"v1:{NONCE}:"),
    *(f"v1:{TEXT}:{NONCE}", f"{CIPHERTEXT}:more", f"v2:{NONCE}:{TEXT}", f"v1:{NONCE}:{TEXT[:-3]}"),
    *(f"v1:{NONCE}:hunter2hunter2", "dG9vIHNob3J0", OF_A_SERVICE[1:], None, 5, 1.5, True),
]


def document(value: Any) -> dict[str, Any]:
    sections = static(bgp={"password": value})
    return {"config": {f"metallb:{key}": part for key, part in sections.items()}}


def write(folder: Path, found: dict[str, Any]) -> Path:
    path = folder / "Pulumi.x.yaml"
    path.write_text(dumped(found, sort_keys=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("text", RIGHT)
def test_a_ciphertext_stays_sealed(tmp_path: Path, text: str) -> None:
    found = document({"secure": text})
    assert isinstance(
        read_stack_file(write(tmp_path, found)).sections["bgp"]["password"], Encrypted
    )
    editors().validate(found)


@pytest.mark.parametrize("text", WRONG, ids=repr)
def test_what_nothing_can_decrypt_is_one_problem_that_does_not_show_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: Any
) -> None:
    path = write(tmp_path, document({"secure": text}))
    assert main(["check", str(path), "--format", "json"]) == 2
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["id"], found["where"]) == ("FORM", "metallb:bgp.password")
    assert found["code"].startswith("E1")
    assert "secure" in path.read_text().splitlines()[found["line"]]
    assert "--path 'metallb:bgp.password'" in found["remedy"]
    assert "hunter2" not in json.dumps(found)


@pytest.mark.parametrize("text", WRONG, ids=repr)
def test_the_schema_marks_it_too(text: Any) -> None:
    assert not editors().is_valid(document({"secure": text}))


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"secure": CIPHERTEXT, "note": "ours"}, "metallb:bgp.password"),
        ({"secure": OF_A_SERVICE, "secured": True}, "metallb:bgp.password"),
    ],
)
def test_a_key_beside_secure_keeps_pulumi_from_decrypting(
    tmp_path: Path, value: Any, where: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_stack_file(write(tmp_path, document(value)))
    (problem,) = caught.value.problems
    assert spelled(problem.location) == where


@pytest.mark.parametrize(
    ("key", "where"),
    [
        ("acme-cloud:authToken", "acme-cloud:authToken"),
        ("metallb:kubernetes", "metallb:kubernetes"),
    ],
)
def test_a_value_and_a_section_are_looked_at_wherever_they_stand(
    tmp_path: Path, key: str, where: str
) -> None:
    found = document("x")
    found["config"][key] = {"secure": "changeme"}
    with pytest.raises(ConfigError) as caught:
        read_stack_file(write(tmp_path, found))
    assert [spelled(each.location) for each in caught.value.problems] == [where]
    assert "changeme" not in str(caught.value)


def test_names_of_a_persons_own_may_be_secure(tmp_path: Path) -> None:
    pools = {"secure": {"addresses": ["203.0.113.0/28"]}}
    labels = {"secure": "true", "zone": "a"}
    install = {"version": "0.16.2", "speaker": {"nodeSelectors": labels}}
    sections = static(addressPools=pools, install=install)
    found = {"config": {f"metallb:{key}": part for key, part in sections.items()}}
    path = write(tmp_path, found)
    read = read_stack_file(path)
    assert (read.sections, read.secret_sections) == (sections, set())
    assert main(["check", str(path)]) == 0
