"""The answers file: what a platform would say, written down beside a stack file."""

from metallb.answers.door import AnswersDoor
from metallb.answers.file import (
    AnswersFile,
    BlockEntry,
    DeviceEntry,
    answers_path,
    load_answers_file,
    read_answers,
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
    "read_answers",
    "refuse_unasked",
    "resolved",
]
