"""The exchanges by name: the calls that the engine makes, and the faults that they meet."""

from collections.abc import Callable

from tests.platforms.equinix_metal.metal_plugin import blocks, faults, others
from tests.platforms.equinix_metal.metal_plugin.common import NO_TOKEN
from tests.platforms.equinix_metal.metal_plugin.exchanges import Exchange

Scenario = Callable[[Exchange], None]

SCENARIOS: dict[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        blocks.block_life,
        blocks.block_kinds,
        blocks.block_checks,
        blocks.block_previews,
        blocks.block_differences,
        blocks.block_differences_of_bare_states,
        blocks.block_refreshes,
        blocks.block_pending,
        others.provider,
        others.no_token,
        others.session_life,
        others.session_checks,
        others.attachment_life,
        others.project_life,
        others.project_with_bgp,
        others.functions,
        others.pages,
        faults.lost_replies,
        faults.resets,
        faults.refusals,
        faults.broken_bodies,
    )
}

ENVIRONMENT = {others.no_token.__name__: NO_TOKEN}
"""Environment of the plugin in an exchange, besides the address of the cloud."""

SEEDS = {others.pages.__name__: "fleet:25"}
"""Seeds of exchanges on another cloud than the demo's."""
