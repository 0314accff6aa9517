"""One small function a call: reads the request, calls the backend, shapes the answer."""

from typing import Any

from lab.metal_api import bodies
from lab.metal_api.calls import IPS_PER_PAGE, Answer, Call, Handler, as_json, page
from lab.metal_api.ledger import OwnAddress
from lab.metal_api.neighbors import neighbor_of
from lab.metal_api.state import Assignment, Block

# --- addresses --------------------------------------------------------------------------------


def _reserve(call: Call) -> Answer:
    ask = bodies.ReserveBlock.model_validate(call.body)
    block = call.backend.blocks.reserve(call.id, ask, pending=call.pending)
    return 201, _block(call, block)


def _block(call: Call, block: Block) -> dict[str, Any]:
    answer = as_json(call.views.block(block))
    if block.network is None:
        # A pending reservation lacks these fields altogether.
        for field in ("address", "network", "netmask", "gateway", "cidr"):
            del answer[field]
    return answer


def _list_blocks(call: Call) -> Answer:
    blocks = call.backend.ledger.blocks_of(call.id)
    path = f"/projects/{call.id}/ips"
    return page(call, path, "ip_addresses", blocks, lambda one: _block(call, one), IPS_PER_PAGE)


def _read_address(call: Call) -> Answer:
    found = call.backend.ledger.address(call.id)
    if isinstance(found, Assignment):
        return 200, as_json(call.views.assignment(found))
    if isinstance(found, OwnAddress):
        return 200, as_json(call.views.interface(found.device, found.interface))
    return 200, _block(call, found)


def _release(call: Call) -> Answer:
    call.backend.blocks.release(call.id)
    return 204, None


def _attach(call: Call) -> Answer:
    ask = bodies.AttachAddress.model_validate(call.body)
    return 201, as_json(call.views.assignment(call.backend.blocks.attach(call.id, ask)))


# --- BGP --------------------------------------------------------------------------------------


def _open_session(call: Call) -> Answer:
    ask = bodies.OpenSession.model_validate(call.body)
    session = call.backend.bgp.open(call.id, ask)
    return 201, as_json(call.views.session(session, call.include))


def _read_session(call: Call) -> Answer:
    session = call.backend.ledger.session(call.id)
    return 200, as_json(call.views.session(session, call.include))


def _close_session(call: Call) -> Answer:
    call.backend.bgp.close(call.id)
    return 204, None


def _device_sessions(call: Call) -> Answer:
    sessions = call.backend.ledger.sessions_of_device(call.id)
    shown = [as_json(call.views.session(one, call.include)) for one in sessions]
    return 200, {"bgp_sessions": shown}


def _project_sessions(call: Call) -> Answer:
    sessions = call.backend.ledger.sessions_of_project(call.id)
    path = f"/projects/{call.id}/bgp/sessions"
    views, include = call.views, call.include
    return page(
        call, path, "bgp_sessions", sessions, lambda one: as_json(views.session(one, include))
    )


def _neighbors(call: Call) -> Answer:
    sessions = sorted(call.backend.ledger.sessions_of_device(call.id), key=lambda one: one.family)
    neighbors = [neighbor_of(call.backend.state, one) for one in sessions]
    return 200, {"bgp_neighbors": [as_json(one) for one in neighbors if one is not None]}


def _enable_bgp(call: Call) -> Answer:
    call.backend.bgp.enable(call.id, bodies.RequestBgp.model_validate(call.body))
    return 204, None


def _read_bgp(call: Call) -> Answer:
    project = call.backend.ledger.project(call.id)
    if project.bgp is None:
        return 200, {}
    return 200, as_json(call.views.bgp_config(project, project.bgp))


# --- devices ----------------------------------------------------------------------------------


def _list_devices(call: Call) -> Answer:
    devices = call.backend.ledger.devices_of(call.id, call.query.get("search", ""))
    views, now, include = call.views, call.backend.ledger.now(), call.include
    path = f"/projects/{call.id}/devices"
    return page(
        call, path, "devices", devices, lambda one: as_json(views.device(one, now, include))
    )


def _read_device(call: Call) -> Answer:
    ledger = call.backend.ledger
    device = call.views.device(ledger.device(call.id), ledger.now(), call.include)
    return 200, as_json(device)


def _create_device(call: Call) -> Answer:
    ask = bodies.CreateDevice.model_validate(call.body)
    device = call.backend.devices.create(call.id, ask)
    answer = as_json(call.views.device(device, call.backend.ledger.now(), call.include))
    # The answer to an order always says queued, however fast the machine comes.
    return 201, {**answer, "state": "queued"}


def _change_device(call: Call) -> Answer:
    call.backend.devices.change(call.id, bodies.ChangeDevice.model_validate(call.body))
    return _read_device(call)


def _remove_device(call: Call) -> Answer:
    call.backend.devices.remove(call.id)
    return 204, None


# --- projects ---------------------------------------------------------------------------------


def _list_projects(call: Call) -> Answer:
    projects = list(call.backend.state.projects.values())
    return page(
        call, "/projects", "projects", projects, lambda one: as_json(call.views.project(one))
    )


def _create_project(call: Call) -> Answer:
    project = call.backend.projects.create(bodies.CreateProject.model_validate(call.body))
    return 201, as_json(call.views.project(project))


def _read_project(call: Call) -> Answer:
    return 200, as_json(call.views.project(call.backend.ledger.project(call.id)))


def _change_project(call: Call) -> Answer:
    call.backend.projects.change(call.id, bodies.ChangeProject.model_validate(call.body))
    return _read_project(call)


def _remove_project(call: Call) -> Answer:
    call.backend.projects.remove(call.id)
    return 204, None


HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "/ips/{id}"): _read_address,
    ("DELETE", "/ips/{id}"): _release,
    ("GET", "/projects/{id}/ips"): _list_blocks,
    ("POST", "/projects/{id}/ips"): _reserve,
    ("POST", "/devices/{id}/ips"): _attach,
    ("GET", "/bgp/sessions/{id}"): _read_session,
    ("DELETE", "/bgp/sessions/{id}"): _close_session,
    ("GET", "/devices/{id}/bgp/sessions"): _device_sessions,
    ("POST", "/devices/{id}/bgp/sessions"): _open_session,
    ("GET", "/devices/{id}/bgp/neighbors"): _neighbors,
    ("GET", "/projects/{id}/bgp/sessions"): _project_sessions,
    ("GET", "/projects/{id}/bgp-config"): _read_bgp,
    ("POST", "/projects/{id}/bgp-configs"): _enable_bgp,
    ("GET", "/projects/{id}/devices"): _list_devices,
    ("POST", "/projects/{id}/devices"): _create_device,
    ("GET", "/devices/{id}"): _read_device,
    ("PUT", "/devices/{id}"): _change_device,
    ("DELETE", "/devices/{id}"): _remove_device,
    ("GET", "/projects"): _list_projects,
    ("POST", "/projects"): _create_project,
    ("GET", "/projects/{id}"): _read_project,
    ("PATCH", "/projects/{id}"): _change_project,
    ("DELETE", "/projects/{id}"): _remove_project,
}
