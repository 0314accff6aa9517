"""`python -m tools.docs`: write the stack file's reference, or look for broken links."""

import sys

from metallb.command_line import CommandParser
from tools.docs.links import broken_links
from tools.docs.paths import ROOT, STACK_FILE_PAGE, pages
from tools.docs.stack_file import Reference


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    parser = CommandParser(prog="python -m tools.docs", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    written = commands.add_parser("stack-file", help="write docs/stack-file.md from the models")
    written.add_argument("--check", action="store_true", help="write nothing; exit 1 if it is old")
    written.set_defaults(run=lambda args: _stack_file(check=args.check))
    links = commands.add_parser("links", help="list links and anchors that lead nowhere")
    links.set_defaults(run=lambda _: _links())
    args = parser.parse_args(argv)
    return int(args.run(args))


def _stack_file(*, check: bool) -> int:
    text = Reference().page()
    name = STACK_FILE_PAGE.relative_to(ROOT)
    if not check:
        STACK_FILE_PAGE.write_text(text, encoding="utf-8")
        print(f"wrote {name}")
        return 0
    if STACK_FILE_PAGE.exists() and STACK_FILE_PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{name} is old; run: python -m tools.docs stack-file")
    return 1


def _links() -> int:
    found = broken_links()
    for line in found:
        print(line)
    print(f"{len(pages())} pages, {len(found)} broken links")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
