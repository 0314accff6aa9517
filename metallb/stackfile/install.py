"""Section `metallb:install`: which MetalLB, in which mode, and how its two workloads run."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from metallb.models.encrypted import KEPT, KEPT_SECRET
from metallb.models.strict import WHOLE_NUMBER
from metallb.problems.escape import quoted
from metallb.releases import (
    BUILTIN_RELEASES,
    DEFAULT_RELEASE,
    FIRST_OF_CRDS,
    BgpMode,
    Release,
    parse_release,
)
from metallb.routing.selectors import LabelSelector
from metallb.stackfile.base import (
    Annotations,
    DnsLabel,
    InvalidValue,
    LabelKey,
    LabelSet,
    LabelValue,
    Section,
    Subdomain,
    Text,
    Word,
    label_key,
)
from metallb.stackfile.clear_text import has_credentials
from metallb.stackfile.conditions import NodeCondition, selector_of
from metallb.stackfile.grammar import is_image, is_image_prefix
from metallb.stackfile.quantities import Quantities, ScrapeInterval, amount

__all__ = [
    "Install",
    "LogLevel",
    "Monitoring",
    "NodeLabels",
    "Resources",
    "SeccompProfile",
    "Source",
    "Toleration",
    "Workload",
]

_MEMBERLIST_MIN = 32
_SYSTEM = "kubernetes.io/os"


class Source(StrEnum):
    """Where MetalLB itself comes from."""

    BUILTIN = "builtin"
    """The objects that this product makes."""
    HELM = "helm"
    """MetalLB's own Helm chart, for the FRR modes."""
    EXISTING = "existing"
    """Something else installs it; only its configuration is written."""


class SeccompProfile(StrEnum):
    """Which system calls a pod may make (Kubernetes core/v1 SeccompProfile)."""

    RUNTIME_DEFAULT = "RuntimeDefault"
    """Those that the container runtime's own profile allows."""
    UNCONFINED = "Unconfined"
    """All of them."""


class LogLevel(StrEnum):
    """How much the workloads say (MetalLB internal/logging)."""

    ALL = "all"
    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"
    NONE = "none"


def _taint_key(value: str) -> str:
    return label_key(value) if value else value


class Toleration(Section):
    """A taint that a workload puts up with (Kubernetes core/v1 Toleration)."""

    key: Annotated[Text, AfterValidator(_taint_key)] = ""
    """Taint key; empty together with operator Exists tolerates every taint."""
    operator: Literal["Exists", "Equal"] = "Equal"
    """Whether the value counts (Equal) or the key alone (Exists)."""
    value: LabelValue = ""
    """Taint value; only with Equal."""
    effect: Literal["", "NoSchedule", "PreferNoSchedule", "NoExecute"] = ""
    """Taint effect; empty means every effect."""
    toleration_seconds: Annotated[int, Field(ge=0), WHOLE_NUMBER] | None = None
    """Seconds a NoExecute taint is put up with; none means for ever."""

    @model_validator(mode="after")
    def _as_the_api_server_would(self) -> "Toleration":
        if self.operator == "Exists" and self.value:
            fault = "operator Exists has a value"
            help = "remove the value, or set operator: Equal"
            raise InvalidValue(
                fault, "Exists looks at the key alone.", help, at=("value",), whole=True
            )
        if self.operator == "Equal" and not self.key:
            help = "add the taint's key, or set operator: Exists"
            raise InvalidValue("operator Equal has no key", "", help, at=("key",), whole=True)
        if self.toleration_seconds is not None and self.effect != "NoExecute":
            fault = "tolerationSeconds is set without effect NoExecute"
            help = "remove it, or set effect: NoExecute"
            rule = "The API server refuses it."
            raise InvalidValue(fault, rule, help, at=("tolerationSeconds",), whole=True)
        return self


class Resources(Section):
    """Compute resources of a container (Kubernetes core/v1 ResourceRequirements)."""

    requests: Quantities = {}
    """What the scheduler sets aside, such as `cpu: 100m`."""
    limits: Quantities = {}
    """What the container may use at most."""

    @model_validator(mode="after")
    def _within_limits(self) -> "Resources":
        for name, wanted in self.requests.items():
            most = self.limits.get(name)
            if most is not None and amount(wanted) > amount(most):
                fault = f"is more than the limit of {name}, {most}"
                help = "raise the limit, or lower the request"
                raise InvalidValue(fault, "", help, at=("requests", name), shows=True)
        return self


