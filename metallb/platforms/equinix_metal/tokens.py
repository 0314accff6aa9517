"""The token of the Equinix Metal API: where it is set, and whether a header can hold it."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from metallb.problems.errors import PlatformError

__all__ = ["TOKEN_KEY", "api_token", "check_token", "config_token", "token_to_send"]

TOKEN_KEY = "equinix-metal:authToken"  # noqa: S105 - the name of a setting
_VARIABLES = ("METAL_AUTH_TOKEN", "PACKET_AUTH_TOKEN")


def api_token(token: str | None) -> str | None:
    """The API token of the stack's config, or the environment's, as the plugin looks for it."""
    return _given_token(token)[1].strip() or None


def config_token(config: Mapping[str, Any], decrypt: Callable[[str], str]) -> str | None:
    """The API token of a stack file's config; None where it has none.

    :param decrypt: gives the clear text of a key that is encrypted there.
    """
    written = config.get(TOKEN_KEY)
    return written if written is None or isinstance(written, str) else decrypt(TOKEN_KEY)


def _given_token(token: str | None) -> tuple[str, str]:
    """The setting that holds the token, and the token as it is written there."""
    if token:
        return TOKEN_KEY, token
    for name in _VARIABLES:
        if os.environ.get(name):
            return name, os.environ[name]
    return "", ""


def check_token(token: str | None) -> None:
    """Refuse a token that the plugin can't send, before it tries to for three minutes.

    Blanks around a token do no harm; a line break does, since the plugin takes it as it is given.
    No token is no error here: each call that needs one raises its own.

    :raises PlatformError: the token holds a line break or another character of no header.
    """
    name, given = _given_token(token)
    if not _sendable(given.strip(" \t")):
        raise _unsendable(name, given)


def token_to_send(token: str | None, call: str) -> str:
    """The token for the header of a call.

    :param call: method and path, for the message.
    :raises PlatformError: there is no token, or no header can hold it.
    """
    secret = api_token(token)
    if not secret:
        raise PlatformError(
            "no token of the Equinix Metal API is set",
            code="E305",
            detail=f"{call} needs the project's token.",
            help=f"pulumi config set --secret {TOKEN_KEY}, or set METAL_AUTH_TOKEN",
        )
    if not _sendable(secret):
        raise _unsendable(_given_token(token)[0], secret)
    return secret


def _sendable(secret: str) -> bool:
    # A library's own refusal quotes the whole header.
    return secret.isascii() and secret.isprintable()


def _unsendable(name: str, secret: str) -> PlatformError:
    breaks = any(sign in secret for sign in "\r\n")
    what = "a line break" if breaks else "a character that no HTTP header can hold"
    end = "at one end" if _sendable(secret.strip()) else "inside"
    return PlatformError(
        f"the token in {name} has {what} {end}",
        code="E301",
        location=(name,) if name == TOKEN_KEY else (),
        detail="A token is one line of ASCII letters, digits and signs.",
        help=f"set it again without that: pulumi config set --secret {TOKEN_KEY}, or "
        "export METAL_AUTH_TOKEN=\"$(tr -d '[:space:]' < FILE)\"",
    )
