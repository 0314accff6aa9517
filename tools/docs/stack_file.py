"""docs/stack-file.md, made from the models of the stack file."""

import ast
import inspect
import textwrap
import types
from collections.abc import Iterator
from enum import Enum
from itertools import pairwise
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, SecretStr

from metallb.models.described import field_texts
from metallb.platforms.registry import platforms
from metallb.releases import BUILTIN_RELEASES
from metallb.routing import bfd
from metallb.routing.base import SpecModel
from metallb.stackfile import StackConfig, base, quantities
from metallb.stackfile.install import NodeLabels
from tools.docs.paths import ROOT, anchor_of

__all__ = ["NOTES", "Reference"]

_HEAD = """\
# Stack file

Made by `python -m tools.docs stack-file` from the models in `metallb/stackfile/`; edit those, not
this page.

One file a cluster: `stacks/Pulumi.<stack>.yaml`. Everything of this program stands below `config:`
in the sections of this page; keys of other namespaces, such as `aws:region`, belong to
their providers. `metallb:platform` and `metallb:addressPools` are required, the other sections have
defaults. Keys are camelCase; an unknown key is an error that names the nearest known one, and so is
a section that is not indented directly below `config:`. At the left margin stands what Pulumi reads
of the file (`config`, `environment`, `encryptedkey`, `encryptionsalt`, `secretsprovider`) alone.

Commands take a stack's name or the path of its file. The file of a name is looked for in the
current folder, in its `stacks/`, and in the `stacks/` of this repository; the first one is taken.

Numbers are decimal digits, truth is `true` or `false`, and no value is `null`. Unquoted words that
readers of YAML take for different values, or for another value than the one that is written, are
errors: `064512` (octal 26954), `1_000`, `12:30` and communities such as `64512:30` (base 60 in YAML
1.1), `0x1F`, `1e3`, `1.10`, `yes`, `off`, `~`, `2026-01-01`. In quotes they are texts.

A secret is set with `pulumi config set --secret --path 'metallb:bgp.password'`, which writes it
encrypted. Editors complete and check the file by `stacks/schema.json` when its first line is
`# yaml-language-server: $schema=schema.json`.

The models refuse what has no meaning. What has a meaning and would fail, or do nothing, is refused
by the [rules](rules.md); `python -m metallb check STACK` runs both without engine or cluster.

In the tables, `<name>` stands for a name of your choice and `[]` for the entries of a list. *none*
as a default means that the key may be left out and nothing takes its place.
"""

_BUILTIN = f"{', '.join(map(str, BUILTIN_RELEASES[:-1]))} and {BUILTIN_RELEASES[-1]}"
NOTES = {
    **{name: note for each in platforms() for name, note in each.section_texts.notes.items()},
    "Rack": "Exactly one of `nodes` and `nodeSelectors` is set.",
    "StaticNode": "A bare host name is short for `{hostname: ...}`.",
    "Toleration": "As in Kubernetes: `Exists` takes no value, an empty key goes with `Exists` "
    "only, and `tolerationSeconds` with `NoExecute` only.",
    "AddressPool": "At least one of `elasticIps` and `addresses` has an entry.",
    "Kubernetes": "`renderTo` excludes `kubeconfig` and `context`.",
    "Install": f"Source `builtin` installs the releases {_BUILTIN} in native mode. "
    "`loadBalancerClass` and `networkPolicy` need 0.13 or later, source `helm` as well.",
}
"""What a model's validators ask of several keys at once; a test breaks each of them."""

_WORDS = {
    **{place: words for each in platforms() for place, words in each.section_texts.words.items()},
    ("Advertisement", "peers"): "list of: peer name",
}
"""Types whose own words would mislead: a peer's name has a host name's form, and is none; a number
may stand for a mapping."""


