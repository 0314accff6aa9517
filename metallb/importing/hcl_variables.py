"""Variables of a Lokomotive configuration: used where the file, or lokocfg.vars, has a value.

Source: Lokomotive docs, configuration-reference (variables): a block `variable` may have a default,
and the file lokocfg.vars beside the configuration overrides it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Variables", "name_of"]

_WHOLE = re.compile(r'"?\$\{var\.([A-Za-z_][\w-]*)\}"?')
_PART = re.compile(r"(?<!\$)\$\{\s*var\.([A-Za-z_][\w-]*)\s*\}")


def name_of(value: Any) -> str:
    """The variable that a value is; nothing where it is something else."""
    match = _WHOLE.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match is not None else ""


@dataclass
class Variables:
    """Values by name, as python-hcl2 has them.

    :ivar used: names that were replaced, in the order of the file.
    """

    values: Mapping[str, Any]
    used: dict[str, None] = field(default_factory=dict)

    @classmethod
    def of(cls, parsed: Mapping[str, Any], overrides: Mapping[str, Any]) -> "Variables":
        """The variables that a configuration declares.

        :param overrides: the values of lokocfg.vars.
        """
        found: dict[str, Any] = {}
        blocks = parsed.get("variable")
        for block in blocks if isinstance(blocks, list) else ():
            for label, body in block.items() if isinstance(block, Mapping) else ():
                if isinstance(body, Mapping) and body.get("default") is not None:
                    found[str(label).strip('"')] = body["default"]
        given = {key: value for key, value in overrides.items() if not key.startswith("__")}
        return cls({**found, **given})

    def replaced(self, value: Any) -> Any:
        """A value with every variable replaced that has a value."""
        if isinstance(value, Mapping):
            return {self._key(key): self.replaced(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.replaced(item) for item in value]
        if not isinstance(value, str):
            return value
        name = name_of(value)
        if name:
            return self._value(name, value)
        return _PART.sub(self._part, value) if value.startswith('"') else value

    def _key(self, key: Any) -> Any:
        return _PART.sub(self._part, key) if isinstance(key, str) and "${" in key else key

    def _value(self, name: str, otherwise: Any) -> Any:
        if name not in self.values:
            return otherwise
        self.used[name] = None
        return self.values[name]

    def _part(self, match: re.Match[str]) -> str:
        found = self._value(match[1], None)
        if isinstance(found, bool) or not isinstance(found, str | int):
            return match[0]
        text = str(found)
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
