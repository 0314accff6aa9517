"""`render --diff-cluster`: what applying the files would change, by a dry run of the apply."""

import copy
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from metallb.cli import main
from metallb.render import rendered
from metallb.render.applying import cluster_differences as found_in_cluster
from metallb.status.cluster import LiveCluster, LoggedOut, Refused
from tests.support.paths import STACKS
from tests.support.yaml_text import loaded
from tests.unit.status.servers import Server

STACK = STACKS / "Pulumi.onprem.yaml"
KEY = "correct-horse-battery"
PLURALS = {"NetworkPolicy": "networkpolicies", "PodSecurityPolicy": "podsecuritypolicies"}
ALL_NAMESPACES = (
    *("Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"),
    "ValidatingWebhookConfiguration",
)


def plural(kind: str) -> str:
    return PLURALS.get(kind, f"{kind.lower()}s")


class Cluster:
    """Holds objects by path. An apply changes what the manifest has, and nothing else."""

    def __init__(self, *manifests: dict[str, Any]) -> None:
        self.kinds: dict[str, list[dict[str, Any]]] = {}
        self.objects: dict[str, dict[str, Any]] = {}
        self.refusals: dict[str, tuple[int, str]] = {}
        self.managers: set[str] = set()
        for each in manifests:
            self.add(each)

    def add(self, manifest: dict[str, Any]) -> str:
        version, kind = manifest["apiVersion"], manifest["kind"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        everywhere = kind in ALL_NAMESPACES
        known = {"name": plural(kind), "kind": kind, "namespaced": not everywhere}
        status = {**known, "name": f"{plural(kind)}/status"}
        self.kinds.setdefault(root, []).extend([status, known])
        place = "" if everywhere else f"/namespaces/{manifest['metadata']['namespace']}"
        path = f"{root}{place}/{plural(kind)}/{manifest['metadata']['name']}"
        self.objects[path] = copy.deepcopy(manifest)
        return path

    def read(self, path: str) -> dict[str, Any] | None:
        if path in self.kinds:
            return {"resources": self.kinds[path]}
        found = self.objects.get(unquote(path))
        return None if found is None else {**copy.deepcopy(found), "status": {"old": True}}

    def apply_dry_run(
        self, path: str, manifest: str, manager: str
    ) -> tuple[int, dict[str, Any] | str]:
        self.managers.add(manager)
        path = unquote(path)
        if path in self.refusals:
            return self.refusals[path]
        made = merged(self.objects[path], json.loads(manifest))
        made["metadata"].update(generation=2, resourceVersion="9", managedFields=[{"a": 1}])
        return 200, made


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    found = copy.deepcopy(old)
    for key, value in new.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = merged(found[key], value) if both else value
    return found


FILES = rendered(STACK).files
MANIFESTS = {name: loaded(FILES.files[name].data) for name in FILES.manifests}
PEER = next(name for name in MANIFESTS if "-bgppeer-rack-a-tor-1" in name)


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(*MANIFESTS.values())


def cluster_differences(*args: Any) -> tuple[str, ...]:
    return tuple(line for each in found_in_cluster(*args) for line in each.lines())


def test_a_cluster_with_all_of_it_is_the_same(cluster: Cluster) -> None:
    assert cluster_differences(cluster, FILES, "kubectl") == ()
    assert cluster.managers == {"kubectl"}


def test_a_field_of_an_object_is_a_line_of_the_diff(cluster: Cluster) -> None:
    changed = copy.deepcopy(MANIFESTS[PEER])
    changed["spec"]["holdTime"] = "180s"
    changed["spec"]["routerID"] = "10.9.9.9"  # another's field, which an apply leaves
    cluster.add(changed)
    lines = cluster_differences(cluster, FILES, "kubectl")
    assert lines[0] == f"--- a/{PEER}"
    assert [line for line in lines if line.startswith(("- ", "+ "))] == [
        "-  holdTime: 180s",
        f"+  holdTime: {MANIFESTS[PEER]['spec']['holdTime']}",
    ]


def test_what_is_not_there_would_be_created(cluster: Cluster) -> None:
    path = cluster.add(MANIFESTS[PEER])
    del cluster.objects[path]
    assert cluster_differences(cluster, FILES, "kubectl") == (f"# to be created: {PEER}",)


def test_without_metallbs_kinds_everything_of_them_would_be_created() -> None:
    lines = cluster_differences(Cluster(), FILES, "kubectl")
    assert lines == tuple(f"# to be created: {name}" for name in FILES.manifests)


def test_a_refusal_of_the_webhook_is_named_on_one_line(cluster: Cluster) -> None:
    path = cluster.add(MANIFESTS[PEER])
    cluster.refusals[path] = (400, "400 denied:\nduplicate \x1b[1mpeer")
    (line,) = cluster_differences(cluster, FILES, "kubectl")
    assert line.startswith(f"# the API server refuses it: {PEER}: 400 denied:")
    assert "\n" not in line
    assert "\x1b" not in line


def test_no_key_is_shown(tmp_path: Path) -> None:
    text = STACK.read_text(encoding="utf-8").replace(
        "  metallb:bgp:\n", f"  metallb:bgp:\n    password: {KEY}\n"
    )
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text(text, encoding="utf-8")
    files = rendered(path, with_secrets=True).files
    manifests = {name: loaded(files.files[name].data) for name in files.manifests}
    (secret,) = (name for name in manifests if "bgp-password" in name)
    cluster = Cluster(*manifests.values())
    cluster.add({**manifests[secret], "stringData": {"password": f"{KEY}-old"}})
    refused = next(name for name in manifests if "-bgppeer-rack-a-tor-1" in name)
    old = copy.deepcopy(manifests[refused])
    old["spec"]["password"] = f"{KEY}-in-the-peer"
    old["spec"]["holdTime"] = "180s"
    cluster.add(old)
    lines = cluster_differences(cluster, files, "kubectl")
    assert lines == (
        f"# different, and not shown since it may hold a key: {secret}",
        f"# different, and not shown since it may hold a key: {refused}",
    )
    cluster.refusals[cluster.add(manifests[secret])] = (422, f"422 {KEY} is invalid")
    assert KEY not in "\n".join(cluster_differences(cluster, files, "kubectl"))


@pytest.fixture
def server(tmp_path: Path) -> Any:
    found = Server()
    found.answers[("GET", "/api/v1")] = (200, {"resources": []})
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "clusters": [{"name": "x", "cluster": {"server": f"http://127.0.0.1:{found.port}"}}],
        "users": [{"name": "x", "user": {"token": "t"}}],
    }
    (tmp_path / "kubeconfig").write_text(json.dumps(config))
    yield found
    found.stop()


