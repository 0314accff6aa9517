"""The topology as one HTML page: racks that open and close, a filter, no request to anywhere."""

from metallb.problems.escape import xml
from metallb.topology.model import Pool, Rack, Topology, count
from metallb.topology.svg import rack_svg
from metallb.topology.text import announcement_words, pool_words

__all__ = ["html"]

_OPEN = 6
"""Up to so many racks all are open at first."""

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  margin: 24px; color: #1c2733; background: #f5f7f9; }
h1 { font-size: 22px; margin: 0; }
p { margin: 2px 0 16px; color: #5a6b7b; }
table { border-collapse: collapse; background: #fff; margin-bottom: 20px; }
th, td { text-align: left; padding: 6px 14px 6px 10px; border: 1px solid #c6d0da;
  vertical-align: top; }
th { background: #fff4e0; font-weight: 600; }
details { background: #fff; border: 1px solid #c6d0da; border-radius: 8px; margin: 8px 0; }
summary { padding: 8px 12px; cursor: pointer; font-weight: 600; }
summary span { font-weight: 400; color: #5a6b7b; }
details > div { overflow-x: auto; padding: 0 12px 12px; }
input, button { font: inherit; padding: 5px 10px; border: 1px solid #8496a8; border-radius: 6px;
  background: #fff; color: inherit; }
input { width: 22em; max-width: 60vw; }
.none { display: none; }
"""

_SCRIPT = """
const racks = [...document.querySelectorAll("details")];
const field = document.querySelector("input");
field.addEventListener("input", () => {
  const word = field.value.trim().toLowerCase();
  for (const rack of racks) {
    const fits = rack.dataset.names.includes(word);
    rack.classList.toggle("none", !fits);
    if (word) rack.open = fits;
  }
});
for (const button of document.querySelectorAll("button"))
  button.addEventListener("click", () => {
    for (const rack of racks) rack.open = button.dataset.open === "1";
  });
"""


def html(topology: Topology) -> str:
    """The whole page."""
    opened = len(topology.racks) <= _OPEN
    racks = "\n".join(_rack(rack, opened=opened) for rack in topology.racks)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Topology of {xml(topology.stack)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{xml(topology.stack)}</h1>
<p>{xml(topology.headline())}</p>
{_pools(topology.pools)}
<p><input type="search" placeholder="node, router, address or rack" aria-label="Filter racks">
<button data-open="1">open all</button> <button data-open="0">close all</button></p>
{racks}
<script>{_SCRIPT}</script>
</body>
</html>
"""


def _pools(pools: tuple[Pool, ...]) -> str:
    rows = "".join(
        f"<tr><td>{xml(pool.name)}</td><td>{'<br>'.join(map(xml, pool.blocks))}</td>"
        f"<td>{xml(pool_words(pool))}</td><td>{_announced(pool)}</td></tr>"
        for pool in pools
    )
    return (
        "<table><thead><tr><th>pool</th><th>addresses</th><th>size</th><th>announced</th></tr>"
        f"</thead><tbody>{rows}</tbody></table>"
    )


def _announced(pool: Pool) -> str:
    lines = [xml(announcement_words(item)) for item in pool.announcements]
    return "<br>".join(lines) or "nowhere"


def _rack(rack: Rack, *, opened: bool) -> str:
    routers = ", ".join(router.label for router in rack.routers)
    if rack.own_routers:
        routers = f"{count(len(rack.routers), 'router')}, one a node"
    routers = f" with {routers}" if routers else ""
    return (
        f'<details{" open" if opened else ""} data-names="{xml(*_names(rack))}">'
        f"<summary>{xml(rack.name)} <span>{rack.summary}{xml(routers)}</span></summary>"
        f"<div>{rack_svg(rack)}</div></details>"
    )


def _names(rack: Rack) -> list[str]:
    """What the filter looks through: the whole names, which a box may have to cut."""
    routers = (f"{router.label} {router.system}" for router in rack.routers)
    nodes = (node.name for node in rack.nodes)
    return [each.lower() for each in (rack.name, *nodes, *routers)]
