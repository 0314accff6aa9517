"""Files of routers that are cut, mixed up or something else: a problem at most, never a fault."""

import contextlib
import json
import re

from hypothesis import given
from hypothesis import strategies as st

from metallb.problems.errors import ConfigError
from metallb.routers.build import halves_of
from metallb.routers.compare import Comparison, compare
from metallb.routers.dialects import DIALECTS
from tests.unit.routers.sites import NODES, site
from tests.unit.routers.test_shown import NEIGHBORS, PROTOCOLS

STACK = site()
HALVES = halves_of(STACK, None, NODES)
TEXTS = [
    DIALECTS["frr"].text(HALVES[0], "dc1"),
    DIALECTS["bird"].text(HALVES[0], "dc1"),
    PROTOCOLS,
    json.dumps(NEIGHBORS, indent=1),
]
ODD = [
    "",
    "0",
    "-1",
    "99999999999",
    "x",
    "no",
    "10.1.0.300",
    "10.1.0.1/99",
    "::/200",
    "{",
    "}",
    '"',
]


def read(text: str) -> None:
    with contextlib.suppress(ConfigError):
        compare(Comparison(STACK, None, HALVES), text, "tor.conf")


@given(
    text=st.sampled_from(TEXTS),
    edits=st.lists(st.tuples(st.floats(0, 1), st.sampled_from(ODD)), min_size=1, max_size=6),
    end=st.floats(0.3, 1),
)
def test_words_that_are_others(text: str, edits: list[tuple[float, str]], end: float) -> None:
    words = re.split(r"(\s+)", text[: int(len(text) * end)])
    for where, odd in edits:
        words[min(int(where * len(words)), len(words) - 1)] = odd
    read("".join(words))


def test_a_word_in_the_place_of_each_number() -> None:
    for text in TEXTS:
        for match in re.finditer(r"\b\d+\b", text):
            read(f"{text[: match.start()]}x{text[match.end() :]}")


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    read(text)


@given(st.sampled_from(TEXTS), st.integers(0, 10), st.integers(0, 400))
def test_lines_in_another_order(text: str, step: int, start: int) -> None:
    lines = text.splitlines()
    at = start % len(lines)
    turned = lines[at:] + lines[:at]
    read("\n".join(turned[:: step % 3 + 1]))
