"""Placeholders that another program replaces before a cluster reads the file, and which one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from metallb.problems.errors import ConfigError
from metallb.problems.problem import Location, Position, Problem

__all__ = ["CODE", "substitutions", "template_mistake"]

CODE = "E114"
"""Code of templates and placeholders."""

_TERRAFORM = re.compile(r"\$\{(?:var|local|module|data|each|count)\.[^}]*\}")
_BRACES = re.compile(r"\$\{[A-Za-z_][^}]*\}")
_PARENTHESES = re.compile(r"\$\([A-Za-z_][\w.-]*\)")
_BARE = re.compile(r"\$[A-Za-z_]\w*")
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_HELM = re.compile(
    r"\{\{-?\s*(?:\.|\$|include|template|tpl|toYaml|if|else|end|range|with|define|block|quote|required"
    r"|default|lookup|/\*)"
)
_VAULT = re.compile(r"<path:[^>]+>")
_BLANK = re.compile(r"^<[A-Za-z][\w ./:#-]*>$")
_SOPS = re.compile(r"ENC\[AES256_GCM,")

_KINDS = (
    (_TERRAFORM, "Terraform", "let Terraform write the file (templatefile)"),
    (
        _BRACES,
        "Flux (postBuild.substitute) or envsubst",
        "substitute first: `flux build kustomization NAME --path FOLDER`, or `envsubst`",
    ),
    (_PARENTHESES, "Kustomize (vars)", "build first: `kubectl kustomize FOLDER`"),
    (_SOPS, "SOPS, which encrypted the value", "decrypt first: `sops --decrypt`"),
    (
        _VAULT,
        "the Argo CD vault plugin",
        "let the plugin replace it (argocd-vault-plugin generate)",
    ),
    (_BLANK, "the author of a template", "fill it in"),
)
_PASSWORDS = ("password",)
"""Keys whose values are never shown, and never needed: the person types the key anyway."""
_MAX_SHOWN = 60


def substitutions(value: Any, at: Location) -> Iterator[Problem]:
    """Every value below that another program replaces. Keys are not looked at."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in _PASSWORDS:
                yield from substitutions(item, (*at, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from substitutions(item, (*at, index))
    elif isinstance(value, str):
        found = _substitution(value)
        if found is not None:
            mark, whose, help = found
            yield ConfigError(
                f"{_shown(mark)} is not filled in",
                code=CODE,
                location=at,
                detail=f"It is a placeholder of {whose}: the value is not known here",
                help=f"{help}; then use the result, or write the value itself",
            ).problem


def _substitution(text: str) -> tuple[str, str, str] | None:
    match = _TEMPLATE.search(text)
    if match is not None:
        return (match[0], *_template(match[0]))
    for pattern, whose, help in _KINDS:
        match = pattern.search(text)
        if match is not None:
            return match[0], whose, help
    if _BARE.fullmatch(text):
        return text, "envsubst or a shell", "substitute first: `envsubst`"
    return None


def _shown(mark: str) -> str:
    return mark if len(mark) <= _MAX_SHOWN else f"{mark[:_MAX_SHOWN]}..."


def _template(mark: str) -> tuple[str, str]:
    if _HELM.match(mark):
        return "Helm", "render first: `helm template RELEASE CHART -f values.yaml`"
    return "Jinja, such as Ansible uses", "let Ansible write the file (ansible.builtin.template)"


def template_mistake(text: str, file: str, line: int) -> ConfigError | None:
    """Why a text is no YAML where marks of a template are the reason; None where it has none.

    :param file: what to call the text.
    :param line: where reading it ended, counted from 1.
    """
    match = _TEMPLATE.search(text)
    if match is not None:
        whose, help = _template(match[0])
        mark, what = " ".join(match[0].split()), "a template"
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
    else:
        # Without quotes such a mark ends a value of a flow mapping: `{myASN: ${ASN}}`.
        found = _substitution(_line(text, line))
        if found is None or not found[0].startswith("${"):
            return None
        mark, whose, help = found
        what, column = "a text with a placeholder", _line(text, line).find(mark) + 1
    secret = any(word in _line(text, line) for word in _PASSWORDS)
    shown = "" if secret else f": {_shown(mark)}"
    return ConfigError(
        f"{what} of {whose}, not YAML{shown}",
        code=CODE,
        detail="What is checked is what the cluster gets, after the template is filled in",
        help=f"{help}; then use the result",
        position=Position(file, line, column),
    )


def _line(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else ""
