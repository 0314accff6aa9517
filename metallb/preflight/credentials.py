"""Rules about credentials that a stack file holds."""

from collections.abc import Iterator

from metallb.preflight.case import Case
from metallb.preflight.finding import Hit, Severity
from metallb.preflight.registry import rule

__all__ = ["CLEAR_TEXT"]

CLEAR_TEXT = "K5"
"""The rule that needs nothing but what the reader of the file has found."""
_WRONG = (
    "stands in clear text: anyone who can read the repository can read it, and its history keeps "
    "it when it is removed"
)


@rule(CLEAR_TEXT, Severity.WARNING)
def encrypted_credentials(case: Case) -> Iterator[Hit]:
    """A password, token or key is encrypted in the stack file.

    Why: in clear text anyone who can read the repository can read it, and the history keeps it
    when it is removed.
    Remedy: encrypt it with pulumi config set --secret --path; where `render` has to read it, which
    decrypts nothing, keep the file out of the repository and silence this.
    Source: Pulumi documentation, secrets handling; docs/security.md.
    """
    for each in case.clear_texts:
        remedy = (
            f"run {each.command}; `render` decrypts nothing: for it keep the file out of the "
            "repository and silence this"
        )
        yield Hit(each.where, each.what, _WRONG, remedy)
