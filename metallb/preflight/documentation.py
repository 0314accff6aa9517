"""docs/rules.md, made from the rules."""

from itertools import groupby

from metallb.preflight.registry import Rule, rules

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
    "peering": "Who peers with whom",
    "blocks": "Elastic IP blocks",
    "capacity": "What routers can take",
    "speakers": "Speakers and racks",
    "workloads": "Installation",
    "target": "Where the objects go",
    "credentials": "Credentials",
    "placeholders": "Placeholders",
    "ignores": "Silenced warnings",
}
_HEAD = """# Rules

Made by `python -m metallb check --rules`; edit the rules in `metallb/preflight/`, not this page.

`python -m metallb check STACK` runs all of them without engine, cluster or network, and the program
runs the same ones before it registers anything. What needs the platform's answers (gateways,
addresses) is checked once they are known, before any Kubernetes object is touched.

An **error** would fail in the cluster, or do nothing there: it stops the program and can't be
silenced. A **warning** works and may still hurt; a stack file silences it by id, with the reason:

```yaml
config:
  metallb:preflight:
    ignore:
      - {id: M1, reason: "support raised our limit to 50 prefixes"}
```

A file that does not even have the right form (an unknown key, a wrong type) is told as `FORM`.

Not visible in a file, and therefore in no rule: Services with externalTrafficPolicy Local behind an
aggregated route, a Calico that already peers with the same router, labels that nodes really carry
(in mode frr-k8s a node whose kubernetes.io/hostname is not its name gets no session at all), and a
change of gracefulRestart: the API server takes none in a peer that is there, so `up` deletes the
peers and makes them anew, which resets their sessions.
"""


def rules_markdown() -> str:
    """The whole page."""
    parts = [_HEAD, "\n| id | severity | rule |\n|---|---|---|\n"]
    parts += [
        f"| [{each.id}](#{each.id.lower()}) | {each.severity} | {each.what} |\n" for each in rules()
    ]
    for family, members in groupby(rules(), key=lambda each: each.family):
        parts.append(f"\n## {_FAMILIES[family]}\n")
        parts += [_section(each) for each in members]
    return "".join(parts)


def _section(each: Rule) -> str:
    return (
        f"\n### {each.id}\n\n**{each.what}** ({each.severity})\n\n"
        f"Why: {each.why}\n\nRemedy: {each.remedy}\n\nSource: {each.source}\n"
    )
