"""Files with a mistake at a place where a secret may stand, generated: every key that may hold one,
every kind of mistake."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from metallb.stackfile.keys import in_secret, keys_of, models_at
from metallb.stackfile.stack import StackConfig

__all__ = ["SECRETS", "broken_lines", "mistakes", "secret_keys"]

SECRETS = ("Zq7-xhunter2", "73519427716", "0o73517426", "Zq7x: hunter2 #1")
"""A text, a number, a word that readers of YAML differ about, and a text with YAML's own signs."""
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class _Plain:
    """A value that is written without quotes, whatever YAML makes of it."""

    text: str


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def _plain(dumper: yaml.SafeDumper, value: _Plain) -> yaml.Node:
    style = None if ": " not in value.text else '"'
    # The tag that the word has by itself, or the writer would add quotes.
    tag = dumper.resolve(yaml.ScalarNode, value.text, (True, False))
    return yaml.ScalarNode(
        tag if style is None else "tag:yaml.org,2002:str", value.text, style=style
    )


_Dumper.add_representer(_Plain, _plain)


def text_of(document: Any) -> str:
    """A document as YAML."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=200)


def secret_keys(document: Any, path: Path = ()) -> Iterator[Path]:
    """The paths in a stack file's sections where a key that holds a secret is, or could be."""
    part = _at(document, path)
    if isinstance(part, dict):
        for model in models_at(StackConfig, path, document):
            # Of the key itself, and not of one below it.
            own = (key for key in keys_of(model) if in_secret(model, (key,), {key: "x"}))
            yield from ((*path, key) for key in own)
        for key, value in part.items():
            if isinstance(value, dict | list):
                yield from secret_keys(document, (*path, key))
    elif isinstance(part, list):
        for index, value in enumerate(part):
            if isinstance(value, dict | list):
                yield from secret_keys(document, (*path, index))


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def mistakes(document: Any, keys: list[Path], secret: str) -> Iterator[tuple[str, str]]:
    """Names and texts of documents, each with a mistake and the secret in it.

    :param keys: paths of keys that hold a secret.
    """
    plain = _Plain(secret)
    for path in keys:
        *above, key = path
        where = ".".join(map(str, path))

        def put(change: Callable[[dict[str, Any]], None], above: list[Any] = above) -> str:
            made = copy.deepcopy(document)
            change(_at(made, tuple(above)))
            return text_of(made)

        for what, value in _wrong_types(plain):
            yield f"{where}: {what}", put(lambda part, v=value, k=key: part.update({k: v}))
        for name in _misspelt(str(key)):
            yield (
                f"{where}: misspelt {name}",
                put(lambda part, n=name: part.update({n: plain})),
            )
            yield (
                f"{where}: misspelt {name}, a list",
                put(lambda part, n=name: part.update({n: [plain]})),
            )
        # In place of what is around it: the section, an entry, a list.
        for length in range(len(above), 0, -1):
            made = copy.deepcopy(document)
            outer = _at(made, tuple(above[: length - 1]))
            for what, value in (("a scalar", plain), ("a list", [plain]), ("lists", [[plain]])):
                outer[above[length - 1]] = value
                yield f"{where}: {what} as {'.'.join(map(str, above[:length]))}", text_of(made)
        once = put(lambda part, k=key: part.update({k: plain}))
        for twice in _twice(once, str(key)):
            yield f"{where}: twice", twice
        for line in broken_lines(str(key), secret):
            marked = put(lambda part: part.update({"MARK": 1}))
            yield f"{where}: {line!r}", marked.replace("MARK: 1", line, 1)
    # The key in every mapping, which mostly is a wrong place.
    for key in sorted({str(path[-1]) for path in keys}):
        for path in _mappings(document, ()):
            made = copy.deepcopy(document)
            _at(made, path).update({key: plain})
            yield f"{key} in {'.'.join(map(str, path)) or 'the file'}", text_of(made)


def _wrong_types(plain: _Plain) -> Iterator[tuple[str, Any]]:
    yield "a list", [plain]
    yield "lists", [[plain]]
    yield "a mapping", {"value": plain}
    yield "a mapping with a known key", {"secure": plain}
    yield "a mapping of mappings", {"a": {"password": plain}}
    yield "an empty text before it", ["", plain]


def _misspelt(key: str) -> Iterator[str]:
    yield key[:3] + key[4:]
    yield key[0].upper() + key[1:]
    yield key + "s"
    yield from (
        "pasword",
        "passwd",
        "md5",
        "secret",
        "token",
        "auth",
        f"my_{key}",
        f"metallb:{key}",
    )


def _twice(text: str, key: str) -> Iterator[str]:
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        name = line.strip().removeprefix("- ")
        if name.startswith(f"{key}:"):
            indent = " " * (len(line) - len(line.lstrip()) + 2 * line.strip().startswith("- "))
            value = name.partition(":")[2].strip()
            for more in (f"{indent}{name}", f"{indent}{value}: 1\n{indent}{value}: 2"):
                yield "".join([*lines[: number + 1], f"{more}\n", *lines[number + 1 :]])


def _mappings(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        yield path
        for key, item in value.items():
            yield from _mappings(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _mappings(item, (*path, index))


def broken_lines(key: str, secret: str) -> Iterator[str]:
    """Lines that are no YAML, or another one than was meant."""
    for value in (
        '"{}',
        "'{}",
        "[{}",
        "{{{}",
        "[{}}}",
        "{{a: {}]",
        "*{}",
        "&{}",
        "!{} x",
        "!!{} x",
        "%{}",
        "@{}",
        "`{}",
        "{}: more: {}",
        "| {}",
        "> {}",
        "? {}",
        "- {}",
        '"{}" {}',
        '"\\q{}"',
        "\t{}",
        "{{{}}}",
        "{{{}, {}}}",
        "{{{}: 1, {}: 2}}",
        "[{}, {}: ]",
        "<<: {}",
        "{}\x07",
    ):
        yield f"{key}: {value.format(secret, secret)}"
    for line in (
        "{0}:{1}",
        "{0}={1}",
        "{0} {1}",
        "{0} = {1}",
        "{0}:\t{1}",
        "{0}{1}:",
        "{1}",
        "? {1}",
    ):
        yield line.format(key, secret)
    yield f"{{{key}: {secret}"
    yield f"{{{key}={secret}}}"
    yield f"{key}=: {secret}"
    yield f"{key}={secret}: 1"
    yield f"<<: {{{key}: {secret}}}"
    if " " not in secret:
        yield f"&{secret} {key}: 1"
