"""MetalLB's CustomResourceDefinitions, labelled like all our objects."""

from metallb.installation.names import reads_config_map
from metallb.installation.objects import Manifests, metadata
from metallb.routing.crds import crd_manifests
from metallb.stackfile.install import Install

__all__ = ["crds"]


def crds(install: Install) -> Manifests:
    """The CRDs that the release knows; none for releases that read a ConfigMap.

    Their schemas are `metallb.routing.crds`' work.
    """
    if reads_config_map(install):
        return ()
    return tuple(
        crd | {"metadata": metadata(install, crd["metadata"]["name"], namespaced=False)}
        for crd in crd_manifests(install.release, install.namespace)
    )
