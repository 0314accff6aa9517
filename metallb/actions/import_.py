"""`import`: a stack file from a ConfigMap, custom resources or a Lokomotive configuration."""

import argparse
import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from metallb.actions.check_foreign import check_reading
from metallb.actions.new import write_schema
from metallb.command_line.common import note
from metallb.command_line.options import is_standard_output, unused
from metallb.command_line.standard_input import (
    STANDARD_INPUT,
    in_words,
    is_spooled,
    renamed,
    typed_name,
)
from metallb.importing.assumed import assumed_mode, assumed_release, fits, release_note
from metallb.importing.beside import beside
from metallb.importing.comparing import lost_or_changed
from metallb.importing.formats import NOTHING, FileFormat
from metallb.importing.hcl import Lokomotive, lokomotive_file, read_lokomotive
from metallb.importing.reading import Reading, read_foreign, read_objects
from metallb.importing.sources import Sources, sources_of
from metallb.importing.stack_document import Imported, stack_document
from metallb.importing.taking import taken
from metallb.importing.validating import imported_stack
from metallb.importing.writing import stack_text
from metallb.loading.current_context import current_context, with_current_context
from metallb.platforms.registry import lokomotive_platform
from metallb.preflight import check_stack
from metallb.problems.errors import ConfigError, MetalLBError, UsageError
from metallb.problems.escape import one_line, visible
from metallb.problems.problem import Problem
from metallb.problems.text import problems_text
from metallb.releases import DEFAULT_RELEASE, BgpMode
from metallb.routing import RoutingConfig
from metallb.routing.modes import MODE_SINCE
from metallb.stackfile import StackConfig
from metallb.stackfile.paths import is_there, stack_name
from metallb.writing.files import write_file

__all__ = ["run"]

_NAMESPACE = "metallb-system"
"""Where MetalLB's own manifests install it."""


def run(args: argparse.Namespace) -> int:
    """Write the stack file; say on standard error what a person has to do with it."""
    if is_standard_output(args.output):
        args.output = None
    if args.force and args.output is None:
        raise unused("--force", "without -o", detail="Standard output overwrites no file")
    if args.output is not None and is_there(args.output) and not args.force:
        folder = args.output.is_dir()
        raise ConfigError(
            f"{args.output} is a folder" if folder else f"{args.output} exists",
            code="E204",
            help="choose another name" if folder else "choose another name, or use --force",
        )
    imported = _imported(args)
    # Before anything is written: it may hold what came from the command line, such as a host name.
    stack = imported_stack(imported.sections, source=str(args.output or "the stack file"))
    text = stack_text(imported.sections, comments=_head(_source(args), imported))
    if args.output is None:
        print(text, end="")
    else:
        # A stack file is a person's from the moment it is there, so none is known as ours.
        write_file(args.output, text, ours=lambda _: False, force=args.force)
        note(visible(f"wrote {args.output}"))
        write_schema(args.output.parent / "schema.json")
    _advise(imported, stack, args.output)
    return 0


def _imported(args: argparse.Namespace) -> Imported:
    _refuse_unused(args)
    if args.from_cluster:
        return _of_cluster(args)
    sources = sources_of(args.files)
    for path, form in sources.forms:
        _refuse_other_formats(path, form, alone=len(sources.forms) == 1)
    if not sources.lokomotive:
        if args.var:
            raise unused("--var", f"for {sources.name}", detail="It is for variables of Lokomotive")
        return _foreign(args, read_foreign(*sources.others), sources.name)
    reading = _beside(sources) if sources.others else None
    if reading is None:
        if args.mode is not None:
            raise unused(
                "--mode",
                f"for Lokomotive configuration {sources.name}",
                detail="Lokomotive ran MetalLB in native mode",
                help="leave it out, and set metallb:install.bgpMode afterwards",
            )
        read = _lokomotive(args, sources)
        imported_stack(read.sections, source=sources.name)
        return Imported(sections=read.sections, notes=read.notes)
    # The stack takes over what Lokomotive installed: a MetalLB of its own fork, of no release.
    args.release = args.release or DEFAULT_RELEASE
    read = _lokomotive(args, sources)
    found = _foreign(args, reading, sources.name, read)
    has_peers = bool(reading.routing.peers)
    return beside(found, read, lokomotive_file(sources.lokomotive), has_peers=has_peers)


def _beside(sources: Sources) -> Reading | None:
    """What MetalLB reads, beside Lokomotive's files; None where a folder has nothing of it.

    :raises ConfigError: it can't be read, or what was named has nothing of it.
    """
    try:
        return read_foreign(*sources.others)
    except ConfigError as error:
        if error.problem.code == NOTHING and sources.only_by_chance:
            return None
        raise


