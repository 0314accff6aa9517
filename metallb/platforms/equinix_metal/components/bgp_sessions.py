"""BgpSessions: the sessions that Equinix Metal's routers keep with our devices."""

from typing import Any, NotRequired, TypedDict, cast

import pulumi
import pulumi_equinix_metal as metal

from metallb.components.arguments import Arguments, arguments_model
from metallb.components.base import MetalLBComponent, combined
from metallb.platforms.facts import AddressFamily
from metallb.stackfile.base import Word

__all__ = ["BgpSessions", "BgpSessionsArgs", "DeviceSession"]


class DeviceSession(TypedDict):
    """One session of one device."""

    key: str
    """What names the session here, such as worker-0-ipv4. Never a position in a list."""
    device_id: pulumi.Input[str]
    """The device."""
    address_family: str
    """ipv4 or ipv6."""
    import_id: NotRequired[str]
    """Id of a session that exists already and that the state does not know: it is imported rather
    than created. A session that was imported can't be replaced while this stays, so give it for the
    one update only."""
    former_key: NotRequired[str]
    """What named the session before; it is carried over to the new name and stays open."""


class BgpSessionsArgs(TypedDict):
    """The sessions to keep."""

    sessions: list[DeviceSession]
    """One entry a device and address family."""
    retain: NotRequired[bool]
    """Whether a session that leaves stays open at the provider; false by default."""


class BgpSessions(MetalLBComponent):
    """One BgpSession a device and address family, without a default route.

    The far end of the session is configured by the provider; our end is a BGPPeer of MetalLB.
    Deliberately does not wait for the session to come up: its status is refreshed hours apart.
    """

    session_ids: pulumi.Output[dict[str, str]]
    """Ids of the sessions by their keys."""

    def __init__(
        self, name: str, args: BgpSessionsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        args = _checked(type(self), name, args)
        super().__init__(name, args, opts)
        self._ids: dict[str, pulumi.Output[str]] = {}
        for session in args["sessions"]:
            options: dict[str, Any] = {}
            if session.get("import_id"):
                options["import_"] = session["import_id"]
            if session.get("former_key"):
                former = self.child_name(session["former_key"])
                options["aliases"] = [pulumi.Alias(name=former)]
            if args.get("retain", False):
                options["retain_on_delete"] = True
            resource = metal.BgpSession(
                self.child_name(session["key"]),
                device_id=session["device_id"],
                address_family=session["address_family"],
                default_route=False,
                opts=self.child(**options),
            )
            self._ids[session["key"]] = resource.id
        self.session_ids = combined(self._ids, dict)
        self.finish()

    def session_id(self, key: str) -> pulumi.Output[str]:
        """Id of one session, which depends on that session alone."""
        return self._ids[key]


# Ids come from the provider's answers, and their form is its own to choose.
_ARGUMENTS = arguments_model(BgpSessionsArgs, sessions=list[Any])
_SESSION = arguments_model(
    DeviceSession, key=Word, device_id=Word, address_family=AddressFamily, import_id=Word
)


def _checked(component: type, name: str, args: Any) -> BgpSessionsArgs:
    arguments = Arguments(component, name)
    whole = arguments.whole(_ARGUMENTS, args)
    whole["sessions"] = [
        arguments.part(_SESSION, session, ("sessions", index), "a session")
        for index, session in enumerate(whole["sessions"])
    ]
    arguments.refuse()
    arguments.unique(("sessions",), (session["key"] for session in whole["sessions"]), "key")
    arguments.refuse()
    return cast("BgpSessionsArgs", whole)
