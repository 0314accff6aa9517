"""The whole main job, played for a person: a cluster, its routers, and MetalLB from a stack file.

Everything but the site is real: API server, engine, MetalLB, BIRD. Each step shows the command that
it runs, as one would type it, and checks what comes of it; the first that fails ends the tour.
`lab.hands` stands for the controllers and kubelets that the lab's cluster lacks.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Mapping

import yaml

from lab import foreign, kubelet, needs, plan
from lab.hands import NAMESPACE, ClusterHands
from lab.paths import BIN, ROOT, STACKS
from lab.services import Balanced, service
from lab.site import Lab
from lab.spawn import wait_until
from lab.terminal import Terminal
from metallb.loading.stack import load_file

__all__ = ["Tour", "missing"]

_STACK = STACKS / "Pulumi.tour.yaml"
_SECONDS = 540.0
"""For everything. On an idle machine it takes less than a tenth of that."""
_SBIN = ("/usr/sbin", "/sbin")
_FOREIGN = ("ServiceMonitor",)
"""Kinds of the Prometheus operator that the stack's cluster knows."""
_VICTIM = "node2"
_UP = "^warning|^error|rack1:|  (Deployment|IPAddressPool|BGPPeer|DaemonSet) "
_HEALTH = "rack1:|sessions|DOWN|unknown|->|NOT READY|DRIFT|PENDING"
"""What is shown of a command's output."""


def missing() -> list[str]:
    """What this machine lacks for a tour, besides an engine; one line each."""
    return needs.missing() + ([] if needs.program("curl") else ["curl: Debian package curl"])


