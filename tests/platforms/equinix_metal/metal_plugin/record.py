"""`python -m tests.platforms.equinix_metal.metal_plugin.record PLUGIN`: records the exchanges.

PLUGIN is the published plugin's executable, of the version that the folder's data is about.
"""

import argparse
import sys

from tests.platforms.equinix_metal.metal_plugin.exchanges import (
    FOLDER,
    cloud_of,
    exchange_with,
    write,
)
from tests.platforms.equinix_metal.metal_plugin.scenarios import ENVIRONMENT, SCENARIOS, SEEDS


def main() -> int:
    """Records all exchanges, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plugin")
    parser.add_argument("names", nargs="*", default=[])
    args = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    for name in args.names or SCENARIOS:
        seed, environment = SEEDS.get(name, "demo"), ENVIRONMENT.get(name, {})
        with cloud_of(seed) as cloud, exchange_with(args.plugin, cloud, environment) as exchange:
            SCENARIOS[name](exchange)
        write(FOLDER / f"{name}.json", seed, environment, exchange.steps)
        print(f"{name}: {len(exchange.steps)} steps")
    return 0


if __name__ == "__main__":
    sys.exit(main())
