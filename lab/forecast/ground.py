"""What all random sites share: one API server, and MetalLB's own objects in one mode at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lab import bringup, foreign, rendering
from lab.api import Object
from lab.frr import k8s, mode
from lab.pods import Pod
from lab.site import Lab
from metallb.releases import BgpMode

__all__ = ["Ground"]

SYSTEM = "metallb-system"
_IN_MODE: Mapping[BgpMode, Callable[[list[Object]], list[Object]]] = {
    BgpMode.NATIVE: list,
    BgpMode.FRR: mode.in_frr_mode,
    BgpMode.FRR_K8S: k8s.in_frr_k8s_mode,
}


class Ground:
    """An API server on which one site after the other stands.

    :ivar objects: what is installed, of the present mode.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.mode: BgpMode | None = None
        self.objects: list[Object] = []
        self._native: list[Object] = []
        self._controller: Pod | None = None

    def start(self) -> None:
        """The API server, with nothing on it."""
        self.lab.start_plane()
        whole = rendering.render(bringup.DEFAULT_STACK, self.lab.folder / "rendered" / "install")
        self._native = [
            each
            for each in whole
            if not rendering.is_configuration(each)
            # The key is of another site.
            and not (each["kind"] == "Secret" and each["metadata"]["name"].startswith("bgp-"))
        ]

    def install(self, wanted: BgpMode) -> None:
        """MetalLB in a mode; no node of another one may run."""
        if self.mode is wanted:
            return
        self.objects = _IN_MODE[wanted](self._native)
        self.lab.apply(foreign.definitions(self.objects))
        self.lab.apply(self.objects)
        if self._controller is not None:
            self._controller.stop()
        self._controller = self.lab.start_controller(self.objects)
        self.lab.wait_for_webhook(self._controller)
        self.mode = wanted

    @property
    def daemon_set(self) -> Object:
        """The speaker's."""
        return rendering.find(self.objects, "DaemonSet", "speaker")[0]

    @property
    def daemon_of_frr(self) -> Object:
        """That of frr-k8s, in its mode."""
        return rendering.find(self.objects, "DaemonSet", k8s.NAME)[0]
