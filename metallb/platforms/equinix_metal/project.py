"""Whether the project has BGP at all, read before anything is registered.

Blocks and sessions do not wait for the gate of the Kubernetes objects, and a reservation costs
money whether or not a session can be opened for it.
"""

import pulumi

from metallb.platforms.equinix_metal.client import project_bgp
from metallb.platforms.equinix_metal.facts import ProjectFacts
from metallb.platforms.equinix_metal.leftovers import Leftovers
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.preflight import check_facts, refuse
from metallb.problems.errors import PlatformError
from metallb.stackfile import StackConfig

__all__ = ["ask_bgp", "refuse_without_bgp"]

_RULE = "M16"


def ask_bgp(platform: EquinixMetalPlatform, leftovers: Leftovers, token: str | None) -> bool | None:
    """The API's answer; None where no session has to be opened, or where it has no answer.

    Not the plugin's getProject: it takes every failure to read the BGP configuration, a busy API
    as well, for a project without BGP (provider 3.2.1).
    """
    # An open session proves that BGP is there, so a usual update makes no call.
    if not leftovers.opens_sessions:
        return None
    try:
        return project_bgp(platform.project_id, token)
    except PlatformError as error:
        pulumi.log.warn(f"it is not known whether the project has BGP: {error.line()}")
        return None


def refuse_without_bgp(stack: StackConfig, enabled: bool | None, source: str) -> None:  # noqa: FBT001
    """Stop where the project is known to have no BGP.

    :raises PreflightError: it has none.
    """
    if enabled is not False:
        return
    findings = check_facts(stack, ProjectFacts(bgp_enabled=False))
    refuse([each for each in findings if each.code == _RULE], source=source)
