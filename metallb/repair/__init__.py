"""Makes an interrupted stack ready for the next update: a platform decides, this acts."""

from metallb.repair.repairing import Repair

__all__ = ["Repair"]
