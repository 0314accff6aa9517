"""What the lab has for this platform."""

from pathlib import Path

from lab.metal_plugin import NAME
from lab.metal_plugin.install import plugin_folder
from lab.platforms import parts


def test_the_plugin_of_the_emulated_cloud_is_a_program_in_a_home_of_pulumi(tmp_path: Path) -> None:
    for part in parts():
        part.install(tmp_path)
    assert (plugin_folder(tmp_path) / NAME).stat().st_mode & 0o111