def _on_linux(value: dict[str, str]) -> dict[str, str]:
    if value.get(_SYSTEM, "linux") != "linux":
        fault = f"{_SYSTEM} is not linux"
        rule = "MetalLB has no images for other systems."
        raise InvalidValue(fault, rule, f"remove {_SYSTEM}; linux is added anyway", whole=True)
    return value


NodeLabels = Annotated[LabelSet, AfterValidator(_on_linux)]
"""Labels of the nodes of a workload."""


def _image(value: str) -> str:
    if not is_image(value):
        rule = "An image has a name, and a tag or digest; lower-case letters, no scheme."
        help = "write it as registry.example/metallb/speaker:v0.16.2"
        if "@" in value:
            rule = "A digest is sha256: and 64 digits or letters from a to f."
            help = "take the digest whole, as `docker buildx imagetools inspect IMAGE` shows it"
        raise InvalidValue("is not the name of an image", rule, help)
    return value


def _registry(value: str) -> str:
    if not is_image_prefix(value):
        rule = "It has lower-case letters, no scheme and no slash at the end."
        raise InvalidValue("is not a registry and path", rule, "write it as quay.io/metallb")
    return value


class Workload(Section):
    """How one of the two workloads runs."""

    node_selectors: NodeLabels = {}
    """Labels a node must have; values may be empty. `kubernetes.io/os: linux` is always added."""
    match_expressions: tuple[NodeCondition, ...] = ()
    """Further conditions on the labels of nodes, such as `{key: example.org/rack, operator: NotIn,
    values: [b]}`; all of them have to hold. They become the node affinity of the pods."""
    tolerations: tuple[Toleration, ...] = ()
    """Taints it puts up with, besides those that MetalLB's own manifests tolerate."""
    resources: Resources = Field(default_factory=Resources.model_construct)
    """Requests and limits of its container; none by default, as in MetalLB's own manifests."""
    priority_class_name: Subdomain | None = None
    """Priority class of its pods, such as `system-node-critical`."""
    log_level: LogLevel = LogLevel.INFO
    """How much it logs."""
    image: Annotated[Text, AfterValidator(_image)] | None = None
    """Whole image reference that overrides registry and version."""
    annotations: Annotations = {}
    """Further annotations of its pods."""

    @property
    def selector(self) -> LabelSelector:
        """What chooses its nodes."""
        return selector_of(self.node_selectors, self.match_expressions)


class SpeakerWorkload(Workload):
    """Settings of the speakers: those of every workload, and from which nodes they announce."""

    ignore_exclude_lb: bool = False
    """Announces from nodes labelled node.kubernetes.io/exclude-from-external-load-balancers, which
    control-plane nodes are (0.16: --ignore-exclude-lb)."""


class PrometheusAccount(Section):
    """The ServiceAccount under which Prometheus scrapes."""

    name: Subdomain = "prometheus-k8s"
    """Name of the ServiceAccount."""
    namespace: DnsLabel = "monitoring"
    """Its namespace."""


class Monitoring(Section):
    """Objects for the Prometheus operator; its CRDs have to be in the cluster."""

    service_monitor: bool = False
    """Makes a metrics Service and a ServiceMonitor for each workload, and the RBAC they need."""
    prometheus_rule: bool = False
    """Makes a PrometheusRule with alerts for the metric names of the chosen mode. Those on pods
    that are missing or unavailable read kube-state-metrics, which has to be in the cluster."""
    dashboard: bool = False
    """Makes a ConfigMap with a Grafana dashboard, labelled for Grafana's sidecar."""
    labels: LabelSet = {}
    """Labels by which a Prometheus picks the objects up, such as `release: prometheus-operator`."""
    interval: ScrapeInterval = "30s"
    """Time between two scrapes. Not with source helm: MetalLB's chart takes a bare number there,
    which the operator refuses."""
    prometheus: PrometheusAccount = Field(default_factory=PrometheusAccount.model_construct)
    """Who scrapes; it is allowed to read the endpoints in MetalLB's namespace and the metrics."""


