"""Refuses a YAML document that is larger than any that a person writes, before it is built."""

import yaml

from metallb.config.alias_sizes import AliasSizes

__all__ = ["refuse_dangerous"]

_MAX_DEPTH = 64
_MAX_VALUES = 200_000


def refuse_dangerous(text: str, *, aliases: bool) -> None:
    """Look at the event stream first: it is linear in the text whatever the document expands to."""
    depth = 0
    size = AliasSizes()
    loader = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
    for count, event in enumerate(yaml.parse(text, Loader=loader)):
        problem = ""
        if count > _MAX_VALUES:
            problem = f"more than {_MAX_VALUES} values"
        elif isinstance(event, yaml.AliasEvent) and not aliases:
            problem = "aliases are not used in these files"
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                problem = f"nested deeper than {_MAX_DEPTH}"
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.NodeEvent):
            tag = getattr(event, "tag", None)
            if tag is not None and tag != "!":
                problem = "tags are not used in these files"
        if aliases and not problem:
            problem = size.take(event, most=_MAX_VALUES, deepest=_MAX_DEPTH)
        if problem:
            raise yaml.constructor.ConstructorError(
                None,
                None,
                problem,
                event.start_mark,  # type: ignore[arg-type]
            )
