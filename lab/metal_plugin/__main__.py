"""`python -m lab.metal_plugin ENGINE`: serves the plugin, as the engine starts it."""

import sys

from lab.metal_plugin.serve import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
