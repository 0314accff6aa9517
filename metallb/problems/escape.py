"""Foreign text made safe to show, by one function a language.

What a terminal, a browser, a diagram or a CI runner would obey is shown as its code.

YAML has its writer (`metallb.yaml_text`), and `one_line` for comments; JSON documents are
written in ASCII; a shell's words are quoted by `shlex.quote`.
"""

import re

__all__ = [
    "escaped",
    "github_message",
    "github_property",
    "has_controls",
    "markdown_code",
    "markdown_fenced",
    "mermaid_label",
    "one_line",
    "quoted",
    "visible",
    "xml",
    "yaml_escaped",
]

_CONTROLS = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_COMMANDS = r"(?m)^(\s*):(?=:[A-Za-z][\w-]*(?: [^\n]*)?::)|(?<=#)#(?=\[|vso\[)"
"""What runners of GitHub and Azure obey in a job's log: a line's begin, and a word anywhere."""
_SHORT = {"\r": "\\r", "\x1b": "\\x1b", "\x00": "\\0"}


def escaped(text: str) -> str:
    """The text with control characters, and those that change its direction, as codes.

    Line feeds and tabs stay. So is the first sign of a command of a CI runner.
    """
    return re.sub(_COMMANDS, _disarmed, yaml_escaped(text))


def yaml_escaped(text: str) -> str:
    """A document of YAML, in which every text with such characters is in double quotes."""
    return re.sub(_CONTROLS, _code, text) if has_controls(text) else text


def has_controls(text: str) -> bool:
    """Whether a text has such characters."""
    # None of them is printable, and nearly every text is: it needs no expression, which takes long
    # to compile.
    return not text.isprintable() and re.search(_CONTROLS, text) is not None


def _disarmed(match: re.Match[str]) -> str:
    return "\\x23" if match[1] is None else f"{match[1]}\\x3a"


def one_line(text: str) -> str:
    """The text, escaped, on one line."""
    return " ".join(escaped(text).split())


def quoted(text: str) -> str:
    """The text, escaped, in quotes: a backslash is one backslash, and a line feed is shown."""
    sign = '"' if "'" in text and '"' not in text else "'"
    return f"{sign}{visible(text)}{sign}"


def visible(text: str) -> str:
    """The text, escaped, on one line, with its blanks: line feeds and tabs are codes as well."""
    return escaped(text).replace("\n", "\\n").replace("\t", "\\t")


def xml(*lines: str) -> str:
    """Lines for HTML and SVG, between tags or in an attribute in quotes."""
    import html  # its table of names takes long to make

    return html.escape("\n".join(map(visible, lines)))


def mermaid_label(text: str) -> str:
    """A label in quotes; Mermaid takes entities by name or number for what would end it.

    A line feed begins a new line of the label.
    """
    for sign, code in (("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(sign, code)
    return '"' + escaped(text).replace("\n", "<br>") + '"'


def github_message(text: str) -> str:
    """The message of a workflow command of GitHub."""
    return one_line(text).replace("%", "%25")


def github_property(text: str) -> str:
    """A property of a workflow command of GitHub."""
    text = escaped(text)
    for sign, code in (("%", "%25"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        text = text.replace(sign, code)
    return text


def markdown_code(line: str) -> str:
    """A code span, also in a table, in which nothing is markup, a mention or a link."""
    line = one_line(line.replace("`", "'"))
    return f"`{line.replace('|', chr(92) + '|')}`" if line else ""


def markdown_fenced(line: str) -> str:
    """A line of a block between fences, which it does not end."""
    return escaped(line).replace("\n", " ").replace("```", "'''")


def _code(match: re.Match[str]) -> str:
    sign = match[0]
    if sign in _SHORT:
        return _SHORT[sign]
    number = ord(sign)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
