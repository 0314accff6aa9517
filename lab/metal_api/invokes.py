"""What the plugin does to answer each invoke: its checks, its calls, how it picks from lists."""

import ipaddress
from collections.abc import Callable

from lab.metal_api import plugin, tokens
from lab.metal_api.caller import Caller, Json, refused
from lab.metal_api.resources import Resources

DEVICE_INCLUDE = "project,metro,facility,hardware_reservation"


class Invokes:
    """Answers the invokes of the tokens that are known here."""

    def __init__(self, caller: Caller, resources: Resources) -> None:
        self._caller = caller
        self._resources = resources
        self.answer: dict[str, Callable[[Json], Json]] = {
            tokens.GET_DEVICE: self._get_device,
            tokens.GET_DEVICE_BGP_NEIGHBORS: self._get_neighbors,
            tokens.GET_RESERVED_IP_BLOCK: self._get_block,
            tokens.GET_PRECREATED_IP_BLOCK: self._get_precreated,
            tokens.GET_IP_BLOCK_RANGES: self._get_ranges,
            tokens.GET_PROJECT: self._get_project,
        }
        """By token: from arguments to result."""

    def _get_device(self, args: Json) -> Json:
        hostname, query = args.get("hostname"), {"include": DEVICE_INCLUDE}
        if not hostname:
            if not args.get("deviceId"):
                raise refused("getDevice", "neither", "you must supply device_id or hostname")
            return plugin.device_result(
                self._caller.ask("GET", f"/devices/{args['deviceId']}", query=query)
            )
        if not args.get("projectId"):
            raise refused("getDevice", "hostname only", "a hostname needs project_id")
        path = f"/projects/{args['projectId']}/devices"
        devices = self._caller.pages(path, "devices", {**query, "search": hostname})
        exact = [device for device in devices if device["hostname"] == hostname]
        if not exact:
            raise refused("getDevice", hostname, "no device found with that hostname")
        if len(exact) > 1:
            rule = f"too many devices found with hostname {hostname}"
            raise refused("getDevice", hostname, f"{rule} (found {len(exact)}, expected 1)")
        return plugin.device_result(exact[0])

    def _get_neighbors(self, args: Json) -> Json:
        answer = self._caller.ask("GET", f"/devices/{args['deviceId']}/bgp/neighbors")
        return plugin.neighbors_result(args["deviceId"], answer["bgp_neighbors"])

    def _get_block(self, args: Json) -> Json:
        query = {"include": "facility,project,metro"}
        if args.get("id"):
            block = self._caller.ask("GET", f"/ips/{args['id']}", query=query)
            return {**plugin.found_block_outputs(block), "id": block["id"]}
        if not (args.get("projectId") and args.get("ipAddress")):
            raise refused("getReservedIpBlock", "neither", "give id, or project_id and ip_address")
        try:
            wanted = ipaddress.ip_address(args["ipAddress"])
        except ValueError as exc:
            raise refused("ipAddress", str(args["ipAddress"]), "not a valid ip_address") from exc
        blocks = self._caller.ask("GET", f"/projects/{args['projectId']}/ips", query=query)
        for block in blocks["ip_addresses"]:
            if block.get("network") and wanted in ipaddress.ip_network(
                f"{block['network']}/{block['cidr']}"
            ):
                outputs = plugin.found_block_outputs(block)
                return {**outputs, "id": block["id"], "ipAddress": args["ipAddress"]}
        raise refused("getReservedIpBlock", str(wanted), "could not find matching reserved block")

    def _get_precreated(self, args: Json) -> Json:
        if args.get("global") and not args["public"]:
            raise refused("getPrecreatedIpBlock", "global", "private global blocks do not exist")
        if args.get("global") and (args.get("facility") or args.get("metro")):
            raise refused("getPrecreatedIpBlock", "global", "a global block has no location")
        block = plugin.precreated(args, self._blocks(args))
        if block is None:
            raise refused(
                "getPrecreatedIpBlock", "no block", "could not find matching reserved block"
            )
        return {**plugin.block_outputs(block), "id": block["id"]}

    def _get_ranges(self, args: Json) -> Json:
        return plugin.ranges_result(args, self._blocks(args))

    def _get_project(self, args: Json) -> Json:
        project_id = args.get("projectId")
        if not project_id:
            projects = self._caller.pages("/projects", "projects", {})
            project_id = next((p["id"] for p in projects if p["name"] == args.get("name")), None)
        if not project_id:
            raise refused("getProject", str(args.get("name")), "no project found with that name")
        outputs = self._resources.read_project(project_id)
        if "bgpConfig" in outputs:
            outputs["bgpConfigs"] = [outputs.pop("bgpConfig")]
        return {**outputs, "id": project_id, "projectId": project_id, "userIds": []}

    def _blocks(self, args: Json) -> list[Json]:
        blocks: list[Json] = self._caller.ask("GET", f"/projects/{args['projectId']}/ips")[
            "ip_addresses"
        ]
        return blocks
