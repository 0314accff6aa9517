"""docs/rules.md, made from the rules."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import groupby

from metallb.preflight.registry import rules
from metallb.problems.codes import CODES, Code

__all__ = ["rules_markdown"]

_FAMILIES = {
    "peers": "Peers",
    "sessions": "Sessions",
    "pools": "Pools",
    "overlaps": "Addresses that meet",
    "advertisements": "Advertisements",
    "routes": "Routes",
    "layer2": "Layer 2",
    "families": "Address families",
    "communities": "Communities",
    "native": "Native mode",
    "frr": "FRR modes",
    "bfd": "BFD",
    "releases": "MetalLB releases",
    "objects": "Objects",
    "platform": "Platform",
    "capacity": "What routers can take",
    "failures": "What one failure takes away",
    "speakers": "Speakers",
    "workloads": "Installation",
    "target": "Where the objects go",
    "credentials": "Credentials",
    "placeholders": "Placeholders",
    "ignores": "Ignored warnings",
}
_HEAD = """# Rules

Made by `python -m metallb check --rules`; edit the rules in `metallb/preflight/` and the codes in
`metallb/problems/codes.py`, not this page. `python -m metallb check --explain P6` prints one.

`python -m metallb check STACK` runs all of them without engine, cluster or network, and the program
runs the same ones before it registers anything. What needs the platform's facts (gateways,
addresses) is checked once they are known, before any Kubernetes object is touched.

An **error** would fail in the cluster, or do nothing there: it stops the program and can't be
ignored. A **warning** works and may still hurt; a stack file ignores it by id, with the reason:

```yaml
config:
  metallb:preflight:
    ignore:
      - {id: M1, reason: "support raised our limit to 50 prefixes"}
```

Not visible in a file, and therefore in no rule: Services with externalTrafficPolicy Local behind an
aggregated route, a Calico that already peers with the same router, labels that nodes really carry
(in mode frr-k8s a node whose kubernetes.io/hostname is not its name gets no session at all), and a
change of gracefulRestart: the API server takes none in a peer that is there, so `up` deletes the
peers and makes them anew, which resets their sessions.
"""
_ERRORS = """
# Errors that are no rule

Mistakes in the form of a file (E1..), the command line and files (E2..), the provider of nodes and
addresses (E3..), recorded facts (E4..), Pulumi's engine (E5..), the cluster (E6..) and recovery
(E7..). In JSON documents the `id` of all of them is `FORM`. A code is never used again for
something else.
"""


def rules_markdown() -> str:
    """The whole page."""
    described = [each.described for each in rules()]
    parts = [_HEAD, *_table(described)]
    for module, members in groupby(rules(), key=lambda each: each.module):
        parts.append(f"\n## {_heading(module)}\n")
        parts += [_section(each.described) for each in members]
    parts += [_ERRORS, *_table(CODES.values())]
    parts += [_section(each) for each in CODES.values()]
    return "".join(parts)


def _heading(module: str) -> str:
    """The heading of a module's rules: for one of a platform, what its docstring begins with."""
    package, _, family = module.rpartition(".")
    if package == "metallb.preflight":
        return _FAMILIES[family]
    return str(import_module(module).__doc__).partition(".")[0]


def _table(codes: Iterable[Code]) -> Iterator[str]:
    yield "\n| code | severity | what is wrong |\n|---|---|---|\n"
    for each in codes:
        yield f"| [{each.id}](#{each.id.lower()}) | {each.severity} | {each.fault.rstrip('.')} |\n"


def _section(each: Code) -> str:
    why = f"Why: {each.why}\n\n" if each.why else ""
    return (
        f"\n### {each.id}\n\n**{each.fault.rstrip('.')}** ({each.severity})\n\n"
        f"Rule: {each.requirement}\n\n{why}Help: {each.help}\n\nSource: {each.source}\n"
    )
