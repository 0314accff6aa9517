"""Faults on order: rules that say which calls go wrong, how, and how often.

Every rule is bounded: it serves a counted number of calls, a delay has a ceiling, and only so many
rules stand at a time. A forgotten rule can spoil a run, not hang it.
"""

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lab.metal_api.enums import FaultKind, OddShape
from lab.metal_api.errors import MetalApiError
from lab.metal_api.forms import malformed

MOST_RULES = 50
LONGEST_DELAY = 60.0
"""Longer than the half minute that the program waits for an answer."""


class Fault(BaseModel):
    """One rule. `path` is a path template as the call counter prints it, or `*` for any."""

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    method: str = Field(default="*", pattern=r"^(\*|GET|POST|PUT|PATCH|DELETE)$")
    path: str = "*"
    status: int = Field(default=500, ge=400, le=599)
    text: str = "Something went wrong"
    front_door: bool = False
    """For `status`: answered by what stands before the API: plain text, no X-Request-Id."""
    retry_after: int | None = Field(default=None, ge=0, le=3600)
    """For `status`: the seconds of the header Retry-After."""
    seconds: float = Field(default=0.0, ge=0, le=LONGEST_DELAY)
    after: int = Field(default=0, ge=0, le=1000)
    """How many matching calls pass unharmed before the rule begins."""
    times: int = Field(default=1, ge=1, le=1000)
    """How many calls the rule serves before it is spent."""
    shape: OddShape | None = None
    """For `shape`: which."""

    @model_validator(mode="after")
    def _pending_fits_reservations_only(self) -> "Fault":
        if self.kind is FaultKind.PENDING and (self.method, self.path) not in (
            ("*", "*"),
            ("POST", "*"),
            ("POST", "/projects/{id}/ips"),
        ):
            raise ValueError("kind pending fits POST /projects/{id}/ips only")
        if (self.kind is FaultKind.SHAPE) != (self.shape is not None):
            raise ValueError("kind shape names a shape, and no other kind does")
        return self


class FaultBook:
    """The rules that stand, in the order they were given; the first that matches is served."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def add(self, **fields: object) -> Fault:
        """Adds a rule.

        :raises MetalApiError: it has unknown fields or values, or too many rules stand.
        """
        try:
            fault = Fault.model_validate(fields)
        except ValidationError as exc:
            helps = f"kinds are {', '.join(FaultKind)}; seconds at most {LONGEST_DELAY:.0f}"
            raise malformed(exc, "the fault rule", help=helps) from exc
        if len(self._rules) >= MOST_RULES:
            raise MetalApiError(
                f"{len(self._rules)} fault rules stand already",
                detail=f"At most {MOST_RULES} rules stand at a time.",
                help="remove them with `python -m lab.metal_api fault clear`",
            )
        self._rules.append(fault)
        return fault

    def clear(self) -> None:
        """Removes all rules."""
        self._rules.clear()

    def standing(self) -> list[Fault]:
        """The rules that are not spent yet."""
        return list(self._rules)

    def take(self, method: str, template: str) -> Fault | None:
        """The fault that this call meets, if any; counts the rule down."""
        for fault in self._rules:
            if fault.method not in ("*", method) or fault.path not in ("*", template):
                continue
            if fault.kind is FaultKind.PENDING and (method, template) != (
                "POST",
                "/projects/{id}/ips",
            ):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            if fault.times == 0:
                self._rules.remove(fault)
            return fault
        return None