class Reference:
    """Writes the page. Each model is described once; later uses refer to the first."""

    def __init__(self) -> None:
        self._root = StackConfig
        self._described: dict[type, str] = {}
        self._words = _named_types()

    def page(self) -> str:
        """The whole page."""
        parts = [_HEAD]
        for name, annotation, field in _fields(self._root):
            title = f"metallb:{field.alias or name}"
            need = "Required." if field.is_required() else "May be left out."
            models = _models(annotation)
            if "kind" not in models[0].model_fields:
                parts.append(f"\n## {title}\n\n{_text(self._root, name)} {need}\n")
                if get_origin(_bare(annotation)) is dict:
                    parts.append(_example(title) + self._model(models[0], "<pool>", level=3))
                else:
                    parts.append(_example(title) + self._model(models[0], "", level=2))
                continue
            for model in models:
                kind = model.model_fields["kind"].annotation
                value = get_args(kind)[0]
                parts.append(f"\n## {title}, kind {value}\n\n{_doc(model)} {need}\n")
                parts.append(_example(title, value) + self._model(model, "", level=2))
        return "".join(parts)

    def _model(self, model: type, path: str, level: int) -> str:
        """A model's table, its enumerations, then the models inside it."""
        if path:
            self._described[model] = path
        out = []
        if level > 2:
            out.append(f"\n{'#' * level} `{path}`\n\n{_doc(model)}\n")
        if model.__name__ in NOTES:
            out.append(f"\n{NOTES[model.__name__]}\n")
        out.append("\n| key | value | default | |\n|---|---|---|---|\n")
        inner: list[tuple[type, str]] = []
        enums: list[type[Enum]] = []
        for name, annotation, field in _fields(model):
            key = _join(path, f"{field.alias or name}{_shape(annotation)}")
            refers = ""
            for found in _models(annotation):
                if found in self._described:
                    there = self._described[found]
                    refers = f" Keys as in [`{there}`](#{anchor_of(there)})."
                elif all(found is not each for each, _ in inner):
                    inner.append((found, key))
            enums += [each for each in _enums(annotation) if each not in enums]
            text = f"{_text(model, name)}{refers}".replace("|", "\\|")
            words = _WORDS.get((model.__name__, name)) or self._value(annotation)
            out.append(f"| `{key}` | {words} | {_default(field)} | {text} |\n")
        for each in enums:
            out.append(_enum_text(each))
        out += [self._model(found, key, 3) for found, key in inner if found not in self._described]
        return "".join(out)

    def _value(self, annotation: Any) -> str:
        """A type in words."""
        for known, words in self._words:
            if annotation == known:
                return words
        origin, args = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self._annotated(args[0], args[1:])
        if origin in (Union, types.UnionType):
            return self._value(next(each for each in args if each is not types.NoneType))
        if origin is tuple:
            return f"list of: {self._value(args[0])}"
        if origin is dict:
            return f"mapping of {self._value(args[0])} to {self._value(args[1])}"
        if origin is Literal:
            return ("one of " if len(args) > 1 else "") + ", ".join(_code(each) for each in args)
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            return "one of " + ", ".join(_code(each.value) for each in annotation)
        plain = {str: "text", int: "integer", bool: "`true` or `false`", Any: "any value"}
        return plain.get(annotation, "mapping")

    def _annotated(self, base: Any, metadata: tuple[Any, ...]) -> str:
        for known, words in self._words:
            own = get_args(known)[1:] if get_origin(known) is Annotated else ()
            if own and len(own) < len(metadata) and tuple(metadata[: len(own)]) == own:
                return words
        words = self._value(base)
        bounds = {
            key: getattr(each, key)
            for each in _flat(metadata)
            for key in ("ge", "le")
            if hasattr(each, key)
        }
        if "ge" in bounds and "le" in bounds:
            return f"{words}, {bounds['ge']} to {bounds['le']}"
        if "ge" in bounds:
            return f"{words}, at least {bounds['ge']}"
        if any(getattr(each, "min_length", 0) for each in _flat(metadata)) and base is not str:
            return f"{words}, at least one"
        return words


def _named_types() -> list[tuple[Any, str]]:
    return [
        (base.Asn, "AS number"),
        (base.Duration, "duration, such as `3s`"),
        (base.IpAddress, "IP address"),
        (base.CidrBlock, "block, such as `203.0.113.0/28`"),
        (base.CidrOrRange, "block, or range `first-last`"),
        (base.DnsLabel, "name"),
        (base.Hostname, "host name"),
        *(pair for each in platforms() for pair in each.section_texts.types),
        (base.Labels, "mapping of label keys to values"),
        (quantities.ScrapeInterval, "Prometheus duration, such as `30s`"),
        (quantities.Quantities, "mapping of resources to quantities, such as `cpu: 100m`"),
        (base.LabelSet, "mapping of label keys to values"),
        (NodeLabels, "mapping of label keys to values"),
        (base.Annotations, "mapping of annotation keys to values"),
        (base.Subdomain, "name"),
        (base.Text, "text"),
        (bfd.Milliseconds, "milliseconds, 10 to 60000"),
        (dict[str, Any], "mapping"),
        (dict[str, str], "mapping of text to text"),
        (SecretStr, "secret text"),
    ]


