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

from metallb.answers import AnswersDoor, answers_path, load_answers_file, resolved
from metallb.config import EquinixMetalPlatform, StackConfig, stack_config
from metallb.config.files import SEALED, read_stack_file
from metallb.config.load import NAMESPACE
from metallb.config.paths import stack_name
from metallb.errors import RenderError, UsageError
from metallb.guard import ToldError
from metallb.lookups import BLOCK_FINDER, find_block_by_tag
from metallb.preflight import refuse_unusable
from metallb.program import elastic_ip_name, main, refuse_without_bgp
from metallb.render.manifests import write_manifests
from metallb.render.monitor import Registrations

__all__ = ["RenderResult", "render"]


@dataclass(frozen=True)
class RenderResult:
    """What was written, and what the program would export.

    :ivar files: manifests, one object each.
    :ivar charts: values of Helm charts.
    """

    files: tuple[Path, ...]
    charts: tuple[Path, ...]
    outputs: dict[str, Any]


def render(
    stack_file: Path, folder: Path, answers: Path | None = None, *, split: bool = False
) -> RenderResult:
    """Write the manifests of a stack file into a folder.

    :param answers: the answers file; by default the one beside the stack file.
    :param split: MetalLB itself and its configuration go into a folder each.
    :raises MetalLBError: a mistake in the stack file or the answers, or a folder that is not ours.
    """
    source = read_stack_file(stack_file)
    stack = stack_config(
        source.sections, source=str(stack_file), secret_sections=source.secret_sections
    )
    _refuse_sealed(source.sections, str(stack_file))
    door = _door(stack, answers or answers_path(stack_file))
    registrations = Registrations(door)
    outputs = _run(stack_name(stack_file), source.sections, registrations, door)
    written = write_manifests(registrations.objects, registrations.charts, folder, split=split)
    return RenderResult(written.manifests, written.charts, outputs)


def _door(stack: StackConfig, path: Path) -> AnswersDoor | None:
    platform = stack.platform
    if not isinstance(platform, EquinixMetalPlatform):
        return None
    recorded = load_answers_file(path, stack)
    refuse_without_bgp(stack, recorded.bgp_enabled, str(path))
    refuse_unusable(stack, resolved(recorded, stack), str(path))
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
    except ToldError as error:
        raise error.error from None
    except pulumi.RunError as error:
        raise RenderError(where=name, rule=str(error)) from error
    finally:
        BLOCK_FINDER.reset(finder)
    return outputs


def _forget_root() -> None:
    """One process may render several stacks; the SDK keeps the root of the last one."""
    runtime_settings.set_root_resource(None)  # type: ignore[arg-type]


def _refuse_sealed(value: Any, where: str, path: str = NAMESPACE) -> None:
    """A sealed secret can't be written into a Secret that MetalLB has to read."""
    if value == SEALED:
        raise UsageError(
            where=f"{where}: {path}",
            seen="an encrypted value",
            rule="rendering needs the clear text, and only the engine can decrypt it",
            remedy="use `pulumi up` with metallb:kubernetes.renderTo",
        )
    if isinstance(value, dict):
        for key, item in value.items():
            joint = ":" if path == NAMESPACE else "."
            _refuse_sealed(item, where, f"{path}{joint}{key}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_sealed(item, where, f"{path}[{index}]")
