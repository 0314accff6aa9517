"""The Pulumi program. Everything it does is in metallb/program.py."""

from metallb.program import main

main()
