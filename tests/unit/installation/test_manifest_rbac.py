"""Each account may do what its process does, and nothing else.

The calls are those that real processes made (0.16: the API server's audit log of a controller and a
speaker with BGP and L2 services, and three patches that only their source shows; 0.12.1: read in
its source), as verb, resource, namespace, name.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from metallb.stackfile.install import Install

OWN = "metallb-system"
ANY = "some-namespace"
"""A namespace that is not MetalLB's."""


class Call(NamedTuple):
    verb: str
    group: str
    resource: str
    namespace: str | None = None
    name: str | None = None


def _watching(group: str, resources: str, namespace: str | None = None) -> list[Call]:
    return [
        Call(verb, group, resource, namespace)
        for resource in resources.split()
        for verb in ("list", "watch")
    ]


def _events() -> list[Call]:
    return [Call(verb, "", "events", ANY) for verb in ("create", "patch")]


def _state(*kinds: str) -> list[Call]:
    return [
        Call("patch", "metallb.io", kind + part, OWN) for kind in kinds for part in ("", "/status")
    ] + [Call("create", "metallb.io", kind, OWN) for kind in kinds]


ADMISSION = ("admissionregistration.k8s.io", "validatingwebhookconfigurations")
CRDS = ("apiextensions.k8s.io", "customresourcedefinitions")

CALLS: dict[tuple[str, str], list[Call]] = {
    ("0.12.1", "controller"): [
        *_watching("", "services"),
        *_events(),
        Call("update", "", "services/status", ANY),
        *(Call(verb, "", "configmaps", OWN, "config") for verb in ("list", "watch")),
        Call("create", "", "secrets", OWN),
        Call("list", "", "secrets", OWN, "memberlist"),
        Call("get", "apps", "deployments", OWN, "controller"),
    ],
    ("0.12.1", "speaker"): [
        *_watching("", "services endpoints nodes"),
        *_watching("discovery.k8s.io", "endpointslices"),
        Call("get", "discovery.k8s.io", "endpointslices", "default"),
        *_events(),
        *(Call(verb, "", "configmaps", OWN, "config") for verb in ("list", "watch")),
        Call("list", "", "pods", OWN),
    ],
    ("0.16.2", "controller"): [
        *_watching("", "services namespaces"),
        Call("list", "", "nodes"),
        *_events(),
        Call("update", "", "services/status", ANY),
        *_watching("", "secrets", OWN),
        Call("create", "", "secrets", OWN),
        Call("update", "", "secrets", OWN, "metallb-webhook-cert"),
        Call("get", "apps", "deployments", OWN, "controller"),
        Call("get", "", "pods", OWN),
        *_watching("metallb.io", "ipaddresspools communities", OWN),
        Call("update", "metallb.io", "ipaddresspools/status", OWN),
        *(
            Call("list", "metallb.io", kind, OWN)
            for kind in ("bgppeers", "bgpadvertisements", "l2advertisements")
        ),
        *_watching("metallb.io", "configurationstates"),
        *_state("configurationstates"),
        *_watching(*ADMISSION),
        Call("update", *ADMISSION, None, "metallb-webhook-configuration"),
        *_watching(*CRDS),
        Call("update", *CRDS, None, "bgppeers.metallb.io"),
    ],
    ("0.16.2", "speaker"): [
        *_watching("", "services nodes namespaces"),
        *_watching("discovery.k8s.io", "endpointslices"),
        *_events(),
        *_watching("", "secrets configmaps", OWN),
        Call("get", "", "pods", OWN),
        Call("list", "", "pods", OWN),
        *_watching(
            "metallb.io",
            "bfdprofiles bgpadvertisements bgppeers communities ipaddresspools l2advertisements",
            OWN,
        ),
        *_watching("metallb.io", "servicebgpstatuses", OWN),
        *_watching("metallb.io", "servicel2statuses configurationstates"),
        *_state("servicebgpstatuses", "servicel2statuses", "configurationstates"),
        Call("delete", "metallb.io", "servicebgpstatuses", OWN),
        Call("delete", "metallb.io", "servicel2statuses", OWN),
    ],
}

GUARD = [
    Call("create", "authentication.k8s.io", "tokenreviews"),
    Call("create", "authorization.k8s.io", "subjectaccessreviews"),
]


