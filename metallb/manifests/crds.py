"""MetalLB's CustomResourceDefinitions, labelled like all our objects."""

from metallb.config.install import Install
from metallb.manifests.names import reads_config_map
from metallb.manifests.objects import Manifests, metadata
from metallb.routing.crds import crd_manifests

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
