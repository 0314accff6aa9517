"""Projects' BGP configurations, and the sessions of devices.

Source: Equinix Metal API, calls on /projects/{id}/bgp-configs, /devices/{id}/bgp/sessions and
/bgp/sessions/{id}; schema BgpConfigRequestInput for the rules of the password.
"""

import re

from pydantic import SecretStr

from lab.metal_api import bodies
from lab.metal_api.enums import BgpStatus, DeploymentType, SessionFamily, SessionStatus
from lab.metal_api.errors import unprocessable
from lab.metal_api.ledger import Ledger
from lab.metal_api.state import BgpConfig, Session

PRIVATE_ASNS = ((64512, 65534), (4200000000, 4294967294))
"""RFC 6996: AS numbers for private use, which a `local` configuration takes from."""


class Bgp:
    """The desk for BGP: enables it for a project, opens and closes sessions."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def enable(self, project_id: str, ask: bodies.RequestBgp) -> None:
        """Sets a project's configuration. Once set, it can be repeated but never changed."""
        ledger = self._ledger
        project = ledger.project(project_id)
        local = ask.deployment_type is DeploymentType.LOCAL
        if local and not any(low <= ask.asn <= high for low, high in PRIVATE_ASNS):
            raise unprocessable(f"Asn {ask.asn} is not a private AS number")
        mistake = _password_mistake(ask.md5)
        if mistake:
            raise unprocessable(mistake)
        if project.bgp is not None:
            known = project.bgp.md5.get_secret_value() if project.bgp.md5 else None
            same = (project.bgp.asn, project.bgp.deployment_type, known)
            if same != (ask.asn, ask.deployment_type, ask.md5 or None):
                raise unprocessable("The BGP configuration of a project can't be changed")
            return
        project.bgp = BgpConfig(
            id=ledger.new_id("bgp-config"),
            asn=ask.asn,
            deployment_type=ask.deployment_type,
            md5=SecretStr(ask.md5) if ask.md5 else None,
            status=BgpStatus.ENABLED if local else BgpStatus.REQUESTED,
            created_at=ledger.now(),
        )
        project.updated_at = ledger.now()
        ledger.save()

    def open(self, device_id: str, ask: bodies.OpenSession) -> Session:
        """Opens a device's session for one address family; a second one is refused."""
        ledger = self._ledger
        device = ledger.device(device_id)
        bgp = ledger.project(device.project_id).bgp
        if bgp is None or bgp.status is not BgpStatus.ENABLED:
            raise unprocessable("BGP is not enabled for the project")
        family = ask.address_family
        if any(one.family is family for one in ledger.sessions_of_device(device_id)):
            raise unprocessable(f"Address family already has session with {family}")
        version = 4 if family is SessionFamily.IPV4 else 6
        if device.interface(version, public=version == 6) is None:
            raise unprocessable(f"The device has no address of family {family}")
        session = Session(
            id=ledger.new_id("session"),
            device_id=device_id,
            family=family,
            default_route=ask.default_route,
            created_at=ledger.now(),
        )
        ledger.state.sessions[session.id] = session
        ledger.save()
        return session

    def close(self, session_id: str) -> None:
        """Ends a session."""
        self._ledger.session(session_id)
        del self._ledger.state.sessions[session_id]
        self._ledger.save()

    def report(self, session_id: str, status: SessionStatus) -> Session:
        """What the routers do in time: whether a session is up."""
        session = self._ledger.session(session_id)
        session.status = status
        self._ledger.save()
        return session


def _password_mistake(md5: str | None) -> str | None:
    # The text never repeats the password: refusals end up in logs.
    if not md5:
        return None
    if not 10 <= len(md5) <= 20:
        return "Md5 must have 10 to 20 characters"
    if not re.fullmatch(r"[A-Za-z0-9]+", md5):
        return "Md5 must be alphanumeric"
    if not all(re.search(kind, md5) for kind in ("[a-z]", "[A-Z]", "[0-9]")):
        return "Md5 must have a lower case letter, an upper case letter and a digit"
    return None
