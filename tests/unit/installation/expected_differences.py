"""Every difference between MetalLB's objects and ours that is meant, and the page's row of it."""

import re
from dataclasses import dataclass

from metallb.releases import ConfigFormat, Release

__all__ = ["EXPECTED", "Expected", "expected_of"]

OLD = "up to 0.12"
NEW = "from 0.13"


@dataclass(frozen=True)
class Expected:
    """Differences of one kind.

    :ivar pattern: the whole line of a difference.
    :ivar row: how its row of docs/deviations.md begins, without the bar in front.
    :ivar only: OLD, NEW, or the one release that has it; every release where it is left out.
    """

    pattern: str
    row: str
    only: str = ""

    def matches(self, difference: str) -> bool:
        return re.fullmatch(self.pattern, difference, re.DOTALL) is not None

    def applies_to(self, release: Release) -> bool:
        age = OLD if release.format is ConfigFormat.CONFIGMAP else NEW
        return self.only in ("", age, str(release))


def expected_of(release: Release) -> list[Expected]:
    """What is expected of a release."""
    return [each for each in EXPECTED if each.applies_to(release)]


_OWN = "in metallb-system"
_ANY = "in every namespace"
_KINDS = "bfdprofiles|bgpadvertisements|bgppeers|communities|ipaddresspools|l2advertisements"
_SPEC = r"CustomResourceDefinition/\S+ spec\.versions\[v1beta\d\]\."
_SELECTORS = r".*\.nodeSelectors\.items\.properties\.matchExpressions\.items\."

_OBJECTS = (
    Expected(
        r"\S+ metadata\.labels\.(app|component|app\.kubernetes\.io/\S+): None -> .*",
        "labels of objects",
    ),
    Expected(
        r"Namespace/\S+ metadata\.labels\.pod-security.*: None -> 'privileged'",
        "Namespace labels",
        OLD,
    ),
    Expected(r"Deployment/controller .*\.drop\[(all|ALL)\]: .*", "controller's capabilities"),
    Expected(
        r"DaemonSet/speaker spec\.template\.spec\.tolerations\[1\]\..*: None -> .*",
        "speaker's taints, 0.12.1",
        OLD,
    ),
    Expected(r"PodMonitor/\S+: only MetalLB's", "scraping", OLD),
    Expected(r"(Service|ServiceMonitor)/\S+: only ours", "scraping", OLD),
    Expected(r"ServiceAccount/metrics-reader: only ours", "reading `/metrics`", NEW),
    Expected(
        r"\S+ (spec\.template\.)?metadata\.annotations\.prometheus\.io/\S+: .* -> None",
        "`prometheus.io/*` annotations of pods and metrics Services",
        NEW,
    ),
    Expected(
        r"Service/metallb-webhook-service spec\.selector\.app: None -> 'metallb'",
        "webhook Service's selector",
        NEW,
    ),
    Expected(
        r"Service/\S+-monitor-service spec\.selector\.app: None -> 'metallb'",
        "metrics Services' selector",
        NEW,
    ),
    Expected(
        r"Service/\S+-monitor-service spec\.(sessionAffinity|type): '(None|ClusterIP)' -> None",
        "metrics Services' `type` and `sessionAffinity`",
        NEW,
    ),
    Expected(r"Secret/metallb-webhook-cert type: None -> 'Opaque'", "webhook Secret's `type`", NEW),
    Expected(
        r"DaemonSet/speaker .*\[(metallb-)?excludel2\]\.(name|mountPath|readOnly|configMap\.name)"
        r": .*",
        "name of the excluded-interfaces volume",
        NEW,
    ),
    Expected(
        r"DaemonSet/speaker .*\[excludel2\]\.configMap\.defaultMode: None -> 292",
        "name of the excluded-interfaces volume",
        NEW,
    ),
    *(
        Expected(
            rf"DaemonSet/speaker .*\[metallb-excludel2\]\.configMap\.defaultMode: {mode} -> None",
            "mode of the excluded-interfaces file",
            release,
        )
        for release, mode in (("0.16.0", 256), ("0.16.1", 256), ("0.16.2", 292))
    ),
    Expected(
        r"ConfigMap/metallb-excludel2 data\.excludel2\.yaml: .*",
        "layout of the excluded-interfaces file",
        NEW,
    ),
    Expected(
        r"Deployment/controller .*\.startupProbe\..*: None -> .*",
        "controller's startup probe",
        NEW,
    ),
    Expected(
        r"Deployment/controller .*\.(liveness|readiness)Probe\..*",
        "controller's probes, 0.16.0",
        "0.16.0",
    ),
    Expected(
        r"(Deployment|DaemonSet|Service)/\S+ .*\.ports\[\S+\]\.protocol: .*",
        "`protocol` of ports",
    ),
    Expected(
        r"NetworkPolicy/controller spec\.egress\[0\]\.ports\[0\]\.port: 6443 -> None",
        "way to the API server",
        NEW,
    ),
    Expected(
        r"NetworkPolicy/controller spec\.egress\[0\]\.ports\[1\]\..*: None -> (53|'UDP')",
        "DNS",
        NEW,
    ),
    Expected(
        r"NetworkPolicy/controller spec\.ingress\[(0\]\.ports|1\]\.(ports|from))\[\d\]\..*",
        "metrics",
        NEW,
    ),
    Expected(r"ServiceMonitor/\S+ spec\.jobLabel: 'component' -> .*", "`job` of the series", NEW),
    Expected(
        r"ServiceMonitor/\S+ spec\.endpoints\[0\]\.relabelings\[0\]\..*: None -> .*",
        "`node` label",
        NEW,
    ),
)

