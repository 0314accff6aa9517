"""`python -m tools.docs`: write what is generated, or look for broken links."""

import sys

from metallb.command_line.options import CommandParser
from tools.docs.generated import GENERATED
from tools.docs.links import broken_links
from tools.docs.paths import pages

_EVERYTHING = "all"


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    parser = CommandParser(prog="python -m tools.docs", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in (*GENERATED, _EVERYTHING):
        listed = list(GENERATED) if name == _EVERYTHING else [name]
        paths = " ".join(GENERATED[each].shown for each in listed)
        written = commands.add_parser(name, help=f"write {paths}")
        written.add_argument(
            "--check", action="store_true", help="write nothing; exit 1 if it is old"
        )
        written.set_defaults(
            run=lambda args, listed=listed: max(
                _generated(each, check=args.check) for each in listed
            )
        )
    links = commands.add_parser("links", help="list links and anchors that lead nowhere")
    links.set_defaults(run=lambda _: _links())
    args = parser.parse_args(argv)
    return int(args.run(args))


def _generated(name: str, *, check: bool) -> int:
    file = GENERATED[name]
    text = file.text()
    if not check:
        file.path.write_text(text, encoding="utf-8")
        print(f"wrote {file.shown}")
        return 0
    if file.path.exists() and file.path.read_text(encoding="utf-8") == text:
        return 0
    print(f"{file.shown} is old; run: python -m tools.docs {name}")
    return 1


def _links() -> int:
    found = broken_links()
    for line in found:
        print(line)
    print(f"{len(pages())} pages, {len(found)} broken links")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
