"""`check FILE` and MetalLB itself agree, or docs/deviations.md has the difference.

MetalLB's verdict is that of its schemas, its webhooks and the ConfigurationStates of its controller
and of a speaker. `python -m tests.agreement` compares more.
"""

import pytest

from lab.guard import guarded
from lab.judgement import start
from metallb.releases import BgpMode
from tests.agreement.judged import Compared, compared, generated, of_rules, rows
from tests.support.running import fresh

pytestmark = pytest.mark.lab

GENERATED = 10
"""Configurations of all fields, for each mode."""


@pytest.fixture(scope="module")
def found(machine: None, tmp_path_factory: pytest.TempPathFactory) -> list[Compared]:
    """The first case of each rule, and some configurations that are made by chance."""
    first = {each.name.split()[0]: each for each in reversed(of_rules())}.values()
    lab = fresh("agreement")
    both: list[Compared] = []
    with guarded(lab):
        for mode, judge in start(lab, tmp_path_factory.mktemp("agreement")):
            native = mode == BgpMode.NATIVE
            listed = [each for each in first if (each.mode is BgpMode.NATIVE) is native]
            made = generated(GENERATED, BgpMode(mode))
            both += compared(judge, [*made, *listed])
    return both


def test_metallb_takes_what_has_no_error(found: list[Compared]) -> None:
    sound = [each for each in found if not each.judged.codes]
    assert [each.words() for each in sound if not each.agrees] == []
    assert len(sound) >= GENERATED


def test_metallb_refuses_what_has_an_error_or_the_page_says_why(found: list[Compared]) -> None:
    listed = rows()
    assert [each.words() for each in found if each.only_here - listed] == []
    refused = [each for each in found if each.judged.codes and not each.verdict.accepted]
    assert len(refused) > 20