class Tour:
    """One tour on a lab whose control plane runs, and nothing else yet.

    :param say: called with each line that is shown.
    :param environment: what leads commands to an engine, if not this process's own environment.
    """

    def __init__(
        self, lab: Lab, say: Callable[[str], None], environment: Mapping[str, str] | None = None
    ) -> None:
        self.lab = lab
        self.say = say
        folder = lab.folder.relative_to(ROOT)
        self.stack = folder / "Pulumi.rack1.yaml"
        shown = {
            "KUBECONFIG": str(lab.plane.kubeconfig.relative_to(ROOT)),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "",
        }
        self._exports = " ".join(f"{key}={value}" for key, value in shown.items())
        given = environment or {}
        path = given.get("PATH") or os.environ.get("PATH", "")
        hidden = {
            **given,
            "PATH": os.pathsep.join((str(ROOT / "bin"), str(BIN), path, *_SBIN)),
            # The lab's API server is next door, whatever proxy leads outside.
            "NO_PROXY": f"{os.environ.get('NO_PROXY', '')},{lab.plane.address}",
            "NO_COLOR": "1",
        }
        self.terminal = Terminal(say, ROOT, {**hidden, **shown}, seconds=_SECONDS)
        self.web: Balanced
        self.hands = ClusterHands(lab, run_speakers=True)

    def play(self) -> None:
        """Every step, in order.

        :raises LabError: one of them did not hold.
        """
        self.cable()
        with self.hands:
            for step in (
                self.look_at_the_cluster,
                self.bring_metallb_up,
                self.see_sessions,
                self.serve,
                self.lose_a_speaker,
                self.edit,
                self.take_away,
            ):
                self.say("")
                step()

    def cable(self) -> None:
        """The site of the stack, and nodes that know nothing of MetalLB."""
        self.lab.start_fabric(plan.topology(load_file(_STACK).config, {}))
        kubelet.start(self.lab)
        self.lab.apply(foreign.definition("monitoring.coreos.com/v1", kind) for kind in _FOREIGN)
        shutil.copy(_STACK, ROOT / self.stack)
        (self.lab.folder / "state").mkdir(exist_ok=True)

    def look_at_the_cluster(self) -> None:
        """What there is, and what is wanted."""
        self.say("# A cluster of three nodes, two routers (BIRD), and a stack file.")
        self.say(f"$ export {self._exports}")
        self.terminal.run("kubectl get nodes", patterns=("^node1 ", "^node2 ", "^node3 "))
        self.terminal.run(f"cat {self.stack}")

    def bring_metallb_up(self) -> None:
        """The update."""
        self.say("# Refused where it is wrong; else MetalLB, its pools and its peers.")
        self._metallb("check", patterns=("^0 errors",))
        self._metallb("up", "--yes", shows=_UP, patterns=(r"succeeded, \d+ created",))

    def see_sessions(self) -> None:
        """Both ends of every session."""
        self.say("# Every session is up, as the speakers see it and as a router sees it.")
        self._metallb("status", "--wait", shows=_HEALTH, patterns=("^sessions: 6 of 6 up",))
        self._show_router("tor1", 3)

    def serve(self) -> None:
        """A Service, from an address of the pool to an answer through a router."""
        self.say("# A Service gets an address, both routers a route, and a client an answer.")
        file = self.stack.with_name("web.yaml")
        (ROOT / file).write_text(yaml.safe_dump(service("web")))
        self.terminal.run(f"kubectl apply -f {file}")
        self.web = Balanced(self.lab.api, self.lab.fabric, "web")
        self.web.set_endpoints(self.lab.fabric.hosts)
        self.web.wait_for_address()
        self._wait("routes on every router", self.web.routed)
        self.terminal.run("kubectl get service web", patterns=(self.address,))
        self._show_route()
        self.ask()

    def lose_a_speaker(self) -> None:
        """A speaker dies: what status shows, what routers do, and that clients see nothing."""
        self.say(f"# The speaker of {_VICTIM} dies. Its route goes; the others answer.")
        process = self.lab.speaker(_VICTIM).process
        rest = [host for host in self.lab.fabric.hosts if host != _VICTIM]
        self.terminal.run(f"kill -9 {process.pid if process else ''}")
        self._wait(f"no route by {_VICTIM}", lambda: self.web.routed(hosts=rest))
        self._wait("a pod that is not ready", lambda: not self._pod_ready(_VICTIM))
        lost = (rf"DOWN .*{_VICTIM}|sessions: 4 of 6", f"speaker on {_VICTIM}: NOT READY")
        self._metallb("status", shows=_HEALTH, patterns=lost, code=3)
        self._show_route()
        self.ask()
        self.say("# Its kubelet starts it again.")
        self.hands.restart(_VICTIM)
        self._metallb("status", "--wait", shows=_HEALTH, patterns=("^sessions: 6 of 6 up",))

    def edit(self) -> None:
        """A change of the stack file goes to the routers."""
        self.say("# An edit: a longer hold time.")
        self.terminal.run(f"sed -i 's/holdTime: 3s/holdTime: 9s/' {self.stack}")
        self._metallb("preview", patterns=("holdTime: .*3s.* -> .*9s",))
        self._metallb("up", "--yes", shows=_UP, patterns=("succeeded, 2 updated",))
        self._metallb("status", "--wait", shows=_HEALTH, patterns=("^sessions: 6 of 6 up",))
        line = f"{self._birdc('tor1')} show protocols all to_node1"
        self.terminal.run(line, shows="BGP state|Hold timer", patterns=(r"Hold timer: .*/9\b",))

    def take_away(self) -> None:
        """Nothing of it is left."""
        self.say("# Everything is taken away again.")
        self.terminal.run("kubectl delete service web")
        self.web.delete()
        self._metallb("destroy", "--yes", shows=_UP, patterns=(r"succeeded, \d+ deleted",))
        left = "kubectl get namespaces,crds,clusterroles -o name | grep -c metallb"
        self.terminal.run(left, patterns=("^0$",), code=1)
        self._wait("the end of every speaker", lambda: not self._speakers())

    # -- parts of steps ------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """The Service's."""
        return self.web.wait_for_address()

    def ask(self) -> str:
        """One request from the client, through a router; the node that answers."""
        client = self.lab.fabric.ns("client")
        self._wait("the client's route", lambda: self.lab.fabric.next_hops("client", self.address))
        line = f"ip netns exec {client} curl -s --max-time 5 -w '\\n' http://{self.address}/"
        return self.terminal.run(line, patterns=("^node[123]$",)).strip()

    def _metallb(
        self,
        command: str,
        *options: str,
        shows: str = "",
        patterns: tuple[str, ...] = (),
        code: int = 0,
    ) -> None:
        line = shlex.join(["metallb", command, str(self.stack), *options])
        self.terminal.run(line, shows=shows, patterns=patterns, code=code)

    def _birdc(self, router: str) -> str:
        return f"birdc -s {self.lab.folder.relative_to(ROOT) / 'bird' / f'{router}.ctl'}"

    def _show_router(self, router: str, count: int) -> None:
        line = f"{self._birdc(router)} show protocols"
        established = "(?s)" + ".*".join([r"to_node\d .*?Established"] * count)
        self.terminal.run(line, shows="to_node", patterns=(established,))

    def _show_route(self) -> None:
        self.terminal.run(f"ip -n {self.lab.fabric.ns('tor1')} route show {self.address}")

    def _pod_ready(self, host: str) -> bool:
        pod = self.lab.api.get("v1", "Pod", f"speaker-{host}", NAMESPACE)
        return any(
            each["type"] == "Ready" and each["status"] == "True"
            for each in pod["status"]["conditions"]
        )

    def _speakers(self) -> list[str]:
        found = self.lab.record.processes
        return [each.name for each in found if each.name.startswith("speaker") and each.alive()]

    def _wait(self, what: str, check: Callable[[], object]) -> None:
        wait_until(what, check, seconds=min(90.0, self.terminal.left()))
