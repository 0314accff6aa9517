"""A real Prometheus on one of the lab's nodes, where it reaches the speakers and the controller.

It scrapes with the token of the account that is rendered for it, by which its targets are found
too. It listens on the node's management address alone, which only this machine and the lab reach.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import httpx

from lab import discovery, net, scraping
from lab.api import Object
from lab.errors import LabError
from lab.needs import program
from lab.site import Lab
from lab.spawn import spawn, stop, wait_until

INTERVAL = "1s"
WAIT = "2s"
"""How long alerts wait here, so that one is pending in an evaluation before it fires."""
_PORT = 9090
_TOKEN = "var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - a path


class Prometheus:
    """One Prometheus; its name in the record makes it end with its node."""

    def __init__(self, lab: Lab, host: str) -> None:
        self.lab, self.host = lab, host
        self.folder = lab.folder / "prometheus"
        self._http = httpx.Client(base_url=f"http://{self.address}", timeout=10, trust_env=False)

    @property
    def address(self) -> str:
        """Where it listens: the node's end of the management network."""
        (link,) = net.show("-4", "addr", "show", "dev", "mgmt", ns=self.lab.fabric.ns(self.host))
        return f"{link['addr_info'][0]['local']}:{_PORT}"

    def start(self, objects: Iterable[Object]) -> None:
        """Scrape by the ServiceMonitors and judge by the PrometheusRule among some objects."""
        everything = list(objects)
        monitors = [obj for obj in everything if obj["kind"] == "ServiceMonitor"]
        (rule,) = (obj for obj in everything if obj["kind"] == "PrometheusRule")
        token = self.lab.api.token_of(*scraping.reader(everything))
        self.give(token)
        self._discover(monitors, token)
        config = scraping.configuration(monitors, root=self.folder / "root", interval=INTERVAL)
        self._put(scraping.RULES, json.dumps(scraping.rules(rule, WAIT), indent=1))
        # Series of an earlier one would still count as present for some minutes.
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        log = self.lab.folder / "logs" / "prometheus.log"
        command = [
            program("prometheus") or "prometheus",
            f"--config.file={self._put('prometheus.json', json.dumps(config, indent=1))}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address={self.address}",
        ]
        ns = self.lab.fabric.ns(self.host)
        process = spawn(self.lab.record, self._name, command, ns=ns, log=log)
        wait_until("Prometheus", self._ready, log=log, of=process)

    def _discover(self, monitors: Iterable[Object], token: str) -> None:
        api = self.lab.api.as_user(token)
        for monitor in monitors:
            found = discovery.targets(api, scraping.namespaces(monitor))
            self._put(scraping.targets_file(monitor), json.dumps(found, indent=1))
        api.close()

    def stop(self) -> None:
        """End it. What it stored stays in the lab's folder, and goes with it."""
        stop(self.lab.record, self._name)
        self._http.close()

    def give(self, token: str) -> None:
        """From the next scrape on it shows this token."""
        self._put(f"root/{_TOKEN}", token)

    @property
    def _name(self) -> str:
        return f"prometheus@{self.host}"

    def _ready(self) -> bool:
        return self._http.get("/-/ready").status_code == 200

    def _put(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        draft.touch(mode=0o600)
        draft.write_text(text)
        return draft.replace(path)

    # -- what it knows -------------------------------------------------------------------------

    def targets(self) -> list[Object]:
        """Every target that it scrapes."""
        found: list[Object] = self._ask("targets", state="active")["activeTargets"]
        return found

    def query(self, expression: str) -> list[Object]:
        """The series that an expression gives now, each its labels and its value."""
        found: list[Object] = self._ask("query", query=expression)["result"]
        return found

    def alerts(self, name: str) -> list[Object]:
        """The pending and firing alerts of a name."""
        found: list[Object] = self._ask("alerts")["alerts"]
        return [alert for alert in found if alert["labels"]["alertname"] == name]

    def rules(self) -> list[Object]:
        """Every rule and how its last evaluation went."""
        return [rule for group in self._ask("rules")["groups"] for rule in group["rules"]]

    def _ask(self, what: str, **parameters: str) -> Object:
        answer = self._http.get(f"/api/v1/{what}", params=parameters).json()
        if answer["status"] != "success":
            raise LabError(
                f"Prometheus refused {what} {parameters}",
                detail=answer.get("error", "It gave no reason."),
                help="read prometheus.log in the lab's folder",
            )
        data: Object = answer["data"]
        return data
