"""What the plugin does to create and read each resource: its checks, its calls, their order."""

from collections.abc import Callable

from lab.metal_api import plugin, tokens
from lab.metal_api.caller import Caller, Json, refused
from lab.metal_api.errors import PluginError

PATHS = {
    tokens.RESERVED_IP_BLOCK: "/ips/{}",
    tokens.IP_ATTACHMENT: "/ips/{}",
    tokens.BGP_SESSION: "/bgp/sessions/{}",
    tokens.PROJECT: "/projects/{}",
}
"""Where each resource is deleted."""


class Resources:
    """Creates and reads the resources of the tokens that are known here."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.create: dict[str, Callable[[Json], tuple[str, Json]]] = {
            tokens.RESERVED_IP_BLOCK: self._reserve,
            tokens.BGP_SESSION: self._open_session,
            tokens.IP_ATTACHMENT: self._attach,
            tokens.PROJECT: self._create_project,
        }
        """By token: from inputs to id and outputs."""
        self.read: dict[str, Callable[[str], Json]] = {
            tokens.RESERVED_IP_BLOCK: self._read_block,
            tokens.BGP_SESSION: self._read_session,
            tokens.IP_ATTACHMENT: self._read_attachment,
            tokens.PROJECT: self.read_project,
        }
        """By token: from id to outputs."""

    def _reserve(self, inputs: Json) -> tuple[str, Json]:
        kind = inputs.get("type", "public_ipv4")
        placed = [key for key in ("facility", "metro") if inputs.get(key)]
        if kind not in ("public_ipv4", "global_ipv4"):
            raise refused("type", str(kind), "expected one of public_ipv4, global_ipv4")
        if kind == "global_ipv4" and placed:
            raise refused(
                placed[0], "a global block", "facility and metro can't be set for a global block"
            )
        if kind == "public_ipv4" and not placed:
            raise refused("metro", "neither", "set metro or facility for a public block")
        if len(placed) == 2:
            raise refused("metro", "both", "metro conflicts with facility")
        body: Json = {"type": kind, "quantity": int(inputs["quantity"])}
        if inputs.get("description"):
            body["details"] = inputs["description"]
        body.update({key: inputs[key] for key in placed})
        if inputs.get("tags"):
            body["tags"] = plugin.tag_order(inputs["tags"])
        block = self._caller.ask("POST", f"/projects/{inputs['projectId']}/ips", body)
        return block["id"], self._read_block(block["id"])

    def _read_block(self, block_id: str) -> Json:
        return plugin.reserved_block_outputs(self._caller.ask("GET", f"/ips/{block_id}"))

    def _open_session(self, inputs: Json) -> tuple[str, Json]:
        family = inputs.get("addressFamily")
        if family not in ("ipv4", "ipv6"):
            raise refused("addressFamily", str(family), "expected one of ipv4, ipv6")
        body = {
            "address_family": family,
            "default_route": bool(inputs.get("defaultRoute", False)),
        }
        session = self._caller.ask("POST", f"/devices/{inputs['deviceId']}/bgp/sessions", body)
        return session["id"], self._read_session(session["id"])

    def _read_session(self, session_id: str) -> Json:
        session = self._caller.ask(
            "GET", f"/bgp/sessions/{session_id}", query={"include": "device"}
        )
        return plugin.session_outputs(session)

    def _attach(self, inputs: Json) -> tuple[str, Json]:
        body = {"address": inputs["cidrNotation"]}
        assignment = self._caller.ask("POST", f"/devices/{inputs['deviceId']}/ips", body)
        return assignment["id"], self._read_attachment(assignment["id"])

    def _read_attachment(self, assignment_id: str) -> Json:
        return plugin.attachment_outputs(self._caller.ask("GET", f"/ips/{assignment_id}"))

    def _create_project(self, inputs: Json) -> tuple[str, Json]:
        body = {"name": inputs["name"]}
        if inputs.get("organizationId"):
            body["organization_id"] = inputs["organizationId"]
        project_id = self._caller.ask("POST", "/projects", body)["id"]
        bgp = inputs.get("bgpConfig")
        if bgp:
            ask = {"deployment_type": bgp["deploymentType"], "asn": int(bgp["asn"])}
            if bgp.get("md5"):
                ask["md5"] = bgp["md5"]
            self._caller.ask("POST", f"/projects/{project_id}/bgp-configs", ask)
        if inputs.get("backendTransfer"):
            self._caller.ask("PATCH", f"/projects/{project_id}", {"backend_transfer_enabled": True})
        return project_id, self.read_project(project_id)

    def read_project(self, project_id: str) -> Json:
        """A project with its BGP configuration, as resource and data source have it."""
        project = self._caller.ask("GET", f"/projects/{project_id}")
        try:
            bgp = self._caller.ask("GET", f"/projects/{project_id}/bgp-config")
        except PluginError:
            # The plugin takes any failure here for a project without BGP.
            bgp = {}
        return plugin.project_outputs(project, bgp)
