"""Everything that an installation consists of, the way the program puts it together."""

from collections.abc import Callable
from typing import Any

import pytest

from metallb import installation
from metallb.releases import BUILTIN_RELEASES, ConfigFormat
from metallb.stackfile.install import Install

Objects = list[dict[str, Any]]

LEGACY = "0.12.1"
CURRENT = tuple(
    str(release) for release in BUILTIN_RELEASES if release.format is ConfigFormat.CUSTOM_RESOURCES
)


def _everything(install: Install) -> Objects:
    value = install.memberlist_secret
    return [
        *installation.namespace(install),
        *installation.crds(install),
        *installation.pod_security_policies(install),
        *(installation.memberlist(install, value.get_secret_value()) if value else ()),
        *installation.controller(install),
        *installation.speaker(install),
        *installation.webhooks(install),
        *installation.network_policies(install),
        *installation.monitoring(install),
    ]


@pytest.fixture
def everything() -> Callable[[Install], Objects]:
    return _everything


@pytest.fixture
def find() -> Callable[[Objects, str, str], dict[str, Any]]:
    """The one object of this kind and name."""

    def _find(objects: Objects, kind: str, name: str) -> dict[str, Any]:
        (found,) = [
            item for item in objects if (item["kind"], item["metadata"]["name"]) == (kind, name)
        ]
        return found

    return _find


@pytest.fixture
def container() -> Callable[[Objects, str], dict[str, Any]]:
    """The container of one of the two workloads."""

    def _container(objects: Objects, component: str) -> dict[str, Any]:
        (found,) = [
            item["spec"]["template"]["spec"]["containers"]
            for item in objects
            if item["kind"] in ("Deployment", "DaemonSet") and item["metadata"]["name"] == component
        ]
        (only,) = found
        return dict(only)

    return _container


@pytest.fixture(params=[LEGACY, *CURRENT])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=CURRENT)
def current(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def full() -> Callable[..., Install]:
    """An Install with everything switched on that its version knows."""

    def _full(version: str, **more: Any) -> Install:
        return Install(
            version=version,
            network_policy=version != LEGACY,
            monitoring={"serviceMonitor": True, "prometheusRule": True, "dashboard": True},
            **more,
        )

    return _full
