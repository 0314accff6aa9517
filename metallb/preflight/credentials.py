"""Rules about credentials that a stack file holds."""

from collections.abc import Iterator

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule

__all__ = ["CLEAR_TEXT"]

CLEAR_TEXT = "K5"
"""The rule that needs nothing but what the reader of the file has found."""


@rule(CLEAR_TEXT, Severity.WARNING)
def encrypted_credentials(case: Case) -> Iterator[Hit]:
    """A credential is in clear text in the stack file.

    Requirement: A password, token or key is encrypted in the stack file.
    Why: in clear text everyone with access to the repository can read it, and the repository's
    history keeps it after it is removed.
    Help: encrypt it with `pulumi config set --secret --path`; for `render --with-secrets`, which
    decrypts nothing, keep the file out of the repository and ignore K5.
    Source: Pulumi documentation, secrets handling; docs/security.md.
    """
    for each in case.clear_texts:
        help = (
            f"run `{each.command}`; for `render --with-secrets`, which decrypts nothing, keep the "
            f"file out of the repository and ignore {CLEAR_TEXT}"
        )
        yield Hit(each.location, f"{each.what} is in clear text", help=help)
