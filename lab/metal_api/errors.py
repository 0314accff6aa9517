"""Errors of the emulation: a person's mistakes, and the refusals that travel as HTTP."""

from collections.abc import Sequence

from lab.errors import LabError

__all__ = ["ApiRefusal", "MetalApiError", "not_found", "unprocessable"]


class MetalApiError(LabError):
    """The emulation can't do it: a bad seed, a wrong fault rule, no daemon that runs."""


class ApiRefusal(MetalApiError):
    """An answer of the API that is an error: status code and texts, as the caller sees them.

    Two shapes exist (Equinix Metal API, schema Error): `{"errors": [..]}` for most refusals and
    `{"error": ".."}` for those of the front door, such as a missing token.
    """

    def __init__(self, status: int, texts: Sequence[str], *, single: bool = False) -> None:
        self.status = status
        self.texts = tuple(texts)
        self.single = single
        super().__init__(f"HTTP {status}: {'; '.join(self.texts)}")

    def body(self) -> dict[str, object]:
        """The JSON body of this refusal."""
        return {"error": self.texts[0]} if self.single else {"errors": list(self.texts)}


def not_found() -> ApiRefusal:
    """404, in the API's own text."""
    return ApiRefusal(404, ["Not found"])


def unprocessable(*texts: str) -> ApiRefusal:
    """422: the call was understood and refused."""
    return ApiRefusal(422, texts)
