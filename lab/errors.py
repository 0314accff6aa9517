"""The lab's one error, so that a person sees a message and not a traceback."""

from __future__ import annotations

from metallb.problems.errors import MetalLBError


class LabError(MetalLBError):
    """Something the lab needs is missing, or a part of it failed."""

    code = "E801"
