"""The type of a value that is encrypted in a stack file, and the models' way around it.

Only the reader of stack files makes one. It is known by its type, never by its text: a plain text
that reads alike is a text.
"""

from typing import Any

from pydantic import SecretStr, WrapValidator
from pydantic_core.core_schema import ValidatorFunctionWrapHandler

from metallb.models.strict import inspected

__all__ = ["KEPT", "KEPT_SECRET", "Encrypted"]


class Encrypted(str):
    """A value whose clear text only the Pulumi engine can give. Its own text says so, for people.

    A text to pydantic and to whatever only passes values on, since a secret is one.
    """

    __slots__ = ()

    def __new__(cls) -> "Encrypted":
        """The one text that every encrypted value has."""
        return super().__new__(cls, "(encrypted)")


@inspected
def _kept(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, Encrypted) else handler(value)


@inspected
def _kept_secret(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    inner = value.get_secret_value() if isinstance(value, SecretStr) else value
    return SecretStr(inner) if isinstance(inner, Encrypted) else handler(value)


# pydantic makes a plain `str` of a subclass, so both step in before it does.
KEPT = WrapValidator(_kept)
"""Marks a text that may stay encrypted: it passes unchecked, with its type."""
KEPT_SECRET = WrapValidator(_kept_secret)
"""Marks a secret that may stay encrypted: the `SecretStr` holds an `Encrypted`."""