def _release(value: str) -> str:
    try:
        parse_release(value)
    except ValueError as error:
        raise InvalidValue(f"is {error}", "", _nearest_release(value)) from None
    return value.removeprefix("v")


def _release_of_number(value: Any) -> Any:
    """A number is no release in quotes either, so the quotes are not what it lacks."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        fault = "is not a MetalLB version such as 0.16.2"
        raise InvalidValue(fault, "A version has three numbers.", _nearest_release(str(value)))
    return value


def _nearest_release(text: str) -> str:
    """The help with the newest release that begins like a text, or the default."""
    alike = [each for each in BUILTIN_RELEASES if f"{each}.".startswith(f"{text}.")]
    return f"write {max(alike, default=DEFAULT_RELEASE)}"


def _memberlist_key(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < _MEMBERLIST_MIN:
        fault = f"has fewer than {_MEMBERLIST_MIN} characters"
        help = "set a longer random text with pulumi config set --secret --path"
        raise InvalidValue(
            fault,
            "MetalLB makes its key of the first 32.",
            help,
            in_program="pass a longer random text",
        )
    return value


_Version = Annotated[Text, AfterValidator(_release), BeforeValidator(_release_of_number)]
_MemberlistKey = Annotated[SecretStr, AfterValidator(_memberlist_key), KEPT_SECRET]


def _of_helm(value: str) -> str:
    """What becomes a word of a `helm` command line and a comment in a file."""
    if quoted(value)[1:-1] != value:
        fault = "the chart's address has a line break or another control character"
        raise InvalidValue(fault, "", "write it on one line", whole=True, code="E105")
    if value.startswith("-"):
        fault = "the chart's address begins with a hyphen"
        rule = "helm would take it for an option."
        raise InvalidValue(fault, rule, "write ./ in front of a path", whole=True, code="E105")
    if has_credentials(value):
        fault = "the chart's address has credentials in it"
        rule = "They would be in the state, in rendered files and in command lines, in clear text."
        help = (
            "remove them and log in with `helm registry login`, or mirror the chart where none are"
            " needed; they are known to those who can read this file, so replace them"
        )
        raise InvalidValue(fault, rule, help, whole=True, code="E105")
    return value


_OfHelm = Annotated[Word, AfterValidator(_of_helm), KEPT]


class Install(Section):
    """Which MetalLB runs, and how."""

    version: _Version = str(DEFAULT_RELEASE)
    """MetalLB version; up to 0.12 a ConfigMap configures it, from 0.13 custom resources do. Write
    it: the default is a release of its own, which stays when newer ones are added."""
    source: Source = Source.BUILTIN
    """Where MetalLB's own objects come from. With existing none is made, those of `monitoring`
    included: the rest of this section only says what is there."""
    bgp_mode: BgpMode = BgpMode.NATIVE
    """BGP implementation of the speakers. The FRR modes need source helm or existing."""
    namespace: DnsLabel = "metallb-system"
    """Namespace of MetalLB and of its configuration."""
    image_registry: Annotated[Text, AfterValidator(_registry)] = "quay.io/metallb"
    """Registry and path in front of `/controller` and `/speaker`."""
    image_pull_secrets: tuple[Subdomain, ...] = ()
    """Names of Secrets in MetalLB's namespace that open the registry."""
    load_balancer_class: LabelKey | None = None
    """Serves only Services of this loadBalancerClass (0.13 and later)."""
    memberlist_secret: _MemberlistKey | None = None
    """Key by which speakers find each other. Left out, MetalLB's controller makes one itself."""
    seccomp_profile: SeccompProfile | None = None
    """Seccomp profile of the pods of controller and speakers. Left out, releases after 0.16.2 run
    with RuntimeDefault, and those up to it without one, as in MetalLB's own manifests: adding one
    restarts every speaker. With source helm the speakers' needs 0.14 or later, and goes for all
    containers of their pods."""
    network_policy: bool = False
    """Makes NetworkPolicies that close every port the controller does not need (0.16; source helm:
    0.15.3 and later)."""
    controller: Workload = Field(default_factory=Workload.model_construct)
    """How the controller runs."""
    speaker: SpeakerWorkload = Field(default_factory=SpeakerWorkload.model_construct)
    """How the speakers run."""
    monitoring: Monitoring = Field(default_factory=Monitoring.model_construct)
    """Objects for Prometheus and Grafana."""
    helm_values: dict[str, Any] = {}
    """Further values for MetalLB's chart, merged over ours (source helm only)."""
    helm_chart: _OfHelm = "metallb"
    """Chart name, path or OCI reference (source helm only)."""
    helm_repository: _OfHelm | None = "https://metallb.github.io/metallb"
    """Chart repository, without credentials; null for a path or an OCI reference (source helm
    only)."""
    helm_repository_insecure: bool = False
    """Accepts a chart repository, or a chart, at an address with http://: everything on the way can
    put another chart in its place, which then runs with MetalLB's rights (source helm only)."""

    @property
    def release(self) -> Release:
        """The version, parsed."""
        return parse_release(self.version)

    @property
    def seccomp(self) -> SeccompProfile | None:
        """The seccomp profile of its pods; None for pods without one."""
        own = SeccompProfile.RUNTIME_DEFAULT if self.release.has_seccomp else None
        return self.seccomp_profile or own

    @model_validator(mode="after")
    def _installable(self) -> "Install":
        if self.source is Source.BUILTIN and self.release not in BUILTIN_RELEASES:
            known = ", ".join(str(release) for release in BUILTIN_RELEASES)
            fault = f"source builtin can't install MetalLB {self.version}"
            help = f"set version to one of {known}, or source to existing"
            if self.release >= FIRST_OF_CRDS:
                help += " or helm"
            raise InvalidValue(fault, "", help, at=("version",), whole=True)
        if self.source is Source.BUILTIN and self.bgp_mode is not BgpMode.NATIVE:
            fault = f"source builtin can't install bgpMode {self.bgp_mode}"
            help = "set bgpMode: native, or source: existing"
            if self.release >= FIRST_OF_CRDS:
                help += " or helm"
            rule = "It installs native mode only."
            raise InvalidValue(fault, rule, help, at=("bgpMode",), whole=True)
        if self.source is Source.HELM and self.release < FIRST_OF_CRDS:
            fault = f"source helm can't install MetalLB {self.version}"
            rule = "MetalLB's chart reads custom resources from 0.13 on."
            help = "set a newer version, or source: builtin"
            raise InvalidValue(fault, rule, help, at=("version",), whole=True)
        if self.source is Source.HELM:
            self._refuse_insecure_chart()
        if self.release < FIRST_OF_CRDS:
            older = "remove it, or set a newer version"
            if self.load_balancer_class is not None:
                fault = f"MetalLB {self.version} has no loadBalancerClass"
                at = ("loadBalancerClass",)
                raise InvalidValue(fault, "It needs 0.13 or later.", older, at=at, whole=True)
            if self.network_policy:
                fault = f"there are no network policies for MetalLB {self.version}"
                at = ("networkPolicy",)
                raise InvalidValue(fault, "They are made for 0.16.", older, at=at, whole=True)
        return self

    def _refuse_insecure_chart(self) -> None:
        """A chart over http has its word in the stack file, and the word has such a chart."""
        found = [
            name
            for name, address in (
                ("helmRepository", self.helm_repository),
                ("helmChart", self.helm_chart),
            )
            if isinstance(address, str) and address.lower().startswith("http://")
        ]
        if found and not self.helm_repository_insecure:
            raise InvalidValue(
                f"{found[0]} is read over http",
                "Everything on the way can put another chart in its place, which then runs with "
                "MetalLB's rights.",
                "write https:// or oci://, or accept it with helmRepositoryInsecure: true",
                at=(found[0],),
                whole=True,
            )
        if self.helm_repository_insecure and not found:
            raise InvalidValue(
                "helmRepositoryInsecure is true, and no chart is read over http",
                "",
                "remove it",
                at=("helmRepositoryInsecure",),
                whole=True,
            )
