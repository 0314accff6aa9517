"""The Pulumi program: the only place that turns a stack file into components and wires them."""

from metallb.program.deploy import deploy, main

__all__ = ["deploy", "main"]
