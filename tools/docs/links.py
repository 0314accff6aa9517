"""Links and anchors that lead nowhere."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.docs.paths import DOCS, ROOT, anchor_of, pages

__all__ = ["anchors", "broken_links", "prose"]

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*(?:\{#([\w-]+)\})?$")
_CODE = re.compile(r"`[^`\n]*`")


def prose(text: str) -> Iterator[str]:
    """The lines of a page outside fenced blocks; the others come as empty lines."""
    fence = ""
    for line in text.splitlines():
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
            yield ""
        else:
            yield "" if fence else line


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as MkDocs and GitHub make them where they agree."""
    found: set[str] = set()
    for line in prose(text):
        match = _HEADING.match(line)
        if match:
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match[1])
            found.add(match[2] or anchor_of(plain))
    return found


def broken_links() -> list[str]:
    """Links inside the repository that lead to no file or no heading, as `page:line: link`."""
    found = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for number, line in enumerate(prose(text), start=1):
            for match in _LINK.finditer(_CODE.sub("", line)):
                reason = _broken(page, match[1])
                if reason:
                    found.append(f"{page.relative_to(ROOT)}:{number}: {match[1]}: {reason}")
    return found


def _broken(page: Path, link: str) -> str:
    if re.match(r"[a-z][a-z0-9+.-]*:", link):
        return ""
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return "no such file"
    if page.is_relative_to(DOCS) and not target.is_relative_to(DOCS):
        return "outside docs/, where the site does not follow; name the file in code instead"
    if anchor and target.suffix == ".md":
        there = anchors(target.read_text(encoding="utf-8"))
        return "" if anchor in there else "no such heading"
    return ""
