"""What every component shares: its type token, its children's options, its registered outputs."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pulumi

__all__ = ["MetalLBComponent", "combined"]

T = TypeVar("T")

_PACKAGE = "metallb"


class _Sealed:
    """Holds a value that Pulumi is not to take apart."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def combined(
    values: Mapping[str, Any], function: Callable[[dict[str, Any]], pulumi.Input[T]]
) -> pulumi.Output[T]:
    """A function of all values of a mapping, once they are known.

    What `Output.all(...).apply(function)` does, except that values which are mappings or lists
    arrive as they are: `Output.all` looks for Outputs inside them and makes one of every leaf,
    which at a thousand nodes is most of a program's time. Values here hold no Outputs inside.
    """
    if not any(isinstance(value, pulumi.Output) for value in values.values()):
        return pulumi.Output.from_input(None).apply(lambda _: function(dict(values)))
    sealed = [
        value.apply(_Sealed) if isinstance(value, pulumi.Output) else _Sealed(value)
        for value in values.values()
    ]

    def opened(found: list[_Sealed]) -> pulumi.Input[T]:
        return function(dict(zip(values, (item.value for item in found), strict=True)))

    return pulumi.Output.all(*sealed).apply(opened)


class MetalLBComponent(pulumi.ComponentResource):
    """A component whose token is `metallb:index:<Class>` and whose outputs are its annotations.

    Reads no config, environment, file or network, and makes no resource inside an apply.
    """

    def __init__(self, name: str, args: Any, opts: pulumi.ResourceOptions | None = None) -> None:
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
