"""The Pulumi program. Everything it does is in metallb/program/."""

from metallb.program import main

main()