def _refuse_unused(args: argparse.Namespace) -> None:
    """Refuse options that the others leave without a use.

    :raises UsageError: there is one, or there is nothing to read.
    """
    if args.from_cluster:
        if args.files:
            raise unused(
                str(args.files[0]),
                "with --from-cluster",
                detail="The configuration is read from files or from a cluster",
            )
        if args.var:
            raise unused("--var", "with --from-cluster", detail="A cluster has no variables")
        return
    if not args.files:
        raise UsageError(
            "import has no file", code="E208", help="name files or folders, or give --from-cluster"
        )
    for option in ("kubeconfig", "context", "namespace"):
        if getattr(args, option) is not None:
            raise unused(f"--{option}", "without --from-cluster", detail="Files name no cluster")


def _refuse_other_formats(path: Path, form: FileFormat, *, alone: bool) -> None:
    if form is FileFormat.STACK:
        raise ConfigError(
            f"{path} is a stack file already",
            code="E113",
            help=f"use it as it is: `metallb check {typed_name(path)}`",
        )
    if form is FileFormat.UNKNOWN and alone:
        raise ConfigError(
            f"{path} is in none of the formats that import reads",
            code="E113",
            detail="They are MetalLB's ConfigMap, its custom resources, values of charts with"
            " either, and Lokomotive configurations",
            help="name the file or folder with them",
        )


def _lokomotive(args: argparse.Namespace, sources: Sources) -> Lokomotive:
    return read_lokomotive(
        *sources.lokomotive,
        version=str(args.release or DEFAULT_RELEASE),
        nodes=tuple(args.node),
        project=args.project,
        metro=args.metro,
        given=dict(args.var),
    ).corrected()


def _of_cluster(args: argparse.Namespace) -> Imported:
    from metallb.status.cluster import LiveCluster
    from metallb.status.configuration import configuration_of

    cluster = LiveCluster(args.kubeconfig, args.context)
    context, name = _context(args), _source(args)
    held = configuration_of(cluster, args.namespace)
    for each in held.refused:
        note(f"note: not read: {one_line(each)}")
    if args.strict and held.refused:
        raise ConfigError(
            f"not read: {held.refused[0]}",
            code="E116",
            detail="With --strict a configuration becomes a stack file as a whole, or not at all",
            help="leave out --strict, or use a kubeconfig that may list it",
        )
    reading = read_objects(held.objects, name)
    # Secrets are not read, so none of them can be missing.
    secrets = {each.spec.password_secret for each in reading.routing.peers}
    made = frozenset(each.name or "" for each in secrets if each is not None)
    reading = replace(reading, foreign=reading.foreign._replace(made_secrets=made))
    imported = _foreign(args, reading, name)
    target = {"kubeconfig": args.kubeconfig, "context": context}
    named = {key: value for key, value in target.items() if value}
    sections = {**imported.sections, **({"kubernetes": named} if named else {})}
    return replace(imported, sections=sections)


def _foreign(
    args: argparse.Namespace, reading: Reading, source: str, read: Lokomotive | None = None
) -> Imported:
    try:
        return _made_of(reading, args, source, read)
    except ConfigError as error:
        placed = [reading.placed(each) for each in error.problems]
        raise ConfigError.of(placed, error.problem.summary) from error


def _made_of(
    reading: Reading, args: argparse.Namespace, source: str, read: Lokomotive | None
) -> Imported:
    finds_nodes = not reading.routing.peers and (reading.foreign.fork_key or read is not None)
    for option in ("node", "project", "metro"):
        if getattr(args, option) and not finds_nodes:
            raise unused(
                f"--{option}",
                f"for {source}",
                detail="It is for a configuration that leaves its nodes to Lokomotive or to a "
                "provider, and this one does not",
            )
    release = args.release or assumed_release(reading)
    assumed = assumed_mode(reading, release)
    refused = _today(args, reading)
    part = taken(reading, release, source, strict=args.strict)
    platform: Mapping[str, Any] | None = None
    for each in reading.passed_over if args.verbose else reading.passed_in_short:
        note(f"note: passed over: {one_line(each)}")
    notes = [f"not read: {each}" for each in part.not_read]
    if finds_nodes and read is not None:
        platform = read.sections["platform"]
    elif finds_nodes:
        platform, more = lokomotive_platform().of_lokomotive(
            {}, nodes=tuple(args.node), project=args.project, metro=args.metro
        )
        notes += ["peer-autodiscovery is a fork's: the stack file names the nodes instead", *more]

    try:
        imported = stack_document(
            part.routing,
            release=release,
            mode=BgpMode(args.mode) if args.mode else assumed.mode,
            source=source,
            labels=reading.foreign.pool_labels,
            namespace=_namespace(reading),
            platform=platform,
            from_resources=reading.format is FileFormat.RESOURCES,
        )
        if platform is None:
            _same_meaning(part.routing, reading, imported, source)
    except ConfigError as error:
        if refused and all(_of_stack_file(each) for each in error.problems):
            raise _refused_today(source) from error
        raise
    guesses = [] if args.release else [*release_note(reading)]
    guesses += [] if args.mode else [assumed.note()]
    return replace(imported, notes=(*guesses, *imported.notes, *notes))


