"""Problems with this platform's section and answers speak of the files."""

from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from tests.platforms.equinix_metal.stacks import metal
from tests.platforms.equinix_metal.unit.preflight.build import metal_platform
from tests.unit.stackfile.test_words_of_mistakes import LIST, NAMES
from tests.unit.stackfile.test_words_of_mistakes import (
    test_a_wrong_form_is_described_in_words_of_the_file as is_described,
)


@pytest.mark.parametrize(
    ("sections", "code", "place", "summary", "help"),
    [
        (
            metal(**metal_platform(elasticIps=None), addressPools={"a": {"addresses": []}}),
            "E104",
            "platform.elasticIps",
            "elasticIps has no value",
            f"remove the key, or {NAMES}",
        ),
        (
            metal(**metal_platform(nodes=None)),
            "E104",
            "platform.nodes",
            "nodes has no value",
            LIST,
        ),
        (
            metal(**metal_platform(peerSource="x")),
            "E105",
            "platform.peerSource",
            "'x'",
            "write one of: gateway, neighbors",
        ),
    ],
)
def test_a_wrong_form_is_described_in_words_of_the_file(
    sections: dict[str, Any], code: str, place: str, summary: str, help: str
) -> None:
    is_described(sections, code, place, summary, help)


def test_an_answers_file_is_described_in_its_own_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text("- worker-0\n", encoding="utf-8")
    assert main(["check", "demo", "--answers", str(answers)]) == 2
    shown = capsys.readouterr().out
    assert f"{answers}: error[E104]: the answers file is a list, not a mapping" in shown
    assert "AnswersFile" not in shown
