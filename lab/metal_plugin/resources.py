"""What the plugin does to make, read, change and remove each resource: its calls, their order."""

from collections.abc import Callable

from lab.metal_plugin import outputs, tokens
from lab.metal_plugin.caller import Caller, Json
from lab.metal_plugin.errors import ApiError, PluginError

PATHS = {
    tokens.RESERVED_IP_BLOCK: "/ips/{}",
    tokens.IP_ATTACHMENT: "/ips/{}",
    tokens.BGP_SESSION: "/bgp/sessions/{}",
    tokens.PROJECT: "/projects/{}",
}
"""Where each resource is deleted."""

DONE_ON_DELETE = (403, 404)
"""Statuses that the plugin takes for a deletion that is done."""


class Resources:
    """Works on the resources of the tokens that are known here."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.make: dict[str, Callable[[Json], str]] = {
            tokens.RESERVED_IP_BLOCK: self._reserve,
            tokens.BGP_SESSION: self._open_session,
            tokens.IP_ATTACHMENT: self._attach,
            tokens.PROJECT: self._make_project,
        }
        """By token: from inputs to the id of what was made."""
        self.complete: dict[str, Callable[[str, Json], None]] = {
            tokens.PROJECT: self._complete_project,
        }
        """By token: calls that follow once there is an id."""
        self.read: dict[str, Callable[[str], Json]] = {
            tokens.RESERVED_IP_BLOCK: self._read_block,
            tokens.BGP_SESSION: self._read_session,
            tokens.IP_ATTACHMENT: self._read_attachment,
            tokens.PROJECT: self.read_project,
        }
        """By token: from id to outputs. What is gone raises; see `gone`."""

    def remove(self, token: str, resource_id: str) -> None:
        """Deletes a resource; gone or forbidden counts as deleted."""
        try:
            self._caller.act("DELETE", PATHS[token].format(resource_id))
        except PluginError as error:
            if isinstance(error, ApiError) and error.status in DONE_ON_DELETE:
                return
            if token == tokens.RESERVED_IP_BLOCK:
                prefix = f"Error deleting IP reservation block {resource_id}: "
                raise _prefixed(prefix, _raw(error)) from error
            raise (_raw(error) if token == tokens.BGP_SESSION else error) from error

    def _reserve(self, inputs: Json) -> str:
        kind = inputs.get("type", "public_ipv4")
        placed = [key for key in ("facility", "metro") if inputs.get(key)]
        if kind == "global_ipv4" and placed:
            message = "facility and metro can't be set for global IP block reservation"
            raise PluginError(placed[0], message)
        if kind != "global_ipv4" and not placed:
            message = "You should set either metro or facility for non-global IP block reservation"
            raise PluginError("metro", message)
        body: Json = {"type": kind, "quantity": int(inputs["quantity"])}
        if inputs.get("description"):
            body["details"] = inputs["description"]
        body.update({key: inputs[key] for key in placed})
        if inputs.get("tags"):
            body["tags"] = outputs.tag_order(inputs["tags"])
        try:
            block = self._caller.ask("POST", f"/projects/{inputs['projectId']}/ips", body)
        except PluginError as error:
            raise _prefixed("Error reserving IP address block: ", _raw(error)) from error
        return _id_of(block)

    def _read_block(self, block_id: str) -> Json:
        try:
            block = self._caller.ask("GET", f"/ips/{block_id}")
        except PluginError as error:
            if gone(error):
                raise
            prefix = f"Error reading IP address block with ID {block_id}: "
            raise _prefixed(prefix, error) from error
        return outputs.reserved_block_outputs(block)

    def _open_session(self, inputs: Json) -> str:
        body = {
            "address_family": inputs["addressFamily"],
            "default_route": bool(inputs.get("defaultRoute", False)),
        }
        session = self._caller.ask("POST", f"/devices/{inputs['deviceId']}/bgp/sessions", body)
        return _id_of(session)

    def _read_session(self, session_id: str) -> Json:
        session = self._caller.ask(
            "GET", f"/bgp/sessions/{session_id}", query={"include": "device"}
        )
        return outputs.session_outputs(session)

    def _attach(self, inputs: Json) -> str:
        notation, device = inputs["cidrNotation"], inputs["deviceId"]
        try:
            found = self._caller.ask("POST", f"/devices/{device}/ips", {"address": notation})
        except PluginError as error:
            prefix = f"error assigning address {notation} to device {device}: "
            raise _prefixed(prefix, _raw(error)) from error
        return _id_of(found)

    def _read_attachment(self, assignment_id: str) -> Json:
        return outputs.attachment_outputs(self._caller.ask("GET", f"/ips/{assignment_id}"))

    def _make_project(self, inputs: Json) -> str:
        body = {"name": inputs["name"]}
        if inputs.get("organizationId"):
            body["organization_id"] = inputs["organizationId"]
        return _id_of(self._caller.ask("POST", "/projects", body))

    def _complete_project(self, project_id: str, inputs: Json) -> None:
        if inputs.get("bgpConfig"):
            self._enable_bgp(project_id, inputs["bgpConfig"])
        if inputs.get("backendTransfer"):
            self._caller.ask("PATCH", f"/projects/{project_id}", {"backend_transfer_enabled": True})

    def change_project(self, project_id: str, state: Json, inputs: Json, changed: set[str]) -> None:
        """Sends what changed. With the BGP configuration, nothing else is sent."""
        if "bgpConfig" in changed:
            if not inputs.get("bgpConfig"):
                raise PluginError("bgpConfig", _irremovable(state["bgpConfig"]))
            self._enable_bgp(project_id, inputs["bgpConfig"])
            return
        fields = {
            "name": "name",
            "paymentMethodId": "payment_method_id",
            "backendTransfer": "backend_transfer_enabled",
        }
        body = {field: inputs[key] for key, field in fields.items() if key in changed}
        self._caller.ask("PATCH", f"/projects/{project_id}", body)

    def read_project(self, project_id: str) -> Json:
        """A project with its BGP configuration, as resource and data source have it."""
        return self.with_bgp(self._caller.ask("GET", f"/projects/{project_id}"))

    def with_bgp(self, project: Json) -> Json:
        """The outputs of a project that was read, with its BGP configuration."""
        return outputs.project_outputs(project, self._bgp_config(project["id"]))

    def _bgp_config(self, project_id: str) -> Json:
        try:
            return self._caller.ask("GET", f"/projects/{project_id}/bgp-config")
        except PluginError:
            # The plugin takes any failure here for a project without BGP.
            return {}

    def _enable_bgp(self, project_id: str, config: Json) -> None:
        body = {"deployment_type": config["deploymentType"], "asn": int(config["asn"])}
        if config.get("md5"):
            body["md5"] = config["md5"]
        self._caller.act("POST", f"/projects/{project_id}/bgp-configs", body)


def gone(error: PluginError) -> bool:
    """Whether the API itself answers that there is no such thing; a proxy's 404 is no proof."""
    return isinstance(error, ApiError) and error.status == 404 and error.from_api


def _id_of(made: Json) -> str:
    found = made["id"]
    if not isinstance(found, str):
        raise TypeError("id")
    return found


def _irremovable(config: Json) -> str:
    # The published plugin shows the password here.
    return (
        "BGP Config can not be removed from a project, please add back\nbgp_config {\n"
        f'  deployment_type = "{config["deploymentType"]}"\n  md5 = ""\n'
        f"  asn = {int(config['asn'])}\n}}"
    )


def _raw(error: PluginError) -> PluginError:
    return error.as_raw() if isinstance(error, ApiError) else error


def _prefixed(prefix: str, error: PluginError) -> PluginError:
    return PluginError(error.subject, f"{prefix}{error.message}")
