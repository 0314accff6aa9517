"""Renders a stack: its inventory with recorded facts, as files. Imports no pulumi."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metallb.installation.names import MANAGED_BY, MANAGED_BY_LABEL
from metallb.inventory.planned import PlannedObject
from metallb.inventory.stack import Inventory, inventory_of
from metallb.loading.stack import LoadedStack, load_file
from metallb.models.encrypted import Encrypted
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import block_cidrs, peers_of
from metallb.preflight import check_facts, refuse
from metallb.problems.errors import UsageError
from metallb.problems.escape import quoted
from metallb.problems.problem import Location
from metallb.releases import ConfigFormat
from metallb.render.former import former_files
from metallb.render.manifests import FileSet, RenderedObject, files_of, folder_of
from metallb.routing import BgpPeer
from metallb.stackfile import NAMESPACE, StackConfig
from metallb.stackfile.grammar import is_label_value
from metallb.writing.sets import Written, write_set

__all__ = ["RenderResult", "Rendered", "render", "rendered"]

_OF_CHART = "helm"
"""Begins the places of what is written beside a chart: its values, and where it comes from."""
_SECRET = "Secret"  # noqa: S105 - a kind
_MD5_KEY = "password"
_KEYS = (_MD5_KEY, "memberlistSecret")
_OWN_SECTIONS = ("bgp", "install", "platform")
_UNUSED = (("kubernetes", "kubeconfig"), ("kubernetes", "context"))
"""Values that no file holds."""
_ON_REQUEST = "E210"


@dataclass(frozen=True)
class Rendered:
    """The files of a stack.

    :ivar stack: its configuration.
    :ivar left_out: objects that hold a key and are no file, such as
        `4-configuration: Secret bgp-password`.
    :ivar addresses: addresses of each pool.
    """

    stack: StackConfig
    files: FileSet
    left_out: tuple[str, ...]
    addresses: dict[str, list[str]]
    peers: tuple[BgpPeer, ...]


@dataclass(frozen=True)
class RenderResult:
    """What was written.

    :ivar files: manifests, one object each.
    :ivar charts: values of Helm charts.
    :ivar with_keys: those of both that hold a key in clear text or base64.
    :ivar written: what else the run did with the folder.
    """

    files: tuple[Path, ...]
    charts: tuple[Path, ...]
    with_keys: tuple[Path, ...]
    rendered: Rendered
    written: Written


def render(
    stack_file: Path,
    folder: Path,
    answers: Path | None = None,
    *,
    with_secrets: bool = False,
    kustomization: bool = False,
    managed_by: str = MANAGED_BY,
) -> RenderResult:
    """Write the manifests of a stack file into a folder, with a folder for each phase.

    :param answers: the file of recorded facts; by default the one beside the stack file.
    :param with_secrets: also what holds a key; without it peers refer to Secrets that others make.
    :param kustomization: also a file for kustomize in each folder, where none is.
    :param managed_by: the label app.kubernetes.io/managed-by of all objects.
    :raises MetalLBError: a mistake in the stack file or the facts, or a folder that is not ours.
    """
    made = rendered(
        stack_file,
        answers,
        with_secrets=with_secrets,
        kustomization=kustomization,
        managed_by=managed_by,
    )
    written = write_set(folder, made.files.files, former_files)
    return RenderResult(
        files=tuple(folder / name for name in made.files.manifests),
        charts=tuple(folder / name for name in made.files.charts),
        with_keys=tuple(folder / name for name in made.files.with_keys),
        rendered=made,
        written=written,
    )


def rendered(
    stack_file: Path,
    answers: Path | None = None,
    *,
    with_secrets: bool = False,
    kustomization: bool = False,
    managed_by: str = MANAGED_BY,
) -> Rendered:
    """The files of a stack file. Writes nothing; parameters as of `render`.

    :raises MetalLBError: a mistake in the stack file or the facts, a key that has no reference, or
        a name that no label can have.
    """
    if not (managed_by and is_label_value(managed_by)):
        raise UsageError(
            f"{quoted(managed_by)} is not a label value",
            location=("--managed-by",),
            detail="A label value has at most 63 letters, digits, '-', '_' and '.'.",
            help="write a name such as flux",
        )
    loaded = load_file(stack_file)
    stack = loaded.config
    facts = loaded.recorded(answers, required=True) or PlatformFacts()
    with loaded.locations.errors():
        _refuse_encrypted(loaded, with_secrets=with_secrets)
        refuse(loaded.findings, source=loaded.source)
        refuse(check_facts(stack, facts, known=loaded.findings), source=loaded.source)
        inventory = inventory_of(stack, secret_values=any(_keys_of_chart(loaded)))
        left_out: tuple[PlannedObject, ...] = ()
        if not with_secrets:
            _refuse_keys_without_reference(loaded, inventory)
            left_out = tuple(each for each in inventory.objects if each.secret)
    files = files_of(
        [
            RenderedObject(each.phase, _managed(each.manifest(facts), managed_by), each.secret)
            for each in inventory.objects
            if with_secrets or not each.secret
        ],
        inventory.chart,
        inventory.phases,
        kustomization=kustomization,
    )
    addresses = {
        name: [*block_cidrs(stack, name, facts), *pool.addresses]
        for name, pool in sorted(stack.address_pools.items())
    }
    return Rendered(
        stack,
        files,
        tuple(
            f"{folder_of(each.phase, inventory.phases)}: {each.kind} {each.name}"
            for each in left_out
        ),
        addresses,
        peers_of(stack, facts),
    )


def _managed(manifest: Mapping[str, Any], by: str) -> Mapping[str, Any]:
    """A manifest with the name of who applies it."""
    metadata = manifest["metadata"]
    labels = metadata.get("labels") or {}
    if by == MANAGED_BY or MANAGED_BY_LABEL not in labels:
        return manifest
    changed = {**metadata, "labels": {**labels, MANAGED_BY_LABEL: by}}
    return {**manifest, "metadata": changed}


def _keys_of_chart(loaded: LoadedStack) -> Iterator[Location]:
    """Where the stack's own values of the chart hold a key in clear text."""
    for each in loaded.file.clear_texts:
        first, *rest = each.location
        if first == f"{NAMESPACE}:install" and str(*rest[:1]).startswith(_OF_CHART):
            yield each.location


