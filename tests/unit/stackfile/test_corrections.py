"""`check --fix`: mistakes with one right answer are corrected in place, and nothing else is."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metallb.cli import main
from metallb.loading.stack import load_file
from metallb.problems.errors import ConfigError
from metallb.problems.problem import Problem
from metallb.stackfile.corrections import corrected
from metallb.stackfile.source import Source
from tests.support.yaml_text import loaded
from tests.unit.stackfile.test_thirty_mistakes import MISTAKES, SOUND

CORRECTED = {
    "a misspelt key": SOUND,
    "a key in small letters": SOUND,
    "Python's spelling": SOUND,
    "MetalLB's own key": SOUND,
    "not in its section": SOUND,
    "a text for a number": SOUND,
    "a space in a block": SOUND,
    "a duration in words": SOUND,
    "a kind in capitals": SOUND,
    "a misspelt section": SOUND,
    "a section without a namespace": SOUND,
    "a section at the left margin": SOUND.replace("    public", "      public")
    .replace("      addresses", "        addresses")
    .replace("        - 203", "          - 203"),
    "no line config": SOUND,
    "a number for a text": SOUND.replace("context: prod", 'version: "1.31"'),
    "yes": SOUND.replace("holdTime: 90s", "sourceAddress: true"),
    "a quoted True": SOUND.replace("holdTime: 90s", "sourceAddress: true"),
    "a value in capitals": SOUND.replace("version: 0.16.2", "source: builtin"),
}
"""What becomes of the mistakes that have one right answer. All others stay as they are."""

PAIRS: dict[str, tuple[str, str]] = {
    # wrong, right: parts that stand apart from each other
    "host bits": ("203.0.113.5/28", "203.0.113.0/28"),
    "a section's name": ("metallb:adressPools:", "metallb:addressPools:"),
    "a key's letters": ("my_asn:", "myAsn:"),
    "two letters exchanged": ("routesr:", "routers:"),
    "an AS number in words": ("asn: AS64601", "asn: 64601"),
    "a unit in words": ("holdTime: 90 sec", "holdTime: 90s"),
    "a text that is a number": ("version: 1.30", 'version: "1.30"'),
    "a word": ("sharedPeers: no", "sharedPeers: false"),
}
MIXED = """\
# The cluster of two racks.
encryptionsalt: v1:abc=:v1:def=
config:

  metallb:kubernetes: {context: prod, version: "1.30"} # pinned
  metallb:platform:
    kind: static
    sharedPeers: false
    racks: # ours
      - name: rack-a
        nodes: [a1,  a2]
        routers: [{ address: 10.1.0.1, asn: 64601 }]
  metallb:bgp:
    myAsn: 64512
    # as the routers have it
    holdTime: 90s
  metallb:addressPools:
    'public': {addresses: ["203.0.113.0/28"]}