def _fields(model: Any) -> Iterator[tuple[str, Any, Any]]:
    hints = get_type_hints(model, include_extras=True)
    for name, field in model.model_fields.items():
        yield name, hints[name], field


def _leaves(annotation: Any) -> Iterator[Any]:
    """The types inside an annotation; of a mapping its values alone."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _leaves(args[0])
    elif origin is dict:
        yield from _leaves(args[1])
    elif origin in (Union, types.UnionType, tuple):
        for each in args:
            yield from _leaves(each)
    else:
        yield annotation


def _models(annotation: Any) -> list[Any]:
    return [
        each
        for each in _leaves(annotation)
        if isinstance(each, type) and issubclass(each, BaseModel)
    ]


def _enums(annotation: Any) -> list[type[Enum]]:
    return [
        each for each in _leaves(annotation) if isinstance(each, type) and issubclass(each, Enum)
    ]


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        return _bare(next(each for each in get_args(annotation) if each is not types.NoneType))
    return annotation


def _shape(annotation: Any) -> str:
    """What stands behind a key that leads to further keys."""
    origin = get_origin(_bare(annotation))
    if not _models(annotation):
        return ""
    return {tuple: "[]", dict: ".<name>"}.get(origin, "")


def _flat(metadata: tuple[Any, ...]) -> Iterator[Any]:
    """Constraints, also those that pydantic keeps inside a Field."""
    for each in metadata:
        yield each
        yield from getattr(each, "metadata", ())


def _text(model: type[BaseModel], name: str) -> str:
    return " ".join(field_texts(model).get(name, "").split())


def _default(field: Any) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "*none*"
    if isinstance(value, Enum):
        return _code(value.value)
    if hasattr(value, "model_dump"):
        return "see below"
    if isinstance(value, dict) and any(hasattr(each, "model_dump") for each in value.values()):
        return _code("{" + ", ".join(f"{key}: {{}}" for key in value) + "}")
    if isinstance(value, tuple):
        return _code(f"[{', '.join(str(each.value) for each in value)}]") if value else "empty"
    if value in ("", {}):
        return "empty"
    return _code(value)


def _code(value: Any) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value != "" else "nothing"


def _doc(model: type) -> str:
    """The model's docstring, first paragraph, and the modes of an object."""
    text = " ".join((inspect.getdoc(model) or "").split("\n\n")[0].split())
    modes = model.words_of_modes() if issubclass(model, SpecModel) else ""
    return f"{text} {modes}".strip()


def _enum_text(enum: type[Enum]) -> str:
    """What each value means, from the texts below the members."""
    body = ast.parse(textwrap.dedent(inspect.getsource(enum))).body[0]
    statements = body.body if isinstance(body, ast.ClassDef) else []
    lines = []
    for member, text in pairwise(statements):
        if isinstance(member, ast.Assign) and isinstance(text, ast.Expr):
            value = ast.literal_eval(member.value)
            lines.append(f"- `{value}`: {' '.join(ast.literal_eval(text.value).split())}\n")
    return f"\n{_doc(enum)}\n\n{''.join(lines)}" if lines else ""


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _example(title: str, kind: str = "") -> str:
    """The section as a shipped stack writes it, comments and all; the longest one."""
    found = []
    for path in sorted((ROOT / "stacks").glob("Pulumi.*.yaml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        starts = [i for i, line in enumerate(lines) if line.startswith(f"  {title}:")]
        for start in starts:
            block = [lines[start]]
            for line in lines[start + 1 :]:
                if not line.startswith("   "):
                    break
                block.append(line)
            text = "\n".join(block)
            if not kind or f"kind: {kind}" in text:
                found.append((len(block), path.name, text))
    if not found:
        return ""
    _, name, text = max(found, key=lambda each: each[0])
    return f"\nFrom `stacks/{name}`:\n\n```yaml\nconfig:\n{text}\n```\n"
