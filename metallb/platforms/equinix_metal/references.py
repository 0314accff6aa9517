"""Names and ids of a project's section that are in it twice."""

from collections.abc import Collection, Iterator

from metallb.models.encrypted import Encrypted
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.problems.escape import quoted
from metallb.problems.problem import Location, Problem, spelled
from metallb.stackfile.form_codes import TWICE, problem_of_form
from metallb.stackfile.references import repeated

__all__ = ["problems_of"]

_PLATFORM = "metallb:platform"


def problems_of(platform: EquinixMetalPlatform) -> Iterator[Problem]:
    """Every node, family, session and block that is there twice, in the order of the file."""
    nodes: Location = (_PLATFORM, "nodes")
    hosts = tuple(repeated((node.hostname for node in platform.nodes), nodes, "hostname"))
    yield from hosts
    # A node that was copied as a whole is one problem.
    copied = {problem.location[:-1] for problem in hosts}
    for problem in repeated((node.device_id for node in platform.nodes), nodes, "deviceId"):
        if problem.location[:-1] not in copied:
            yield problem
    families = (family.value for family in platform.address_families)
    yield from repeated(families, (_PLATFORM, "addressFamilies"))
    yield from _ids(platform, copied)


def _ids(platform: EquinixMetalPlatform, copied: Collection[Location]) -> Iterator[Problem]:
    """Sessions and blocks that exist already, each of which is one thing.

    :param copied: nodes that are problems as a whole.
    """
    sessions: dict[Location, str] = {
        (_PLATFORM, "nodes", index, "bgpSessions", str(family)): session
        for index, node in enumerate(platform.nodes)
        for family, session in node.bgp_sessions.items()
        if (_PLATFORM, "nodes", index) not in copied
    }
    adopted: dict[Location, str] = {
        (_PLATFORM, "elasticIps", name, key): value
        for name, block in platform.elastic_ips.items()
        for key, value in (("adoptId", block.adopt_id), ("adoptTag", block.adopt_tag))
        if value is not None and not isinstance(value, Encrypted)
    }
    for what, places in (("session", sessions), ("block", adopted)):
        first: dict[str, Location] = {}
        for at, value in places.items():
            known = first.setdefault(value, at)
            if known != at:
                yield problem_of_form(
                    f"{quoted(value)} is the {what} of {spelled(known)} already",
                    at,
                    code=TWICE,
                    help="remove one of the two, or correct it",
                )