"""


def problems_of(text: str) -> Sequence[Problem]:
    try:
        return load_file(Path("Pulumi.x.yaml"), text).findings
    except ConfigError as error:
        return error.problems


def fixed(text: str) -> str:
    return corrected(Source(Path("Pulumi.x.yaml"), text), problems_of).text


@pytest.mark.parametrize("name", MISTAKES)
def test_what_has_one_right_answer_is_corrected_and_the_rest_stays(name: str) -> None:
    right, wrong, *_ = MISTAKES[name]
    mistaken = SOUND.replace(right, wrong, 1)
    found = fixed(mistaken)
    wanted = CORRECTED.get(name, mistaken)
    if name == "no line config":
        assert loaded(found) == loaded(wanted)
    else:
        assert found == wanted


def test_the_pairs_are_in_the_file() -> None:
    assert all(right in MIXED for _, right in PAIRS.values())
    assert not any(problem.is_error for problem in problems_of(MIXED))


@given(st.sets(st.sampled_from(sorted(PAIRS)), min_size=1), st.booleans())
def test_several_mistakes_become_the_file_that_was_meant(names: set[str], windows: bool) -> None:
    text = MIXED.replace("\n", "\r\n") if windows else MIXED
    mistaken = text
    for name in names:
        wrong, right = PAIRS[name]
        mistaken = mistaken.replace(right, wrong)
    assert fixed(mistaken) == text


@given(
    st.integers(0, len(MIXED) - 1),
    st.text(st.sampled_from("aB9 :-#'\"[]{}\n\t/.\u00e9"), max_size=3),
    st.integers(0, 3),
)
def test_a_second_run_changes_nothing_and_no_run_harms(at: int, new: str, gone: int) -> None:
    mistaken = MIXED[:at] + new + MIXED[at + gone :]
    once = fixed(mistaken)
    assert fixed(once) == once
    if once != mistaken:
        before = {each.identity for each in problems_of(mistaken)}
        assert before - {each.identity for each in problems_of(once)}
        comments = [line for line in mistaken.splitlines() if line.lstrip().startswith("#")]
        assert all(line.strip() in once for line in comments)


@pytest.mark.parametrize(
    ("sure", "doubtful"),
    [
        ("203.0.113.0/28", "203.0.113.0"),  # a size is missing: one address, or a block
        ("holdTime: 90s", "holdTime: 90"),  # seconds, or minutes
        ("myAsn: 64512", "myAsn: 0o100"),  # a number for YAML, another for a person
        ("myAsn: 64512", "aggregationLengthV5: 24"),  # a digit is no slip of the hand
        ("myAsn: 64512", "myAsn: 64512\n    myasn: 64513"),  # the right key is there
        ("holdTime: 90s", "holdTime: 90s\n    xyz: 1"),
    ],
)
def test_where_there_is_doubt_nothing_changes(sure: str, doubtful: str) -> None:
    mistaken = SOUND.replace(sure, doubtful)
    assert mistaken != SOUND
    assert fixed(mistaken) == mistaken


def test_a_slip_that_could_be_two_keys_stays() -> None:
    text = SOUND.replace("holdTime: 90s", "aggregationLenth: 24")
    assert fixed(text) == text


def write(folder: Path, text: str) -> Path:
    path = folder / "Pulumi.x.yaml"
    path.write_text(text, encoding="utf-8")
    return path


SECRET = "hunter-two-and-more"
WITH_SECRET = SOUND.replace(
    "            asn: 64601", f"            asn: AS64601\n            pasword: {SECRET} # {SECRET}"
)


def test_fix_writes_the_file_and_checks_what_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, SOUND.replace("64601", "AS64601").replace("10.1.0.1", "10.1.0"))
    path.chmod(0o640)
    assert main(["check", "--fix", "--format", "json", str(path)]) == 2
    shown = capsys.readouterr()
    errors = [each for each in json.loads(shown.out) if each["severity"] == "error"]
    assert [each["code"] for each in errors] == ["E105"]
    assert path.read_text() == SOUND.replace("10.1.0.1", "10.1.0")
    assert path.stat().st_mode & 0o777 == 0o640
    assert "+            asn: 64601" in shown.err


def test_diff_writes_nothing_and_ends_with_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SOUND.replace("holdTime", "hold_time")
    path = write(tmp_path, text)
    assert main(["check", "--fix", "--diff", str(path)]) == 3
    assert "-    hold_time: 90s\n+    holdTime: 90s" in capsys.readouterr().out
    assert path.read_text() == text
    assert main(["check", "--fix", str(path)]) == 0
    assert main(["check", "--fix", "--diff", str(path)]) == 0


def test_no_secret_is_in_the_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = WITH_SECRET.replace("  metallb:platform", "  metallb:platfrom")
    text = text.replace("config:\n", f"config:\n  other:key: {SECRET}\n")
    text = text.replace("config:\n", "")  # every line moves
    path = write(tmp_path, text.replace("\n  ", "\n").removeprefix("  "))
    main(["check", "--fix", str(path)])
    shown = capsys.readouterr()
    assert "(not shown)" in shown.err
    assert SECRET not in shown.out + shown.err
    assert f"password: {SECRET} # {SECRET}" in path.read_text()


def test_a_link_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    real = tmp_path / "real.yaml"
    real.write_text(SOUND.replace("holdTime", "hold_time"), encoding="utf-8")
    link = tmp_path / "Pulumi.x.yaml"
    link.symlink_to(real)
    assert main(["check", "--fix", str(link)]) == 2
    assert "E204" in capsys.readouterr().err
    assert link.is_symlink()
    assert "hold_time" in real.read_text()


def test_a_file_of_another_format_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pools.yaml"
    path.write_text(
        "apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: a}\n"
        "spec: {addresses: [10.0.0.1/24]}\n"
    )
    assert main(["check", "--fix", str(path)]) == 2
    assert "--fix has no use" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [["--diff", "x"], ["--fix", "--diff", "--strict", "x"], ["--fix", "--explain", "P6"]],
)
def test_options_without_a_use_are_refused(
    line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", *line]) == 2
    assert "has no use" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_keeps_its_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = SOUND.replace("holdTime", "hold_time")
    path = write(tmp_path, text)

    def full(*_: object, **__: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("metallb.writing.entries.os.write", full)
    assert main(["check", "--fix", str(path)]) == 1
    assert path.read_text() == text
    assert [each.name for each in tmp_path.iterdir()] == ["Pulumi.x.yaml"]


@pytest.mark.parametrize("typed", ["6451x", "6451O", "64512a"])
def test_no_other_as_number_is_advised_for_a_slip_of_the_hand(typed: str) -> None:
    (found,) = problems_of(SOUND.replace("myAsn: 64512", f"myAsn: {typed}"))
    assert (found.code, found.help) == ("E104", "write a whole number in decimal digits")
