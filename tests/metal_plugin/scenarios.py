"""The conversations by name: the calls that the engine makes, and the cloud's bad days."""

from collections.abc import Callable

from tests.metal_plugin import of_bad_days, of_blocks, of_the_rest
from tests.metal_plugin.exchanges import Conversation
from tests.metal_plugin.talk import NO_TOKEN

Scenario = Callable[[Conversation], None]

SCENARIOS: dict[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        of_blocks.block_life,
        of_blocks.block_kinds,
        of_blocks.block_checks,
        of_blocks.block_previews,
        of_blocks.block_differences,
        of_blocks.block_differences_of_bare_states,
        of_blocks.block_refreshes,
        of_blocks.block_pending,
        of_the_rest.provider,
        of_the_rest.no_token,
        of_the_rest.session_life,
        of_the_rest.session_checks,
        of_the_rest.attachment_life,
        of_the_rest.project_life,
        of_the_rest.project_with_bgp,
        of_the_rest.functions,
        of_the_rest.pages,
        of_bad_days.lost_replies,
        of_bad_days.resets,
        of_bad_days.refusals,
        of_bad_days.broken_bodies,
    )
}

ENVIRONMENT = {of_the_rest.no_token.__name__: NO_TOKEN}
"""What a conversation's plugin has in its environment besides the way to the cloud."""

SEEDS = {of_the_rest.pages.__name__: "fleet:25"}
"""The clouds of conversations that are not about the demo's."""
