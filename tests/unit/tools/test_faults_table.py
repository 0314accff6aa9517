"""The table of killed and failing updates, from a report of their tests."""

import xml.etree.ElementTree as ET

from benchmarks.faults import table
from benchmarks.layer2 import with_part
from lab.reliability.measure import Outcome
from lab.reliability.table import FAULTS_BEGIN, FAULTS_END, layer2_part, parts_of_others

PASSED = '<testcase name="test_an_update_that_was_killed[{0}]" time="2.0"/>'
FAILED = '<testcase name="test_an_update_that_was_killed[9]" time="1.0"><failure/></testcase>'
SKIPPED = '<testcase name="test_other" time="0"><skipped/></testcase>'


def report(*cases: str) -> ET.Element:
    text = f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"
    return ET.fromstring(text)  # noqa: S314 - our own


def test_what_was_tried_and_held_is_counted_by_test() -> None:
    text, held = table(report(PASSED.format(1), PASSED.format(2)), seeds=2)
    assert held
    assert "| an update that was killed | 2 | 2 |" in text


def test_one_that_did_not_hold_shows_and_fails() -> None:
    text, held = table(report(PASSED.format(1), FAILED), seeds=2)
    assert not held
    assert "| an update that was killed | 2 | 1 |" in text


def test_nothing_tried_is_nothing_held() -> None:
    text, held = table(report(SKIPPED), seeds=2)
    assert not held
    assert "| other |" not in text


def test_the_part_survives_a_new_page() -> None:
    part = f"{FAULTS_BEGIN}\nrows\n{FAULTS_END}"
    assert part in parts_of_others(f"# page\n\n{part}\nmore\n")
    assert parts_of_others("# page\n") == ""


def test_the_rows_of_some_files_are_written_into_the_table_that_is_there() -> None:
    known, _ = table(report(PASSED.format(1), FAILED), seeds=50)
    other = '<testcase name="test_a_full_disk[1]" time="1.0"/>'
    text, held = table(report(other), seeds=5, known=known)
    assert held
    assert "SEEDS=50" in text
    assert "| an update that was killed | 2 | 1 |\n| a full disk | 1 | 1 |\n" in text
    assert "| **all** | 3 | 2 |" in text
    text, _ = table(report(PASSED.format(1), PASSED.format(2)), seeds=50, known=text)
    assert "| an update that was killed | 2 | 2 |" in text


def moved(seconds: float) -> Outcome:
    return Outcome("killed", "SIGKILL", "soon", 10.0, seconds, 900, 24, 24, 24)


def test_the_part_of_layer_2_takes_the_place_of_the_former_and_survives_a_new_page() -> None:
    faults = f"{FAULTS_BEGIN}\nrows\n{FAULTS_END}\n"
    once = with_part(f"# page\n\n{faults}", layer2_part({"ARP": [moved(5.0)]}))
    twice = with_part(once, layer2_part({"ARP": [moved(6.0)]}))
    assert "| killed | 5.0 s | 10 s | 900 | 24 | 24 | 24 |" in once
    assert twice == once.replace("5.0 s", "6.0 s")
    assert faults in twice
    assert parts_of_others(twice).count("| killed | 6.0 s") == 1
    assert faults in parts_of_others(twice)
