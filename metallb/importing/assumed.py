"""Which release and BGP mode a configuration was made for, where nobody says."""

from metallb.importing.reading import FileFormat
from metallb.releases import BUILTIN_RELEASES, BgpMode, ConfigFormat, Release
from metallb.routing import RoutingConfig

__all__ = ["assumed_mode", "assumed_release"]

_FRR_FIELDS = (
    "bfd_profile",
    "keepalive_time",
    "connect_time",
    "vrf",
    "interface",
    "dynamic_asn",
    "local_asn",
    "enable_graceful_restart",
    "dual_stack_address_family",
)


def assumed_release(form: FileFormat) -> Release:
    """The newest release that reads the format."""
    wanted = (
        ConfigFormat.CONFIGMAP if form is FileFormat.CONFIGMAP else ConfigFormat.CUSTOM_RESOURCES
    )
    return max(release for release in BUILTIN_RELEASES if release.format is wanted)


def assumed_mode(routing: RoutingConfig, release: Release) -> BgpMode:
    """Native, unless the configuration holds what native mode refuses."""
    needs_frr = (
        bool(routing.bfd_profiles)
        or any(getattr(peer.spec, name) for peer in routing.peers for name in _FRR_FIELDS)
        or any(":" in text for pool in routing.pools for text in pool.spec.addresses)
    )
    if not needs_frr:
        return BgpMode.NATIVE
    # The source address is lost in frr-k8s mode, so whoever has one runs mode frr.
    if release < Release(0, 14, 2) or any(peer.spec.source_address for peer in routing.peers):
        return BgpMode.FRR
    return BgpMode.FRR_K8S