def client(folder: Path) -> LiveCluster:
    return LiveCluster(str(folder / "kubeconfig"), "x")


PATH = "/api/v1/namespaces/x"
PATCHED = f"{PATH}?dryRun=All&force=true&fieldManager=flux"


def test_the_apply_is_a_dry_run_of_a_server_side_apply(server: Any, tmp_path: Path) -> None:
    server.answers[("PATCH", PATCHED)] = (200, {"kind": "Namespace"})
    assert client(tmp_path).apply_dry_run(PATH, '{"a": 1}', "flux") == (200, {"kind": "Namespace"})
    assert server.requests[-1][:2] == ("PATCH", PATCHED)
    assert server.bodies[-1] == (PATCHED, {"a": 1})
    assert server.types[-1] == "application/apply-patch+yaml"


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [(403, Refused, "patch and create"), (401, LoggedOut, "log in")],
)
def test_a_lacking_right_is_an_error(
    server: Any, tmp_path: Path, status: int, error: type[Exception], words: str
) -> None:
    server.answers[("PATCH", PATCHED)] = (status, {"message": "no"})
    with pytest.raises(error) as raised:
        client(tmp_path).apply_dry_run(PATH, "{}", "flux")
    problem = raised.value.problems[0]  # type: ignore[attr-defined]
    assert words in problem.detail + problem.help


def test_a_refused_object_comes_back_in_words(server: Any, tmp_path: Path) -> None:
    server.answers[("PATCH", PATCHED)] = (422, {"message": "spec is immutable"})
    found = client(tmp_path).apply_dry_run(PATH, "{}", "flux")
    assert found == (422, "422 spec is immutable")


def test_the_command_ends_with_3_and_writes_nothing(
    server: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(tmp_path / "kubeconfig")
    line = ["render", "onprem", "--diff-cluster", "--kubeconfig", config, "--context", "x"]
    assert main(line) == 3
    shown = capsys.readouterr()
    assert f"# to be created: {PEER}\n" in shown.out
    assert "the cluster has not what onprem renders" in shown.err
    assert {path.name for path in tmp_path.iterdir()} == {"kubeconfig"}
    assert all(method == "GET" for method, *_ in server.requests)


@pytest.mark.parametrize("name", ["", "a b", "x&force=false"])
def test_a_field_manager_has_a_name(
    server: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    config = str(tmp_path / "kubeconfig")
    line = ["render", "onprem", "--diff-cluster", "--kubeconfig", config, "--context", "x"]
    assert main([*line, "--field-manager", name]) == 2
    assert not server.requests


@pytest.mark.parametrize("by", ["flux", "argocd"])
def test_the_label_names_who_applies(tmp_path: Path, by: str) -> None:
    plain, other = tmp_path / "plain", tmp_path / "other"
    assert main(["render", "onprem", "-o", str(plain)]) == 0
    assert main(["render", "onprem", "-o", str(other), "--managed-by", by]) == 0
    assert main(["render", "onprem", "-o", str(other), "--managed-by", by, "--check"]) == 0
    assert main(["render", "onprem", "-o", str(other), "--check"]) == 3
    label = "app.kubernetes.io/managed-by: "
    for file in plain.rglob("*.yaml"):
        text = (other / file.relative_to(plain)).read_text()
        assert text == file.read_text().replace(f"{label}pulumi", f"{label}{by}")
        assert f"{label}{by}\n" in text


def test_a_label_value_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "onprem", "-o", str(tmp_path / "x"), "--managed-by", "a b"]) == 2
    assert "is not a label value" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_folder_is_not_checked_beside_the_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "onprem", "--check", "--diff-cluster"]) == 2
    assert "--check has no use with --diff-cluster" in capsys.readouterr().err
    assert main(["render", "onprem"]) == 2
    assert "error[E208]: render has no folder" in capsys.readouterr().err
