"""How large a YAML text is once its aliases are followed, from its events alone."""

import yaml

__all__ = ["AliasSizes"]


class _Open:
    """A collection that has begun.

    :ivar before: values that had been counted when it began.
    :ivar deepest: levels below it, as far as they were reached.
    """

    def __init__(self, anchor: str | None, before: int) -> None:
        self.anchor = anchor
        self.before = before
        self.deepest = 0


class AliasSizes:
    """Counts values and levels as though each alias were written out. Expands nothing."""

    def __init__(self) -> None:
        self._values = 0
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[int, int]] = {}

    def knows(self, anchor: str) -> bool:
        """Whether an alias of this anchor can be taken."""
        return anchor in self._anchors

    def take(self, event: yaml.Event, *, most: int, deepest: int) -> str:
        """Count one event; what the text has too much of, or nothing.

        :param most: values that a text may have, with all aliases followed.
        :param deepest: levels that it may have.
        """
        if isinstance(event, yaml.DocumentStartEvent):
            self._anchors.clear()
        elif isinstance(event, yaml.AliasEvent):
            values, levels = self._anchors[event.anchor or ""]
            self._values += values
            self._reach(levels)
        elif isinstance(event, yaml.ScalarEvent):
            self._values += 1
            if event.anchor:
                self._anchors[event.anchor] = (1, 0)
        elif isinstance(event, yaml.CollectionStartEvent):
            # An anchor that is taken again means the new value, also where it does not end yet.
            self._anchors.pop(event.anchor or "", None)
            self._open.append(_Open(event.anchor, self._values))
            self._values += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            ended = self._open.pop()
            if ended.anchor:
                self._anchors[ended.anchor] = (self._values - ended.before, ended.deepest + 1)
            self._reach(ended.deepest + 1)
        if self._values > most:
            return f"more than {most} values, once its aliases are followed"
        if self._open and len(self._open) + self._open[-1].deepest > deepest:
            return f"values nested deeper than {deepest}, once its aliases are followed"
        return ""

    def _reach(self, levels: int) -> None:
        if self._open:
            self._open[-1].deepest = max(self._open[-1].deepest, levels)
