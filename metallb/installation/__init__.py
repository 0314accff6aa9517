"""The Kubernetes objects of a MetalLB release, as plain data in Kubernetes' own spelling. Pure.

Every function takes the `metallb:install` section and answers with the objects of one part of
MetalLB, possibly none: 0.12.1 has neither CRDs nor webhooks, and what is switched off is not made.
The order within an answer is one in which they can be created. Nothing here knows Pulumi, and
MetalLB's configuration (ConfigMap or custom resources) is `metallb.routing`'s.

`docs/deviations.md` lists where these objects differ from MetalLB's own manifests, and why.
"""

from metallb.installation.controller import controller
from metallb.installation.crds import crds
from metallb.installation.helm import helm_values
from metallb.installation.memberlist import memberlist
from metallb.installation.monitoring import monitoring
from metallb.installation.namespace import namespace
from metallb.installation.network_policy import network_policies
from metallb.installation.objects import Manifest, Manifests
from metallb.installation.pod_security_policies import pod_security_policies
from metallb.installation.speaker import speaker
from metallb.installation.webhooks import webhooks

__all__ = [
    "Manifest",
    "Manifests",
    "controller",
    "crds",
    "helm_values",
    "memberlist",
    "monitoring",
    "namespace",
    "network_policies",
    "pod_security_policies",
    "speaker",
    "webhooks",
]
