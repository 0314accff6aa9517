"""A picture of a stack: racks, nodes, routers, sessions, pools. Pure, and without any secret."""

from metallb.topology.build import topology_of
from metallb.topology.html import html
from metallb.topology.mermaid import mermaid
from metallb.topology.model import Announcement, Node, Pool, Rack, Router, Session, Topology
from metallb.topology.svg import svg
from metallb.topology.text import text

__all__ = [
    "FORMATS",
    "Announcement",
    "Node",
    "Pool",
    "Rack",
    "Router",
    "Session",
    "Topology",
    "topology_of",
]

FORMATS = {"text": text, "mermaid": mermaid, "svg": svg, "html": html}
"""The renderers by the name of their format."""
