"""Documents of commands that look and change nothing: their version, and the error of one."""

import argparse
import json

from metallb.command_line.output import ReaderGone
from metallb.models.strict import StrictModel
from metallb.problems.error_report import ErrorReport
from metallb.problems.errors import MetalLBError
from metallb.stackfile.paths import stack_name, stack_path

__all__ = ["Document", "document_failure", "print_document"]


class Document(StrictModel):
    """What every document has."""

    format: int = 1
    """Version of this shape; it grows by fields only as long as this stays."""
    stack: str
    """Name of the stack."""
    error: ErrorReport | None = None
    """Why there is nothing else; null where the command did what it promises."""


def print_document(args: argparse.Namespace, document: Document) -> None:
    """Print a document to standard output.

    In ASCII: what a terminal would obey in a foreign name is a code.
    """
    args.shown = True
    print(json.dumps(document.model_dump(mode="json", by_alias=True), indent=2))


def document_failure(
    command: str, kind: type[Document], args: argparse.Namespace, error: BaseException
) -> None:
    """Print the document of a command that failed, where one was requested.

    The error as text follows on standard error.
    """
    if args.format != "json" or args.shown or isinstance(error, SystemExit | ReaderGone):
        return
    try:
        name = stack_name(stack_path(args.stack))
    except MetalLBError:
        name = args.stack
    report = ErrorReport.of_any(f"{command} {args.stack}", error)
    print_document(args, kind(stack=name, error=report))
