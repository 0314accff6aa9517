"""What an imported stack file renders, compared with what was read: whole, keys of sessions too."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from metallb.importing.meaning import differences
from metallb.importing.stack_document import Imported
from metallb.importing.validating import imported_stack
from metallb.importing.writing import stack_text
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.routing import BgpPeer, RoutingConfig
from metallb.stackfile import NAMESPACE
from metallb.stackfile.yaml_documents import parse_yaml

__all__ = ["lost_or_changed"]


def lost_or_changed(
    routing: RoutingConfig,
    imported: Imported,
    *,
    labels: Mapping[str, Mapping[str, str]],
    source: str,
) -> tuple[str, ...]:
    """Everything in which the stack file means something else; nothing where it means the same.

    MD5 keys are not in the file yet. Each has a mark of its own on both sides, so that a key that
    would be set at another session is found as well.
    """
    marks: dict[tuple[str, str], SecretStr] = {}
    for key in imported.keys:
        marks.setdefault(key.identity, SecretStr(f"key-{len(marks) + 1}"))
    written = parse_yaml(stack_text(imported.sections), where="import")["config"]
    for key in imported.keys:
        _put(written, key.location, marks[key.identity].get_secret_value())
    sections = {name: written[f"{NAMESPACE}:{name}"] for name in imported.sections}
    made = routing_config(imported_stack(sections, source=source), PlatformFacts())
    marked = routing._replace(peers=tuple(_marked(routing, peer, marks) for peer in routing.peers))
    return differences(marked, made, labels=labels, pool_names=imported.pool_names)


def _put(document: Any, location: tuple[int | str, ...], value: str) -> None:
    *steps, last = location
    for step in steps:
        document = document.setdefault(step, {}) if isinstance(step, str) else document[step]
    document[last] = value


def _marked(
    routing: RoutingConfig, peer: BgpPeer, marks: Mapping[tuple[str, str], SecretStr]
) -> BgpPeer:
    """The peer with the mark of its key; without one where the stack file would have none."""
    password, reference = routing.password_of(peer), peer.spec.password_secret
    if password is None and reference is not None and ("", reference.name) not in marks:
        # The stack file refers to the Secret as well.
        return peer
    secret = (reference.name or "") if reference is not None and password is None else ""
    identity = (password.get_secret_value() if password is not None else "", secret)
    has_key = password is not None or bool(secret)
    mark = marks.get(identity, SecretStr("a key that has no place")) if has_key else None
    spec = peer.spec.model_copy(update={"password": mark, "password_secret": None})
    return peer.model_copy(update={"spec": spec})
