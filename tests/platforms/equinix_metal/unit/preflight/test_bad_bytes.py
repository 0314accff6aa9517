"""Whatever a Lokomotive configuration or an answer holds, it is read or refused."""

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from metallb.importing.hcl import read_lokomotive
from metallb.preflight import check_stack
from metallb.problems.errors import MetalLBError
from metallb.problems.text import first_line
from metallb.stackfile import stack_config
from tests.platforms.equinix_metal.stacks import metal
from tests.platforms.equinix_metal.unit.importing.samples import LOKOMOTIVE
from tests.unit.preflight.test_bad_bytes import BOUNDED, VALUE, places, replaced


@BOUNDED
@given(st.binary(max_size=8), st.randoms(use_true_random=False))
def test_mutilated_hcl_is_refused_or_read(
    tmp_path: Path, inserted: bytes, chance: random.Random
) -> None:
    raw = bytearray(LOKOMOTIVE.encode())
    start = chance.randrange(len(raw))
    raw[start : start + chance.randrange(20)] = inserted
    file = tmp_path / "metallb.lokocfg"
    file.write_bytes(bytes(raw))
    with suppress(MetalLBError):
        read_lokomotive(file, version="0.16.2")


@BOUNDED
@given(st.data())
def test_a_stack_file_with_an_odd_value_anywhere_is_refused_or_checked(data: Any) -> None:
    document = metal()
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from([place for place in places(document) if place]))
        document = replaced(document, path, data.draw(VALUE))
    with suppress(MetalLBError):
        assert all(first_line(each) for each in check_stack(stack_config(document, source="fuzz")))
