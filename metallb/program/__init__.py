"""The Pulumi program: the only place that turns a stack file into components and wires them."""

from metallb.program.collector import collect_rarely
from metallb.program.deploy import deploy, main
from metallb.program.platform import elastic_ip_name

__all__ = ["collect_rarely", "deploy", "elastic_ip_name", "main"]
