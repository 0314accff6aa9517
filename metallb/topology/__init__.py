"""A picture of a stack: racks, nodes, routers, sessions, pools. Pure, and without any secret."""

import re

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
    "is_drawing",
    "topology_of",
]

FORMATS = {"text": text, "mermaid": mermaid, "svg": svg, "html": html}
"""The renderers by the name of their format."""

_BEGINNINGS = re.compile(
    r"[^\n]+: MetalLB [^\n]+, [0-9]+ racks?, "
    r"|flowchart (?:TB|LR)\n  title\["
    r"|<svg [^\n]*<title>Topology of "
    r"|<!doctype html>\n(?:[^\n]*\n){4}<title>Topology of "
)


def is_drawing(text: str) -> bool:
    """Whether a file that begins like this is a picture in one of the formats."""
    return _BEGINNINGS.match(text) is not None
