"""A reader of one page: a copy of the repository, a backend and a cluster of its own."""

import json
import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from lab import foreign, needs
from lab.guard import guarded
from lab.hands import ClusterHands
from lab.paths import BIN
from lab.rendering import find, render
from lab.site import Lab
from tests.docs.sandbox import environment, own_programs, sandbox
from tests.docs.shell import Lacking, Output, Shell
from tests.support.engine import engine, language_host

NAME = f"docs-{os.environ.get('PYTEST_XDIST_WORKER', 'page')}"
"""Of its lab: pages run side by side."""
WHERE = "metallb-system"


class Reader:
    """What a page's commands run with. All of it is gone when the page is done."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.copy = sandbox(folder)
        self.stack = ExitStack()
        self.lab: Lab | None = None
        (self.copy / "state").mkdir()
        own = environment(self.copy)
        path = [*own_programs(self.copy), *language_host(folder), engine().environment["PATH"]]
        # A home of the reader's own, for logins and the like, with the plugins that are there.
        home = self.copy / "pulumi-home"
        home.mkdir()
        (home / "plugins").symlink_to(engine().home / "plugins")
        self.environment = {
            **own,
            "PATH": os.pathsep.join(path),
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": f"file://{self.copy}/state",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # There is no person to say yes.
            "PULUMI_SKIP_CONFIRMATIONS": "true",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "GOGC": engine().environment["GOGC"],
        }
        self.shell = Shell(self.copy, self.environment)

    def close(self) -> None:
        """End what runs for the page."""
        self.shell.close()
        self.stack.close()

    def tell(self, line: str) -> str:
        """A line that no page shows; it has to succeed."""
        output = self.shell.run(line)
        assert output.code == 0, f"{line}: {output.text}"
        return output.text

    def refused(self, line: str, reason: str) -> None:
        """A line that no page shows; it has to fail, for this reason."""
        output: Output = self.shell.run(line)
        assert output.code != 0, output.text
        assert reason in output.text, output.text

    def write(self, name: str, config: dict[str, Any]) -> None:
        """A stack file of the reader's."""
        document = {"config": {f"metallb:{key}": value for key, value in config.items()}}
        text = yaml.safe_dump(document, sort_keys=False)
        (self.copy / "stacks" / f"Pulumi.{name}.yaml").write_text(text)

    def template(self, name: str, **changed: Any) -> dict[str, Any]:
        """The sections of a shipped stack, some of them others."""
        text = (self.copy / "stacks" / f"Pulumi.{name}.yaml").read_text()
        sections = yaml.safe_load(text)["config"]
        return {key.removeprefix("metallb:"): value for key, value in sections.items()} | changed

    def set(self, **variables: str) -> None:
        """What the reader's environment has before the page begins."""
        for name, value in variables.items():
            self.tell(f"export {name}='{value}'")

    # -- around the reader ---------------------------------------------------------------------

    def own_folder(self) -> Path:
        """A folder that is gone with the page."""
        return Path(self.stack.enter_context(tempfile.TemporaryDirectory()))

    def reach_the_cluster(self, known: str) -> None:
        """Reach the cluster without the proxy of an emulated cloud.

        :param known: what is reached without it already.
        """
        if self.lab is not None:
            self.set(NO_PROXY=f"{known},{self.lab.plane.address}")

    def with_a_cluster(self, context: str, *, hands: bool = True) -> Lab:
        """An API server, and hands that do what a cluster's controllers would."""
        if lacks := needs.missing_plane():
            raise Lacking("; ".join(lacks))
        Lab(NAME).down()
        lab = self.lab = Lab(NAME)
        self.stack.enter_context(guarded(lab))
        lab.start_plane()
        if hands:
            self.stack.enter_context(ClusterHands(lab))
        config = json.loads(lab.plane.kubeconfig.read_text())
        config["current-context"] = config["contexts"][0]["name"] = context
        (self.copy / "kubeconfig.json").write_text(json.dumps(config))
        self.set(KUBECONFIG=str(self.copy / "kubeconfig.json"), PATH=self._path_with_kubectl())
        return lab

    def with_kinds_of_metallb(self) -> None:
        """A cluster on which MetalLB is installed already, as far as its kinds go."""
        assert self.lab is not None
        objects = render(self.copy / "stacks/Pulumi.onprem.yaml", self.copy / "build/kinds")
        self.lab.apply(foreign.definitions(objects))
        self.lab.apply(find(objects, "Namespace") + find(objects, "CustomResourceDefinition"))
        shutil.rmtree(self.copy / "build")

    def _path_with_kubectl(self) -> str:
        return os.pathsep.join([self.environment["PATH"], str(BIN)])
