"""`impact`: a stack file compared with what was before, whatever that comes from."""

import argparse
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metallb.actions.document import Document, print_document
from metallb.actions.nodes import counts_of, known_nodes, live_cluster, refuse_unused_nodes
from metallb.command_line.standard_input import is_spooled
from metallb.files.bounded import MIB, read_bounded
from metallb.files.scratch import private_folder
from metallb.forecast.build import names_of, site_of, site_of_stack
from metallb.forecast.impact import Impact, helps_of, impact_of
from metallb.forecast.impact_text import markdown, text
from metallb.forecast.objects import labels_of, routing_of, template_of
from metallb.forecast.site import Site
from metallb.loading.stack import LoadedStack, load, load_file
from metallb.platforms.facts import PlatformFacts
from metallb.preflight import refuse
from metallb.problems.errors import UsageError
from metallb.problems.escape import quoted
from metallb.stackfile import StackConfig
from metallb.stackfile.paths import backend_name
from metallb.topology.build import racks_of

__all__ = ["ImpactDocument", "run"]

_GIT, _STATE, _CLUSTER = "git:", "state", "cluster"
_OF_STATE = "the state"


class ImpactDocument(Impact, Document):
    """What a change of the stack file does."""


def run(args: argparse.Namespace) -> int:
    """Compare, and print what the change does."""
    refuse_unused_nodes(args, cluster=args.against == _CLUSTER)
    loaded = load(args.stack)
    stack = loaded.readable or loaded.config
    refuse(loaded.findings, source=loaded.source)
    facts = _facts(loaded, stack, args.snapshot)
    counts = counts_of(args.count)
    nodes = known_nodes(args, stack)
    with loaded.locations.errors():
        after = site_of_stack(stack, facts, nodes, counts)
        names = names_of(racks_of(stack, facts))

    def of_objects(objects: Sequence[Mapping[str, Any]], source: str) -> Site:
        return site_of(
            routing_of(objects, source),
            after.mode,
            after.release,
            names,
            nodes=nodes,
            counts=counts,
            speakers=stack.install.speaker.selector,
            ignore_exclude_lb=stack.install.speaker.ignore_exclude_lb,
            limit=after.limit,
            labels=labels_of(objects),
            template=template_of(objects) if source == _OF_STATE else None,
        )

    services: Mapping[str, tuple[str, ...]] = {}
    if args.against == _STATE:
        before = of_objects(_of_state(loaded, args.stack), _OF_STATE)
    elif args.against == _CLUSTER:
        found = _Found.of(args, stack)
        before, services = of_objects(found.objects, "the cluster"), found.services
    else:
        with _former(loaded, args.against) as other:
            former = other.readable or other.config
            known = _facts(other, former, None)
            before = site_of_stack(former, known or facts, nodes, counts)
    impact = impact_of(
        before, after, helps=helps_of(stack), services=services, limits=stack.availability
    )
    if args.format == "json":
        print_document(args, ImpactDocument(stack=loaded.name, **dict(impact)))
    else:
        print("\n".join(markdown(impact)) if args.format == "markdown" else text(impact))
    return 0


def _facts(loaded: LoadedStack, stack: StackConfig, given: Path | None) -> PlatformFacts | None:
    facts = loaded.snapshot(given)
    if stack.platform.looks_up and facts is None:
        return loaded.snapshot(required=True)
    return facts


@contextmanager
def _former(loaded: LoadedStack, against: str) -> Iterator[LoadedStack]:
    """The stack file before the change.

    :raises UsageError: git has no such file.
    """
    if is_spooled(loaded.path) and against.startswith(_GIT):
        raise UsageError(
            "git has no former text of standard input",
            location=("--against",),
            help="name the stack and not -; or give the former stack file: --against FILE",
        )
    if not against.startswith(_GIT):
        yield load(against)
        return
    revision = against.removeprefix(_GIT)
    with private_folder() as place:
        path = place / loaded.path.name
        path.write_bytes(_of_git(revision, loaded.path))
        for beside in loaded.path.parent.glob(f"{loaded.name}.*.yaml"):
            # A snapshot that the revision lacks is that of the present file.
            try:
                content = _of_git(revision, beside)
            except UsageError:
                content = read_bounded(beside, 8 * MIB)
            path.with_name(beside.name).write_bytes(content)
        yield load_file(path)


def _of_git(revision: str, path: Path) -> bytes:
    """A file as a revision has it.

    :raises UsageError: there is no such revision or file, or no git.
    """
    whole = path.resolve()
    folder, wanted = str(whole.parent), f"{revision}:./{whole.name}"
    try:
        # Our own arguments, no shell; git is the person's own, and so found on their PATH.
        done = subprocess.run(  # noqa: S603
            ["git", "-C", folder, "show", "--end-of-options", wanted],  # noqa: S607
            capture_output=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except OSError:
        raise UsageError(
            "git does not run on this machine",
            code="E201",
            help="give the former stack file: --against FILE; or --against state, cluster",
        ) from None
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace")
        fault = f"git has no {path.name} in revision {quoted(revision)}"
        if "not a git repository" in reason:
            fault = f"{path.name} is in no git repository"
        elif re.search(r"invalid object name|(unknown|bad) revision|^fatal: option", reason):
            fault = f"git has no revision {quoted(revision)}"
        raise UsageError(
            fault,
            code="E201",
            detail="The stack file before the change is read from git's history.",
            help="give another revision (--against git:main), the former stack file "
            "(--against FILE), or --against state or cluster",
        )
    return done.stdout


def _of_state(loaded: LoadedStack, typed: str) -> list[Mapping[str, Any]]:
    """The objects that the last update left."""
    from metallb.runner.raw import raw_engine

    with raw_engine(loaded.path) as engine:
        exported = json.loads(engine(["stack", "export", "--stack", backend_name(typed)]))
    resources = (exported.get("deployment") or {}).get("resources") or ()
    return [
        each["inputs"]
        for each in resources
        if str(each.get("type", "")).startswith("kubernetes:")
        and isinstance(each.get("inputs"), dict)
    ]


@dataclass(frozen=True)
class _Found:
    """What the cluster has."""

    objects: list[Mapping[str, Any]]
    services: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, args: argparse.Namespace, stack: StackConfig) -> "_Found":
        """Read it.

        :raises EngineError: the API server does not answer.
        """
        from metallb.status.look import addresses_of, bgp_objects_of

        cluster = live_cluster(args, stack)
        namespace = stack.install.namespace
        objects: list[Mapping[str, Any]] = [*bgp_objects_of(cluster, namespace)]
        objects += [
            each
            for each in cluster.list(f"/api/v1/namespaces/{namespace}/configmaps") or ()
            if not objects
        ]
        services = {
            f"{each['metadata'].get('namespace')}/{each['metadata']['name']}": tuple(
                addresses_of(each)
            )
            for each in cluster.list("/api/v1/services") or ()
        }
        return cls(objects, services)