def _today(args: argparse.Namespace, reading: Reading) -> bool:
    """Say what is wrong with the file as it stands; whether MetalLB refuses it.

    It is judged by the release that was given, if that one reads its format.
    """
    given = args.release
    release = given if given and fits(given, reading.format) else assumed_release(reading)
    has_mode = args.mode and MODE_SINCE[BgpMode(args.mode)] <= release
    mode = BgpMode(args.mode) if has_mode else assumed_mode(reading, release).mode
    found = [reading.placed(each) for each in check_reading(reading, release=release, mode=mode)]
    for problem in found:
        print(f"today: {problems_text([renamed(problem)])}", file=sys.stderr)
    return any(problem.is_error for problem in found)


def _of_stack_file(problem: Problem) -> bool:
    """Whether a problem is about the stack file that would be written."""
    return str(*problem.location[:1]).startswith("metallb:")


def _refused_today(source: str) -> ConfigError:
    return ConfigError(
        f"{source} holds values that MetalLB refuses",
        code="E116",
        detail="A stack file can't have them either.",
        help="correct the errors in the lines that begin with `today:`, then import it",
    )


def _namespace(reading: Reading) -> str:
    named = (name for name in reading.foreign.namespaces.values() if name)
    return next(named, reading.home or _NAMESPACE)


def _same_meaning(
    routing: RoutingConfig, reading: Reading, imported: Imported, source: str
) -> None:
    """Render the stack file back and compare it with what was read.

    :raises MetalLBError: it does not mean the same; nothing is written then.
    """
    labels = reading.foreign.pool_labels
    found = lost_or_changed(routing, imported, labels=labels, source=source)
    if found:
        raise MetalLBError(
            f"the stack file would not mean the same as {source}: {'; '.join(found[:5])}",
            code="E116",
            detail="What a stack file renders is compared with what was imported.",
            help="write the stack file by hand, starting from a template in stacks/",
        )


def _context(args: argparse.Namespace) -> str:
    """The context that is read; empty where only the kubeconfig knows it."""
    return str(args.context or ("" if args.kubeconfig else current_context()) or "")


def _source(args: argparse.Namespace) -> str:
    """What the head of the stack file names."""
    if args.from_cluster:
        context = _context(args)
        return f"context {context}" if context else "the cluster"
    return ", ".join(STANDARD_INPUT if is_spooled(path) else path.name for path in args.files)


def _head(source: str, imported: Imported) -> list[str]:
    lines = [f"Imported from {source}.", ""]
    lines += [f"- {in_words(each)}" for each in imported.notes]
    lines += [f"- set the password {path}" for path, _ in (*imported.passwords, *imported.secrets)]
    return [*lines, ""] if len(lines) > 2 else lines[:1]


def _advise(imported: Imported, stack: StackConfig, written: Path | None) -> None:
    for each in imported.notes:
        note(f"note: {one_line(each)}")
    # Without it the key would go to the stack that is selected, whichever that is.
    name = stack_name(written) if written else "STACK"
    for path, _ in imported.passwords:
        print(_set_secret(path, name), file=sys.stderr)
    for path, secret in imported.secrets:
        what = f"the MD5 key that Secret {one_line(secret)} holds in the cluster"
        print(f"{_set_secret(path, name)}  # {what}", file=sys.stderr)
    for problem in with_current_context(check_stack(stack)):
        print(f"then: {problems_text([problem])}", file=sys.stderr)


def _set_secret(path: str, name: str) -> str:
    path = shlex.quote(path) if "'" in path else f"'{path}'"
    shown = f"next: pulumi config set --secret --path {path} --stack {shlex.quote(name)}"
    return visible(shown)
