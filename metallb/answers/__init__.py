"""The answers file: a platform's answers, recorded beside a stack file."""

from metallb.answers.door import AnswersDoor
from metallb.answers.file import (
    AnswersFile,
    BlockEntry,
    DeviceEntry,
    answers_path,
    load_answers_file,
    refuse_unasked,
    resolved,
)

__all__ = [
    "AnswersDoor",
    "AnswersFile",
    "BlockEntry",
    "DeviceEntry",
    "answers_path",
    "load_answers_file",
    "refuse_unasked",
    "resolved",
]
