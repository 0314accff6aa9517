"""Section `metallb:kubernetes`: where the objects go, and what is known of that cluster."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from metallb.stackfile.base import CidrBlock, InvalidValue, Section, Text

__all__ = ["Kubernetes"]

# Some clouds call the minor version 31+.
_VERSION = r"v?1\.(\d{1,3})\+?(\..*)?"
# PodSecurityPolicy left the API with Kubernetes 1.25 (policy/v1beta1).
_LAST_WITH_POD_SECURITY_POLICIES = 24


def _version(value: str) -> str:
    if not re.fullmatch(_VERSION, value):
        raise InvalidValue("is not a Kubernetes version", "", 'write it in quotes, such as "1.31"')
    return value.removeprefix("v")


def _target(value: str) -> str:
    if not value.strip():
        rule = "An empty value counts as none: `up` would change the current context's cluster."
        raise InvalidValue("is empty", rule, "write a value, or remove the key")
    return value


_Target = Annotated[Text, AfterValidator(_target), Field(json_schema_extra={"pattern": r"\S"})]


class Kubernetes(Section):
    """The target cluster. Left out, the current context of the kubeconfig that kubectl would use is
    taken, whichever that is: name one."""

    render_to: _Target | None = None
    """Folder that gets the manifests in place of a cluster; a relative one lies in the project's
    folder."""
    kubeconfig: _Target | None = None
    """Path of a kubeconfig file."""
    context: _Target | None = None
    """Context of the kubeconfig."""
    version: Annotated[Text, AfterValidator(_version)] | None = None
    """Kubernetes version, in quotes. Below 1.25, MetalLB 0.12.1 gets PodSecurityPolicies."""
    node_cidrs: tuple[CidrBlock, ...] = ()
    """Networks of the nodes; pools must not overlap them."""
    pod_cidrs: tuple[CidrBlock, ...] = ()
    """Networks of the pods; pools must not overlap them."""
    service_cidrs: tuple[CidrBlock, ...] = ()
    """Networks of the cluster IPs; pools must not overlap them."""

    @model_validator(mode="after")
    def _one_target(self) -> "Kubernetes":
        if self.render_to is not None and (self.kubeconfig or self.context):
            key = "kubeconfig" if self.kubeconfig else "context"
            fault = f"renderTo and {key} are both set"
            help = f"keep renderTo for files, or {key} for a cluster"
            raise InvalidValue(fault, "renderTo writes files.", help, at=(key,), whole=True)
        return self

    @property
    def minor(self) -> int | None:
        """The minor version, where the version is known."""
        match = re.fullmatch(_VERSION, self.version) if self.version else None
        return int(match[1]) if match is not None else None

    @property
    def has_pod_security_policies(self) -> bool:
        """Whether the cluster is known to be older than 1.25."""
        return self.minor is not None and self.minor <= _LAST_WITH_POD_SECURITY_POLICIES
