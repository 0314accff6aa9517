"""What the plugin does to answer each function: its calls, and how it picks from lists."""

import ipaddress
from collections.abc import Callable, Sequence

from lab.metal_plugin import outputs, tokens
from lab.metal_plugin.caller import Caller, Json
from lab.metal_plugin.errors import ApiError, PluginError
from lab.metal_plugin.resources import Resources

DEVICE_INCLUDE = "project,metro,facility,hardware_reservation"
BLOCK_INCLUDE = "facility,project,metro"


class Functions:
    """Answers the functions of the tokens that are known here."""

    def __init__(self, caller: Caller, resources: Resources) -> None:
        self._caller = caller
        self._resources = resources
        self._answers: dict[str, Callable[[Json], Json]] = {
            tokens.GET_DEVICE: self._get_device,
            tokens.GET_DEVICE_BGP_NEIGHBORS: self._get_neighbors,
            tokens.GET_RESERVED_IP_BLOCK: self._get_block,
            tokens.GET_PRECREATED_IP_BLOCK: self._get_precreated,
            tokens.GET_IP_BLOCK_RANGES: self._get_ranges,
            tokens.GET_PROJECT: self._get_project,
        }

    @property
    def known(self) -> tuple[str, ...]:
        """The tokens that are answered."""
        return tuple(self._answers)

    def answer(self, token: str, args: Json) -> Json:
        """The result of one function."""
        try:
            return self._answers[token](args)
        except ApiError as error:
            # Functions pass the client's error on as it is.
            raise error.as_raw() from error

    def _get_device(self, args: Json) -> Json:
        hostname, query = args.get("hostname"), {"include": DEVICE_INCLUDE}
        if not hostname:
            if not args.get("deviceId"):
                raise PluginError("getDevice", "You must supply device_id or hostname")
            return outputs.device_result(
                self._caller.ask("GET", f"/devices/{args['deviceId']}", query=query)
            )
        if not args.get("projectId"):
            message = "If you lookup via hostname, you must supply project_id"
            raise PluginError("getDevice", message)
        path = f"/projects/{args['projectId']}/devices"
        devices = self._caller.pages(path, "devices", {**query, "search": hostname})
        exact = [device for device in devices if device["hostname"] == hostname]
        return outputs.device_result(_only(exact, "device", f"hostname {hostname}"))

    def _get_neighbors(self, args: Json) -> Json:
        answer = self._caller.ask("GET", f"/devices/{args['deviceId']}/bgp/neighbors")
        neighbors = answer["bgp_neighbors"]
        if not isinstance(neighbors, list):
            raise TypeError("bgp_neighbors")
        return outputs.neighbors_result(args["deviceId"], neighbors)

    def _get_block(self, args: Json) -> Json:
        query = {"include": BLOCK_INCLUDE}
        if args.get("id"):
            block = self._caller.ask("GET", f"/ips/{args['id']}", query=query)
            return {**outputs.found_block_outputs(block), "id": block["id"]}
        if not (args.get("projectId") and args.get("ipAddress")):
            message = "You must specify either id or project_id and ip_address"
            raise PluginError("getReservedIpBlock", message)
        try:
            wanted = ipaddress.ip_address(args["ipAddress"])
        except ValueError as exc:
            message = f"{args['ipAddress']} is not a valid ip_address"
            raise PluginError("getReservedIpBlock", message) from exc
        blocks = self._caller.ask("GET", f"/projects/{args['projectId']}/ips", query=query)
        for block in blocks["ip_addresses"]:
            if wanted in _network(block):
                found = outputs.found_block_outputs(block)
                return {**found, "id": block["id"], "ipAddress": args["ipAddress"]}
        listed = "\n".join(outputs.notation(block) for block in blocks["ip_addresses"])
        message = f"Could not find matching reserved block, all blocks were \n{listed}"
        raise PluginError("getReservedIpBlock", message)

    def _get_precreated(self, args: Json) -> Json:
        blocks = self._blocks(args)
        if args.get("global") and not args["public"]:
            message = (
                "Private (non-public) global IP address blocks are not supported in Equinix Metal"
            )
            raise PluginError("getPrecreatedIpBlock", message)
        if args.get("global") and (args.get("facility") or args.get("metro")):
            message = (
                "You can't specify facility for global IP block - addresses from global blocks "
                "can be assigned to devices across several locations"
            )
            raise PluginError("getPrecreatedIpBlock", message)
        block = outputs.precreated(args, blocks)
        if block is None:
            listed = " ".join(outputs.notation(one) for one in blocks)
            message = f"Could not find matching reserved block, all IPs were [{listed}]"
            raise PluginError("getPrecreatedIpBlock", message)
        return {**outputs.block_outputs(block), "id": block["id"]}

    def _get_ranges(self, args: Json) -> Json:
        return outputs.ranges_result(args, self._blocks(args))

    def _get_project(self, args: Json) -> Json:
        if not (args.get("name") or args.get("projectId")):
            raise PluginError("getProject", "You must supply project_id or name")
        if args.get("name"):
            named = [
                one
                for one in self._caller.pages("/projects", "projects", {})
                if one["name"] == args["name"]
            ]
            project = _only(named, "project", f"name {args['name']}")
        else:
            project = self._caller.ask("GET", f"/projects/{args['projectId']}")
        found = self._resources.with_bgp(project)
        if "bgpConfig" in found:
            found["bgpConfigs"] = [found.pop("bgpConfig")]
        return {**found, "id": project["id"], "projectId": project["id"], "userIds": []}

    def _blocks(self, args: Json) -> list[Json]:
        answer = self._caller.ask("GET", f"/projects/{args['projectId']}/ips")
        return list(answer["ip_addresses"])


def _network(block: Json) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    notation = outputs.notation(block)
    try:
        return ipaddress.ip_network(notation, strict=False)
    except ValueError as exc:
        message = (
            "CIDR expression of an Equinix Metal IP Block could not be parsed: "
            f"{notation}. Please report this in a GitHub issue"
        )
        raise PluginError("getReservedIpBlock", message) from exc


def _only(found: Sequence[Json], kind: str, named: str) -> Json:
    if not found:
        raise PluginError(kind, f"no {kind} found with {named}")
    if len(found) > 1:
        message = f"too many {kind}s found with {named} (found {len(found)}, expected 1)"
        raise PluginError(kind, message)
    return found[0]
