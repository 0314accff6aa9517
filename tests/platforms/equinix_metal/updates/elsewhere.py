"""What others do with the devices of the project, by the API's own calls."""

import ssl
from typing import Any

import httpx

from tests.platforms.equinix_metal.updates.harness import PROJECT_ID, Project

__all__ = ["rename_device", "replace_device"]


def replace_device(project: Project, hostname: str) -> str:
    """Remove a device and make another one of its name; the new one's id."""
    project.cloud.remove_device(hostname)
    body = {
        "hostname": hostname,
        "plan": "c3.small.x86",
        "operating_system": "ubuntu_22_04",
        "metro": "ny",
    }
    return str(_ask(project, "POST", f"/projects/{PROJECT_ID}/devices", body)["id"])


def rename_device(project: Project, hostname: str, new: str) -> None:
    """Give a device another host name."""
    (device,) = [item for item in _devices(project) if item["hostname"] == hostname]
    _ask(project, "PUT", f"/devices/{device['id']}", {"hostname": new})


def _devices(project: Project) -> list[dict[str, Any]]:
    return list(project.cloud.inventory()["devices"])


def _ask(project: Project, method: str, path: str, body: dict[str, str]) -> dict[str, Any]:
    cloud = project.cloud
    assert cloud is not None
    trust = ssl.create_default_context(cafile=cloud.env["SSL_CERT_FILE"])
    token = {"X-Auth-Token": cloud.env["METAL_AUTH_TOKEN"]}
    with httpx.Client(verify=trust, trust_env=False, headers=token) as client:
        answer = client.request(method, cloud.backend_url + path, json=body)
    answer.raise_for_status()
    return dict(answer.json())
