"""Renders a stack: its inventory with recorded facts, as files. Imports no pulumi."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metallb.config import NAMESPACE
from metallb.encrypted import Encrypted
from metallb.errors import UsageError
from metallb.inventory.stack import inventory_of
from metallb.loading import LoadedStack, load_file
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import block_cidrs, peers_of
from metallb.preflight import check_facts, refuse
from metallb.problems.problem import Location
from metallb.render.manifests import RenderedObject, write_manifests
from metallb.routing import BgpPeer

__all__ = ["RenderResult", "render"]

_OF_CHART = "helm"
"""Begins the places of what is written beside a chart: its values, and where it comes from."""


@dataclass(frozen=True)
class RenderResult:
    """What was written.

    :ivar files: manifests, one object each.
    :ivar charts: values of Helm charts.
    :ivar with_keys: those of both that hold a key in clear text or base64.
    :ivar addresses: addresses of each pool.
    """

    files: tuple[Path, ...]
    charts: tuple[Path, ...]
    with_keys: tuple[Path, ...]
    addresses: dict[str, list[str]]
    peers: tuple[BgpPeer, ...]


def render(stack_file: Path, folder: Path, answers: Path | None = None) -> RenderResult:
    """Write the manifests of a stack file into a folder, with a folder for each phase.

    :param answers: the file of recorded facts; by default the one beside the stack file.
    :raises MetalLBError: a mistake in the stack file or the facts, or a folder that is not ours.
    """
    loaded = load_file(stack_file)
    stack = loaded.config
    facts = loaded.recorded(answers, required=True) or PlatformFacts()
    with loaded.locations.errors():
        _refuse_encrypted(loaded.file.sections)
        refuse(loaded.findings, source=loaded.source)
        refuse(check_facts(stack, facts, known=loaded.findings), source=loaded.source)
    inventory = inventory_of(stack, secret_values=_has_secret_values(loaded))
    written = write_manifests(
        [
            RenderedObject(each.phase, each.manifest(facts), each.secret)
            for each in inventory.objects
        ],
        inventory.chart,
        folder,
        inventory.phases,
    )
    addresses = {
        name: [*block_cidrs(stack, name, facts), *pool.addresses]
        for name, pool in sorted(stack.address_pools.items())
    }
    return RenderResult(
        written.manifests, written.charts, written.with_keys, addresses, peers_of(stack, facts)
    )


def _has_secret_values(loaded: LoadedStack) -> bool:
    """Whether the stack's own values of the chart hold a key in clear text."""
    return any(
        each.location[0] == f"{NAMESPACE}:install"
        and str(*each.location[1:2]).startswith(_OF_CHART)
        for each in loaded.file.clear_texts
    )


def _refuse_encrypted(value: Any, location: Location = ()) -> None:
    """An encrypted value can't be written into a Secret that MetalLB has to read."""
    if isinstance(value, Encrypted):
        raise UsageError(
            "an encrypted value can't be rendered",
            code="E110",
            location=location,
            detail="MetalLB needs the clear text, and only the engine decrypts it.",
            help="run `pulumi up` with metallb:kubernetes.renderTo",
        )
    if isinstance(value, dict):
        for key, item in value.items():
            step = key if location else f"{NAMESPACE}:{key}"
            _refuse_encrypted(item, (*location, step))
    if isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_encrypted(item, (*location, index))
