"""Runs the program on the in-process monitor."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import config as runtime_config
from pulumi.runtime import mocks
from pulumi.runtime import settings as runtime_settings
from pulumi.runtime import stack as runtime_stack
from pulumi.runtime.sync_await import _sync_await

from metallb.answers import AnswersDoor, answers_path, resolved
from metallb.config import NAMESPACE, EquinixMetalPlatform
from metallb.encrypted import Encrypted
from metallb.errors import RenderError, UsageError
from metallb.guard import ReportedError
from metallb.loading import LoadedStack, load_file
from metallb.lookups import BLOCK_FINDER, find_block_by_tag
from metallb.problems.problem import Location
from metallb.program import elastic_ip_name, main, refuse_without_bgp
from metallb.render.manifests import write_manifests
from metallb.render.monitor import Registrations

__all__ = ["RenderResult", "render"]

_OF_CHART = "helm"
"""Begins the places of what is written beside a chart: its values, and where it comes from."""


@dataclass(frozen=True)
class RenderResult:
    """What was written, and what the program would export.

    :ivar files: manifests, one object each.
    :ivar charts: values of Helm charts.
    :ivar with_keys: those of both that hold a key in clear text or base64.
    """

    files: tuple[Path, ...]
    charts: tuple[Path, ...]
    with_keys: tuple[Path, ...]
    outputs: dict[str, Any]


def render(
    stack_file: Path, folder: Path, answers: Path | None = None, *, split: bool = False
) -> RenderResult:
    """Write the manifests of a stack file into a folder.

    :param answers: the answers file; by default the one beside the stack file.
    :param split: MetalLB itself and its configuration go into a folder each.
    :raises MetalLBError: a mistake in the stack file or the answers, or a folder that is not ours.
    """
    loaded = load_file(stack_file)
    door = _door(loaded, answers)
    sections = loaded.file.sections
    with loaded.locations.errors():
        _refuse_sealed(sections)
    registrations = Registrations(door)
    outputs = _run(loaded.name, sections, registrations, door)
    with_keys = registrations.with_keys
    if any(_is_of_chart(each.location) for each in loaded.file.clear_texts):
        with_keys += registrations.charts
    written = write_manifests(
        registrations.objects, registrations.charts, folder, with_keys=with_keys, split=split
    )
    return RenderResult(written.manifests, written.charts, written.with_keys, outputs)


def _is_of_chart(location: Location) -> bool:
    """Whether a value goes into the chart's objects."""
    return location[0] == f"{NAMESPACE}:install" and str(*location[1:2]).startswith(_OF_CHART)


def _door(loaded: LoadedStack, answers: Path | None) -> AnswersDoor | None:
    stack = loaded.config
    platform = stack.platform
    recorded = loaded.recorded(answers, required=True)
    if recorded is None or not isinstance(platform, EquinixMetalPlatform):
        return None
    source = str(answers or answers_path(loaded.path))
    with loaded.locations.errors():
        refuse_without_bgp(stack, recorded.bgp_enabled, source)
    loaded.refuse_unusable(resolved(recorded, stack))
    names = {f"{elastic_ip_name(block)}-block": block for block in platform.elastic_ips}
    return AnswersDoor(recorded, platform, names)


def _run(
    name: str,
    sections: dict[str, Any],
    registrations: Registrations,
    door: AnswersDoor | None,
) -> dict[str, Any]:
    config = {f"{NAMESPACE}:{key}": json.dumps(value) for key, value in sections.items()}
    finder = BLOCK_FINDER.set(door.block_by_tag if door else find_block_by_tag)
    outputs: dict[str, Any] = {}

    async def run() -> None:
        await runtime_stack.run_in_stack(main)
        root = runtime_settings.get_root_resource()
        if isinstance(root, runtime_stack.Stack):
            for key, value in root.outputs.items():
                outputs[key] = await pulumi.Output.from_input(value).future()

    _forget_root()
    mocks.set_mocks(registrations, project=NAMESPACE, stack=name, preview=False)
    # set_mocks makes a root of its own; the program is to run in one that records its exports.
    _forget_root()
    runtime_config.set_all_config(config, [])
    try:
        _sync_await(run())
    except ReportedError as error:
        raise error.error from None
    except pulumi.RunError as error:
        raise RenderError(
            f"the program of stack {name} failed: {error}",
            code="E900",
            help="report it as a defect, with the stack file",
        ) from error
    finally:
        BLOCK_FINDER.reset(finder)
    return outputs


def _forget_root() -> None:
    """One process may render several stacks; the SDK keeps the root of the last one."""
    runtime_settings.set_root_resource(None)  # type: ignore[arg-type]


def _refuse_sealed(value: Any, location: Location = ()) -> None:
    """A sealed secret can't be written into a Secret that MetalLB has to read."""
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
            _refuse_sealed(item, (*location, step))
    if isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_sealed(item, (*location, index))