def _refuse_keys_without_reference(loaded: LoadedStack, inventory: Inventory) -> None:
    """A Secret can be left out, since others refer to it. What else holds a key can't.

    :raises UsageError: there is such a thing.
    """
    detail = "A file with a key is written on request alone."
    help = "use --with-secrets, and keep the folder out of a repository"
    for location in _keys_of_chart(loaded):
        raise UsageError(
            "the values of the chart hold a key",
            code=_ON_REQUEST,
            location=location,
            detail=detail,
            help=f"{help}; or remove the key, and give it to helm with --set-file",
        )
    if any(each.secret and each.kind != _SECRET for each in inventory.objects):
        release = loaded.config.install.release
        if release.format is ConfigFormat.CONFIGMAP:
            detail = f"MetalLB {release} reads its MD5 keys from there and from no Secret. {detail}"
        raise UsageError(
            "the ConfigMap of MetalLB holds MD5 keys in clear text",
            code=_ON_REQUEST,
            location=next(iter(_md5_keys(loaded.file.sections)), ()),
            detail=detail,
            help=help,
        )


def _md5_keys(sections: Mapping[str, Any]) -> Iterator[Location]:
    """Where MD5 keys are."""
    for path, value in _walk(sections, ()):
        if path[-1] == _MD5_KEY and path[0] in _OWN_SECTIONS and value is not None:
            yield _placed(path)


def _refuse_encrypted(loaded: LoadedStack, *, with_secrets: bool) -> None:
    """An encrypted value can't be written; one of a Secret that is left out need not be.

    :raises UsageError: there is one.
    """
    in_config_map = loaded.config.install.release.format is ConfigFormat.CONFIGMAP
    for path, value in _walk(loaded.file.sections, ()):
        if not isinstance(value, Encrypted) or path[:2] in _UNUSED:
            continue
        is_key = path[-1] in _KEYS and path[0] in _OWN_SECTIONS and "helmValues" not in path
        of_secret = is_key and not (in_config_map and path[-1] == _MD5_KEY)
        if of_secret and not with_secrets:
            continue
        raise UsageError(
            "an encrypted value can't be rendered",
            code="E110",
            location=_placed(path),
            detail="MetalLB needs the clear text, and only the engine decrypts it.",
            help=("leave out --with-secrets, or " if of_secret else "")
            + "run `pulumi up` with metallb:kubernetes.renderTo",
        )


def _walk(value: Any, path: Location) -> Iterator[tuple[Location, Any]]:
    """Every value that is no mapping and no list, by the keys that lead to it."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, (*path, index))
    else:
        yield path, value


def _placed(path: Location) -> Location:
    return (f"{NAMESPACE}:{path[0]}", *path[1:])
