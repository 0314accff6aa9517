"""From the API's JSON to what the provider plugin hands to Pulumi.

Wire names are camelCase as in the plugin's schema (3.2.1). This is the plugin's own translation,
written down again: project from the end of an href, type derived from three booleans, quantity
from the prefix length, metro in lower case. Source: the plugin's schema and observed answers.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lab.metal_plugin.errors import PluginError

Json = dict[str, Any]

MOST_BITS = 30
"""An IPv6 block of more subnets than 2 to this power is refused."""


def block_outputs(block: Mapping[str, Any]) -> Json:
    """A reservation, as resource or as data source has it; a pending one has no addresses."""
    cidr = block.get("cidr") or 0
    family = block.get("address_family") or 0
    if family == 4:
        quantity = 1 << (32 - cidr) if 24 <= cidr <= 32 else 0
    elif 64 - cidr > MOST_BITS:
        raise PluginError("cidr", f"Strange (too small) CIDR prefix: {cidr}")
    else:
        quantity = 1 << (64 - cidr) if cidr <= 64 else 0
    outputs: Json = {
        "address": block.get("address") or "",
        "addressFamily": family,
        "cidr": cidr,
        "cidrNotation": notation(block),
        "gateway": block.get("gateway") or "",
        "global": block["global_ip"],
        "manageable": block["manageable"],
        "management": block["management"],
        "netmask": block.get("netmask") or "",
        "network": block.get("network") or "",
        "projectId": last_part(block["project"]),
        "public": block["public"],
        "quantity": quantity,
        "type": _type_of(block),
    }
    for place in ("facility", "metro"):
        if block.get(place):
            outputs[place] = block[place].get("code", "").lower()
    return outputs


def notation(block: Mapping[str, Any]) -> str:
    """A block in CIDR notation; `/0` while it has no addresses."""
    return f"{block.get('network') or ''}/{block.get('cidr') or 0}"


def reserved_block_outputs(block: Mapping[str, Any]) -> Json:
    """A reservation as the resource has it: with its description and tags."""
    outputs = {**block_outputs(block), "tags": tag_order(block.get("tags") or [])}
    if block.get("details"):
        outputs["description"] = block["details"]
    return outputs


def found_block_outputs(block: Mapping[str, Any]) -> Json:
    """A reservation as `getReservedIpBlock` answers it: without saying whether it is global."""
    return {key: value for key, value in block_outputs(block).items() if key != "global"}


def attachment_outputs(assignment: Mapping[str, Any]) -> Json:
    """An address attached to a device."""
    return {
        "address": assignment["address"],
        "addressFamily": assignment["address_family"],
        "cidr": assignment["cidr"],
        "cidrNotation": f"{assignment['network']}/{assignment['cidr']}",
        "deviceId": last_part(assignment["assigned_to"]),
        "gateway": assignment["gateway"],
        "global": assignment["global_ip"],
        "manageable": assignment["manageable"],
        "management": assignment["management"],
        "netmask": assignment["netmask"],
        "network": assignment["network"],
        "public": assignment["public"],
    }


def session_outputs(session: Mapping[str, Any]) -> Json:
    """A BGP session."""
    if not isinstance(session["address_family"], str):
        raise TypeError("address_family")
    return {
        "addressFamily": session["address_family"],
        "defaultRoute": bool(session.get("default_route")),
        "deviceId": session["device"].get("id", ""),
        "status": session["status"],
    }


def project_outputs(project: Mapping[str, Any], bgp: Mapping[str, Any]) -> Json:
    """A project; `bgpConfig` only when BGP was enabled."""
    outputs: Json = {
        "backendTransfer": project["backend_transfer_enabled"],
        "created": project["created_at"],
        "name": project["name"],
        "organizationId": last_part(project["organization"]),
        "paymentMethodId": last_part(project["payment_method"]),
        "updated": project["updated_at"],
    }
    if bgp.get("id"):
        outputs["bgpConfig"] = {
            "asn": bgp["asn"],
            "deploymentType": bgp["deployment_type"],
            "maxPrefix": bgp["max_prefix"],
            "md5": bgp["md5"] or "",
            "status": bgp["status"],
        }
    return outputs


def device_result(device: Mapping[str, Any]) -> Json:
    """A device as `getDevice` answers it."""
    addresses = device["ip_addresses"]
    return {
        "accessPrivateIpv4": _management(addresses, 4, public=False),
        "accessPublicIpv4": _management(addresses, 4, public=True),
        "accessPublicIpv6": _management(addresses, 6, public=True),
        "alwaysPxe": device["always_pxe"],
        "billingCycle": device["billing_cycle"],
        # The plugin leaves description, hardwareReservationId and storage out when there is none.
        "rootPassword": "",
        "deviceId": device["id"],
        "facility": device["facility"]["code"],
        "hostname": device["hostname"],
        "id": device["id"],
        "ipxeScriptUrl": device["ipxe_script_url"] or "",
        "metro": device["metro"]["code"].lower(),
        "networkType": "layer3" if addresses else "layer2-bonded",
        "networks": [
            {
                "address": one["address"],
                "cidr": one["cidr"],
                "family": one["address_family"],
                "gateway": one["gateway"],
                "public": one["public"],
            }
            for one in sorted(addresses, key=_rank)
        ],
        "operatingSystem": device["operating_system"]["slug"],
        "plan": device["plan"]["slug"],
        "ports": [
            {
                "bonded": port["data"]["bonded"],
                "id": port["id"],
                "mac": port["data"]["mac"] or "",
                "name": port["name"],
                "type": port["type"],
            }
            for port in device["network_ports"]
        ],
        "projectId": device["project"].get("id", ""),
        "sshKeyIds": [last_part(key) for key in device["ssh_keys"]],
        "state": device["state"],
        "tags": list(device["tags"]),
    }


def neighbors_result(device_id: str, neighbors: Sequence[Mapping[str, Any]]) -> Json:
    """The neighbours as `getDeviceBgpNeighbors` answers them."""
    return {
        "deviceId": device_id,
        "id": device_id,
        "bgpNeighbors": [
            {
                "addressFamily": one["address_family"],
                "customerAs": one["customer_as"],
                "customerIp": one["customer_ip"],
                "md5Enabled": one["md5_enabled"],
                "md5Password": one["md5_password"] or "",
                "multihop": one["multihop"],
                "peerAs": one["peer_as"],
                "peerIps": list(one["peer_ips"]),
                "routesIns": [dict(route) for route in one["routes_in"]],
                "routesOuts": [dict(route) for route in one["routes_out"]],
            }
            for one in neighbors
        ],
    }


def ranges_result(args: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> Json:
    """All networks of a project by kind, as `getIpBlockRanges` answers them."""
    lists: dict[str, list[str]] = {
        "publicIpv4s": [],
        "globalIpv4s": [],
        "privateIpv4s": [],
        "ipv6s": [],
    }
    for block in blocks:
        if block["address_family"] == 6:
            kind = "ipv6s"
        elif block["global_ip"]:
            kind = "globalIpv4s"
        else:
            kind = "publicIpv4s" if block["public"] else "privateIpv4s"
        if kind == "globalIpv4s" or all(_placed(block, args, key) for key in ("facility", "metro")):
            lists[kind].append(notation(block))
    place = args.get("facility") or args.get("metro")
    named = f"{args['projectId']}-{place}" if place else args["projectId"]
    given = {key: args[key] for key in ("facility",) if args.get(key)}
    if args.get("metro"):
        given["metro"] = args["metro"].lower()
    return {"id": f"{named}-IPs", "projectId": args["projectId"], **given, **lists}


def precreated(args: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> Json | None:
    """The first block that `getPrecreatedIpBlock` would take; codes compare by case."""
    place = next((key for key in ("facility", "metro") if args.get(key)), None)
    for block in blocks:
        if (block["public"], block["address_family"]) != (args["public"], args["addressFamily"]):
            continue
        if place is None and block["global_ip"] == args.get("global", False):
            return dict(block)
        if place is not None and block.get(place) and block[place]["code"] == args[place]:
            return dict(block)
    return None


def tag_order(tags: Iterable[str]) -> list[str]:
    """Tags in the plugin's order: it keeps them as a set, sorted by the digits of a checksum."""
    return sorted(set(tags), key=lambda tag: str(zlib.crc32(f"{tag};".encode())))


def last_part(reference: Mapping[str, Any]) -> str:
    """The id at the end of an href."""
    return str(reference["href"]).rpartition("/")[2]


def _placed(block: Mapping[str, Any], args: Mapping[str, Any], key: str) -> bool:
    if not args.get(key):
        return True
    return bool(block.get(key)) and block[key]["code"] == args[key]


def _type_of(block: Mapping[str, Any]) -> str:
    public = "global" if block["global_ip"] else "public"
    return f"{public if block['public'] else 'private'}_ipv{block['address_family']}"


def _rank(address: Mapping[str, Any]) -> int:
    if address["address_family"] == 6:
        return 1
    return 0 if address["public"] else 3


def _management(addresses: Sequence[Mapping[str, Any]], family: int, *, public: bool) -> str:
    found = ""
    for one in addresses:
        if one["management"] and one["address_family"] == family:
            # Like the plugin: the last one wins, and IPv6 does not ask whether it is public.
            found = str(one["address"]) if family == 6 or one["public"] == public else found
    return found