class Right(NamedTuple):
    """One verb on one resource of one rule, and where the rule holds."""

    verb: str
    group: str
    resource: str
    namespace: str | None
    names: tuple[str, ...]

    def allows(self, call: Call) -> bool:
        return (
            (self.verb, self.group, self.resource) == (call.verb, call.group, call.resource)
            and self.namespace in (None, call.namespace)
            and (not self.names or call.name in self.names)
        )


def _rights(objects: list[dict[str, Any]], namespace: str, account: str) -> Iterator[Right]:
    roles = {(item["kind"], item["metadata"]["name"]): item for item in objects}
    for binding in objects:
        if not binding["kind"].endswith("Binding"):
            continue
        subjects = [(item["namespace"], item["name"]) for item in binding["subjects"]]
        if (namespace, account) not in subjects:
            continue
        role = roles[binding["roleRef"]["kind"], binding["roleRef"]["name"]]
        for rule in role["rules"]:
            for group in rule.get("apiGroups", ()):
                for resource in rule["resources"]:
                    for verb in rule["verbs"]:
                        yield Right(
                            verb,
                            group,
                            resource,
                            binding["metadata"].get("namespace"),
                            tuple(rule.get("resourceNames", ())),
                        )


@pytest.fixture(params=sorted(CALLS), ids=" ".join)
def case(request, everything):
    version, account = request.param
    objects = everything(Install(version=version))
    rights = list(_rights(objects, OWN, account))
    return [right for right in rights if right.group != "policy"], CALLS[request.param]


def test_every_call_is_allowed(case):
    rights, calls = case
    refused = [call for call in calls if not any(right.allows(call) for right in rights)]
    assert not refused


def test_every_right_is_used(case):
    rights, calls = case
    idle = [right for right in rights if not any(right.allows(call) for call in calls)]
    assert not idle


def test_no_right_is_wider_than_its_calls(case):
    rights, calls = case
    for right in rights:
        served = [call for call in calls if right.allows(call)]
        names = {call.name for call in served}
        assert set(right.names) == names - {None}, right
        if {call.namespace for call in served} == {OWN}:
            assert right.namespace == OWN, right


def test_no_right_is_given_twice(case):
    rights, calls = case
    for call in calls:
        assert len([right for right in rights if right.allows(call)]) == 1, call


def test_no_rule_is_wider_than_words_can_say(everything, full, version):
    for item in everything(full(version)):
        for rule in item.get("rules", ()):
            assert "*" not in str(rule)


def test_no_right_over_foreign_secrets(everything, full, version):
    objects = everything(full(version))
    for account in ("controller", "speaker"):
        for right in _rights(objects, OWN, account):
            if right.resource in ("secrets", "configmaps", "pods", "deployments"):
                assert right.namespace == OWN


def test_metrics_are_guarded_only_where_something_reads(everything, full, current):
    for install, guarded in ((full(current), True), (Install(version=current), False)):
        objects = everything(install)
        for account in ("controller", "speaker"):
            rights = list(_rights(objects, OWN, account))
            for call in GUARD:
                assert any(right.allows(call) for right in rights) is guarded
        urls = [rule for item in objects for rule in item.get("rules", ()) if "verbs" in rule]
        readable = [rule["nonResourceURLs"] for rule in urls if "nonResourceURLs" in rule]
        assert readable == ([["/metrics"]] if guarded else [])


def test_prometheus_finds_its_targets_and_no_more(everything, full, version):
    rights = list(_rights(everything(full(version)), "monitoring", "prometheus-k8s"))
    resources = {(right.group, right.resource) for right in rights}
    assert resources == {
        ("", "services"),
        ("", "endpoints"),
        ("", "pods"),
        ("discovery.k8s.io", "endpointslices"),
    }
    assert {right.verb for right in rights} == {"get", "list", "watch"}
    assert {right.namespace for right in rights} == {OWN}


def test_policies_are_used_by_their_own_workload(everything):
    objects = everything(Install(version="0.12.1"))
    for account in ("controller", "speaker"):
        used = [right for right in _rights(objects, OWN, account) if right.group == "policy"]
        assert used == [Right("use", "policy", "podsecuritypolicies", None, (account,))]
