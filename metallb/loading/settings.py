"""The only reader of Pulumi's config: from the engine's values to a StackConfig."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import config as runtime_config

from metallb.loading.stack import load, load_file
from metallb.platforms.facts import PlatformFacts
from metallb.problems.errors import ConfigError
from metallb.stackfile import NAMESPACE, StackConfig, stack_config
from metallb.stackfile.clear_text import ClearText, clear_texts
from metallb.stackfile.form import form_of
from metallb.stackfile.load import error_of, with_misplaced
from metallb.stackfile.namespaces import misspelt_keys
from metallb.stackfile.paths import STACKS, project_folder

__all__ = ["clear_settings", "load_settings", "recorded_facts"]


def load_settings() -> StackConfig:
    """The stack's configuration, as the engine or the render command handed it over.

    :raises ConfigError: with every mistake.
    """
    prefix = f"{NAMESPACE}:"
    values = _values()
    sections: dict[str, Any] = {}
    secret: set[str] = set()
    for full_key, text in sorted(values.items()):
        if not full_key.startswith(prefix):
            continue
        key = full_key.removeprefix(prefix)
        sections[key] = _structured(text)
        if runtime_config.is_config_secret(full_key):
            secret.add(key)
    source = f"{STACKS}/Pulumi.{pulumi.get_stack()}.yaml"
    _refuse_wrong_form(project_folder() / source, values.keys())
    misspelt = tuple(misspelt_keys(values))
    if misspelt:
        raise error_of(with_misplaced(misspelt, sections, secret), source)
    return stack_config(sections, source=source, secret_sections=secret)


def _refuse_wrong_form(path: Path, keys: Collection[str]) -> None:
    """What the engine's values do not show: sections that it passed over, and words as written.

    The engine has read the file and decrypts its values; this looks at the form of the same file.

    :param keys: those of the engine's values. A file with others is not the one that it read.
    :raises ConfigError: with every mistake.
    """
    loaded = load_file(path)
    try:
        file = loaded.document
    except ConfigError:  # not there, or Pulumi reads more of YAML than we do
        return
    written = {*file.config, *(f"{NAMESPACE}:{name}" for name in file.sections)}
    if not written.issubset(keys):
        return
    form = form_of(file.sections, StackConfig, file.secret_sections)
    problems = file.problems() or form.problems
    if problems:
        with loaded.locations.errors():
            raise error_of(problems, loaded.source)


def clear_settings() -> tuple[ClearText, ...]:
    """Credentials of the stack's config that the engine does not call secret.

    A section is secret as a whole where any value of it is encrypted: what is clear beside it is
    known to those who read the file.
    """
    return tuple(
        clear_texts(
            {
                key: _structured(text)
                for key, text in sorted(_values().items())
                if not runtime_config.is_config_secret(key)
            }
        )
    )


def recorded_facts() -> PlatformFacts:
    """The snapshot beside the stack file.

    :raises SnapshotError: there is none, or it lacks a fact.
    """
    return load(pulumi.get_stack()).recorded(required=True) or PlatformFacts()


def _values() -> dict[str, Any]:
    """Every value of the stack's config by its full key, as the engine hands it over."""
    return {**runtime_config.get_config_env(), **runtime_config.CONFIG.get()}


def _structured(text: Any) -> Any:
    """Structured values arrive as JSON text, plain ones as they are."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
