"""A Lokomotive configuration and MetalLB's own configuration of one cluster, as one stack file.

Lokomotive's block has the pools and how the workloads run; what MetalLB reads has peers, and how
pools are announced. What both have has to be the same.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from metallb.algebra.intervals import same_blocks
from metallb.importing.hcl import Lokomotive
from metallb.importing.hcl_lines import COMPONENT, LokomotiveLines
from metallb.importing.stack_document import Imported
from metallb.importing.without_key import CODE
from metallb.problems.errors import ConfigError

__all__ = ["beside"]


def beside(imported: Imported, read: Lokomotive, path: Path, *, has_peers: bool) -> Imported:
    """What was imported, with the workloads and the other pools of Lokomotive's block.

    :param path: the file with the block.
    :param has_peers: whether the peers are known, so that no platform has to find them.
    :raises ConfigError: a pool has other addresses in the block.
    """
    sections, other = dict(imported.sections), read.sections
    pools: dict[str, Any] = dict(sections["addressPools"])
    notes = list(imported.notes)
    for name, pool in other["addressPools"].items():
        if name not in pools:
            pools[name] = pool
            notes.append(f"pool {name}: {path.name} alone has it, so that MetalLB does not know it")
        elif same_blocks(pools[name]["addresses"]) != same_blocks(pool["addresses"]):
            raise _differs(name, pools[name]["addresses"], pool["addresses"], path)
    sections["addressPools"] = pools
    # What the block installs is what the stack takes over; nothing else keeps MetalLB.
    kept = {key: sections["install"][key] for key in ("bgpMode", "namespace")}
    sections["install"] = {**other["install"], **kept}
    if not has_peers:
        sections["bgp"] = {**other["bgp"], **sections["bgp"]}
        sections["platform"] = other["platform"]
        return replace(imported, sections=sections, notes=(*notes, *read.notes))
    if read.has_cluster:
        notes.append("the cluster block is not read: what MetalLB reads has the peers")
    return replace(imported, sections=sections, notes=(*notes, *_of_variables(read)))


def _of_variables(read: Lokomotive) -> Iterator[str]:
    """Notes that are not about the platform, which the peers decide."""
    return (note for note in read.notes if note.startswith("variable "))


def _differs(name: str, one: list[str], other: list[str], path: Path) -> ConfigError:
    location = (COMPONENT, "address_pools", name)
    problem = ConfigError(
        f"pool {name} has {', '.join(other)} here, and {', '.join(one)} in what MetalLB reads",
        code=CODE,
        location=location,
        detail="Both are of one cluster, and a stack file has one of them",
        help="correct one of the files, or import it alone",
    ).problem
    return ConfigError.of([LokomotiveLines(path).placed(problem)], problem.summary)
