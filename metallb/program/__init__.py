"""The Pulumi program: the only place that turns a stack file into components and wires them."""

from metallb.program.collector import collect_rarely
from metallb.program.deploy import deploy, main
from metallb.program.platform import elastic_ip_name
from metallb.program.project import refuse_without_bgp

__all__ = ["collect_rarely", "deploy", "elastic_ip_name", "main", "refuse_without_bgp"]
