"""What a rule yields. The registry makes a problem of it, with the rule's own text."""

from metallb.problems.problem import Location, Severity

__all__ = ["Hit", "Severity"]


class Hit:
    """What a rule yields: where it is broken, and by what. The rest is the rule's own text.

    :ivar location: keys of the value, such as `("metallb:bgp", "holdTime")`.
    :ivar summary: what is wrong with this value; the rule's `Fault` where left out.
    :ivar detail: in place of the rule's requirement and reason, where those need more.
    :ivar help: in place of the rule's own, where this case has a better one.
    """

    __slots__ = ("detail", "help", "location", "summary")

    def __init__(
        self, location: Location, summary: str = "", detail: str = "", help: str = ""
    ) -> None:
        self.location = location
        self.summary = summary
        self.detail = detail
        self.help = help
