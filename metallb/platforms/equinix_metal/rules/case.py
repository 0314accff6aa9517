"""The project's section and facts in a case of the preflight."""

from metallb.platforms.equinix_metal.facts import ProjectFacts
from metallb.platforms.equinix_metal.section import EquinixMetalPlatform
from metallb.preflight.case import Case

__all__ = ["metal", "project_facts"]


def metal(case: Case) -> EquinixMetalPlatform | None:
    """The section of the stack, where it is of this platform."""
    platform = case.stack.platform if case.stack is not None else None
    return platform if isinstance(platform, EquinixMetalPlatform) else None


def project_facts(case: Case) -> ProjectFacts | None:
    """The facts, where they are known."""
    return case.facts if isinstance(case.facts, ProjectFacts) else None
