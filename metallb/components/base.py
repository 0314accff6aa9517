"""What every component shares: its type token, its children's options, its registered outputs."""

from collections.abc import Mapping
from typing import Any, Optional

import pulumi

__all__ = ["MetalLBComponent", "all_of"]

_PACKAGE = "metallb"


def all_of(values: Mapping[str, Any]) -> pulumi.Output[dict[str, Any]]:
    """One Output of a mapping's values. `Output.all` makes a list of an empty mapping."""
    if not values:
        return pulumi.Output.from_input({})
    return pulumi.Output.all(**values)


class MetalLBComponent(pulumi.ComponentResource):
    """A component whose token is `metallb:index:<Class>` and whose outputs are its annotations.

    Reads no config, environment, file or network, and makes no resource inside an apply.
    """

    def __init__(self, name: str, args: Any, opts: Optional[pulumi.ResourceOptions] = None) -> None:
        super().__init__(f"{_PACKAGE}:index:{type(self).__name__}", name, None, opts)
        self._name_prefix = name

    def child_name(self, *parts: str) -> str:
        """A child's resource name. The parent's name leads: an alias of the parent then carries
        the children along, and a renamed component keeps its addresses."""
        return "-".join((self._name_prefix, *parts))

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a child. The caller's own options reach it through the parent."""
        return pulumi.ResourceOptions(parent=self, **options)

    def finish(self) -> None:
        """Register every annotated output.

        :raises TypeError: an output was declared and never set.
        """
        outputs = {}
        for key in type(self).outputs():
            if key not in self.__dict__:
                msg = f"{type(self).__name__}.{key} is declared as an output and was not set"
                raise TypeError(msg)
            outputs[key] = self.__dict__[key]
        self.register_outputs(outputs)

    @classmethod
    def outputs(cls) -> tuple[str, ...]:
        """Names of the outputs, as annotated on the class."""
        return tuple(key for key in cls.__annotations__ if not key.startswith("_"))
