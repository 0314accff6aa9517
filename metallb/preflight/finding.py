"""What a check says: which rule, how bad, where, what was seen, why it hurts and what to do."""

from dataclasses import dataclass
from enum import StrEnum

from metallb.errors import MetalLBError

__all__ = ["Finding", "Hit", "Severity"]


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """It would fail, or do nothing: the program refuses to go on. Can't be silenced."""
    WARNING = "warning"
    """It works, and may still hurt. Can be silenced in the stack file, with a reason."""


@dataclass(frozen=True)
class Hit:
    """What a rule yields. Texts left empty come from the rule's own documentation."""

    where: str
    seen: str = ""
    rule: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Finding:
    """One finding, complete. No field ever holds a secret's value.

    :ivar where: key path or object, such as `metallb:addressPools.intranet.addresses[1]`.
    :ivar rule: what holds, and why breaking it hurts.
    :ivar file: file in which `where` stands, once a command has looked.
    :ivar file_line: line of that file, counted from one; 0 where it is not known.
    """

    rule_id: str
    severity: Severity
    where: str
    seen: str
    rule: str
    remedy: str
    file: str = ""
    file_line: int = 0

    @property
    def is_error(self) -> bool:
        """Whether the program refuses to go on."""
        return self.severity is Severity.ERROR

    def line(self) -> str:
        """The whole finding on one line."""
        place = f"{self.file}:{self.file_line}: " if self.file and self.file_line else ""
        return f"{place}{self.severity} {self.rule_id}: {self.mistake().line()}"

    def mistake(self) -> MetalLBError:
        """The finding as an error of the product's one tree."""
        return MetalLBError(where=self.where, seen=self.seen, rule=self.rule, remedy=self.remedy)
