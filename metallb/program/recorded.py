"""Facts of a snapshot, which an update takes as they are."""

from pulumi import Output

from metallb.platforms.facts import PlatformFacts
from metallb.platforms.provisioned import Provisioned

__all__ = ["of_snapshot"]


def of_snapshot(facts: PlatformFacts) -> Provisioned:
    """Recorded facts as Outputs that are known."""
    return Provisioned(
        nodes={key: Output.from_input(each) for key, each in facts.nodes.items()},
        blocks={key: Output.from_input(each) for key, each in facts.blocks.items()},
        together=Output.from_input(facts.model_copy(update={"blocks": {}})),
    )
