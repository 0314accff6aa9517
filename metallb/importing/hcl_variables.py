"""Variables and locals of a Lokomotive configuration, as far as they have a value.

Source: Lokomotive docs, configuration-reference (variables): a block `variable` may have a default,
and the file lokocfg.vars in the folder of lokoctl overrides it. Blocks `locals` are Terraform's.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Variables", "declared_in", "named_in", "used_in"]

_NAME = r"(var|local)\.([A-Za-z_][\w-]*)"
_WHOLE = re.compile(rf'"?\$\{{\s*{_NAME}\s*\}}"?')
_PART = re.compile(rf"(?<!\$)\$\{{\s*{_NAME}\s*\}}")
_ANY = re.compile(rf"(?<![\w.]){_NAME}")
_WORDS = {"var": "variable", "local": "local"}
_MAX_DEPTH = 20


def declared_in(parsed: Mapping[str, Any]) -> list[str]:
    """The variables that a configuration has a block for."""
    return [label.strip('"') for label, _ in _labelled(parsed.get("variable"))]


def named_in(value: Any) -> list[str]:
    """The variables and locals that a value, or a part of a text, is."""
    return _named(_PART, value)


def used_in(value: Any) -> list[str]:
    """The variables and locals that an expression uses."""
    return _named(_ANY, value) if isinstance(value, str) and "${" in value else []


def _named(pattern: re.Pattern[str], value: Any) -> list[str]:
    found = pattern.findall(value) if isinstance(value, str) else []
    return list(dict.fromkeys(f"{_WORDS[kind]} {name}" for kind, name in found))


@dataclass
class Variables:
    """Values by kind and name, as python-hcl2 has them.

    :ivar used: those that were replaced, in the order of the file.
    """

    values: Mapping[tuple[str, str], Any]
    used: dict[tuple[str, str], None] = field(default_factory=dict)

    @classmethod
    def of(cls, parsed: Mapping[str, Any], *overrides: Mapping[str, Any]) -> "Variables":
        """The variables and locals that a configuration declares.

        :param overrides: values by name, those of lokocfg.vars among them; the last one wins.
        """
        found: dict[tuple[str, str], Any] = {}
        for label, body in _labelled(parsed.get("variable")):
            if body.get("default") is not None:
                found["var", label.strip('"')] = body["default"]
        for given in overrides:
            found |= {("var", name): value for name, value in given.items() if _is_name(name)}
        for block in _blocks(parsed.get("locals")):
            found |= {("local", name): value for name, value in block.items() if _is_name(name)}
        return cls(found)

    def replaced(self, value: Any, depth: int = 0) -> Any:
        """A value with every variable and local replaced that has a value."""
        if isinstance(value, Mapping):
            return {self._key(key): self.replaced(item, depth) for key, item in value.items()}
        if isinstance(value, list):
            return [self.replaced(item, depth) for item in value]
        if not isinstance(value, str):
            return value
        match = _WHOLE.fullmatch(value)
        if match:
            return self._value((match[1], match[2]), value, depth)
        if not value.startswith('"'):
            return value
        return _PART.sub(lambda found: self._part(found, depth), value)

    def _key(self, key: Any) -> Any:
        if not isinstance(key, str) or "${" not in key:
            return key
        return _PART.sub(lambda found: self._part(found, 0), key)

    def _value(self, name: tuple[str, str], otherwise: Any, depth: int) -> Any:
        if name not in self.values or depth > _MAX_DEPTH:
            return otherwise
        self.used[name] = None
        return self.replaced(self.values[name], depth + 1)

    def _part(self, match: re.Match[str], depth: int) -> str:
        found = self._value((match[1], match[2]), None, depth)
        if isinstance(found, bool) or not isinstance(found, str | int):
            return match[0]
        text = str(found)
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _is_name(name: str) -> bool:
    return not name.startswith("__")


def _blocks(value: Any) -> Iterable[Mapping[str, Any]]:
    return (each for each in value if isinstance(each, Mapping)) if isinstance(value, list) else ()


def _labelled(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for block in _blocks(value):
        for label, body in block.items():
            if isinstance(body, Mapping):
                yield str(label), body
