"""Lines of a Lokomotive configuration."""

from pathlib import Path

import pytest

from metallb.importing.hcl_lines import LokomotiveLines
from metallb.problems.problem import Location
from tests.platforms.equinix_metal.unit.importing.samples import LOKOMOTIVE


@pytest.mark.parametrize(
    ("location", "begins"),
    [
        (('component "metallb"',), 'component "metallb"'),
        (('component "metallb"', "service_monitor"), "true"),
        (('component "metallb"', "address_pools", "default"), "default"),
        (('component "metallb"', "address_pools", "special_addresses", 1), '"147.85.41.46/32"'),
        (('component "metallb"', "speaker_toleration", 0, "effect"), '"NoSchedule"'),
        (
            ('component "metallb"', "controller_node_selectors", "kubernetes.io/hostname"),
            '"worker3"',
        ),
        (("metallb:addressPools", "special-addresses", "addresses", 0), '"147.85.40.46/32"'),
        (("metallb:platform", "facility"), '"ny5"'),
        (("metallb:install", "speaker", "tolerations"), "speaker_"),
    ],
)
def test_a_lokomotive_configuration_has_lines_and_columns(
    location: Location, begins: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.lokocfg"
    path.write_text(LOKOMOTIVE, encoding="utf-8")
    found = LokomotiveLines(path).find(location)
    line = LOKOMOTIVE.splitlines()[found.line - 1]
    assert line[found.column - 1 :].startswith(begins)