_CRDS = (
    Expected(
        r"CustomResourceDefinition/\S+ metadata\.annotations\.controller-gen\S+: .* -> None",
        "CRDs' `controller-gen` annotation",
        NEW,
    ),
    Expected(
        _SPEC + r"(.*\.description|.*\.message|deprecationWarning): .*",
        "descriptions, messages of rules, deprecation warning",
        NEW,
    ),
    Expected(
        _SPEC + r"additionalPrinterColumns\[[^]]+\]\.(name|type|jsonPath): None -> .*",
        "printer columns",
        NEW,
    ),
    Expected(_SPEC + r".*\.localPref\.(format|maximum|minimum): .*", "`localPref`", NEW),
    Expected(_SPEC + r".*\.localASN\.format: 'int32' -> 'int64'", "`localASN`, 0.16.0", "0.16.0"),
    Expected(
        _SPEC + r".*\.(peerPort|priority|asPathPrepend)\.format: None -> 'int(32|64)'",
        "integers without a format (`peerPort`, `priority`, …)",
        NEW,
    ),
    Expected(
        _SPEC + r".*\.aggregationLength(V6)?\.(minimum|maximum): None -> .*",
        "`aggregationLength`, `aggregationLengthV6`",
        NEW,
    ),
    Expected(
        r"CustomResourceDefinition/bgpadvertisements\S+ .*\.x-kubernetes-validations\[0\]\.rule"
        r": '(!has\(self\.serviceSelectors\)) .*' -> '\1 .*'",
        "CEL rule of BGPAdvertisements",
        NEW,
    ),
    Expected(
        _SPEC + _SELECTORS + r"(properties\.values\.minItems: 1|required\[values\]: True) -> None",
        "v1beta1 peers, `nodeSelectors[].matchExpressions[].values`",
        NEW,
    ),
    Expected(
        _SPEC + r".*\.nodeSelectors\.items\..*x-kubernetes-(list|map)-type: None -> 'atomic'",
        "`nodeSelectors` and other selectors in v1beta1",
        NEW,
    ),
)

_HABIT = "RBAC verbs"
_RIGHTS = (
    Expected(rf"(controller|speaker) lacks get (services|nodes|namespaces) {_ANY}", _HABIT),
    Expected(rf"speaker lacks get (metallb\.io/({_KINDS})|secrets|configmaps) {_OWN}", _HABIT, NEW),
    Expected(rf"controller lacks get metallb\.io/(ipaddresspools|communities) {_OWN}", _HABIT, NEW),
    Expected(rf"speaker lacks get discovery\.k8s\.io/endpointslices {_ANY}", _HABIT, NEW),
    Expected(rf"speaker lacks \w+ metallb\.io/servicebgpstatuses(/status)? {_OWN}", _HABIT, NEW),
    Expected(
        r"(controller|speaker) lacks use policy/podsecuritypolicies .*",
        "both, 0.16 | `use` of PodSecurityPolicies",
        NEW,
    ),
    Expected(
        rf"controller lacks (get|patch|delete|update) secrets {_OWN}",
        "controller | secrets: `get`, `patch`, `delete`; `update` of any but "
        "`metallb-webhook-cert`",
        NEW,
    ),
    Expected(
        r"controller lacks (create|delete|get|patch|update) "
        r"(admissionregistration|apiextensions)\.k8s\.io/.*",
        "controller | webhook configuration and CRDs: `create`, `delete`, `get`, `patch`; CRDs "
        "other than `bgppeers.metallb.io`",
        NEW,
    ),
    Expected(
        r"controller lacks ((get|watch) metallb\.io/(bgppeers|bgpadvertisements|l2advertisements)"
        rf"|(get|list|watch) metallb\.io/bfdprofiles) {_OWN}",
        "controller | `get` and `watch` of peers and advertisements; all of bfdprofiles",
        NEW,
    ),
    Expected(
        r"controller lacks (list pods|\w+ configmaps|\w+ metallb\.io/servicebgpstatuses(/status)?)"
        rf" {_OWN}",
        "controller, 0.16 | secrets, configmaps, peers … of `pod-lister` beyond the above",
        NEW,
    ),
    Expected(
        r"(controller|speaker) lacks \w+ metallb\.io/"
        rf"(configurationstates|servicel2statuses)(/status)? {_ANY}",
        "controller and speaker | writing configurationstates and servicel2statuses in other "
        "namespaces",
        NEW,
    ),
    Expected(rf"speaker lacks \w+ endpoints {_ANY}", "speaker, 0.16 | `endpoints`", NEW),
    Expected(rf"speaker lacks get endpoints {_ANY}", _HABIT, OLD),
    Expected(
        rf"(controller|speaker) lacks (get|list|watch) configmaps {_OWN}",
        "speaker and controller, 0.12.1 | configmaps other than `config`",
        OLD,
    ),
    Expected(
        rf"prometheus-k8s has (get|list|watch) discovery\.k8s\.io/endpointslices {_OWN}",
        "EndpointSlices",
    ),
    Expected(rf"prometheus-k8s has (get|list|watch) (services|endpoints) {_OWN}", "scraping", OLD),
    Expected(
        rf"(prometheus-k8s|metrics-reader) has get /metrics {_ANY}", "reading `/metrics`", NEW
    ),
)

EXPECTED = (*_OBJECTS, *_CRDS, *_RIGHTS)
