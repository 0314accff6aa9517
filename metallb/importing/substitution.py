"""Marks that another program replaces before a cluster reads the file, and whose they are."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from metallb.errors import ConfigError, MetalLBError

__all__ = ["substitutions", "template_mistake"]

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
    (_TERRAFORM, "Terraform's", "let Terraform write the file (templatefile)"),
    (
        _BRACES,
        "Flux's (postBuild.substitute) or envsubst's",
        "substitute first: `flux build kustomization NAME --path FOLDER`, or `envsubst`",
    ),
    (_PARENTHESES, "Kustomize's (vars)", "build first: `kubectl kustomize FOLDER`"),
    (_SOPS, "SOPS's, which encrypted the value", "decrypt first: `sops --decrypt`"),
    (
        _VAULT,
        "the Argo CD vault plugin's",
        "let the plugin replace it (argocd-vault-plugin generate)",
    ),
    (_BLANK, "a blank to fill in", "fill it in"),
)
_PASSWORDS = ("password",)
"""Keys whose values are never shown, and never needed: the person types the key anyway."""
_MAX_SHOWN = 60


def substitutions(value: Any, where: str) -> Iterator[MetalLBError]:
    """Every value below that another program replaces, as a mistake. Keys are not looked at."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in _PASSWORDS:
                yield from substitutions(item, f"{where}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from substitutions(item, f"{where}[{index}]")
    elif isinstance(value, str):
        found = _substitution(value)
        if found is not None:
            mark, whose, remedy = found
            yield MetalLBError(
                where=where,
                seen=_shown(mark),
                rule=f"is a substitution, {whose}, and not yet a value",
                remedy=f"{remedy}; then give the result, or write the value itself",
            )


def _substitution(text: str) -> tuple[str, str, str] | None:
    match = _TEMPLATE.search(text)
    if match is not None:
        return (match[0], *_template(match[0]))
    for pattern, whose, remedy in _KINDS:
        match = pattern.search(text)
        if match is not None:
            return match[0], whose, remedy
    if _BARE.fullmatch(text):
        return text, "envsubst's or a shell's", "substitute first: `envsubst`"
    return None


def _shown(mark: str) -> str:
    return mark if len(mark) <= _MAX_SHOWN else f"{mark[:_MAX_SHOWN]}..."


def _template(mark: str) -> tuple[str, str]:
    if _HELM.match(mark):
        return "Helm's", "render first: `helm template RELEASE CHART -f values.yaml`"
    return "Jinja's, such as Ansible's", "let Ansible write the file (ansible.builtin.template)"


def template_mistake(text: str, where: str, line: int) -> ConfigError | None:
    """Why a text is no YAML where marks of a template are the reason; None where it has none.

    :param line: where reading it ended, counted from one.
    """
    match = _TEMPLATE.search(text)
    if match is not None:
        whose, remedy = _template(match[0])
        mark, what = " ".join(match[0].split()), "is a template"
        line = text.count("\n", 0, match.start()) + 1
    else:
        # Without quotes such a mark ends a value of a flow mapping: `{myASN: ${ASN}}`.
        found = _substitution(_line(text, line))
        if found is None or not found[0].startswith("${"):
            return None
        mark, whose, remedy = found
        what = "holds a substitution"
    secret = any(word in _line(text, line) for word in _PASSWORDS)
    return ConfigError(
        where=where,
        seen="" if secret else _shown(mark),
        rule=f"{what}, {whose}, and is not yet YAML",
        remedy=f"{remedy}; then give the result",
        file_line=line,
    )


def _line(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else ""
