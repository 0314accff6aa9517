"""The words and statements of a BIRD configuration.

Source: BIRD 2.0 user's guide (configuration, filters); conf/cf-lex.l.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Statement", "Word", "statements", "words_of"]

_WORD = re.compile(
    r"""
    (?P<blank>\s+|\#[^\n]*|/\*.*?\*/)
  | (?P<text>"[^"\n]*")
  | (?P<quoted>'[^'\n]*')
  | (?P<prefix>[0-9A-Fa-f:.]+/[0-9]+)
  | (?P<address>[0-9A-Fa-f]*:[0-9A-Fa-f:.]*|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
  | (?P<number>0x[0-9A-Fa-f]+|[0-9]+)
  | (?P<sign>&&|\|\||!~|!=|<=|>=|\.\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Word:
    """A word or a sign, with its line.

    :ivar kind: text, quoted, prefix, address, name, number or sign.
    """

    text: str
    kind: str
    line: int


@dataclass(frozen=True)
class Statement:
    """Words up to a semicolon or a block, and the words of the block.

    :ivar block: None without a block.
    """

    words: tuple[Word, ...]
    block: tuple[Word, ...] | None

    @property
    def texts(self) -> list[str]:
        """The words as texts."""
        return [word.text for word in self.words]

    @property
    def line(self) -> int:
        """The line that it begins in."""
        found = self.words or self.block or ()
        return found[0].line if found else 0


def words_of(text: str) -> list[Word]:
    """The words of a text, without comments. Texts lose their quotation marks."""
    found = []
    line = 1
    for match in _WORD.finditer(text):
        kind, word = str(match.lastgroup), match[0]
        if kind != "blank":
            bare = word[1:-1] if kind in ("text", "quoted") else word
            found.append(Word(bare, "name" if kind == "quoted" else kind, line))
        line += word.count("\n")
    return found


def statements(words: Sequence[Word]) -> Iterator[Statement]:
    """The statements of a block, or of the whole configuration.

    Braces within brackets belong to a set of prefixes.
    """
    head: list[Word] = []
    position = 0
    depth = 0
    while position < len(words):
        word = words[position]
        sign = word.text if word.kind == "sign" else ""
        depth += (sign in ("[", "(")) - (sign in ("]", ")"))
        if depth <= 0 and sign == "{":
            end = _closing(words, position)
            yield Statement(tuple(head), tuple(words[position + 1 : end]))
            head, position = [], end + 1
            if position < len(words) and words[position].text == ";":
                position += 1
            continue
        if depth <= 0 and sign == ";":
            if head:
                yield Statement(tuple(head), None)
            head = []
        else:
            head.append(word)
        position += 1
    if head:
        yield Statement(tuple(head), None)


def _closing(words: Sequence[Word], opening: int) -> int:
    """Position of the brace that closes a block; the end where none does."""
    depth = 0
    for position in range(opening, len(words)):
        if words[position].kind == "sign":
            depth += (words[position].text == "{") - (words[position].text == "}")
            if depth == 0:
                return position
    return len(words)
